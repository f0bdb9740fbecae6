//! Errors of single fields, worded as `k8s.io/apimachinery/pkg/util/validation/field` does.

use serde_json::Value;
use std::fmt;

/// Why a field is wrong; the names and texts are `field.ErrorType`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A value that the operation requires to exist was not found.
    NotFound,
    /// A field that must be given is missing.
    Required,
    /// A value that must be unique is there twice.
    Duplicate,
    /// A value breaks a rule.
    Invalid,
    /// A value is not one of the allowed ones.
    NotSupported,
    /// A value is well formed but not allowed here.
    Forbidden,
    /// Too long a text.
    TooLong,
    /// Too many items.
    TooMany,
    /// A failure inside the server.
    Internal,
    /// A value has the wrong type.
    TypeInvalid,
}

impl Kind {
    /// The text that opens a message, `ErrorType.String()`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NotFound => "Not found",
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::Internal => "Internal error",
        }
    }

    /// The reason in `details.causes` of a Status.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "FieldValueNotFound",
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::Internal => "InternalError",
            Self::TypeInvalid => "FieldValueTypeInvalid",
        }
    }
}

/// One field's error: `field.Error`.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// Why.
    pub kind: Kind,
    /// Where, as a path: `spec.template.spec.containers[0].name`.
    pub field: String,
    /// What stands there, where the message shows it.
    pub value: Option<Value>,
    /// What is wrong, or how to mend it.
    pub detail: String,
}

impl Error {
    /// A value that breaks a rule.
    pub fn invalid(field: impl Into<String>, value: impl Into<Value>, detail: impl Into<String>) -> Self {
        Self { kind: Kind::Invalid, field: field.into(), value: Some(value.into()), detail: detail.into() }
    }

    /// A field that must be given.
    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind: Kind::Required, field: field.into(), value: None, detail: detail.into() }
    }

    /// A value that is not allowed here.
    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind: Kind::Forbidden, field: field.into(), value: None, detail: detail.into() }
    }

    /// A value that is there twice.
    pub fn duplicate(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { kind: Kind::Duplicate, field: field.into(), value: Some(value.into()), detail: String::new() }
    }

    /// A value outside the allowed ones, which are listed as they stand.
    pub fn not_supported(field: impl Into<String>, value: impl Into<Value>, allowed: &[&str]) -> Self {
        let allowed: Vec<String> = allowed.iter().map(|value| go_quote(value)).collect();
        let detail = if allowed.is_empty() {
            String::new()
        } else {
            format!("supported values: {}", allowed.join(", "))
        };
        Self { kind: Kind::NotSupported, field: field.into(), value: Some(value.into()), detail }
    }

    /// A value of the wrong type.
    pub fn type_invalid(
        field: impl Into<String>,
        value: impl Into<Value>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: Kind::TypeInvalid,
            field: field.into(),
            value: Some(value.into()),
            detail: detail.into(),
        }
    }

    /// A text of more than `max` bytes.
    pub fn too_long(field: impl Into<String>, max: i64) -> Self {
        let detail = match max {
            i64::MIN..=-1 => "value is too long".to_owned(),
            1 => "may not be more than 1 byte".to_owned(),
            _ => format!("may not be more than {max} bytes"),
        };
        Self { kind: Kind::TooLong, field: field.into(), value: None, detail }
    }

    /// More than `max` items; `actual` is shown where it is known.
    pub fn too_many(field: impl Into<String>, actual: Option<i64>, max: i64) -> Self {
        let detail = match max {
            i64::MIN..=-1 => "has too many items".to_owned(),
            1 => "must have at most 1 item".to_owned(),
            _ => format!("must have at most {max} items"),
        };
        Self { kind: Kind::TooMany, field: field.into(), value: actual.map(Value::from), detail }
    }

    /// A failure inside the server.
    pub fn internal(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { kind: Kind::Internal, field: field.into(), value: None, detail: why.into() }
    }

    /// The same error without its value, as `field.OmitValueType` has it.
    #[must_use]
    pub fn without_value(self) -> Self {
        Self { value: None, ..self }
    }

    /// The message without the field: `field.Error.ErrorBody`. A value of `None` is left out; JSON's null shows.
    #[must_use]
    pub fn body(&self) -> String {
        let mut text = self.kind.text().to_owned();
        let shown = !matches!(self.kind, Kind::Required | Kind::Forbidden | Kind::TooLong | Kind::Internal);
        if let (true, Some(value)) = (shown, &self.value) {
            text.push_str(": ");
            text.push_str(&show(value));
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }
}

/// A value as messages show it: texts and numbers as Go's `%q` and `%v` write them, structures as JSON.
fn show(value: &Value) -> String {
    match value {
        Value::String(text) => go_quote(text),
        Value::Number(number) => go_number(number),
        other => go_json(other),
    }
}

/// A text in Go's quotes, `%q`.
#[must_use]
pub fn go_quote(text: &str) -> String {
    templates_engine::quote::quoted(text.as_bytes())
}

/// A number as Go's `%v` writes it.
#[must_use]
pub fn go_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => go_float(float),
        _ => number.to_string(),
    }
}

/// A float as Go's `%v` writes it: `1e+06`, `0.5`.
#[must_use]
pub fn go_float(float: f64) -> String {
    templates_engine::fmt::format_float(float, b'g', None, 64)
}

/// JSON as Go's `encoding/json` writes it: `<`, `>`, `&` and the line separators are escaped.
#[must_use]
pub fn go_json(value: &Value) -> String {
    let text = value.to_string();
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}
