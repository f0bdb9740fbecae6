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
        Native::Seq(items) => {
            for item in items {
                check_keys(item)?;
            }
        }
        Native::Map(entries) => {
            for (key, value) in entries {
                match key {
                    Native::Nil => return Err(no_text("%!s(<nil>)", key, value)),
                    Native::Uint(_) => return Err(no_text("uint64", key, value)),
                    _ => check_keys(value)?,
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn no_text(kind: &str, key: &Native, value: &Native) -> Error {
    let (key, value) = (key.go_syntax(), value.go_syntax());
    Error::NotJson(format!("unsupported map key of type: {kind}, key: {key}, value: {value}"))
}

fn value(native: &Native, mode: Mode) -> Result<Value, Error> {
    match native {
        Native::Seq(items) => {
            let mut converted = Vec::with_capacity(items.len());
            for item in items {
                converted.push(value(item, mode)?);
            }
            Ok(Value::Array(converted))
        }
        Native::Map(entries) => {
            let sorted: BTreeMap<String, &Native> =
                entries.iter().map(|(key, value)| (key_text(key), value)).collect();
            let mut converted = Map::new();
            for (key, native) in sorted {
                converted.insert(key, value(native, mode)?);
            }
            Ok(Value::Object(converted))
        }
        scalar => scalar_value(scalar, mode),
    }
}

fn scalar_value(native: &Native, mode: Mode) -> Result<Value, Error> {
    Ok(match native {
        Native::Bool(truth) => Value::Bool(*truth),
        Native::Int(integer) => int(*integer, mode),
        Native::Uint(integer) => uint(*integer, mode),
        Native::Float(number) => float(*number, mode).ok_or_else(|| not_finite(*number))?,
        Native::Str(text) => Value::String(text.clone()),
        Native::Bytes(bytes) => Value::String(replace_invalid(bytes)),
        Native::Nil | Native::Seq(_) | Native::Map(_) => Value::Null,
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
