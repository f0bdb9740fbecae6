//! Manifests to objects, with the checks and the words of kubectl's resource builder.

use super::{
    discovery::Discovery,
    object::{Object, string},
};
use crate::yaml;
use serde_json::Value;
use templates_engine::json::kind_name;

/// The most documents one manifest may hold.
const MAX_DOCUMENTS: usize = 100_000;

/// Why a manifest cannot become objects. Displays as Helm shows it after its own prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A document is not YAML.
    #[error("error parsing : {0}")]
    Parse(String),
    /// A document lacks what every object has.
    #[error("error validating \"\": error validating data: {0}")]
    Invalid(&'static str),
    /// Documents that cannot be mapped; each is reported.
    #[error("{}", aggregate(.0))]
    Documents(Vec<String>),
    /// More documents than any manifest has.
    #[error("the manifest has more than {MAX_DOCUMENTS} documents")]
    TooMany,
}

/// Go's aggregate: one message alone, several in brackets, doubles once.
fn aggregate(messages: &[String]) -> String {
    let mut unique: Vec<&String> = Vec::new();
    for message in messages {
        if !unique.contains(&message) {
            unique.push(message);
        }
    }
    match unique[..] {
        [one] => one.clone(),
        _ => format!("[{}]", unique.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", ")),
    }
}

/// Objects of a manifest, in its order; lists are taken apart.
///
/// # Errors
/// When a document is broken, lacks a kind, or has a kind the server does not serve.
pub(super) fn build(
    manifest: &str,
    namespace: &str,
    discovery: &Discovery,
    strict: bool,
) -> Result<Vec<Object>, BuildError> {
    let mut objects = Vec::new();
    let mut errors = Vec::new();
    for (number, document) in documents(manifest)?.into_iter().enumerate() {
        if number == MAX_DOCUMENTS {
            return Err(BuildError::TooMany);
        }
        let value = yaml::yaml_to_json(document).map_err(|error| BuildError::Parse(error.to_string()))?;
        if value.is_null() {
            continue;
        }
        if strict {
            check(&value)?;
        }
        for item in flatten(value) {
            match place(item, namespace, discovery) {
                Ok(object) => objects.push(object),
                Err(error) => errors.push(error),
            }
        }
    }
    if errors.is_empty() { Ok(objects) } else { Err(BuildError::Documents(errors)) }
}

/// Splits like Kubernetes' `YAMLReader`: at lines that begin with `---`. A document keeps its last line end, which a
/// block scalar that keeps its own can tell, and the separator where nothing was before it.
fn documents(manifest: &str) -> Result<Vec<&str>, BuildError> {
    let mut documents = Vec::new();
    let (mut start, mut end) = (0, 0);
    for line in manifest.split_inclusive('\n') {
        let next = end + line.len();
        if let Some(after) = line.strip_prefix("---").map(str::trim) {
            if !after.is_empty() && !after.starts_with('#') {
                return Err(BuildError::Parse(format!("invalid Yaml document separator: {after}")));
            }
            if end > start {
                documents.push(&manifest[start..end]);
                start = next;
            }
        }
        end = next;
    }
    documents.push(&manifest[start..]);
    Ok(documents)
}

fn check(value: &Value) -> Result<(), BuildError> {
    let has = |field: &str| value.get(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !has("apiVersion") {
        return Err(BuildError::Invalid("apiVersion not set"));
    }
    if !has("kind") {
        return Err(BuildError::Invalid("kind not set"));
    }
    Ok(())
}

/// A list's items, or the object itself.
fn flatten(mut value: Value) -> Vec<Value> {
    let is_list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match value.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if is_list => items.into_iter().flat_map(flatten).collect(),
        Some(items) => {
            value["items"] = items;
            vec![value]
        }
        None => vec![value],
    }
}

fn place(mut content: Value, namespace: &str, discovery: &Discovery) -> Result<Object, String> {
    let text = |field: &str| content.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if kind.is_empty() {
        return Err(format!("unable to decode \"\": Object 'Kind' is missing in '{content}'"));
    }
    check_metadata(&content)?;
    let name = string(&content, "name").to_owned();
    let mut own = string(&content, "namespace").to_owned();
    let Some(resource) = discovery.find(&api_version, &kind) else {
        return Err(format!(
            "resource mapping not found for name: {name:?} namespace: {own:?} from \"\": \
             no matches for kind {kind:?} in version {api_version:?}\nensure CRDs are installed first"
        ));
    };
    if resource.namespaced && own.is_empty() {
        own = namespace.to_owned();
        if let Some(Value::Object(metadata)) = content.get_mut("metadata") {
            metadata.insert("namespace".into(), Value::String(own.clone()));
        }
    }
    Ok(Object { resource: resource.clone(), namespace: own, name, content })
}

/// The metadata's types, with the words of Go's decoder.
fn check_metadata(content: &Value) -> Result<(), String> {
    let Some(metadata) = content.get("metadata") else { return Ok(()) };
    for field in ["name", "generateName", "namespace"] {
        if let Some(value) = metadata.get(field).filter(|value| !value.is_string() && !value.is_null()) {
            let found = kind_name(value);
            return Err(format!(
                "unable to decode \"\": json: cannot unmarshal {found} into Go struct field \
                 ObjectMeta.metadata.{field} of type string"
            ));
        }
    }
    for field in ["labels", "annotations"] {
        let Some(Value::Object(map)) = metadata.get(field) else { continue };
        if let Some(value) = map.values().find(|value| !value.is_string() && !value.is_null()) {
            let found = kind_name(value);
            return Err(format!(
                "unable to decode \"\": json: cannot unmarshal {found} into Go struct field \
                 ObjectMeta.metadata.{field} of type string"
            ));
        }
    }
    Ok(())
}
