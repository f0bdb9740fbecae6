//! JSON patch, RFC 6902, with the liberties that `evanphx/json-patch` takes: replacing a field that is not there adds it, negative
//! indices count from the end, copying a field that is not there copies null, `test` passes for null where nothing is.

use super::Error;
use crate::status::Status;
use serde_json::{Map, Value};

/// More operations are refused: the API server's `maxJSONPatchOperations`.
pub const MAX_OPERATIONS: usize = 10_000;

/// More bytes are not copied by the `copy` operations of one patch together: the API server's `JSONPatchMaxCopyBytes`.
pub const MAX_COPIED: usize = 3 * 1024 * 1024;

/// Applies the JSON patch `patch` to `target`.
///
/// # Errors
/// 400 for a body that is no list of operations, 413 for too many of them, 422 where one does not apply. The server says no more
/// than that for 422; neither does this.
///
/// ```
/// use serde_json::json;
/// let patch = br#"[{"op": "add", "path": "/l/-", "value": 2}, {"op": "remove", "path": "/a~1b"}]"#;
/// let patched = skiff_sandbox::patch::json(&json!({"l": [1], "a/b": 1}), patch)?;
/// assert_eq!(patched, json!({"l": [1, 2]}));
/// # Ok::<(), skiff_sandbox::status::Status>(())
/// ```
pub fn json(target: &Value, patch: &[u8]) -> Result<Value, Status> {
    Ok(apply(target, patch)?)
}

/// The fields of a JSON patch that no operation has, as warnings of the server name them: `json patch unknown field "[0].x"`.
///
/// # Errors
/// 400 for a body that is no list of operations.
pub fn unknown_fields(patch: &[u8]) -> Result<Vec<String>, Status> {
    let mut unknown = Vec::new();
    for (index, operation) in operations(patch)?.iter().enumerate() {
        let fields = operation.keys().filter(|key| !["op", "path", "from", "value"].contains(&key.as_str()));
        unknown.extend(fields.map(|key| format!("json patch unknown field \"[{index}].{key}\"")));
    }
    Ok(unknown)
}

/// What [`json`] does, with the reason that its answer hides.
pub(super) fn apply(target: &Value, patch: &[u8]) -> Result<Value, Error> {
    let operations = operations(patch)?;
    if operations.len() > MAX_OPERATIONS {
        return Err(Error::TooManyOperations { got: operations.len() });
    }
    let mut document = target.clone();
    let mut copied = 0;
    for operation in operations {
        one(&mut document, operation, &mut copied).map_err(Error::Operation)?;
    }
    Ok(document)
}

/// The operations of a body, checked as the server's strict decoder does.
fn operations(patch: &[u8]) -> Result<Vec<Map<String, Value>>, Error> {
    let refused = |why: String| Error::Undecodable(format!("error decoding patch: {why}"));
    let kind = |value: &Value| templates_engine::json::kind_name(value);
    let items = match super::decode(patch).map_err(refused)? {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        other => {
            let why = format!(
                "json: cannot unmarshal {} into Go value of type []handlers.jsonPatchOp",
                kind(&other)
            );
            return Err(refused(why));
        }
    };
    items
        .into_iter()
        .map(|item| match item {
            Value::Object(operation) => {
                let wrong = ["op", "path", "from"].into_iter().find_map(|field| match operation.get(field) {
                    None | Some(Value::Null | Value::String(_)) => None,
                    Some(value) => Some((field, kind(value))),
                });
                wrong.map_or(Ok(operation), |(field, kind)| {
                    let place = format!("Go struct field jsonPatchOp.{field} of type string");
                    Err(refused(format!("json: cannot unmarshal {kind} into {place}")))
                })
            }
            Value::Null => Ok(Map::new()),
            other => {
                let place = "Go value of type handlers.jsonPatchOp";
                Err(refused(format!("json: cannot unmarshal {} into {place}", kind(&other))))
            }
        })
        .collect()
}

/// Applies one operation; a failure is the library's text.
fn one(document: &mut Value, mut operation: Map<String, Value>, copied: &mut usize) -> Result<(), String> {
    let mut text = |field: &str| match operation.remove(field) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (op, path, from) = (text("op"), text("path"), text("from"));
    let value = operation.remove("value");
    let op = op.unwrap_or_else(|| "unknown".to_owned());
    let path = || path.as_deref().ok_or_else(|| format!("{op} operation failed to decode path: {MISSING}"));
    let from = || {
        let why =
            || format!("{op} operation failed to decode from: operation, missing from field: {MISSING}");
        from.as_deref().ok_or_else(why)
    };
    match op.as_str() {
        "add" => {
            let path = path()?;
            let (container, key) = find(document, path).ok_or_else(|| quoted_missing(&op, path))?;
            let added = add(container, &key, value.unwrap_or(Value::Null));
            added.map_err(|why| format!("error in add for path: '{path}': {why}"))
        }
        "remove" => {
            let path = path()?;
            let (container, key) = find(document, path).ok_or_else(|| quoted_missing(&op, path))?;
            let removed = remove(container, &key);
            removed.map(drop).map_err(|why| format!("error in remove for path: '{path}': {why}"))
        }
        "replace" => replace(document, path()?, value),
        "test" => test(document, path()?, value.as_ref()),
        "move" => move_(document, from()?, path),
        "copy" => copy(document, from()?, path, copied),
        _ => Err(format!("Unexpected kind: {op}")),
    }
}

