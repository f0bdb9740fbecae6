//! OpenAPI v2 as protobuf: the messages of gnostic's `OpenAPIv2.proto`, as far as Kubernetes' documents use them.

use super::{
    conversion,
    document::{Custom, Parts, definition, everything},
};
use serde_json::Value;

/// A message being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push(value.to_le_bytes()[0] & 0x7f | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    /// A field of bytes: a text or a message.
    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn message(&mut self, field: u64, message: &Message) {
        self.bytes(field, &message.0);
    }

    /// A text, left out when it is empty.
    fn text(&mut self, field: u64, value: &Value) {
        if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
            self.bytes(field, text.as_bytes());
        }
    }

    fn texts(&mut self, field: u64, list: &Value) {
        list.as_array().into_iter().flatten().for_each(|text| self.text(field, text));
    }

    fn flag(&mut self, field: u64, value: &Value) {
        if value == &Value::Bool(true) {
            self.varint(field << 3);
            self.varint(1);
        }
    }

    fn integer(&mut self, field: u64, value: &Value) {
        if let Some(number) = value.as_i64() {
            self.varint(field << 3);
            self.varint(u64::from_le_bytes(number.to_le_bytes()));
        }
    }

    fn double(&mut self, field: u64, value: &Value) {
        if let Some(number) = value.as_f64() {
            self.varint(field << 3 | 1);
            self.0.extend(number.to_le_bytes());
        }
    }

    /// `Any`: the value as YAML, which JSON is.
    fn any(&mut self, field: u64, value: &Value) {
        let mut any = Self::default();
        any.bytes(2, format!("{value}\n").as_bytes());
        self.message(field, &any);
    }

    /// A name with a message: `NamedSchema`, `NamedPathItem`, …
    fn named(&mut self, field: u64, name: &str, message: &Message) {
        let mut named = Self::default();
        named.bytes(1, name.as_bytes());
        named.message(2, message);
        self.message(field, &named);
    }

    /// What starts with `x-`.
    fn extensions(&mut self, field: u64, value: &Value) {
        for (key, inner) in value.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("x-")) {
            let mut named = Self::default();
            named.bytes(1, key.as_bytes());
            named.any(2, inner);
            self.message(field, &named);
        }
    }
}

