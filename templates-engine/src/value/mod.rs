//! The values a template sees, with the distinctions Go's `reflect` makes and no others.
//!
//! Invariants: maps are shared and mutable (Sprig's `set` changes the caller's map), lists are
//! shared and only ever sorted, strings are bytes (`trunc` may cut a UTF-8 sequence, and Go keeps the
//! halves). Map keys are strings and iterate in byte order, as text/template's `range` does.

mod entries;
mod growth;
mod json;
mod list;
mod map;
mod object;
mod release;
mod str;
mod types;

pub use entries::{Entries, Iter};
pub use list::List;
pub use map::Map;
pub use object::{Object, ObjectRef};
pub use str::Str;
pub use types::{FloatKind, IntKind, Signature, Type, UintKind};

/// One Go value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// A nil `interface {}`, also what a missing map key yields; prints `<no value>`.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer and its Go kind (`int`, `int64`, …), which `%T` and `eq` can see.
    Int(IntKind, i64),
    /// An unsigned integer and its Go kind.
    Uint(UintKind, u64),
    /// A float and its Go kind.
    Float(FloatKind, f64),
    /// `complex128`: the real and the imaginary part (only template constants such as `1i` make it).
    Complex(f64, f64),
    /// `string`: bytes, usually UTF-8.
    Str(Str),
    /// A slice with its element type.
    List(List),
    /// A map with string keys and its element type.
    Map(Map),
    /// A struct-like value with fields and methods (`.Files`, `.Capabilities`, times, errors).
    Object(ObjectRef),
}

impl Value {
    /// Go's `int`.
    pub fn int(n: i64) -> Self {
        Self::Int(IntKind::Int, n)
    }

    /// Go's `int64`, which Sprig's arithmetic yields.
    pub fn int64(n: i64) -> Self {
        Self::Int(IntKind::Int64, n)
    }

    /// Go's `float64`, which every YAML number becomes.
    pub fn float64(n: f64) -> Self {
        Self::Float(FloatKind::Float64, n)
    }

    /// Go's `string`.
    pub fn string(s: impl Into<Str>) -> Self {
        Self::Str(s.into())
    }

    /// `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(List::any(items))
    }

    /// `[]string`.
    pub fn strings<S: Into<Str>>(items: impl IntoIterator<Item = S>) -> Self {
        let items = items.into_iter().map(|s| Self::Str(s.into())).collect();
        Self::List(List::new(&Type::STRING, items))
    }

    /// `map[string]interface {}`.
    pub fn map(entries: impl IntoIterator<Item = (Str, Value)>) -> Self {
        Self::Map(Map::any(entries))
    }

    /// A struct-like value.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(ObjectRef::new(object))
    }

    /// Whether this is the nil interface.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// The bytes of a string, or `None` for any other kind.
    pub fn as_str(&self) -> Option<&Str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The map, or `None` for any other kind.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The list, or `None` for any other kind.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(l) => Some(l),
            _ => None,
        }
    }

    /// Go's static type, as `%T` and text/template's messages print it; `None` for nil.
    pub fn type_name(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(match self {
            Self::Nil => return None,
            Self::Bool(_) => "bool".into(),
            Self::Int(kind, _) => kind.name().into(),
            Self::Uint(kind, _) => kind.name().into(),
            Self::Float(kind, _) => kind.name().into(),
            Self::Complex(..) => "complex128".into(),
            Self::Str(_) => "string".into(),
            Self::List(list) => list.list_type_name(),
            Self::Map(map) => map.map_type_name(),
            Self::Object(object) => object.type_name().to_owned().into(),
        })
    }

    /// Go's reflect kind (`map`, `slice`, `struct`, `ptr`, `float64`, …); `invalid` for nil.
    pub fn kind_name(&self) -> &str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(kind, _) => kind.name(),
            Self::Uint(kind, _) => kind.name(),
            Self::Float(kind, _) => kind.name(),
            Self::Complex(..) => "complex128",
            Self::Str(_) => "string",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Object(object) => object.kind_name(),
        }
    }

    /// text/template's truth: non-zero, non-empty, non-nil; structs are always true.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(b) => *b,
            Self::Int(_, n) => *n != 0,
            Self::Uint(_, n) => *n != 0,
            Self::Float(_, n) => *n != 0.0,
            Self::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Self::Str(s) => !s.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.truth(),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::Str(s.into())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::Str(s.into())
    }
}
