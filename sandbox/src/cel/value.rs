//! CEL's values; what comes from objects stays JSON until it is looked at.

use super::types::{Order, Ty};
use crate::object::quantity::Quantity;
use serde_json::Value;
use std::{borrow::Cow, cmp::Ordering, net::IpAddr, sync::Arc};
use templates_engine::semver::Version;

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Cow<'a, str>),
    Bytes(Arc<[u8]>),
    /// In nanoseconds.
    Duration(i64),
    Timestamp(jiff::Timestamp),
    Type(Cow<'static, str>),
    List(Arc<Vec<Val<'a>>>),
    Map(Arc<Vec<(Val<'a>, Val<'a>)>>),
    /// A list, map or structure of an object.
    Json(&'a Value, &'a Ty),
    Optional(Option<Arc<Val<'a>>>),
    Ip(IpAddr),
    Cidr(IpAddr, u8),
    Url(Arc<Url>),
    Quantity(Arc<Quantity>),
    Semver(Arc<Version>),
    /// A named format of Kubernetes' library.
    Format(&'static str),
}

/// A URL and what it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) text: String,
}

/// Why an evaluation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fail {
    /// The text, as cel-go words it.
    pub(crate) text: String,
    /// Nothing may go on after it: the fuel is used up.
    pub(crate) fatal: bool,
}

impl Fail {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), fatal: false }
    }

    pub(crate) fn overload() -> Self {
        Self::new("no such overload")
    }
}

/// The result of a step.
pub(crate) type Result<T> = std::result::Result<T, Fail>;

const DYN: &Ty = &Ty::Dyn;

