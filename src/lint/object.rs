//! The head of a rendered object, as far as the rules look at it.

use crate::manifest::is_head_key;
use crate::values::documents::Documents;
use crate::yaml;
use serde_json::Value;
use templates_engine::json;
use templates_engine::json::kind_name;

/// `apiVersion`, `kind` and `metadata.name`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
}

/// The objects of a manifest: JSON one after another, or YAML documents; an empty document is `None`.
///
/// As `YAMLOrJSONDecoder`, which takes a text for JSON that begins with a brace, and turns to YAML where that fails.
pub(super) fn objects(text: &[u8]) -> Vec<Result<Option<Object>, String>> {
    let mut out = Vec::new();
    let mut yaml = text;
    if text.trim_ascii_start().starts_with(b"{") {
        let text = String::from_utf8_lossy(text);
        let mut rest = text.as_ref();
        loop {
            if rest.trim().is_empty() {
                return out;
            }
            let Ok((value, length)) = json::first_value(rest) else { break };
            out.push(head(&value, false));
            rest = &rest[length..];
        }
        let skipped = text.len() - rest.len();
        yaml = yaml.get(skipped..).unwrap_or_default();
    }
    for document in Documents::new(yaml) {
        let object = document.map_err(|error| error.to_string()).and_then(|document| {
            let value = yaml::yaml_to_json_of(&document, is_head_key)
                .map_err(|error| format!("error converting YAML to JSON: {error}"))?;
            head(&value, true)
                .map_err(|error| format!("error unmarshaling JSON: while decoding JSON: {error}"))
        });
        let failed = object.is_err();
        out.push(object);
        if failed {
            break;
        }
    }
    out
}

fn head(value: &Value, scalars_are_text: bool) -> Result<Option<Object>, String> {
    let fields = match value {
        Value::Null => return Ok(None),
        Value::Object(fields) => fields,
        other => {
            return Err(format!(
                "json: cannot unmarshal {} into Go value of type rules.k8sYamlStruct",
                kind_name(other)
            ));
        }
    };
    let mut object = Object::default();
    for (key, value) in fields {
        let read = |path| text(value, path, scalars_are_text);
        match key.to_ascii_lowercase().as_str() {
            "apiversion" => object.api_version = read("apiVersion")?.unwrap_or(object.api_version),
            "kind" => object.kind = read("Kind")?.unwrap_or(object.kind),
            "metadata" => object.name = name(value, scalars_are_text)?.unwrap_or(object.name),
            _ => {}
        }
    }
    Ok(Some(object))
}

fn name(metadata: &Value, scalars_are_text: bool) -> Result<Option<String>, String> {
    let fields = match metadata {
        Value::Null => return Ok(None),
        Value::Object(fields) => fields,
        other => {
            return Err(format!(
                "json: cannot unmarshal {} into Go struct field k8sYamlStruct.Metadata of type rules.k8sYamlMetadata",
                kind_name(other)
            ));
        }
    };
    let mut name = None;
    for (key, value) in fields {
        match key.to_ascii_lowercase().as_str() {
            "name" => name = text(value, "Metadata.Name", scalars_are_text)?.or(name),
            "namespace" => drop(text(value, "Metadata.Namespace", scalars_are_text)?),
            _ => {}
        }
    }
    Ok(name)
}

/// A text; numbers and booleans of YAML become text where text is wanted.
fn text(value: &Value, path: &str, scalars_are_text: bool) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) if scalars_are_text => Ok(Some(value.to_string())),
        other => {
            let owner = if path.contains('.') { "k8sYamlMetadata" } else { "k8sYamlStruct" };
            Err(format!(
                "json: cannot unmarshal {} into Go struct field {owner}.{path} of type string",
                kind_name(other)
            ))
        }
    }
}
