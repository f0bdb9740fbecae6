//! Reading and writing inside objects by paths of keys: numbers, flags, lists, times, conditions.

use super::at;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A whole number inside an object.
#[must_use]
pub fn int(object: &Value, path: &[&str]) -> Option<i64> {
    at(object, path).and_then(Value::as_i64)
}

/// Whether a value inside an object is `true`.
#[must_use]
pub fn flag(object: &Value, path: &[&str]) -> bool {
    at(object, path).and_then(Value::as_bool).unwrap_or(false)
}

/// A list inside an object; empty where there is none.
#[must_use]
pub fn list<'a>(object: &'a Value, path: &[&str]) -> &'a [Value] {
    at(object, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A map inside an object.
#[must_use]
pub fn map<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Map<String, Value>> {
    at(object, path).and_then(Value::as_object)
}

/// A moment inside an object, written in RFC 3339.
#[must_use]
pub fn time(object: &Value, path: &[&str]) -> Option<Timestamp> {
    at(object, path).and_then(Value::as_str).and_then(|text| text.parse().ok())
}

/// Whether the object is being deleted: `metadata.deletionTimestamp` is set.
#[must_use]
pub fn deleting(object: &Value) -> bool {
    at(object, &["metadata", "deletionTimestamp"]).is_some_and(|value| !value.is_null())
}

/// An annotation's value.
#[must_use]
pub fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    at(object, &["metadata", "annotations", key]).and_then(Value::as_str)
}

/// Writes a value inside an object, making the maps on the way; what is no map on the way is replaced by one.
pub fn set(object: &mut Value, path: &[&str], value: impl Into<Value>) {
    let mut place = object;
    for key in path {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[*key];
    }
    *place = value.into();
}

/// Removes a value inside an object, and says what it was.
pub fn unset(object: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, before) = path.split_last()?;
    let mut place = object;
    for key in before {
        place = place.get_mut(*key)?;
    }
    place.as_object_mut()?.remove(*last)
}

/// The owner reference marked `controller: true`.
#[must_use]
pub fn controller(object: &Value) -> Option<&Value> {
    list(object, &["metadata", "ownerReferences"]).iter().find(|owner| flag(owner, &["controller"]))
}

/// Whether the object's controller is the object of this uid.
#[must_use]
pub fn controlled_by(object: &Value, uid: &str) -> bool {
    controller(object).is_some_and(|owner| super::text(owner, &["uid"]) == uid)
}

/// The owner reference that makes `owner` the controller: `metav1.NewControllerRef`.
#[must_use]
pub fn owned_by(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": super::name(owner),
        "uid": super::uid(owner), "controller": true, "blockOwnerDeletion": true,
    })
}

/// A moment as the API writes it: RFC 3339 in UTC, whole seconds.
#[must_use]
pub fn stamp(now: Timestamp) -> Value {
    Value::String(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A moment as `metav1.MicroTime` writes it.
#[must_use]
pub fn micro_stamp(now: Timestamp) -> Value {
    Value::String(now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}

/// The condition of this type in `status.conditions`.
#[must_use]
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    list(object, &["status", "conditions"]).iter().find(|one| super::text(one, &["type"]) == kind)
}

/// Whether the condition of this type is `True`.
#[must_use]
pub fn condition_true(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|one| super::text(one, &["status"]) == "True")
}

/// Puts a condition into a list: one of the same type is replaced, keeping `lastTransitionTime` where the status
/// stays the same.
pub fn set_condition(conditions: &mut Vec<Value>, mut new: Value) {
    let same = |one: &Value| one["type"] == new["type"];
    match conditions.iter().position(same) {
        Some(place) => {
            if conditions[place]["status"] == new["status"] {
                let since = conditions[place].get("lastTransitionTime").cloned();
                if let Some(since) = since {
                    new["lastTransitionTime"] = since;
                }
            }
            conditions[place] = new;
        }
        None => conditions.push(new),
    }
}

/// A clean copy of the conditions in an object's status.
#[must_use]
pub fn conditions(object: &Value) -> Vec<Value> {
    list(object, &["status", "conditions"]).to_vec()
}

/// Removes zeros, empty texts, empty lists and nulls among the fields of a map, as Go's `omitempty` does.
pub fn omit_empty(object: &mut Value, fields: &[&str]) {
    let Some(map) = object.as_object_mut() else { return };
    for field in fields {
        let empty = map.get(*field).is_some_and(|value| match value {
            Value::Null => true,
            Value::Bool(flag) => !flag,
            Value::Number(number) => number.as_i64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
        });
        if empty {
            map.remove(*field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_set_through_missing_maps_and_unset_again() {
        let mut object = json!({"a": 1});
        set(&mut object, &["metadata", "labels", "x"], "y");
        assert_eq!(object, json!({"a": 1, "metadata": {"labels": {"x": "y"}}}));
        assert_eq!(unset(&mut object, &["metadata", "labels", "x"]), Some(json!("y")));
        assert_eq!(object, json!({"a": 1, "metadata": {"labels": {}}}));
        assert_eq!(unset(&mut object, &["nothing", "there"]), None);
    }

    #[test]
    fn a_condition_keeps_its_time_while_its_status_stays() {
        let mut list = vec![json!({"type": "Ready", "status": "True", "lastTransitionTime": "t0"})];
        set_condition(
            &mut list,
            json!({"type": "Ready", "status": "True", "reason": "B", "lastTransitionTime": "t1"}),
        );
        assert_eq!(
            list,
            [json!({"type": "Ready", "status": "True", "reason": "B", "lastTransitionTime": "t0"})]
        );
        set_condition(&mut list, json!({"type": "Ready", "status": "False", "lastTransitionTime": "t2"}));
        assert_eq!(list[0]["lastTransitionTime"], "t2");
    }
}
