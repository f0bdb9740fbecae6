//! Values and kinds as Go's `fmt` writes them in messages.

use crate::field::go_number;
use serde_json::Value;

/// A value as Go's `%v` writes it: `map[a:1 b:[x y]]`, keys sorted.
///
/// ```
/// let value = serde_json::json!({"b": ["x", null], "a": 1});
/// assert_eq!(skiff_sandbox::patch::go_value(&value), "map[a:1 b:[x <nil>]]");
/// ```
#[must_use]
pub fn go_value(value: &Value) -> String {
    let mut out = String::new();
    write(value, false, &mut out);
    out
}

/// A value as Go's `%s` writes it: what is no text is marked, `%!s(int64=1)`.
pub(super) fn go_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, true, &mut out);
    out
}

fn write(value: &Value, as_text: bool, out: &mut String) {
    let scalar = match value {
        Value::String(text) => return out.push_str(text),
        Value::Array(items) => return write_list(items, as_text, out),
        Value::Object(map) => {
            out.push_str("map[");
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write(item, as_text, out);
            }
            return out.push(']');
        }
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => go_number(number),
    };
    match (as_text, value) {
        (false, _) => out.push_str(&scalar),
        (true, Value::Null) => out.push_str("%!s(<nil>)"),
        (true, value) => out.push_str(&format!("%!s({}={scalar})", go_type(value))),
    }
}

fn write_list(items: &[Value], as_text: bool, out: &mut String) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write(item, as_text, out);
    }
    out.push(']');
}

/// The Go type that holds a decoded value, as `%s` of a `reflect.Type` shows it.
#[must_use]
pub fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
