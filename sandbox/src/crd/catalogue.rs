//! Which custom resources are served: made from definitions as they are written, asked on every request.

use super::{columns::Column, custom::Custom, scale::Scale, version};
use crate::{
    kinds::{Gvr, Resource, Subresource},
    object,
};
use serde_json::{Map, Value};
use skiff_compact::Order;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

/// All established definitions with their served versions.
#[derive(Debug, Default)]
pub struct Catalogue {
    definitions: RwLock<BTreeMap<String, Entry>>,
}

/// What is known of a definition. One that is gone stays as a name with nothing to serve.
#[derive(Debug, Default)]
struct Entry {
    /// The write that it was last heard of by. Writes are heard of in any order.
    revision: u64,
    /// All versions, those that are not served among them.
    versions: Vec<Arc<Custom>>,
}

impl Entry {
    fn served(&self) -> impl Iterator<Item = &Arc<Custom>> {
        self.versions.iter().filter(|custom| custom.served)
    }
}

impl Catalogue {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a definition as this write stored it; one that is not established serves nothing. What an earlier write
    /// stored changes nothing any more.
    pub fn put(&self, definition: &Value, revision: u64) {
        let versions = if condition(definition, "Established") { read(definition) } else { Vec::new() };
        self.set(object::text(definition, &["metadata", "name"]), Entry { revision, versions });
    }

    /// Forgets a definition that this write deleted.
    pub fn remove(&self, name: &str, revision: u64) {
        self.set(name, Entry { revision, versions: Vec::new() });
    }

    fn set(&self, name: &str, entry: Entry) {
        let mut definitions = self.definitions.write().unwrap_or_else(PoisonError::into_inner);
        if definitions.get(name).is_none_or(|known| known.revision <= entry.revision) {
            definitions.insert(name.to_owned(), entry);
        }
    }

    /// The served version of a resource.
    #[must_use]
    pub fn get(&self, gvr: &Gvr) -> Option<Arc<Custom>> {
        let definitions = self.definitions.read().unwrap_or_else(PoisonError::into_inner);
        let entry = definitions.get(&format!("{}.{}", gvr.resource, gvr.group))?;
        entry.served().find(|custom| custom.resource.gvr == *gvr).cloned()
    }

    /// All versions of a definition, those that are not served among them.
    #[must_use]
    pub fn versions(&self, definition: &str) -> Vec<Arc<Custom>> {
        let definitions = self.definitions.read().unwrap_or_else(PoisonError::into_inner);
        definitions.get(definition).map(|entry| entry.versions.clone()).unwrap_or_default()
    }

    /// One version of a definition, served or not.
    #[must_use]
    pub fn version(&self, definition: &str, version: &str) -> Option<Arc<Custom>> {
        let definitions = self.definitions.read().unwrap_or_else(PoisonError::into_inner);
        let versions = &definitions.get(definition)?.versions;
        versions.iter().find(|custom| custom.resource.gvr.version == version).cloned()
    }

    /// The served version of a kind.
    #[must_use]
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<Arc<Custom>> {
        let definitions = self.definitions.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |custom: &&Arc<Custom>| {
            let Gvr { group: own, version: own_version, .. } = &custom.resource.gvr;
            own == group && own_version == version && custom.resource.kind == kind
        };
        definitions.values().flat_map(Entry::served).find(fits).cloned()
    }

    /// Everything that is served, by the names of the definitions and, within one, by the priority of versions.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Custom>> {
        let definitions = self.definitions.read().unwrap_or_else(PoisonError::into_inner);
        definitions.values().flat_map(Entry::served).cloned().collect()
    }

    /// The groups with their versions, best first, as discovery lists them.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<String, Vec<String>> {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for custom in self.all() {
            let versions = groups.entry(custom.resource.gvr.group.clone()).or_default();
            if !versions.contains(&custom.resource.gvr.version) {
                versions.push(custom.resource.gvr.version.clone());
            }
        }
        for versions in groups.values_mut() {
            versions.order_by(|a, b| version::compare(b, a));
        }
        groups
    }
}

/// Whether a condition of the definition is true.
pub(crate) fn condition(definition: &Value, kind: &str) -> bool {
    let conditions = definition.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        object::text(condition, &["type"]) == kind && object::text(condition, &["status"]) == "True"
    })
}

fn read(definition: &Value) -> Vec<Arc<Custom>> {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let all = versions.into_iter().flatten();
    let mut customs: Vec<Arc<Custom>> = all.map(|version| Arc::new(custom(definition, version))).collect();
    customs.order_by(|a, b| version::compare(&b.resource.gvr.version, &a.resource.gvr.version));
    customs
}

