//! Messages that JSON writes in forms of their own.

use super::{
    Error,
    wire::{Field, Reader},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Bytes as JSON holds them.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The value of a message with a form of its own; `None` for the others.
pub(super) fn value(name: &str, bytes: &[u8]) -> Result<Option<Value>, Error> {
    Ok(Some(match name {
        "apis.meta.v1.Time" | "apis.meta.v1.Timestamp" => time(bytes, "%Y-%m-%dT%H:%M:%SZ")?,
        "apis.meta.v1.MicroTime" => time(bytes, "%Y-%m-%dT%H:%M:%S%.6fZ")?,
        "api.resource.Quantity" | "api.resource.QuantityValue" => first(bytes)?.unwrap_or_default(),
        "apis.meta.v1.FieldsV1" | "runtime.RawExtension" => json(bytes)?,
        "util.intstr.IntOrString" => int_or_string(bytes)?,
        _ => return Ok(None),
    }))
}

/// Lists that are messages of their own, since maps hold no lists.
pub(super) fn unwrapped(name: &str, mut object: Map<String, Value>) -> Value {
    if name.ends_with(".ExtraValue") || name.ends_with(".Verbs") {
        return object.remove("items").unwrap_or_else(|| Value::Array(Vec::new()));
    }
    Value::Object(object)
}

/// A time; nothing for the zero one.
fn time(bytes: &[u8], format: &str) -> Result<Value, Error> {
    let (mut seconds, mut nanos, mut reader) = (0, 0, Reader::new(bytes));
    while let Some((number, field)) = reader.next()? {
        match (number, field) {
            (1, Field::Number(number)) => seconds = number.cast_signed(),
            (2, Field::Number(number)) => nanos = i32::try_from(number.cast_signed()).unwrap_or_default(),
            _ => {}
        }
    }
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let time = Timestamp::new(seconds, nanos).map_err(|_| Error::Broken("a time out of range"))?;
    Ok(time.strftime(format).to_string().into())
}

/// The text of the first field.
fn first(bytes: &[u8]) -> Result<Option<Value>, Error> {
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        if number == 1 {
            return Ok(Some(field.text()?.into()));
        }
    }
    Ok(None)
}

fn json(bytes: &[u8]) -> Result<Value, Error> {
    let text = first(bytes)?.unwrap_or_default();
    let text = text.as_str().unwrap_or_default();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|_| Error::Broken("invalid JSON"))
}

fn int_or_string(bytes: &[u8]) -> Result<Value, Error> {
    let (mut is_text, mut number, mut text, mut reader) = (false, 0, String::new(), Reader::new(bytes));
    while let Some((at, field)) = reader.next()? {
        match (at, field) {
            (1, Field::Number(kind)) => is_text = kind == 1,
            (2, Field::Number(value)) => number = value.cast_signed(),
            (3, field) => text = field.text()?,
            _ => {}
        }
    }
    Ok(if is_text { text.into() } else { number.into() })
}
