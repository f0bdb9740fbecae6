//! Lists that merge.

use super::{
    DIRECTIVE, Error, merge_map,
    meta::{Field, kind},
    order::{self, Keys},
};
use crate::patch::shown::{go_type, go_value};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A merged list.
pub(super) struct Merged {
    /// The list.
    pub(super) list: Vec<Value>,
    /// What Go's array of the target's list holds afterwards. Merging deletes and appends in place, and `$setElementOrder` orders
    /// by the array when that has happened.
    pub(super) left_behind: Vec<Value>,
}

/// Merges a list's patch into it, or takes the patch's items out of it.
pub(super) fn merge_list(
    target: Vec<Value>,
    patch: Vec<Value>,
    field: &Field<'_>,
    deletes_items: bool,
) -> Result<Merged, Error> {
    if field.strategy != "merge" && !deletes_items {
        return Ok(Merged { list: patch, left_behind: target });
    }
    if target.is_empty() && patch.is_empty() {
        return Ok(Merged { list: Vec::new(), left_behind: Vec::new() });
    }
    if item_kind(&target, &patch)? == MAP {
        return merge_maps(target, patch, field);
    }
    if deletes_items {
        let gone: BTreeSet<String> = patch.iter().map(Value::to_string).collect();
        let list = target.iter().filter(|item| !gone.contains(&item.to_string())).cloned().collect();
        return Ok(Merged { list, left_behind: target });
    }
    let mut seen = BTreeSet::new();
    let both = target.iter().chain(&patch);
    let merged: Vec<Value> = both.filter(|item| seen.insert(item.to_string())).cloned().collect();
    // A list of scalars with a merge key does not exist in Kubernetes; Go would look for maps in it.
    let keys = Keys(if field.merge_key.is_empty() { None } else { Some(field.merge_key) });
    let (from_patch, others) = order::partition(merged, &patch, keys)?;
    let list = order::normalize(from_patch, others, &patch, &target, keys)?;
    Ok(Merged { list, left_behind: target })
}

/// The Go type of maps.
pub(super) const MAP: &str = "map[string]interface {}";

/// The one Go type that all items of both lists have.
pub(super) fn item_kind(target: &[Value], patch: &[Value]) -> Result<&'static str, Error> {
    let mut items = target.iter().chain(patch);
    let first = match items.next() {
        None => return Err(Error::Unexpected("no elements in any of the given slices".to_owned())),
        Some(Value::Array(_)) => return Err(Error::ListOfLists),
        Some(Value::Null) => return Err(Error::panics("a list begins with null")),
        Some(first) => go_type(first),
    };
    if items.all(|item| go_type(item) == first) {
        return Ok(first);
    }
    let lists = [target, patch].map(|list| go_value(&Value::Array(list.to_vec())));
    Err(Error::Unexpected(format!("list element types are not identical: [{} {}]", lists[0], lists[1])))
}

fn merge_maps(target: Vec<Value>, patch: Vec<Value>, field: &Field<'_>) -> Result<Merged, Error> {
    if field.merge_key.is_empty() {
        let text = format!("cannot merge lists without merge key for {}", kind(field.of));
        return Err(Error::Unexpected(text));
    }
    let keys = Keys(Some(field.merge_key));
    let special = directives(target, patch, field.merge_key)?;
    let target_len = special.target.len();
    let merged = merge_items(special.target, &special.patch, field)?;
    let left_behind = merged.iter().cloned().chain(special.stale.into_iter().skip(merged.len() - target_len));
    let left_behind = left_behind.take(special.array_len).collect();
    let server_order = merged[..target_len].to_vec();
    let (from_patch, others) = order::partition(merged, &special.patch, keys)?;
    let list = order::normalize(from_patch, others, &special.patch, &server_order, keys)?;
    Ok(Merged { list, left_behind })
}

/// Both lists once the maps with `$patch` have done their work.
struct Special {
    target: Vec<Value>,
    patch: Vec<Value>,
    /// What Go's array still holds behind the target's last item.
    stale: Vec<Value>,
    /// How many items the array had.
    array_len: usize,
}

/// Obeys `$patch: delete` and `$patch: replace` of the patch's maps.
fn directives(mut target: Vec<Value>, patch: Vec<Value>, merge_key: &str) -> Result<Special, Error> {
    let array_len = target.len();
    let (mut kept, mut stale, mut replaces) = (Vec::new(), Vec::new(), false);
    for item in patch {
        let Value::Object(map) = &item else {
            return Err(Error::panics("an item is no map"));
        };
        match map.get(DIRECTIVE) {
            None => kept.push(item),
            Some(Value::String(directive)) if directive == "delete" => {
                let key = map.get(merge_key).ok_or_else(|| Error::no_merge_key(map, merge_key))?;
                while let Some(index) = target.iter().position(|item| item.get(merge_key) == Some(key)) {
                    // Go moves the rest of the array up by one, so that its last item stays where it was.
                    stale.insert(0, target[target.len() - 1].clone());
                    target.remove(index);
                }
            }
            Some(Value::String(directive)) if directive == "replace" => replaces = true,
            Some(Value::String(directive)) if directive == "merge" => {
                return Err(Error::Unexpected(
                    "merging lists cannot yet be specified in the patch".to_owned(),
                ));
            }
            Some(other) => return Err(Error::directive(other, map)),
        }
    }
    Ok(if replaces {
        let target_then = kept;
        Special { target: target_then, patch: Vec::new(), stale, array_len: 0 }
    } else {
        Special { target, patch: kept, stale, array_len }
    })
}

/// Merges the patch's maps into those of the same key, or appends them.
fn merge_items(mut target: Vec<Value>, patch: &[Value], field: &Field<'_>) -> Result<Vec<Value>, Error> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (index, item) in target.iter().enumerate() {
        if let Some(key) = item.get(field.merge_key) {
            places.entry(key.to_string()).or_insert(index);
        }
    }
    for item in patch {
        let Value::Object(map) = item else {
            return Err(Error::panics("an item is no map"));
        };
        let key = map.get(field.merge_key).ok_or_else(|| Error::no_merge_key(map, field.merge_key))?;
        if key.is_object() || key.is_array() {
            return Err(Error::panics("a merge key is no scalar"));
        }
        if let Some(&index) = places.get(&key.to_string()) {
            let current = match std::mem::take(&mut target[index]) {
                Value::Object(current) => current,
                _ => Map::new(),
            };
            target[index] = Value::Object(merge_map(current, map.clone(), field.of)?);
        } else {
            places.insert(key.to_string(), target.len());
            target.push(item.clone());
        }
    }
    Ok(target)
}
