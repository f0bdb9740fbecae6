//! Values by dotted paths, as Helm's `Values.Table` and `Values.PathValue` find them.

use serde_json::{Map, Value};

/// The table at a dotted path; the error is the part of the path that is no table.
pub(super) fn table<'v>(
    values: &'v Map<String, Value>,
    path: &str,
) -> Result<&'v Map<String, Value>, String> {
    path.split('.').try_fold(values, |table, name| match table.get(name) {
        Some(Value::Object(inner)) => Ok(inner),
        _ => Err(name.to_owned()),
    })
}

/// What is at a dotted path, if it is no table.
pub(super) fn value<'v>(values: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let (table, name) = match path.rsplit_once('.') {
        Some((parent, name)) => (table(values, parent).ok()?, name),
        None => (values, path),
    };
    table.get(name).filter(|value| !value.is_object())
}
