//! A text of several YAML documents, cut as Kubernetes' `YAMLReader` cuts it, and values files of that form.

use super::merge_maps;
use crate::yaml;
use serde_json::{Map, Value};

/// Why a values file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something other than a comment behind `---`.
    #[error("error reading yaml document")]
    Separator(#[from] BadSeparator),
    /// A document that is no YAML, or no table.
    #[error("cannot unmarshal yaml document")]
    Document(#[from] yaml::Error),
}

/// A line that begins with `---` and goes on with something other than a comment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid Yaml document separator: {0}")]
pub struct BadSeparator(pub String);

/// The documents of a text; lines end in `\n` alone, as Go's line reader leaves them.
///
/// A separator at the beginning belongs to the first document.
///
/// ```
/// use skiff::values::documents::Documents;
/// let documents: Result<Vec<_>, _> = Documents::new(b"---\na: 1\n--- # two\nb: 2").collect();
/// assert_eq!(documents.unwrap(), [b"---\na: 1\n".to_vec(), b"b: 2\n".to_vec()]);
/// ```
#[derive(Debug, Clone)]
pub struct Documents<'t> {
    rest: &'t [u8],
}

impl<'t> Documents<'t> {
    /// The documents of `text`.
    pub fn new(text: &'t [u8]) -> Self {
        Self { rest: text }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Vec<u8>, BadSeparator>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut document = Vec::new();
        while !self.rest.is_empty() {
            let end = self.rest.iter().position(|&b| b == b'\n');
            let (line, rest) =
                end.map_or((self.rest, &[][..]), |end| (&self.rest[..end], &self.rest[end + 1..]));
            self.rest = rest;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if let Some(behind) = line.strip_prefix(b"---") {
                let behind = String::from_utf8_lossy(behind);
                let behind = behind.trim();
                if !behind.is_empty() && !behind.starts_with('#') {
                    self.rest = &[];
                    return Some(Err(BadSeparator(behind.to_owned())));
                }
                if !document.is_empty() {
                    return Some(Ok(document));
                }
            }
            document.extend_from_slice(line);
            document.push(b'\n');
        }
        (!document.is_empty()).then_some(Ok(document))
    }
}

/// Reads a values file: its documents are merged, later ones win (Helm's `LoadValues`).
///
/// # Errors
/// When a document is no YAML, or no table.
///
/// ```
/// let values = skiff::values::documents::load_values(b"a: {b: 1}\n---\na: {c: on}\n").unwrap();
/// assert_eq!(serde_json::Value::from(values), serde_json::json!({"a": {"b": 1.0, "c": true}}));
/// ```
pub fn load_values(text: &[u8]) -> Result<Map<String, Value>, Error> {
    let mut values = Map::new();
    for document in Documents::new(text) {
        merge_maps(&mut values, table(&document?)?);
    }
    Ok(values)
}

/// A YAML text that must be a table; nothing at all is an empty one.
pub(crate) fn table(text: &[u8]) -> Result<Map<String, Value>, yaml::Error> {
    let kind = match yaml::to_json(text)? {
        Value::Object(map) => return Ok(map),
        Value::Null => return Ok(Map::new()),
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
    };
    Err(yaml::Error::Unmarshal(format!(
        "json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_must_be_a_table() {
        let error = load_values(b"a: 1\n---\n- x\n").unwrap_err();
        assert_eq!(error.to_string(), "cannot unmarshal yaml document");
        assert_eq!(
            std::error::Error::source(&error).unwrap().to_string(),
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}"
        );
    }

    #[test]
    fn only_a_comment_may_stand_behind_a_separator() {
        let error = load_values(b"a: 1\n--- x\n").unwrap_err();
        assert_eq!(error.to_string(), "error reading yaml document");
        assert_eq!(
            std::error::Error::source(&error).unwrap().to_string(),
            "invalid Yaml document separator: x"
        );
    }
}
