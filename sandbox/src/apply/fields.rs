//! `FieldsV1`: sets of fields as `managedFields` writes them.

use super::{
    item::whole,
    set::{Element, Node, Set},
};
use crate::field::go_json;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Reads a set. Steps of an unknown sort are skipped.
///
/// # Errors
/// A step that says of what sort it is but cannot be read.
pub(super) fn read(value: &Value) -> Result<Set, String> {
    let Value::Object(map) = value else { return Ok(Set::default()) };
    let mut set = Set::default();
    for (key, below) in map {
        if key == "." {
            continue;
        }
        let Some(element) = element(key)? else { continue };
        let inner = read(below)?;
        // A part without anything below it is meant itself.
        let member = inner.nodes().is_empty() || below.get(".").is_some();
        set.add(Node { element, member, below: inner });
    }
    Ok(set)
}

fn element(text: &str) -> Result<Option<Element>, String> {
    let sort = text.get(..2).ok_or("key must be 2 characters long:")?;
    let rest = &text[2..];
    let bad = |error: serde_json::Error| format!("parsing key as path element: {error}");
    Ok(match sort {
        "f:" => Some(Element::field(rest)),
        "v:" => Some(Element::Value(Rc::new(whole(serde_json::from_str(rest).map_err(bad)?)))),
        "k:" => {
            let fields: Map<String, Value> = serde_json::from_str(rest).map_err(bad)?;
            let fields = fields.into_iter().map(|(name, value)| (name.into(), whole(value)));
            Some(Element::Key(Rc::new(fields.collect())))
        }
        "i:" => Some(Element::Index(rest.parse().map_err(|_| format!("invalid index {rest:?}"))?)),
        other if other.ends_with(':') => None,
        _ => return Err(format!("missing colon: {text}")),
    })
}

/// Writes a set.
pub(super) fn write(set: &Set) -> Value {
    Value::Object(map(set, false))
}

fn map(set: &Set, member: bool) -> Map<String, Value> {
    let mut map = Map::new();
    if member && !set.nodes().is_empty() {
        map.insert(".".to_owned(), Value::Object(Map::new()));
    }
    for node in set.nodes() {
        map.insert(step(&node.element), Value::Object(self::map(&node.below, node.member)));
    }
    map
}

fn step(element: &Element) -> String {
    match element {
        Element::Field(name) => format!("f:{name}"),
        Element::Key(fields) => {
            let mut text = "k:{".to_owned();
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_ref()).to_string());
                text.push(':');
                text.push_str(&go_json(value));
            }
            text.push('}');
            text
        }
        Element::Value(value) => format!("v:{}", go_json(value)),
        Element::Index(index) => format!("i:{index}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_are_read_and_written_alike() {
        let fields = json!({
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}, "f:finalizers": {".": {}, "v:\"a/b\"": {}}},
            "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}, "f:x": {"i:0": {}}},
        });
        assert_eq!(write(&read(&fields).unwrap()), fields);
    }

    #[test]
    fn unknown_steps_are_skipped_and_broken_ones_refused() {
        let set = read(&json!({"z:what": {}, "f:a": {"y:b": {}}})).unwrap();
        assert_eq!(write(&set), json!({"f:a": {}}));
        assert!(read(&json!({"k:{": {}})).is_err());
        assert!(read(&json!({"f": {}})).is_err());
        assert!(read(&json!({"ff:": {}})).is_err());
    }
}
