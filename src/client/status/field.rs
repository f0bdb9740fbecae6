//! Fields of objects of any kind, which may be missing or of another type.

use serde::Deserialize;
use serde_json::Value;

/// One of `status.conditions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Condition {
    /// `Ready`.
    #[serde(rename = "type", deserialize_with = "text_or_null")]
    pub(super) kind: String,
    /// `True`, `False` or `Unknown`.
    #[serde(deserialize_with = "text_or_null")]
    pub(super) status: String,
    /// One word.
    #[serde(deserialize_with = "text_or_null")]
    pub(super) reason: String,
    /// For people.
    #[serde(deserialize_with = "text_or_null")]
    pub(super) message: String,
}

impl Condition {
    pub(super) fn is(&self, kind: &str, status: &str) -> bool {
        self.kind == kind && self.status == status
    }
}

fn text_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The conditions, none where there are none, and nothing where they are something else.
pub(super) fn conditions(object: &Value) -> Option<Vec<Condition>> {
    match object.pointer("/status/conditions") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(all) => Vec::deserialize(all).ok(),
    }
}

/// Whether a condition is `True`.
pub(super) fn is_true(object: &Value, kind: &str) -> bool {
    conditions(object).is_some_and(|all| all.iter().any(|c| c.is(kind, "True")))
}

/// A whole number, or what stands for it where there is none.
pub(super) fn number(object: &Value, pointer: &str, otherwise: i64) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(otherwise)
}

/// A whole number or none; nothing where there is something else.
pub(super) fn number_at(object: &Value, pointer: &str) -> Option<Option<i64>> {
    match object.pointer(pointer) {
        None => Some(None),
        Some(value) => value.as_i64().map(Some),
    }
}

/// A text, or what stands for it where there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str, otherwise: &'a str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or(otherwise)
}

/// A text of the metadata.
pub(super) fn metadata_text<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get("metadata")?.get(field)?.as_str()
}
