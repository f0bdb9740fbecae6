//! Patches as kubectl and Helm 3 make them: strategic three-way merges and JSON merge patches.

use super::schema::Schema;
use serde_json::{Map, Value, json};

/// The most levels that are compared; deeper values are replaced whole.
const MAX_DEPTH: usize = 200;

/// A three-way strategic merge patch: what the user's document changes in the live object, and the removal of
/// what the last document had and the new one lacks.
pub(super) fn strategic(original: &Value, modified: &Value, current: &Value, schema: Schema<'_>) -> Value {
    let (Value::Object(original), Value::Object(modified), Value::Object(current)) =
        (original, modified, current)
    else {
        return modified.clone();
    };
    Value::Object(object(original, modified, current, schema, 0))
}

type Fields = Map<String, Value>;

fn object(
    original: &Fields,
    modified: &Fields,
    current: &Fields,
    schema: Schema<'_>,
    depth: usize,
) -> Fields {
    let mut patch = Fields::new();
    for (key, wanted) in modified {
        let field = schema.field(key);
        let (was, live) = (original.get(key), current.get(key));
        match (wanted, live) {
            (Value::Object(wanted), Some(Value::Object(live))) if depth < MAX_DEPTH => {
                let empty = Fields::new();
                let was = was.and_then(Value::as_object).unwrap_or(&empty);
                let mut inner = object(was, wanted, live, field, depth + 1);
                if field.has_strategy("retainKeys") && !same_keys(wanted, live) {
                    inner.insert("$retainKeys".into(), wanted.keys().cloned().collect());
                }
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Value::Array(wanted), Some(Value::Array(live))) if field.has_strategy("merge") => {
                let empty = Vec::new();
                let was = was.and_then(Value::as_array).unwrap_or(&empty);
                patch.extend(list(key, [was, wanted, live], field, depth + 1));
            }
            (Value::Null, _) => {}
            (wanted, Some(live)) if equal(wanted, live) => {}
            (wanted, _) => {
                patch.insert(key.clone(), wanted.clone());
            }
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key) || modified[*key].is_null()) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

fn same_keys(a: &Fields, b: &Fields) -> bool {
    b.keys().all(|key| a.contains_key(key))
}

fn list(
    key: &str,
    [original, modified, current]: [&Vec<Value>; 3],
    schema: Schema<'_>,
    depth: usize,
) -> Fields {
    let mut patch = Fields::new();
    let Some(merge_key) = schema.merge_key() else {
        return primitives(key, original, modified, current);
    };
    let find = |list: &[Value], id: &Value| list.iter().find(|item| item.get(merge_key) == Some(id)).cloned();
    let mut items = Vec::new();
    let mut order = Vec::new();
    for wanted in modified {
        let Some(id) = wanted.get(merge_key) else { continue };
        order.push(json!({merge_key: id}));
        let live = find(current, id);
        match (wanted, live) {
            (Value::Object(fields), Some(Value::Object(live))) if depth < MAX_DEPTH => {
                let was = find(original, id).and_then(|was| was.as_object().cloned()).unwrap_or_default();
                let mut inner = object(&was, fields, &live, schema.items(), depth + 1);
                if !inner.is_empty() {
                    inner.insert(merge_key.into(), id.clone());
                    items.push(Value::Object(inner));
                }
            }
            _ => items.push(wanted.clone()),
        }
    }
    for was in original {
        let Some(id) = was.get(merge_key) else { continue };
        if find(modified, id).is_none() {
            items.push(json!({"$patch": "delete", merge_key: id}));
        }
    }
    if !items.is_empty() || !same_order(&order, current, merge_key) {
        patch.insert(format!("$setElementOrder/{key}"), Value::Array(order));
    }
    if !items.is_empty() {
        patch.insert(key.into(), Value::Array(items));
    }
    patch
}

/// Whether the live items that the document names stand in the document's order.
fn same_order(order: &[Value], current: &[Value], merge_key: &str) -> bool {
    let position =
        |wanted: &Value| current.iter().position(|item| item.get(merge_key) == wanted.get(merge_key));
    let positions: Vec<usize> = order.iter().filter_map(position).collect();
    positions.is_sorted()
}

/// Lists of plain values that merge are sets.
fn primitives(key: &str, original: &[Value], modified: &[Value], current: &[Value]) -> Fields {
    let mut patch = Fields::new();
    let added: Vec<Value> = modified.iter().filter(|item| !current.contains(item)).cloned().collect();
    let removed: Vec<Value> = original.iter().filter(|item| !modified.contains(item)).cloned().collect();
    if added.is_empty() && removed.is_empty() {
        return patch;
    }
    patch.insert(format!("$setElementOrder/{key}"), Value::Array(modified.to_vec()));
    if !added.is_empty() {
        patch.insert(key.into(), Value::Array(added));
    }
    if !removed.is_empty() {
        patch.insert(format!("$deleteFromPrimitiveList/{key}"), Value::Array(removed));
    }
    patch
}

/// A JSON merge patch from one document to another (RFC 7386).
pub(super) fn json_merge(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return to.clone() };
    let mut patch = Fields::new();
    for (key, wanted) in to {
        match (from.get(key), wanted) {
            (Some(was), wanted) if equal(was, wanted) => {}
            (Some(was @ Value::Object(_)), Value::Object(_)) => {
                patch.insert(key.clone(), json_merge(was, wanted));
            }
            _ => {
                patch.insert(key.clone(), wanted.clone());
            }
        }
    }
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

/// A three-way JSON merge patch: additions and changes against the live object, removals against the last document.
pub(super) fn json_merge_three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let (Value::Object(modified_fields), Value::Object(current)) = (modified, current) else {
        return modified.clone();
    };
    let mut patch = Fields::new();
    for (key, wanted) in modified_fields {
        match (current.get(key), wanted) {
            (Some(live), wanted) if equal(live, wanted) => {}
            (Some(live @ Value::Object(_)), Value::Object(_)) => {
                let was = original.get(key).cloned().unwrap_or_default();
                let inner = json_merge_three_way(&was, wanted, live);
                if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
                    patch.insert(key.clone(), inner);
                }
            }
            _ => {
                patch.insert(key.clone(), wanted.clone());
            }
        }
    }
    for key in original.as_object().into_iter().flat_map(Map::keys) {
        if !modified_fields.contains_key(key) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    Value::Object(patch)
}

