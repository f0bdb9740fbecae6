//! What changed between two values, for the messages that show it.

use serde_json::Value;

/// So many changes are shown.
const MAX_SHOWN: usize = 20;

/// The changed fields, one a line with its path. (The real server prints its own types' memory; that form is not imitated.)
pub(super) fn between(old: &Value, new: &Value) -> String {
    let mut lines = Vec::new();
    compare("", old, new, &mut lines);
    lines.truncate(MAX_SHOWN);
    lines.concat()
}

fn compare(path: &str, old: &Value, new: &Value, lines: &mut Vec<String>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&path, &of(before), &of(after), lines);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                compare(&format!("{path}[{index}]"), before, after, lines);
            }
        }
        _ => lines.push(format!("- {path}: {old}\n+ {path}: {new}\n")),
    }
}