/// The OpenAPI v2 document of everything as protobuf; the same contents as [`super::v2`].
#[must_use]
pub fn encode_v2(custom: &[Custom<'_>]) -> Vec<u8> {
    let Parts { paths, schemas } = everything(custom);
    let mut document = Message::default();
    document.bytes(1, b"2.0");
    let mut info = Message::default();
    info.bytes(1, b"Kubernetes");
    info.bytes(2, b"1.36");
    document.message(2, &info);
    let mut items = Message::default();
    for (path, item) in conversion::paths(paths) {
        items.named(2, &path, &path_item(&item));
    }
    document.message(8, &items);
    drop(items);
    let mut definitions = Message::default();
    for (name, text) in schemas {
        definitions.named(1, &name, &schema(&definition(&name, &text)));
    }
    document.message(9, &definitions);
    document.message(12, &security());
    let mut key = Message::default();
    for (field, text) in
        [(1, "apiKey"), (2, "authorization"), (3, "header"), (4, "Bearer Token authentication")]
    {
        key.bytes(field, text.as_bytes());
    }
    let (mut item, mut schemes) = (Message::default(), Message::default());
    item.message(2, &key);
    schemes.named(1, "BearerToken", &item);
    document.message(13, &schemes);
    document.0
}

fn security() -> Message {
    let mut requirement = Message::default();
    requirement.named(1, "BearerToken", &Message::default());
    requirement
}

fn schema(value: &Value) -> Message {
    let mut message = Message::default();
    message.text(1, &value["$ref"]);
    message.text(2, &value["format"]);
    message.text(3, &value["title"]);
    message.text(4, &value["description"]);
    if let Some(default) = value.get("default") {
        message.any(5, default);
    }
    for (field, key) in [(6, "multipleOf"), (7, "maximum"), (9, "minimum")] {
        message.double(field, &value[key]);
    }
    for (field, key) in [(8, "exclusiveMaximum"), (10, "exclusiveMinimum"), (16, "uniqueItems")] {
        message.flag(field, &value[key]);
    }
    for (field, key) in [
        (11, "maxLength"),
        (12, "minLength"),
        (14, "maxItems"),
        (15, "minItems"),
        (17, "maxProperties"),
        (18, "minProperties"),
    ] {
        message.integer(field, &value[key]);
    }
    message.text(13, &value["pattern"]);
    message.texts(19, &value["required"]);
    for item in value["enum"].as_array().into_iter().flatten() {
        message.any(20, item);
    }
    if let Some(inner) = value.get("additionalProperties") {
        let mut item = Message::default();
        match inner {
            Value::Bool(_) => item.flag(2, inner),
            _ => item.message(1, &schema(inner)),
        }
        message.message(21, &item);
    }
    if let Some(kind) = value["type"].as_str() {
        let mut item = Message::default();
        item.bytes(1, kind.as_bytes());
        message.message(22, &item);
    }
    if let Some(inner) = value.get("items") {
        let mut item = Message::default();
        item.message(1, &schema(inner));
        message.message(23, &item);
    }
    if let Some(properties) = value["properties"].as_object() {
        let mut all = Message::default();
        properties.iter().for_each(|(key, inner)| all.named(1, key, &schema(inner)));
        message.message(25, &all);
    }
    message.extensions(31, value);
    message
}

fn path_item(item: &Value) -> Message {
    let mut message = Message::default();
    for (field, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
        if let Some(of) = item.get(method) {
            message.message(field, &operation(of));
        }
    }
    for of in item["parameters"].as_array().into_iter().flatten() {
        message.message(9, &parameter(of));
    }
    message
}

fn operation(value: &Value) -> Message {
    let mut message = Message::default();
    message.texts(1, &value["tags"]);
    message.text(3, &value["description"]);
    message.text(5, &value["operationId"]);
    message.texts(6, &value["produces"]);
    message.texts(7, &value["consumes"]);
    for of in value["parameters"].as_array().into_iter().flatten() {
        message.message(8, &parameter(of));
    }
    let mut responses = Message::default();
    for (code, response) in value["responses"].as_object().into_iter().flatten() {
        let mut body = Message::default();
        body.text(1, &response["description"]);
        if let Some(of) = response.get("schema") {
            let mut item = Message::default();
            item.message(1, &schema(of));
            body.message(2, &item);
        }
        let mut either = Message::default();
        either.message(1, &body);
        responses.named(1, code, &either);
    }
    message.message(9, &responses);
    message.texts(10, &value["schemes"]);
    message.extensions(13, value);
    message
}

/// `ParametersItem` of a `Parameter`: a body, or one in the query or the path.
fn parameter(value: &Value) -> Message {
    let (mut parameter, mut item) = (Message::default(), Message::default());
    if value["in"] == "body" {
        let mut body = Message::default();
        body.text(2, &value["name"]);
        body.text(3, &value["in"]);
        body.flag(4, &value["required"]);
        body.message(5, &schema(&value["schema"]));
        parameter.message(1, &body);
    } else {
        // A query's parameter has one field more than a path's, before its type.
        let query = value["in"] == "query";
        let (kind, unique) = if query { (6, 20) } else { (5, 19) };
        let mut sub = Message::default();
        sub.flag(1, &value["required"]);
        sub.text(2, &value["in"]);
        sub.text(3, &value["description"]);
        sub.text(4, &value["name"]);
        sub.text(kind, &value["type"]);
        sub.flag(unique, &value["uniqueItems"]);
        let mut other = Message::default();
        other.message(if query { 3 } else { 4 }, &sub);
        parameter.message(2, &other);
    }
    item.message(1, &parameter);
    item
}