impl<'a> Val<'a> {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(Cow::Owned(text.into()))
    }

    /// A list of values.
    pub(crate) fn list(items: Vec<Val<'a>>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A value of an object, by its type.
    pub(crate) fn of(value: &'a Value, ty: &'a Ty) -> Self {
        match (value, ty) {
            (Value::Null, _) => Self::Null,
            (Value::Bool(flag), _) => Self::Bool(*flag),
            (Value::Number(number), Ty::Double) => Self::Double(number.as_f64().unwrap_or_default()),
            (Value::Number(number), Ty::Int) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Self::Int(whole),
                #[expect(clippy::cast_possible_truncation, reason = "validated as a whole number")]
                (None, float) => Self::Int(float.unwrap_or_default() as i64),
            },
            (Value::Number(number), _) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Double(number.as_f64().unwrap_or_default()),
            },
            (Value::String(text), Ty::Timestamp) => match super::time::timestamp(text) {
                Some(time) => Self::Timestamp(time),
                None => Self::Text(Cow::Borrowed(text)),
            },
            (Value::String(text), Ty::Duration) => match super::time::duration(text) {
                Some(nanos) => Self::Duration(nanos),
                None => Self::Text(Cow::Borrowed(text)),
            },
            (Value::String(text), Ty::Bytes) => {
                use base64::Engine as _;
                let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
                Self::Bytes(bytes.into())
            }
            (Value::String(text), _) => Self::Text(Cow::Borrowed(text)),
            (value, ty) => Self::Json(value, ty),
        }
    }

    /// The items of a list; `None` for other values.
    pub(crate) fn items(&self) -> Option<Vec<Val<'a>>> {
        match self {
            Self::List(items) => Some(items.as_ref().clone()),
            Self::Json(Value::Array(items), ty) => {
                let inner: &'a Ty = match ty {
                    Ty::List(inner, _) => inner,
                    _ => DYN,
                };
                Some(items.iter().map(|item| Val::of(item, inner)).collect())
            }
            _ => None,
        }
    }

    /// The entries of a map or structure; `None` for other values.
    pub(crate) fn entries(&self) -> Option<Vec<(Val<'a>, Val<'a>)>> {
        match self {
            Self::Map(entries) => Some(entries.as_ref().clone()),
            Self::Json(Value::Object(fields), ty) => {
                let entry = |(key, value): (&'a String, &'a Value)| {
                    (Val::Text(Cow::Borrowed(key.as_str())), Val::of(value, field_type(ty, key)))
                };
                Some(fields.iter().map(entry).collect())
            }
            _ => None,
        }
    }

    /// How many characters, bytes, items or entries.
    pub(crate) fn size(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.chars().count()),
            Self::Bytes(bytes) => Some(bytes.len()),
            Self::List(items) => Some(items.len()),
            Self::Map(entries) => Some(entries.len()),
            Self::Json(Value::Array(items), _) => Some(items.len()),
            Self::Json(Value::Object(fields), _) => Some(fields.len()),
            _ => None,
        }
    }

    /// The value of a key or field.
    pub(crate) fn get(&self, key: &Val<'_>) -> Option<Val<'a>> {
        match (self, key) {
            (Self::Map(entries), key) => {
                entries.iter().find(|(own, _)| own.equals(key)).map(|(_, value)| value.clone())
            }
            (Self::Json(Value::Object(fields), ty), Val::Text(key)) => {
                let value = fields.get(key.as_ref())?;
                Some(Val::of(value, field_type(ty, key)))
            }
            _ => None,
        }
    }

    /// The field that an expression selects: its name may be escaped.
    pub(crate) fn select(&self, name: &str) -> Option<Val<'a>> {
        match self {
            Self::Json(Value::Object(fields), Ty::Object(object)) => {
                let field = object.fields.get(name)?;
                fields.get(field.json.as_ref()).map(|value| Val::of(value, &field.ty))
            }
            other => other.get(&Val::Text(Cow::Borrowed(name))),
        }
    }

    /// Whether selecting makes sense at all.
    pub(crate) fn selectable(&self) -> bool {
        matches!(self, Self::Map(_) | Self::Json(Value::Object(_), _))
    }

    /// How lists compare.
    pub(crate) fn order(&self) -> &Order {
        match self {
            Self::Json(_, Ty::List(_, order)) => order,
            _ => &Order::Atomic,
        }
    }

    /// The name of the type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Type(_) => "type",
            Self::List(_) | Self::Json(Value::Array(_), _) => "list",
            Self::Json(_, Ty::Object(_)) => "object",
            Self::Map(_) | Self::Json(..) => "map",
            Self::Optional(_) => "optional_type",
            Self::Ip(_) => "net.IP",
            Self::Cidr(..) => "net.CIDR",
            Self::Url(_) => "kubernetes.URL",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Semver(_) => "kubernetes.Semver",
            Self::Format(_) => "kubernetes.NamedFormat",
        }
    }

    /// `==`: values of different types are not equal, numbers of different types may be.
    pub(crate) fn equals(&self, other: &Val<'_>) -> bool {
        if let Some(order) = self.numeric(other) {
            return order == Some(Ordering::Equal);
        }
        match (self, other) {
            (Self::Null, Val::Null) => true,
            (Self::Bool(a), Val::Bool(b)) => a == b,
            (Self::Text(a), Val::Text(b)) => a == b,
            (Self::Bytes(a), Val::Bytes(b)) => a == b,
            (Self::Duration(a), Val::Duration(b)) => a == b,
            (Self::Timestamp(a), Val::Timestamp(b)) => a == b,
            (Self::Type(a), Val::Type(b)) => a == b,
            (Self::Optional(a), Val::Optional(b)) => match (a, b) {
                (None, None) => true,
                (Some(a), Some(b)) => a.equals(b),
                _ => false,
            },
            (Self::Ip(a), Val::Ip(b)) => a == b,
            (Self::Cidr(a, x), Val::Cidr(b, y)) => a == b && x == y,
            (Self::Url(a), Val::Url(b)) => a == b,
            (Self::Quantity(a), Val::Quantity(b)) => a.compare(b).is_eq(),
            (Self::Semver(a), Val::Semver(b)) => a.cmp(b).is_eq(),
            (Self::Format(a), Val::Format(b)) => a == b,
            (Self::Json(a, Ty::Dyn), Val::Json(b, Ty::Dyn)) => a == b,
            (a, b) => match (a.items(), b.items()) {
                (Some(x), Some(y)) => lists_equal(a.order(), &x, &y),
                (None, None) => match (a.entries(), b.entries()) {
                    (Some(x), Some(y)) => {
                        x.len() == y.len()
                            && x.iter().all(|(key, value)| {
                                y.iter().any(|(other, theirs)| key.equals(other) && value.equals(theirs))
                            })
                    }
                    _ => false,
                },
                _ => false,
            },
        }
    }

    /// The order of two numbers; `None` where one is none.
    fn numeric(&self, other: &Val<'_>) -> Option<Option<Ordering>> {
        let order = match (self, other) {
            (Self::Int(a), Val::Int(b)) => Some(a.cmp(b)),
            (Self::Uint(a), Val::Uint(b)) => Some(a.cmp(b)),
            (Self::Double(a), Val::Double(b)) => a.partial_cmp(b),
            (Self::Int(a), Val::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            (Self::Uint(a), Val::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            #[expect(clippy::cast_precision_loss, reason = "as cel-go compares them")]
            (Self::Double(a), Val::Int(b)) => a.partial_cmp(&(*b as f64)),
            #[expect(clippy::cast_precision_loss, reason = "as cel-go compares them")]
            (Self::Int(a), Val::Double(b)) => (*a as f64).partial_cmp(b),
            #[expect(clippy::cast_precision_loss, reason = "as cel-go compares them")]
            (Self::Double(a), Val::Uint(b)) => a.partial_cmp(&(*b as f64)),
            #[expect(clippy::cast_precision_loss, reason = "as cel-go compares them")]
            (Self::Uint(a), Val::Double(b)) => (*a as f64).partial_cmp(b),
            _ => return None,
        };
        Some(order)
    }

    /// The order of two values.
    pub(crate) fn compare(&self, other: &Val<'_>) -> Result<Option<Ordering>> {
        if let Some(order) = self.numeric(other) {
            return Ok(order);
        }
        Ok(Some(match (self, other) {
            (Self::Bool(a), Val::Bool(b)) => a.cmp(b),
            (Self::Text(a), Val::Text(b)) => a.cmp(b),
            (Self::Bytes(a), Val::Bytes(b)) => a.cmp(b),
            (Self::Duration(a), Val::Duration(b)) => a.cmp(b),
            (Self::Timestamp(a), Val::Timestamp(b)) => a.cmp(b),
            _ => return Err(Fail::overload()),
        }))
    }
}

fn field_type<'a>(ty: &'a Ty, key: &str) -> &'a Ty {
    match ty {
        Ty::Map(_, values) => values,
        Ty::Object(object) => {
            let field = object.fields.values().find(|field| field.json.as_ref() == key);
            field.map_or(DYN, |field| &field.ty)
        }
        _ => DYN,
    }
}

fn lists_equal(order: &Order, a: &[Val<'_>], b: &[Val<'_>]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match order {
        Order::Atomic => a.iter().zip(b).all(|(a, b)| a.equals(b)),
        _ => a.iter().all(|item| b.iter().any(|other| item.equals(other))),
    }
}
