//! Reading and writing what all objects have: `apiVersion`, `kind` and `metadata`.

pub mod edit;
pub mod fresh;
pub mod names;
pub mod pod;
pub mod quantity;
pub mod select;
pub mod selector;

use serde_json::{Map, Value};

/// How deep objects may nest that are sent or patched.
pub const MAX_DEPTH: usize = 100;

/// A text inside an object, by its path of keys; empty where there is none.
///
/// ```
/// let object = serde_json::json!({"metadata": {"name": "web"}});
/// assert_eq!(skiff_sandbox::object::text(&object, &["metadata", "name"]), "web");
/// assert_eq!(skiff_sandbox::object::text(&object, &["metadata", "uid"]), "");
/// ```
#[must_use]
pub fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    at(object, path).and_then(Value::as_str).unwrap_or_default()
}

/// A value inside an object, by its path of keys.
#[must_use]
pub fn at<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(object, |value, key| value.get(key))
}

/// `metadata.name`.
#[must_use]
pub fn name(object: &Value) -> &str {
    text(object, &["metadata", "name"])
}

/// `metadata.namespace`.
#[must_use]
pub fn namespace(object: &Value) -> &str {
    text(object, &["metadata", "namespace"])
}

/// `metadata.uid`.
#[must_use]
pub fn uid(object: &Value) -> &str {
    text(object, &["metadata", "uid"])
}

/// A label's value.
#[must_use]
pub fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    at(object, &["metadata", "labels", key]).and_then(Value::as_str)
}

/// The map below `key`, made if it is missing or no map. `object` must be a map itself: every decoded object is.
pub fn map_mut<'a>(object: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was made a map above"),
    }
}

/// Whether a value nests deeper than `levels`: neither reading it back nor walking through it may exhaust anything.
#[must_use]
pub fn nests_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Object(_) | Value::Array(_) if levels == 0 => true,
        Value::Object(fields) => fields.values().any(|value| nests_deeper(value, levels - 1)),
        Value::Array(items) => items.iter().any(|value| nests_deeper(value, levels - 1)),
        _ => false,
    }
}
