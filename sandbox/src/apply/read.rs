//! Configurations as requests bring them: YAML.

use super::item::whole;
use crate::{patch, status::Status};
use serde_json::{Value, json};

/// Reads a configuration. Numbers without a fraction are whole ones, as the real server's decoder leaves them.
///
/// # Errors
/// 400 with the words of the YAML reader, or for what is no map.
///
/// ```
/// let read = skiff_sandbox::apply::read(b"a: [1, 1.5]")?;
/// assert_eq!(read, serde_json::json!({"a": [1, 1.5]}));
/// # Ok::<(), skiff_sandbox::status::Status>(())
/// ```
pub fn read(body: &[u8]) -> Result<Value, Status> {
    let decoding = |why: String| Status::bad_request(format!("error decoding YAML: {why}"));
    match skiff_yaml::to_typed_json(body).map_err(|error| decoding(error.to_string()))? {
        Value::Null => Ok(json!({})),
        object @ Value::Object(_) => Ok(wholes(object)),
        other => Err(decoding(format!(
            "error unmarshaling JSON: while decoding JSON: {}",
            patch::not_a_map(&other)
        ))),
    }
}

fn wholes(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(wholes).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, wholes(value))).collect(),
        scalar => whole(scalar),
    }
}