fn custom(definition: &Value, version: &Value) -> Custom {
    let group = object::text(definition, &["spec", "group"]);
    let names = |key: &str| object::text(definition, &["status", "acceptedNames", key]).to_owned();
    let lists = |key: &str| -> Vec<String> {
        let list = definition.pointer(&format!("/status/acceptedNames/{key}")).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let version_name = object::text(version, &["name"]);
    let terminating = condition(definition, "Terminating");
    let sub = |key: &str| version.pointer(&format!("/subresources/{key}")).filter(|value| !value.is_null());
    let scale = sub("scale").map(|scale| Scale {
        spec: object::text(scale, &["specReplicasPath"]).to_owned(),
        status: object::text(scale, &["statusReplicasPath"]).to_owned(),
        selector: scale
            .get("labelSelectorPath")
            .and_then(Value::as_str)
            .filter(|path| !path.is_empty())
            .map(str::to_owned),
    });
    let kind = names("kind");
    let verbs: &[&str] = if terminating {
        &["delete", "deletecollection", "get", "list", "watch"]
    } else {
        &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
    };
    let has_status = sub("status").is_some();
    let resource = Resource {
        gvr: Gvr::new(group, version_name, names("plural")),
        list_kind: names("listKind"),
        singular: names("singular"),
        namespaced: object::text(definition, &["spec", "scope"]) == "Namespaced",
        short_names: lists("shortNames"),
        categories: lists("categories"),
        verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
        subresources: subresources(&kind, has_status, scale.is_some()),
        type_name: type_name(group, version_name, &kind),
        kind,
    };
    let schema = version.pointer("/schema/openAPIV3Schema").map(bare).unwrap_or_default();
    Custom {
        deprecation: deprecation(definition, version),
        definition: object::text(definition, &["metadata", "name"]).to_owned(),
        served: version.get("served") == Some(&Value::Bool(true)),
        conversion: conversion(definition),
        storage_version: storage_version(definition).to_owned(),
        terminating,
        scale,
        columns: columns(version),
        selectable: selectable(version),
        has_status,
        source: schema.to_string().into(),
        compiled: OnceLock::new(),
        types: OnceLock::new(),
        resource,
    }
}

/// The webhook that converts, if one does.
fn conversion(definition: &Value) -> Option<Arc<Value>> {
    let conversion = definition.pointer("/spec/conversion")?;
    let webhook = conversion.get("webhook").filter(|webhook| webhook.is_object())?;
    (object::text(conversion, &["strategy"]) == "Webhook").then(|| Arc::new(webhook.clone()))
}

fn subresources(kind: &str, status: bool, scale: bool) -> Vec<Subresource> {
    let verbs = || ["get", "patch", "update"].map(str::to_owned).to_vec();
    let own = Subresource { name: "status".into(), kind: kind.into(), group_version: None, verbs: verbs() };
    let scaled = Subresource {
        name: "scale".into(),
        kind: "Scale".into(),
        group_version: Some(("autoscaling".into(), "v1".into())),
        verbs: verbs(),
    };
    [(status, own), (scale, scaled)].into_iter().filter(|(has, _)| *has).map(|(_, sub)| sub).collect()
}

/// The version that objects are stored in.
pub(crate) fn storage_version(definition: &Value) -> &str {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let stored = |version: &&Value| version.get("storage") == Some(&Value::Bool(true));
    versions.into_iter().flatten().find(stored).map_or("", |version| object::text(version, &["name"]))
}

/// `com.example.stable.v1.CronTab`: how OpenAPI documents name the type.
fn type_name(group: &str, version: &str, kind: &str) -> String {
    let reversed: Vec<&str> = group.split('.').rev().collect();
    format!("{}.{version}.{kind}", reversed.join("."))
}

/// The columns; without any, the age.
fn columns(version: &Value) -> Vec<Column> {
    match version.get("additionalPrinterColumns").and_then(Value::as_array) {
        Some(columns) if !columns.is_empty() => columns.iter().map(Column::read).collect(),
        _ => vec![Column {
            name: "Age".into(),
            kind: "date".into(),
            format: String::new(),
            description: AGE.into(),
            priority: 0,
            path: ".metadata.creationTimestamp".into(),
        }],
    }
}

/// What `metav1.ObjectMeta` says of `creationTimestamp`.
const AGE: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

fn selectable(version: &Value) -> Vec<String> {
    let list = version.get("selectableFields").and_then(Value::as_array);
    let path = |field: &Value| object::text(field, &["jsonPath"]).trim_start_matches('.').to_owned();
    list.into_iter().flatten().map(path).collect()
}

fn deprecation(definition: &Value, version: &Value) -> Option<String> {
    if version.get("deprecated") != Some(&Value::Bool(true)) {
        return None;
    }
    if let Some(warning) = version.get("deprecationWarning").and_then(Value::as_str) {
        return Some(warning.to_owned());
    }
    let group = object::text(definition, &["spec", "group"]);
    let kind = object::text(definition, &["spec", "names", "kind"]);
    let name = object::text(version, &["name"]);
    let text = format!("{group}/{name} {kind} is deprecated");
    let better = definition.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    let best = better
        .filter(|other| other.get("served") == Some(&Value::Bool(true)))
        .filter(|other| other.get("deprecated") != Some(&Value::Bool(true)))
        .map(|other| object::text(other, &["name"]))
        .filter(|other| version::compare(name, other).is_lt())
        .max_by(|a, b| version::compare(a, b));
    Some(best.map_or(text.clone(), |best| format!("{text}; use {group}/{best} {kind}")))
}

/// A schema without descriptions, titles, examples and links: what objects need of it.
fn bare(schema: &Value) -> Value {
    strip(schema, 0)
}

fn strip(schema: &Value, depth: usize) -> Value {
    /// As deep as bodies may be.
    const MAX_DEPTH: usize = 200;
    let Value::Object(fields) = schema else { return schema.clone() };
    if depth > MAX_DEPTH {
        return Value::Object(Map::new());
    }
    let inner = |value: &Value| strip(value, depth + 1);
    let each = |value: &Value| match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), inner(value))).collect(),
        Value::Array(items) => items.iter().map(inner).collect(),
        other => other.clone(),
    };
    let keep = |(key, value): (&String, &Value)| {
        let value = match key.as_str() {
            "description" | "title" | "example" | "externalDocs" => return None,
            "properties" | "allOf" | "anyOf" | "oneOf" => each(value),
            "items" if value.is_array() => each(value),
            "items" | "additionalProperties" | "not" => inner(value),
            _ => value.clone(),
        };
        Some((key.clone(), value))
    };
    Value::Object(fields.iter().filter_map(keep).collect())
}
