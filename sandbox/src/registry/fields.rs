//! Fields that selectors may name, per kind.

use crate::{kinds::Resource, object};
use serde_json::Value;

/// The value of a field that a selector names, as a text.
#[must_use]
pub(super) fn value(_resource: &Resource, object: &Value, field: &str) -> String {
    let path: Vec<&str> = field.split('.').collect();
    match object::at(object, &path) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