/// Equality that does not care whether a number was written as 1 or 1.0: manifests have the one, servers the other.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::schema::Schemas;

    const DOCUMENT: &str = r##"{"components":{"schemas":{
        "io.k8s.Pod":{"x-kubernetes-group-version-kind":[{"group":"","version":"v1","kind":"Pod"}],
            "properties":{"spec":{"allOf":[{"$ref":"#/components/schemas/io.k8s.Spec"}]}}},
        "io.k8s.Spec":{"properties":{
            "containers":{"x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge",
                "items":{"allOf":[{"$ref":"#/components/schemas/io.k8s.Container"}]}},
            "finalizers":{"x-kubernetes-patch-strategy":"merge","items":{"type":"string"}},
            "strategy":{"x-kubernetes-patch-strategy":"retainKeys","allOf":[{"$ref":"#/components/schemas/io.k8s.S"}]}}},
        "io.k8s.S":{"properties":{}},
        "io.k8s.Container":{"properties":{"args":{"items":{"type":"string"}}}}}}}"##;

    fn patch(original: Value, modified: Value, current: Value) -> Value {
        let schemas = Schemas::parse(DOCUMENT.as_bytes()).unwrap();
        let wrap = |spec: Value| json!({"spec": spec});
        let schema = schemas.built_in("", "v1", "Pod").unwrap();
        strategic(&wrap(original), &wrap(modified), &wrap(current), schema)["spec"].clone()
    }

    #[test]
    fn what_others_added_stays_and_what_was_dropped_goes() {
        let patch = patch(json!({"a": 1, "b": 1}), json!({"a": 2}), json!({"a": 1.0, "b": 1, "c": 1}));
        assert_eq!(patch, json!({"a": 2, "b": null}));
    }

    #[test]
    fn containers_merge_by_name() {
        let patch = patch(
            json!({"containers": [{"name": "web", "image": "a"}, {"name": "old"}]}),
            json!({"containers": [{"name": "web", "image": "b"}, {"name": "new"}]}),
            json!({"containers": [{"name": "web", "image": "a", "tty": true}, {"name": "old"}, {"name": "sidecar"}]}),
        );
        let expected = json!({
            "$setElementOrder/containers": [{"name": "web"}, {"name": "new"}],
            "containers": [{"image": "b", "name": "web"}, {"name": "new"}, {"$patch": "delete", "name": "old"}],
        });
        assert_eq!(patch, expected);
    }

    #[test]
    fn nothing_changed_is_an_empty_patch() {
        let spec = json!({"containers": [{"name": "web", "args": ["a"]}], "finalizers": ["x"], "n": 1});
        assert_eq!(patch(spec.clone(), spec.clone(), spec), Value::Null);
    }

    #[test]
    fn sets_of_plain_values_add_and_remove() {
        let patch = patch(
            json!({"finalizers": ["a", "b"]}),
            json!({"finalizers": ["b", "c"]}),
            json!({"finalizers": ["a", "b"]}),
        );
        let expected = json!({
            "$setElementOrder/finalizers": ["b", "c"],
            "finalizers": ["c"],
            "$deleteFromPrimitiveList/finalizers": ["a"],
        });
        assert_eq!(patch, expected);
    }

    #[test]
    fn a_union_keeps_only_its_own_keys() {
        let live = json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}});
        let patch = patch(json!({}), json!({"strategy": {"type": "Recreate"}}), live);
        assert_eq!(patch, json!({"strategy": {"type": "Recreate", "$retainKeys": ["type"]}}));
    }

    #[test]
    fn custom_resources_merge_as_json() {
        let (from, to) = (json!({"a": {"b": 1, "c": 2}, "l": [1]}), json!({"a": {"b": 1}, "l": [1, 2]}));
        assert_eq!(json_merge(&from, &to), json!({"a": {"c": null}, "l": [1, 2]}));
        let live = json!({"a": {"b": 5, "c": 2, "x": 1}, "l": [1, 2]});
        assert_eq!(json_merge_three_way(&from, &to, &live), json!({"a": {"b": 1, "c": null}}));
    }
}
