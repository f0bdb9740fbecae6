//! Whole schemas as JSON, package by package; `src/schema/texts.rs` reads it and tells the format.

use crate::{deflate, encode::number, merge::GO};
use serde_json::Value;
use std::collections::BTreeMap;

/// A directory (how many packages; each one's name, compressed and whole length, how many types; each type's last name
/// and length), then the packages.
pub(crate) fn texts(types: &BTreeMap<String, Value>) -> Vec<u8> {
    let mut packages: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    for (name, schema) in types {
        let (package, last) = name.rsplit_once('.').expect("a package");
        let mut schema = schema.clone();
        without_go(&mut schema);
        packages.entry(package).or_default().push((last, schema.to_string()));
    }
    let (mut directory, mut contents) = (Vec::new(), Vec::new());
    number(&mut directory, packages.len());
    for (package, schemas) in packages {
        let whole: String = schemas.iter().map(|(_, text)| text.as_str()).collect();
        let compressed = deflate(whole.as_bytes());
        text(&mut directory, package);
        number(&mut directory, compressed.len());
        number(&mut directory, whole.len());
        number(&mut directory, schemas.len());
        for (last, schema) in schemas {
            text(&mut directory, last);
            number(&mut directory, schema.len());
        }
        contents.extend(compressed);
    }
    directory.extend(contents);
    directory
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len());
    bytes.extend(text.as_bytes());
}

fn without_go(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    fields.remove(GO);
    for key in ["items", "additionalProperties"] {
        fields.get_mut(key).into_iter().for_each(without_go);
    }
    for (_, property) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        without_go(property);
    }
}
