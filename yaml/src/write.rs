//! From JSON values to YAML.

use super::emitter::{Emitter, Style, sort_keys};
use super::native::Native;
use super::{Error, native, reader};
use serde_json::{Map, Number, Value};

/// `yaml.Marshal` of sigs.k8s.io/yaml, which is `toYaml` but for its last line break.
///
/// # Errors
/// What go-yaml refuses in JSON text: control characters such as U+007F, keys of more than 1022
/// characters.
pub fn from_json(value: &Value) -> Result<String, Error> {
    let mut out = String::new();
    write_json(value, &mut out)?;
    Ok(out)
}

/// As [`from_json`], appending to `out` (which keeps its content on errors).
///
/// # Errors
/// Those of [`from_json`].
pub fn write_json(value: &Value, out: &mut String) -> Result<(), Error> {
    let start = out.len();
    let mut emitter = Emitter::new(out, Style::Sigs);
    emit(value, &mut emitter, Style::Sigs);
    if emitter.finish() {
        return Ok(());
    }
    out.truncate(start);
    let mut text = String::new();
    write_json_text(value, &mut text);
    out.push_str(&from_json_text(&text)?);
    Ok(())
}

/// `toYamlPretty` but for its last line break: lists are indented, floats are Go's `%g`.
pub fn from_json_pretty(value: &Value) -> String {
    let mut out = String::new();
    let mut emitter = Emitter::new(&mut out, Style::Pretty);
    emit(value, &mut emitter, Style::Pretty);
    let _ = emitter.finish();
    out
}

/// `yaml.JSONToYAML` of sigs.k8s.io/yaml: JSON text (or any YAML) as YAML.
///
/// # Errors
/// When the text is not YAML.
pub fn from_json_text(text: &str) -> Result<String, Error> {
    let native = native(&reader::read(text.as_bytes()), false)?;
    let mut out = String::new();
    let mut emitter = Emitter::new(&mut out, Style::Sigs);
    emit_native(&native, &mut emitter);
    let _ = emitter.finish();
    Ok(out)
}

enum Open<'v> {
    Sequence(std::slice::Iter<'v, Value>),
    Mapping(std::vec::IntoIter<(&'v String, &'v Value)>),
}

fn emit<'v>(value: &'v Value, emitter: &mut Emitter<'_>, style: Style) {
    let mut open: Vec<Open<'v>> = Vec::new();
    emit_node(value, emitter, style, &mut open);
    while let Some(top) = open.last_mut() {
        let next = match top {
            Open::Sequence(items) => items.next(),
            Open::Mapping(entries) => entries.next().map(|(key, value)| {
                emitter.string(key);
                value
            }),
        };
        match (next, open.last()) {
            (Some(value), _) => emit_node(value, emitter, style, &mut open),
            (None, Some(Open::Sequence(_))) => {
                emitter.end_sequence();
                open.pop();
            }
            (None, _) => {
                emitter.end_mapping();
                open.pop();
            }
        }
    }
}

fn emit_node<'v>(value: &'v Value, emitter: &mut Emitter<'_>, style: Style, open: &mut Vec<Open<'v>>) {
    match value {
        Value::Null => emitter.null(),
        Value::Bool(truth) => emitter.bool(*truth),
        Value::Number(number) => emit_number(number, emitter),
        Value::String(text) => emitter.string(text),
        Value::Array(items) => {
            emitter.begin_sequence(items.is_empty());
            open.push(Open::Sequence(items.iter()));
        }
        Value::Object(entries) => {
            emitter.begin_mapping(entries.is_empty());
            open.push(Open::Mapping(sorted(entries, style)));
        }
    }
}

fn sorted(entries: &Map<String, Value>, style: Style) -> std::vec::IntoIter<(&String, &Value)> {
    let mut entries: Vec<_> = entries.iter().collect();
    sort_keys(&mut entries, style, |(key, _)| key);
    entries.into_iter()
}

fn emit_number(number: &Number, emitter: &mut Emitter<'_>) {
    if let Some(integer) = number.as_i64() {
        emitter.int(integer);
    } else if let Some(integer) = number.as_u64() {
        emitter.uint(integer);
    } else {
        emitter.float(number.as_f64().unwrap_or(f64::NAN));
    }
}

fn emit_native(native: &Native, emitter: &mut Emitter<'_>) {
    match native {
        Native::Nil => emitter.null(),
        Native::Bool(truth) => emitter.bool(*truth),
        Native::Int(integer) => emitter.int(*integer),
        Native::Uint(integer) => emitter.uint(*integer),
        Native::Float(float) => emitter.native_float(*float),
        Native::Str(text) => emitter.string(text),
        Native::Bytes(bytes) => emitter.bytes(bytes),
        Native::Seq(items) => {
            emitter.begin_sequence(items.is_empty());
            items.iter().for_each(|item| emit_native(item, emitter));
            emitter.end_sequence();
        }
        Native::Map(entries) => {
            emitter.begin_mapping(entries.is_empty());
            let keys = entries.iter().map(|(key, value)| (super::convert::key_text(key), value));
            let mut keys: Vec<_> = keys.collect();
            sort_keys(&mut keys, Style::Sigs, |(key, _)| key);
            for (key, value) in keys {
                emitter.string(&key);
                emit_native(value, emitter);
            }
            emitter.end_mapping();
        }
    }
}

/// A value as `json.Marshal` of Go writes it.
fn write_json_text(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) if number.is_f64() => {
            super::number::write_json(number.as_f64().unwrap_or_default(), out);
        }
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_json_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                write_json_text(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                write_json_string(key, out);
                out.push(':');
                write_json_text(value, out);
            }
            out.push('}');
        }
    }
}

/// A string as `json.Marshal` of Go writes it: HTML's characters, LS and PS escaped.
pub(super) fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\x08' => out.push_str("\\b"),
            '\x0C' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1F' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}
