//! Two answers side by side.

use crate::{case::Step, mask::Mask};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// An answer as it is compared: code, content type, warnings, body.
pub fn shown(answer: &Response<Bytes>, step: &Step, mask: &mut Mask) -> Value {
    let header = |name: &str| {
        let values = answer.headers().get_all(name).iter();
        values.map(|value| mask_header(&String::from_utf8_lossy(value.as_bytes()))).collect::<Vec<_>>()
    };
    let (content_type, warnings) = (header("content-type"), header("warning"));
    let mut body = if step.watch.is_some() { events(answer.body(), step) } else { parsed(answer.body()) };
    if !step.only.is_empty() {
        body = step
            .only
            .iter()
            .map(|pointer| (pointer.clone(), body.pointer(pointer).cloned().unwrap_or_default()))
            .collect();
    }
    for pointer in &step.ignore {
        let path: Vec<&str> = pointer.trim_start_matches('/').split('/').collect();
        remove(&mut body, &path);
    }
    let mut body = mask.mask(body);
    for pointer in &step.unordered {
        if let Some(Value::Array(items)) = body.pointer_mut(pointer) {
            items.sort_by_cached_key(Value::to_string);
        }
    }
    json!({
        "code": answer.status().as_u16(), "type": content_type, "warnings": warnings, "body": body,
    })
}

fn mask_header(text: &str) -> String {
    Mask::default().text(text)
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}

fn events(body: &[u8], step: &Step) -> Value {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .take(step.watch.unwrap_or_default())
        .map(parsed)
        .collect()
}

/// Removes what a pointer names; `*` names every item or field.
fn remove(value: &mut Value, path: &[&str]) {
    let [first, rest @ ..] = path else { return };
    let key = first.replace("~1", "/").replace("~0", "~");
    match value {
        Value::Object(fields) if rest.is_empty() && *first != "*" => {
            fields.remove(&key);
        }
        Value::Object(fields) if rest.is_empty() => fields.clear(),
        Value::Array(items) if rest.is_empty() => {
            if let Some(at) = key.parse::<usize>().ok().filter(|at| *at < items.len()) {
                items[at] = Value::Null;
            }
        }
        Value::Object(fields) if *first == "*" => fields.values_mut().for_each(|inner| remove(inner, rest)),
        Value::Array(items) if *first == "*" => items.iter_mut().for_each(|inner| remove(inner, rest)),
        Value::Object(fields) => fields.get_mut(&key).into_iter().for_each(|inner| remove(inner, rest)),
        Value::Array(items) => {
            let inner = key.parse::<usize>().ok().and_then(|at| items.get_mut(at));
            inner.into_iter().for_each(|inner| remove(inner, rest));
        }
        _ => {}
    }
}

/// The lines in which two answers differ, `-` the real server's.
pub fn diff(real: &Value, ours: &Value) -> String {
    let text = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
    let (real, ours) = (text(real), text(ours));
    format!("--- real\n+++ sandbox\n{}", skiff_compact::unified(&real, &ours, 4))
}
