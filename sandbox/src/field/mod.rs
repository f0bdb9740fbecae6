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

    /// A value outside the allowed ones, which are listed in order.
    pub fn not_supported(field: impl Into<String>, value: impl Into<Value>, allowed: &[&str]) -> Self {
        let mut allowed: Vec<String> = allowed.iter().map(|value| format!("{value:?}")).collect();
        allowed.sort();
        let detail = if allowed.is_empty() {
            String::new()
        } else {
            format!("supported values: {}", allowed.join(", "))
        };
        Self { kind: Kind::NotSupported, field: field.into(), value: Some(value.into()), detail }
    }

    /// The message without the field: `field.Error.ErrorBody`.
    #[must_use]
    pub fn body(&self) -> String {
        let mut text = self.kind.text().to_owned();
        let shown = !matches!(
            self.kind,
            Kind::Required | Kind::Forbidden | Kind::TooLong | Kind::Internal | Kind::TypeInvalid
        );
        if shown || self.kind == Kind::TypeInvalid {
            text.push_str(": ");
            text.push_str(&show(self.value.as_ref()));
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }
}

/// A value as messages show it: texts quoted, numbers bare, structures as JSON.
fn show(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "null".to_owned(),
        Some(value) => value.to_string(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}
