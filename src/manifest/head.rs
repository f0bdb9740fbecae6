//! The part of a manifest that Helm reads before anything else.

use crate::yaml;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use templates_engine::json::kind_name;

/// A manifest's `apiVersion`, `kind`, name and annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`, or empty.
    pub version: String,
    /// `kind`, or empty.
    pub kind: String,
    /// `metadata.name`, or empty.
    pub name: String,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
}

/// Why a document has no head: not YAML, or of another shape. Displays as Helm words it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The text is not YAML.
    #[error("{0}")]
    Yaml(#[from] yaml::Error),
    /// A field has another type than Helm's `SimpleHead` gives it.
    #[error("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {target}")]
    Type {
        /// The JSON type that was found.
        found: &'static str,
        /// The Go field and type that was wanted.
        target: &'static str,
    },
}

const SIMPLE_HEAD: &str = "value of type util.SimpleHead";
const METADATA: &str = "struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";

impl Head {
    /// Reads the head of one document.
    ///
    /// Scalars are taken as strings wherever a string is wanted (`kind: 5` is kind "5"), and keys
    /// match in any case, as sigs.k8s.io/yaml and encoding/json have it.
    ///
    /// # Errors
    /// When the text is not YAML or a field has another type, with Helm's words.
    pub fn parse(document: &str) -> Result<Self, HeadError> {
        Self::parse_bytes(document.as_bytes())
    }

    /// Like [`Head::parse`], for text that may not be UTF-8.
    ///
    /// # Errors
    /// As [`Head::parse`].
    pub fn parse_bytes(document: &[u8]) -> Result<Self, HeadError> {
        let mut head = Self::default();
        let mut first_error = None;
        match yaml::to_typed_json_of(document, is_head_key)? {
            Json::Null => {}
            Json::Object(fields) => {
                for (key, value) in &fields {
                    let read = head.read_field(key, value);
                    first_error = first_error.or(read.err());
                }
            }
            other => first_error = Some(type_error(&other, SIMPLE_HEAD)),
        }
        first_error.map_or(Ok(head), Err)
    }

    fn read_field(&mut self, key: &str, value: &Json) -> Result<(), HeadError> {
        if key.eq_ignore_ascii_case("apiVersion") {
            read_string(&mut self.version, value, "struct field SimpleHead.apiVersion of type string")
        } else if key.eq_ignore_ascii_case("kind") {
            read_string(&mut self.kind, value, "struct field SimpleHead.kind of type string")
        } else if key.eq_ignore_ascii_case("metadata") {
            self.read_metadata(value)
        } else {
            Ok(())
        }
    }

    fn read_metadata(&mut self, value: &Json) -> Result<(), HeadError> {
        let fields = match value {
            Json::Null => return Ok(()),
            Json::Object(fields) => fields,
            other => return Err(type_error(other, METADATA)),
        };
        let mut first_error = None;
        for (key, value) in fields {
            let read = if key.eq_ignore_ascii_case("name") {
                read_string(&mut self.name, value, "struct field .metadata.name of type string")
            } else if key.eq_ignore_ascii_case("annotations") {
                self.read_annotations(value)
            } else {
                Ok(())
            };
            first_error = first_error.or(read.err());
        }
        first_error.map_or(Ok(()), Err)
    }

    fn read_annotations(&mut self, value: &Json) -> Result<(), HeadError> {
        let entries = match value {
            Json::Null => return Ok(()),
            Json::Object(entries) => entries,
            other => {
                return Err(type_error(
                    other,
                    "struct field .metadata.annotations of type map[string]string",
                ));
            }
        };
        let mut first_error = None;
        for (key, value) in entries {
            let mut text = String::new();
            let read = read_string(&mut text, value, "struct field .metadata.annotations of type string");
            first_error = first_error.or(read.err());
            self.annotations.insert(key.clone(), text);
        }
        first_error.map_or(Ok(()), Err)
    }
}

/// The keys that the head is made of; the others need not be kept.
pub(crate) fn is_head_key(key: &str) -> bool {
    ["apiVersion", "kind", "metadata"].iter().any(|name| key.eq_ignore_ascii_case(name))
}

fn read_string(into: &mut String, value: &Json, target: &'static str) -> Result<(), HeadError> {
    match value {
        Json::Null => Ok(()),
        other => {
            *into = yaml::scalar_text(other).ok_or_else(|| type_error(other, target))?;
            Ok(())
        }
    }
}

fn type_error(found: &Json, target: &'static str) -> HeadError {
    let found = kind_name(found);
    HeadError::Type { found, target }
}
