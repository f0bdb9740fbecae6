//! A value without some of its fields and items: `TypedValue.RemoveItems`.

use super::{
    item,
    set::{Element, Set},
    types::{Side, Type},
};
use serde_json::{Map, Value};

/// Takes the parts in `gone` out of `value`. Maps and lists that merge and come out empty are null.
pub(super) fn remove(value: &Value, gone: &Set, of: Type<'_>) -> Value {
    match (of.side(Some(value)), value) {
        (Side::Scalar(_), value) => value.clone(),
        (Side::Map(fields), Value::Object(map)) if !fields.atomic => {
            let mut kept = Map::new();
            for (key, value) in map {
                let node = gone.get(&Element::field(key));
                if node.is_some_and(|node| node.member) {
                    continue;
                }
                let value = match node {
                    Some(node) if !node.below.is_empty() => remove(value, &node.below, fields.field(key)),
                    _ => value.clone(),
                };
                kept.insert(key.clone(), value);
            }
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        (Side::List(list), Value::Array(items)) if !list.atomic => {
            let mut kept = Vec::new();
            for value in items {
                let element = item::element(&list, value).ok();
                let node = element.as_ref().and_then(|element| gone.get(element));
                match node {
                    Some(node) if node.member => {}
                    Some(node) if !node.below.is_empty() => kept.push(remove(value, &node.below, list.items)),
                    _ => kept.push(value.clone()),
                }
            }
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
        _ => Value::Null,
    }
}
