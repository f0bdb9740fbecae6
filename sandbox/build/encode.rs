//! Types without texts in a compact form; `src/schema/builtin.rs` reads it and tells the format.

use crate::merge::GO;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Default)]
struct Writer {
    strings: BTreeMap<String, usize>,
    schemas: BTreeMap<Vec<u8>, usize>,
    string_bytes: Vec<u8>,
    schema_bytes: Vec<u8>,
}

/// The strings, the schemas (inner ones first), and the names of types with their schemas.
pub(crate) fn types(types: &BTreeMap<String, Value>) -> Vec<u8> {
    let mut writer = Writer::default();
    let mut names = Vec::new();
    for (name, schema) in types {
        let schema = writer.schema(schema);
        let name = writer.string(name);
        number(&mut names, name);
        number(&mut names, schema);
    }
    let mut bytes = Vec::new();
    number(&mut bytes, writer.strings.len());
    bytes.extend(writer.string_bytes);
    number(&mut bytes, writer.schemas.len());
    bytes.extend(writer.schema_bytes);
    number(&mut bytes, types.len());
    bytes.extend(names);
    bytes
}

/// Seven bits a byte, the lowest first.
pub(crate) fn number(bytes: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        bytes.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).expect("seven bits"));
}

impl Writer {
    fn string(&mut self, text: &str) -> usize {
        if let Some(&known) = self.strings.get(text) {
            return known;
        }
        number(&mut self.string_bytes, text.len());
        self.string_bytes.extend(text.as_bytes());
        self.strings.insert(text.to_owned(), self.strings.len());
        self.strings.len() - 1
    }

    /// Equal schemas are written once.
    fn schema(&mut self, schema: &Value) -> usize {
        let bytes = self.facts(schema);
        if let Some(&known) = self.schemas.get(&bytes) {
            return known;
        }
        self.schema_bytes.extend(&bytes);
        self.schemas.insert(bytes, self.schemas.len());
        self.schemas.len() - 1
    }

    fn facts(&mut self, schema: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"));
        if let Some(path) = reference.and_then(Value::as_str) {
            self.text(&mut bytes, b'r', path.rsplit('/').next().unwrap_or_default());
        }
        bytes.extend([b's', shape(schema)]);
        for (tag, key) in
            [(b'f', "format"), (b'S', "x-kubernetes-patch-strategy"), (b'K', "x-kubernetes-patch-merge-key")]
        {
            if let Some(text) = schema.get(key).and_then(Value::as_str) {
                self.text(&mut bytes, tag, text);
            }
        }
        if let Some(default) = schema.get("default") {
            self.text(&mut bytes, b'd', &default.to_string());
        }
        for (tag, key) in [(b'i', "items"), (b'a', "additionalProperties")] {
            if let Some(inner) = schema.get(key) {
                let inner = self.schema(inner);
                bytes.push(tag);
                number(&mut bytes, inner);
            }
        }
        self.properties(&mut bytes, schema);
        self.list(&mut bytes, b'R', schema.get("required"));
        match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
            Some("atomic") => bytes.push(b'A'),
            Some("set") => bytes.push(b'T'),
            Some("map") => self.list(&mut bytes, b'M', schema.get("x-kubernetes-list-map-keys")),
            other => assert!(other.is_none(), "list type {other:?}"),
        }
        if schema.get("x-kubernetes-map-type").is_some_and(|kind| kind == "atomic") {
            bytes.push(b'm');
        }
        self.go(&mut bytes, schema.get(GO));
        bytes.push(b'.');
        bytes
    }

    fn properties(&mut self, bytes: &mut Vec<u8>, schema: &Value) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        bytes.push(b'p');
        number(bytes, properties.len());
        for (key, property) in properties {
            let property = self.schema(property);
            let key = self.string(key);
            number(bytes, key);
            number(bytes, property);
        }
    }

    fn go(&mut self, bytes: &mut Vec<u8>, go: Option<&Value>) {
        let cell = |key: &str| go.and_then(|go| go.get(key)).and_then(Value::as_str);
        if cell("pointer").is_some() {
            bytes.push(b'*');
        }
        if let Some(name) = cell("go type") {
            self.text(bytes, b'g', name);
        }
        if let Some(name) = cell("underlying") {
            self.text(bytes, b'u', name);
        }
        if let Some(zero) = cell("zero") {
            self.text(bytes, b'z', zero);
        }
    }

    fn text(&mut self, bytes: &mut Vec<u8>, tag: u8, text: &str) {
        bytes.push(tag);
        let text = self.string(text);
        number(bytes, text);
    }

    fn list(&mut self, bytes: &mut Vec<u8>, tag: u8, list: Option<&Value>) {
        let Some(list) = list.and_then(Value::as_array) else { return };
        bytes.push(tag);
        number(bytes, list.len());
        for item in list {
            let item = self.string(item.as_str().expect("a text"));
            number(bytes, item);
        }
    }
}

fn shape(schema: &Value) -> u8 {
    if schema.get("format").is_some_and(|format| format == "int-or-string") {
        return b'x';
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => b'o',
        Some("array") => b'l',
        Some("string") => b's',
        Some("integer") => b'i',
        Some("number") => b'n',
        Some("boolean") => b'b',
        _ => b'?',
    }
}
