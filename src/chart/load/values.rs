//! Values files: one or more YAML documents, each a map, later ones over earlier ones.

use crate::yaml;
use serde_json::{Map, Value};

/// Why a values file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ValuesError {
    /// Something after `---` on its line.
    #[error("error reading yaml document: invalid Yaml document separator: {0}")]
    Separator(String),
    /// A document is not YAML.
    #[error("cannot unmarshal yaml document")]
    Yaml(#[source] yaml::Error),
    /// A document is not a map (what it is, in Go's words).
    #[error(
        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
         json: cannot unmarshal {0} into Go value of type map[string]interface {{}}"
    )]
    NotAMap(&'static str),
}

/// Reads values, a chart's or a user's; numbers are floats. Nothing at all is an empty map.
///
/// # Errors
/// When a document is not a map, or not YAML.
///
/// ```
/// let values = skiff::chart::load::load_values(b"a: {b: 1}\n---\na: {c: x}\n")?;
/// assert_eq!(values, serde_json::json!({"a": {"b": 1.0, "c": "x"}}));
/// # Ok::<(), skiff::chart::load::ValuesError>(())
/// ```
pub fn load_values(text: &[u8]) -> Result<Value, ValuesError> {
    let mut values = Map::new();
    for document in documents(text)? {
        match yaml::to_json(document).map_err(ValuesError::Yaml)? {
            Value::Null => {}
            Value::Object(more) if values.is_empty() => values = more,
            Value::Object(more) => merge(&mut values, more),
            Value::Bool(_) => return Err(ValuesError::NotAMap("bool")),
            Value::Number(_) => return Err(ValuesError::NotAMap("number")),
            Value::String(_) => return Err(ValuesError::NotAMap("string")),
            Value::Array(_) => return Err(ValuesError::NotAMap("array")),
        }
    }
    Ok(Value::Object(values))
}

/// Lays `over` on `values`, map by map (`MergeMaps`).
fn merge(values: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (values.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            (_, value) => {
                values.insert(key, value);
            }
        }
    }
}

/// The documents of a file, cut at lines that begin with `---`.
fn documents(text: &[u8]) -> Result<Vec<&[u8]>, ValuesError> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |len| at + len + 1);
        if let Some(rest) = text[at..end].strip_prefix(b"---") {
            let rest = String::from_utf8_lossy(rest);
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(ValuesError::Separator(rest.to_owned()));
            }
            if start < at {
                documents.push(&text[start..at]);
                start = end;
            }
        }
        at = end;
    }
    if start < text.len() {
        documents.push(&text[start..]);
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(text: &str) -> Result<Value, String> {
        load_values(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn later_documents_lie_over_earlier_ones() {
        let text = "a: {b: 1, c: 2}\nd: [1]\n---  # more\na: {c: x}\nd: null\n";
        assert_eq!(values(text), Ok(json!({"a": {"b": 1.0, "c": "x"}, "d": null})));
    }

    #[test]
    fn nothing_is_an_empty_map() {
        for text in ["", "\n", "---\n", "# a\n", "null", "---\n---\n"] {
            assert_eq!(values(text), Ok(json!({})), "{text:?}");
        }
    }

    #[test]
    fn a_separator_stands_alone() {
        assert_eq!(
            values("a: 1\n--- b: 2\n"),
            Err("error reading yaml document: invalid Yaml document separator: b: 2".to_owned())
        );
    }

    #[test]
    fn what_is_no_map_is_refused() {
        for (text, kind) in [("5", "number"), ("- a", "array"), ("a", "string"), ("on", "bool")] {
            let error = values(text).expect_err(text);
            assert!(error.ends_with(&format!(
                "cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
            )));
        }
    }
}
