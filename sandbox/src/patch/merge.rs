//! Merge patch, RFC 7386, as `evanphx/json-patch` reads it.

use super::Error;
use crate::status::Status;
use serde_json::{Map, Value};

/// Merges `patch` into `target`: null takes a field away, maps merge, anything else replaces.
///
/// Unlike the RFC, nulls below new fields vanish in lists of maps as well, and a list that replaces a map keeps its nulls.
///
/// # Errors
/// 400 for a patch that is no object; 422 where `target` is none.
///
/// ```
/// use serde_json::json;
/// let merged = skiff_sandbox::patch::merge(&json!({"a": 1, "b": 2}), &json!({"a": null, "c": {"d": null}}))?;
/// assert_eq!(merged, json!({"b": 2, "c": {}}));
/// # Ok::<(), skiff_sandbox::status::Status>(())
/// ```
pub fn merge(target: &Value, patch: &Value) -> Result<Value, Status> {
    let patch = match patch {
        Value::Object(patch) => patch,
        Value::Null => return Err(Error::NotAnObject.into()),
        other => return Err(Error::Undecodable(format!("error decoding patch: {}", not_a_map(other))).into()),
    };
    let mut merged = match target {
        Value::Object(target) => target.clone(),
        _ => return Err(Error::Operation("the target is no object".to_owned()).into()),
    };
    merge_maps(&mut merged, patch);
    Ok(Value::Object(merged))
}

/// The decoder's words for a patch that is no map.
pub(crate) fn not_a_map(value: &Value) -> String {
    let kind = templates_engine::json::kind_name(value);
    format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")
}

fn merge_maps(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match (target.get_mut(key), value) {
            (_, Value::Null) => {
                target.remove(key);
            }
            (Some(Value::Object(current)), Value::Object(value)) => merge_maps(current, value),
            (Some(current @ Value::Object(_)), value) => *current = value.clone(),
            (_, value) => {
                target.insert(key.clone(), pruned(value));
            }
        }
    }
}

/// A value without the fields that are null. Nulls that are items of lists stay.
fn pruned(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (key.clone(), pruned(value))).collect()
        }
        Value::Array(items) => items.iter().map(pruned).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nulls_below_new_fields_vanish_and_items_stay() {
        let merged =
            merge(&json!({"m": {"x": 1}}), &json!({"l": [null, {"a": null, "b": 1}], "m": [{"a": null}]}));
        assert_eq!(merged.unwrap(), json!({"l": [null, {"b": 1}], "m": [{"a": null}]}));
    }

    #[test]
    fn a_patch_that_is_no_object_is_refused() {
        let refused = |patch| merge(&json!({}), &patch).unwrap_err();
        assert_eq!(refused(Value::Null).message, "Invalid JSON Patch");
        let text = "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}";
        assert_eq!((refused(json!([])).message.as_str(), refused(json!([])).code), (text, 400));
    }
}
