//! Uniqueness in lists of type `set` and `map`, as `apiserver/schema/listtype` checks it.

use super::{path, props::Props};
use crate::field::Error;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The errors of all such lists in `object`.
pub(crate) fn validate(at: &str, schema: &Props, object: &Value) -> Vec<Error> {
    let mut errors = Vec::new();
    walk(at, schema, object, &mut errors);
    errors
}

fn walk(at: &str, schema: &Props, value: &Value, errors: &mut Vec<Error>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if let Some(values) = schema.values() {
                    walk(&path::key(at, key), values, value, errors);
                }
                if let Some(property) = schema.property(key) {
                    walk(&path::child(at, key), property, value, errors);
                }
            }
        }
        Value::Array(items) => {
            match schema.list_type.as_deref() {
                Some("set") => {
                    for place in repeated(items.iter()) {
                        errors.push(Error::duplicate(path::index(at, place), items[place].clone()));
                    }
                }
                Some("map") => map(at, schema, items, errors),
                _ => {}
            }
            if let Some(schema) = schema.item() {
                for (place, item) in items.iter().enumerate() {
                    walk(&path::index(at, place), schema, item, errors);
                }
            }
        }
        _ => {}
    }
}

fn map(at: &str, schema: &Props, items: &[Value], errors: &mut Vec<Error>) {
    for (place, item) in items.iter().enumerate() {
        if !item.is_object() && !item.is_null() {
            let detail = "must be an object for an array of list-type map";
            return errors.push(Error::invalid(path::index(at, place), item.clone(), detail));
        }
    }
    let keys: Vec<Value> = items.iter().map(|item| Value::Object(keys_of(schema, item))).collect();
    for place in repeated(keys.iter()) {
        errors.push(Error::duplicate(path::index(at, place), keys[place].clone()));
    }
}

/// The fields of an item of a list map that make up its key.
pub(crate) fn keys_of(schema: &Props, item: &Value) -> Map<String, Value> {
    let given = |key: &str| item.get(key).map(|value| (key.to_owned(), value.clone()));
    schema.map_keys.iter().filter_map(|key| given(key)).collect()
}

/// The places at which a value appears for the second time; further ones are not told.
fn repeated<'a>(items: impl Iterator<Item = &'a Value>) -> Vec<usize> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut places = Vec::new();
    for (place, item) in items.enumerate() {
        let times = seen.entry(item.to_string()).or_default();
        *times += 1;
        if *times == 2 {
            places.push(place);
        }
    }
    places
}
