//! From go-yaml's values to JSON's, as sigs.k8s.io/yaml converts them.

use super::build::{float, int, uint};
use super::native::Native;
use super::number::format_g32;
use super::{Error, Mode};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Converts a value.
///
/// # Errors
/// Keys that have no text (null, integers beyond int64), numbers that are not finite.
pub(super) fn convert(native: &Native, mode: Mode) -> Result<Value, Error> {
    check_keys(native)?;
    value(native, mode)
}

fn check_keys(native: &Native) -> Result<(), Error> {
    match native {
        Native::Seq(items) => items.iter().try_for_each(check_keys),
        Native::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            let kind = match key {
                Native::Nil => "%!s(<nil>)",
                Native::Uint(_) => "uint64",
                _ => return check_keys(value),
            };
            let (key, value) = (key.go_syntax(), value.go_syntax());
            Err(Error::NotJson(format!("unsupported map key of type: {kind}, key: {key}, value: {value}")))
        }),
        _ => Ok(()),
    }
}

fn value(native: &Native, mode: Mode) -> Result<Value, Error> {
    Ok(match native {
        Native::Nil => Value::Null,
        Native::Bool(truth) => Value::Bool(*truth),
        Native::Int(integer) => int(*integer, mode),
        Native::Uint(integer) => uint(*integer, mode),
        Native::Float(number) => float(*number, mode).ok_or_else(|| not_finite(*number))?,
        Native::Str(text) => Value::String(text.clone()),
        Native::Bytes(bytes) => Value::String(replace_invalid(bytes)),
        Native::Seq(items) => {
            Value::Array(items.iter().map(|item| value(item, mode)).collect::<Result<_, _>>()?)
        }
        Native::Map(entries) => {
            let entries: BTreeMap<String, &Native> =
                entries.iter().map(|(key, value)| (key_text(key), value)).collect();
            let converted = entries.into_iter().map(|(key, native)| Ok((key, value(native, mode)?)));
            Value::Object(converted.collect::<Result<Map<_, _>, Error>>()?)
        }
    })
}

fn not_finite(number: f64) -> Error {
    let name = match number {
        _ if number.is_nan() => "NaN",
        _ if number > 0.0 => "+Inf",
        _ => "-Inf",
    };
    Error::NotJson(format!("json: unsupported value: {name}"))
}

/// A key's text, as sigs.k8s.io/yaml makes it.
pub(super) fn key_text(key: &Native) -> String {
    match key {
        Native::Bool(truth) => truth.to_string(),
        Native::Int(integer) => integer.to_string(),
        Native::Float(float) => format_g32(*float),
        Native::Str(text) => text.clone(),
        Native::Bytes(bytes) => replace_invalid(bytes),
        _ => String::new(),
    }
}

/// `encoding/json` writes U+FFFD for each byte that is not UTF-8.
fn replace_invalid(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}