fn move_<'a>(
    document: &mut Value,
    from: &str,
    path: impl Fn() -> Result<&'a str, String>,
) -> Result<(), String> {
    let (container, key) = find(document, from).ok_or_else(|| {
        format!("move operation does not apply: doc is missing from path: {from}: {MISSING}")
    })?;
    let moved = remove(container, &key).map_err(|why| format!("error in move for path: '{key}': {why}"))?;
    let path = path()?;
    let (container, key) = find(document, path).ok_or_else(|| destination_missing("move", path))?;
    add(container, &key, moved).map_err(|why| format!("error in move for path: '{path}': {why}"))
}

fn copy<'a>(
    document: &mut Value,
    from: &str,
    path: impl Fn() -> Result<&'a str, String>,
    copied: &mut usize,
) -> Result<(), String> {
    let (container, key) = find(document, from).ok_or_else(|| {
        format!("copy operation does not apply: doc is missing from path: {from}: {MISSING}")
    })?;
    let found =
        get(container, &key).map_err(|why| format!("error in copy for from: '{from}': {why}"))?.cloned();
    let path = path()?;
    let (container, key) = find(document, path).ok_or_else(|| destination_missing("copy", path))?;
    *copied += found.as_ref().map_or(0, |value| crate::field::go_json(value).len());
    if *copied > MAX_COPIED {
        return Err(format!(
            "Unable to complete the copy, the accumulated size increase of copy is {copied}, exceeding the limit {MAX_COPIED}"
        ));
    }
    add(container, &key, found.unwrap_or(Value::Null))
        .map_err(|why| format!("error while adding value during copy: {why}"))
}

const MISSING: &str = "missing value";

fn quoted_missing(op: &str, path: &str) -> String {
    format!("{op} operation does not apply: doc is missing path: \"{path}\": {MISSING}")
}

fn destination_missing(op: &str, path: &str) -> String {
    format!("{op} operation does not apply: doc is missing destination path: {path}: {MISSING}")
}

fn replace(document: &mut Value, path: &str, value: Option<Value>) -> Result<(), String> {
    let value = value.unwrap_or(Value::Null);
    if path.is_empty() {
        if !value.is_object() && !value.is_array() {
            return Err("replace operation value must be object or array: %!w(<nil>)".to_owned());
        }
        *document = value;
        return Ok(());
    }
    let (container, key) = find(document, path)
        .ok_or_else(|| format!("replace operation does not apply: doc is missing path: {path}: {MISSING}"))?;
    let missing = |_| format!("replace operation does not apply: doc is missing key: {path}: {MISSING}");
    match container {
        Value::Array(items) => {
            let index = existing(items.len(), &key).map_err(missing)?;
            items[index] = value;
        }
        Value::Object(map) => {
            map.insert(key, value);
        }
        _ => unreachable!("`find` gives maps and lists only"),
    }
    Ok(())
}

fn test(document: &mut Value, path: &str, value: Option<&Value>) -> Result<(), String> {
    let failed = || Err(format!("testing value {path} failed: test failed"));
    if path.is_empty() {
        return if value == Some(&*document) { Ok(()) } else { failed() };
    }
    let (container, key) = find(document, path)
        .ok_or_else(|| format!("test operation does not apply: is missing path: {path}: {MISSING}"))?;
    let found = get(container, &key).map_err(|why| format!("error in test for path: '{path}': {why}"))?;
    match (found, value) {
        (None | Some(Value::Null), None | Some(Value::Null)) => Ok(()),
        (Some(found), Some(value)) if found == value => Ok(()),
        _ => failed(),
    }
}

/// The map or list that holds the last part of `path`, and that part. What stands before the first slash is not looked at.
fn find<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (_, rest) = path.split_once('/')?;
    let (parents, last) = rest.rsplit_once('/').map_or(("", rest), |(parents, last)| (parents, last));
    let mut place = document;
    if rest.contains('/') {
        for part in parents.split('/') {
            place = get_mut(place, &unescaped(part))?;
        }
    }
    (place.is_object() || place.is_array()).then(|| (place, unescaped(last)))
}

fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn get_mut<'a>(container: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match container {
        Value::Object(map) => map.get_mut(key),
        Value::Array(items) => {
            let index = existing(items.len(), key).ok()?;
            items.get_mut(index)
        }
        _ => None,
    }
}

fn get<'a>(container: &'a Value, key: &str) -> Result<Option<&'a Value>, String> {
    match container {
        Value::Array(items) => existing(items.len(), key).map(|index| items.get(index)),
        other => Ok(other.get(key)),
    }
}

