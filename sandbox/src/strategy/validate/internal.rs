//! Errors whose value is of one of the server's own types: Go writes it with the names and the order of its fields.
//!
//! `sandbox/tables/internal.tsv` (made by `tests/peers/fields`) has a line for each of these types: its name, then its fields
//! as they are written: the name, `?` when it is left out if empty, `=`, where the version's object has it (`^` before what
//! the structure around it has, dots between steps), a colon, and a code as in [`crate::strategy::shape`].

use crate::{
    field::Error,
    strategy::{
        check::{At, IMMUTABLE},
        shape,
    },
};
use serde_json::Value;

const TABLE: &str = include_str!("../../../tables/internal.tsv");

/// A value of the server's own type `name` that breaks a rule.
pub(super) fn invalid(at: &At<'_>, name: &str, detail: &str) -> Error {
    let mut error = at.invalid("").without_value();
    error.detail = format!("{}: {detail}", text(name, at.value));
    error
}

/// A value of the server's own type `name` that may not change.
pub(super) fn immutable(at: &At<'_>, name: &str) -> Error {
    invalid(at, name, IMMUTABLE)
}

/// A structure that is not one of these, as its type tells.
pub(super) fn not_supported(at: &At<'_>, name: &str, allowed: &[&str]) -> Error {
    let mut error = at.not_supported(allowed).without_value();
    error.detail = format!("{}: {}", text(name, at.value), error.detail);
    error
}

/// A structure that is there twice.
pub(super) fn duplicate(at: &At<'_>, name: &str, detail: &str) -> Error {
    let mut error = at.duplicate().without_value();
    error.detail = format!("{}: {detail}", text(name, at.value));
    error
}

/// A service's port that is there twice; all but protocol and number are empty in the message.
pub(super) fn duplicate_port(port: &At<'_>, protocol: &str, number: i64) -> Error {
    let mut error = port.duplicate().without_value();
    error.detail = format!(
        "{{\"Name\":\"\",\"Protocol\":\"{protocol}\",\"AppProtocol\":null,\"Port\":{number},\"TargetPort\":0,\"NodePort\":0}}"
    );
    error
}

/// A value as Go's encoder writes it when it has the server's own type `name`.
pub(in super::super) fn text(name: &str, value: &Value) -> String {
    let mut out = String::new();
    if value.is_null() {
        out.push_str("null");
    } else {
        structure(name, value, &Value::Null, &mut out);
    }
    out
}

fn structure(name: &str, value: &Value, around: &Value, out: &mut String) {
    let Some(fields) = shape::line(TABLE, name) else { return plain(value, out) };
    out.push('{');
    let mut first = true;
    for field in fields.split('\t') {
        let Some((written, rest)) = field.split_once('=') else { continue };
        let Some((source, code)) = rest.split_once(':') else { continue };
        let found = match source.strip_prefix('^') {
            Some(source) => around.get(source),
            None if source.is_empty() => None,
            None => source.split('.').try_fold(value, |value, step| value.get(step)),
        };
        let found = found.unwrap_or(&Value::Null);
        let written = match written.strip_suffix('?') {
            Some(_) if is_zero(found) => continue,
            Some(written) => written,
            None => written,
        };
        if !first {
            out.push(',');
        }
        first = false;
        plain(&written.into(), out);
        out.push(':');
        write(code, found, value, out);
    }
    out.push('}');
}

/// Whether `omitempty` leaves a value out.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn write(code: &str, value: &Value, around: &Value, out: &mut String) {
    let rest = code.get(1..).unwrap_or_default();
    match (code.as_bytes().first(), value) {
        (Some(b'*'), Value::Null) => out.push_str("null"),
        (Some(b'*'), value) => write(rest, value, around, out),
        (Some(b'S'), value) => structure(rest, value, around, out),
        (Some(b'A'), Value::Array(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(rest, item, around, out);
            }
            out.push(']');
        }
        (Some(b'M'), Value::Object(map)) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                plain(&key.as_str().into(), out);
                out.push(':');
                write(rest, item, around, out);
            }
            out.push('}');
        }
        (_, Value::Null) => plain(&shape::zero(code), out),
        (_, value) => plain(value, out),
    }
}

/// JSON as Go writes it: `<`, `>` and `&` are escaped.
fn plain(value: &Value, out: &mut String) {
    for char in value.to_string().chars() {
        match char {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            char => out.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_of_the_server_are_written_with_its_names() {
        let strategy = json!({"type": "Slowly"});
        assert_eq!(
            text("apps.DeploymentStrategy", &strategy),
            "{\"Type\":\"Slowly\",\"RollingUpdate\":null}"
        );
        let template =
            json!({"metadata": {"labels": {"a": "<"}}, "spec": {"hostNetwork": true, "securityContext": {}}});
        let written = text("core.PodTemplateSpec", &template);
        assert!(
            written.starts_with("{\"labels\":{\"a\":\"\\u003c\"},\"Spec\":{\"Volumes\":null,"),
            "{written}"
        );
        assert!(
            written.contains("\"SecurityContext\":{\"HostNetwork\":true,\"HostPID\":false,"),
            "{written}"
        );
    }
}
