//! Strategic merge patch: maps merge field by field, lists as their fields' strategies say, and directives do the rest.
//!
//! | module | owns |
//! |---|---|
//! | this | maps: `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…`, nulls |
//! | `lists` | lists that merge: by merge key, as sets of scalars, `$patch` in their maps |
//! | `order` | `$setElementOrder/…` and the order of merged lists |
//! | `meta` | a field's strategy, merge key and Go kind |
//!
//! The facts are those of `k8s.io/apimachinery/pkg/util/strategicpatch`, accidents included.

mod lists;
mod meta;
mod order;

use super::{Error, merge::not_a_map};
use crate::{schema::TypeRef, status::Status};
use serde_json::{Map, Value};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_ITEMS: &str = "$deleteFromPrimitiveList";
const SET_ORDER: &str = "$setElementOrder";

/// Applies the strategic merge patch `patch` to `target`, an object of the type `of`.
///
/// # Errors
/// 400 for patches of a wrong form, 422 for lists of lists, 500 (as the real server) for everything it did not expect: unknown
/// fields, missing merge keys, items of different kinds, unknown directives.
///
/// ```
/// use serde_json::json;
/// use skiff_sandbox::{patch, schema::Types};
/// let types = Types::from_openapi(&json!({"definitions": {"Pod": {"type": "object", "properties": {"containers": {
///     "type": "array", "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name",
///     "items": {"type": "object", "properties": {"name": {"type": "string"}, "image": {"type": "string"}}},
/// }}}}}))?;
/// let pod = json!({"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]});
/// let change = json!({"containers": [{"name": "b", "image": "z"}, {"name": "a", "$patch": "delete"}]});
/// let patched = patch::strategic(&pod, &change, types.get("Pod").unwrap())?;
/// assert_eq!(patched, json!({"containers": [{"name": "b", "image": "z"}]}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn strategic(target: &Value, patch: &Value, of: TypeRef<'_>) -> Result<Value, Status> {
    Ok(apply(target, patch, of)?)
}

fn apply(target: &Value, patch: &Value, of: TypeRef<'_>) -> Result<Value, Error> {
    let patch = match patch {
        Value::Object(patch) => patch.clone(),
        Value::Null => Map::new(),
        other => return Err(Error::Undecodable(not_a_map(other))),
    };
    let target = match target {
        Value::Object(target) => target.clone(),
        _ => Map::new(),
    };
    merge_map(target, patch, of).map(Value::Object)
}

/// Merges a map's patch into it.
fn merge_map(
    mut target: Map<String, Value>,
    mut patch: Map<String, Value>,
    of: TypeRef<'_>,
) -> Result<Map<String, Value>, Error> {
    match patch.get(DIRECTIVE).map(Value::as_str) {
        None => {}
        Some(Some("replace")) => {
            patch.remove(DIRECTIVE);
            return Ok(patch);
        }
        Some(Some("delete")) => return Ok(Map::new()),
        Some(_) => return Err(Error::directive(&patch[DIRECTIVE], &patch)),
    }
    retain_keys(&mut target, &mut patch)?;
    order::set_orders(&mut target, &mut patch, of)?;
    for (key, value) in patch {
        merge_field(&mut target, key, value, of)?;
    }
    Ok(target)
}

/// `$retainKeys`: fields that it does not list go away.
fn retain_keys(target: &mut Map<String, Value>, patch: &mut Map<String, Value>) -> Result<(), Error> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let Value::Array(keys) = keys else { return Err(Error::RetainKeys) };
    let listed: std::collections::BTreeSet<&str> = keys.iter().filter_map(Value::as_str).collect();
    let set = patch.iter().filter(|(key, value)| {
        !value.is_null() && !key.starts_with(DELETE_ITEMS) && !key.starts_with(SET_ORDER)
    });
    for (key, _) in set {
        if !listed.contains(key.as_str()) {
            return Err(Error::RetainKeys);
        }
    }
    target.retain(|key, _| listed.contains(key.as_str()));
    Ok(())
}

/// The field's name behind a directive's slash.
fn behind(key: &str, directive: &str, error: Error) -> Result<String, Error> {
    match key.split_once('/') {
        Some((before, name)) if before == directive => Ok(name.to_owned()),
        _ => Err(error),
    }
}

/// Merges one field of a patch.
fn merge_field(
    target: &mut Map<String, Value>,
    key: String,
    value: Value,
    of: TypeRef<'_>,
) -> Result<(), Error> {
    let deletes_items = key.starts_with(DELETE_ITEMS);
    let key = if deletes_items {
        // Without a name behind the slash, Go goes on with the directive's own name.
        match behind(&key, DELETE_ITEMS, Error::PrimitiveList)? {
            name if name.is_empty() => key,
            name => name,
        }
    } else {
        key
    };
    if value.is_null() {
        target.remove(&key);
        return Ok(());
    }
    let Some(current) = target.get_mut(&key) else {
        if !deletes_items {
            put(target, key, without_nulls(value));
        }
        return Ok(());
    };
    match (std::mem::take(current), value) {
        (Value::Object(now), Value::Object(value)) => {
            let field = meta::lookup(of, &key)?;
            let replaces = field.strategy == "replace";
            let merged = if replaces { value } else { merge_map(now, value, field.of)? };
            target.insert(key, Value::Object(merged));
        }
        (Value::Array(now), Value::Array(value)) => {
            let field = meta::lookup_list(of, &key)?;
            let merged = lists::merge_list(now, value, &field, deletes_items)?.list;
            target.insert(key, Value::Array(merged));
        }
        (now, value) if deletes_items && !same_kind(&now, &value) => {
            target.insert(key, now);
        }
        (_, value) => put(target, key, without_nulls(value)),
    }
    Ok(())
}

/// Whether Go holds both in one type.
fn same_kind(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.is_f64() == right.is_f64(),
        _ => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}

/// Sets a field to a patch's value; a value that is a directive itself takes the field away.
fn put(target: &mut Map<String, Value>, key: String, value: Value) {
    match without_directives(value) {
        Some(value) => target.insert(key, value),
        None => target.remove(&key),
    };
}

/// A patch's value where there is nothing to merge it with: maps with `$patch` vanish.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let kept = map.into_iter().filter_map(|(key, value)| Some((key, without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(without_directives).collect())),
        other => Some(other),
    }
}

/// A patch's value without fields that are null; nulls that are items of lists stay.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
