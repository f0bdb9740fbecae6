//! Objects of any kind, as JSON with a place in the cluster.

use super::discovery::Resource;
use serde_json::{Map, Value};

/// An object and where it lives: what a manifest's document becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The resource that holds it.
    pub resource: Resource,
    /// Its namespace; the release's where the manifest names none; empty for objects of the whole cluster.
    pub namespace: String,
    /// Its name; empty where the server makes one up.
    pub name: String,
    /// Everything.
    pub content: Value,
}

impl Object {
    /// Its kind.
    pub fn kind(&self) -> &str {
        &self.resource.kind
    }

    /// Its path on the server.
    pub fn path(&self) -> String {
        self.resource.path(&self.namespace, &self.name)
    }

    /// How Go prints it in apply errors: `default/web apps/v1, Kind=Deployment`.
    pub fn go_string(&self) -> String {
        format!("{}/{} {}", self.namespace, self.name, self.resource.go_string())
    }

    /// Whether both stand for the same object, as Helm compares them: group, kind, namespace and name.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.namespace == other.namespace
            && self.resource.kind == other.resource.kind
            && self.resource.group == other.resource.group
    }

    /// `metadata.generateName`, or empty.
    pub fn generate_name(&self) -> &str {
        string(&self.content, "generateName")
    }
}

/// A string of an object's metadata, or empty.
pub fn string<'a>(object: &'a Value, field: &str) -> &'a str {
    object
        .get("metadata")
        .and_then(|metadata| metadata.get(field))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// One label or annotation.
pub fn tag<'a>(object: &'a Value, map: &str, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get(map)?.get(key)?.as_str()
}

/// Sets labels or annotations, replacing what has the same key.
pub fn set_tags(object: &mut Value, map: &str, tags: &[(&str, &str)]) {
    let Value::Object(object) = object else { return };
    let metadata = child(object, "metadata");
    let existing = child(metadata, map);
    for (key, value) in tags {
        existing.insert((*key).to_owned(), Value::String((*value).to_owned()));
    }
}

/// The object under a key, made where there is none.
fn child<'a>(parent: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let slot = parent.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    match slot {
        Value::Object(map) => map,
        _ => unreachable!("it was just made an object"),
    }
}