fn add(container: &mut Value, key: &str, value: Value) -> Result<(), String> {
    match container {
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let index =
                number(key).map_err(|why| format!("value was not a proper array index: '{key}': {why}"))?;
            let index = within(index, items.len() + 1)?;
            items.insert(index, value);
        }
        Value::Object(map) => {
            map.insert(key.to_owned(), value);
        }
        _ => unreachable!("`find` gives maps and lists only"),
    }
    Ok(())
}

fn remove(container: &mut Value, key: &str) -> Result<Value, String> {
    match container {
        Value::Array(items) => existing(items.len(), key).map(|index| items.remove(index)),
        Value::Object(map) => {
            map.remove(key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: {MISSING}"))
        }
        _ => unreachable!("`find` gives maps and lists only"),
    }
}

/// The place of an item that is there.
fn existing(len: usize, key: &str) -> Result<usize, String> {
    within(number(key)?, len)
}

/// `strconv.Atoi`.
fn number(key: &str) -> Result<i64, String> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    key.parse().map_err(|error: std::num::ParseIntError| {
        let why = match error.kind() {
            NegOverflow | PosOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.Atoi: parsing {}: {why}", crate::field::go_quote(key))
    })
}

/// `index` within `len` places; negative ones count from the end.
fn within(index: i64, len: usize) -> Result<usize, String> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let place = if index < 0 { index.checked_add(len) } else { Some(index) };
    place
        .filter(|place| (0..len).contains(place))
        .and_then(|place| usize::try_from(place).ok())
        .ok_or_else(|| format!("Unable to access invalid index: {index}: invalid index referenced"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(target: Value, patch: Value) -> Result<Value, String> {
        apply(&target, patch.to_string().as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn operations_take_the_librarys_liberties() {
        let target = json!({"l": [1, 2, 3], "m": {"a": 1}});
        let cases = [
            (
                json!([{"op": "replace", "path": "/m/new", "value": 2}]),
                json!({"l": [1, 2, 3], "m": {"a": 1, "new": 2}}),
            ),
            (json!([{"op": "remove", "path": "/l/-1"}]), json!({"l": [1, 2], "m": {"a": 1}})),
            (json!([{"op": "add", "path": "/l/-1", "value": 4}]), json!({"l": [1, 2, 3, 4], "m": {"a": 1}})),
            (
                json!([{"op": "copy", "from": "/x", "path": "/y"}]),
                json!({"l": [1, 2, 3], "m": {"a": 1}, "y": null}),
            ),
            (json!([{"op": "move", "from": "/l/0", "path": "/l/-"}]), json!({"l": [2, 3, 1], "m": {"a": 1}})),
            (json!([{"op": "test", "path": "/x", "value": null}]), target.clone()),
            (json!([{"op": "replace", "path": "", "value": []}]), json!([])),
            (json!(null), target.clone()),
        ];
        for (patch, expected) in cases {
            assert_eq!(patched(target.clone(), patch.clone()), Ok(expected), "{patch}");
        }
    }

    #[test]
    fn failures_have_the_librarys_texts() {
        let cases = [
            (
                json!([{"op": "remove", "path": "/x"}]),
                "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value",
            ),
            (
                json!([{"op": "add", "path": "/x/y", "value": 1}]),
                "add operation does not apply: doc is missing path: \"/x/y\": missing value",
            ),
            (
                json!([{"op": "add", "path": "/l/a", "value": 1}]),
                "error in add for path: '/l/a': value was not a proper array index: 'a': strconv.Atoi: parsing \"a\": invalid syntax",
            ),
            (
                json!([{"op": "add", "path": "/l/3", "value": 1}]),
                "error in add for path: '/l/3': Unable to access invalid index: 3: invalid index referenced",
            ),
            (json!([{"op": "test", "path": "/l/0", "value": 2}]), "testing value /l/0 failed: test failed"),
            (json!([{"op": "jump", "path": "/l"}]), "Unexpected kind: jump"),
            (
                json!([{"path": 1}]),
                "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string",
            ),
            (
                json!({}),
                "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
            ),
        ];
        for (patch, expected) in cases {
            assert_eq!(patched(json!({"l": [1]}), patch), Err(expected.to_owned()));
        }
    }

    #[test]
    fn operations_and_copies_have_limits() {
        let many: Vec<Value> = vec![json!({"op": "test", "path": "/x", "value": null}); MAX_OPERATIONS + 1];
        let refused = json(&json!({}), Value::from(many).to_string().as_bytes()).unwrap_err();
        assert_eq!((refused.code, refused.reason), (413, "RequestEntityTooLarge"));
        let doubling: Vec<Value> =
            (0..40).map(|_| json!({"op": "copy", "from": "/l", "path": "/l/-"})).collect();
        let text = patched(json!({"l": ["some text"]}), Value::from(doubling)).unwrap_err();
        assert!(text.contains("exceeding the limit 3145728"), "{text}");
    }
}
