//! Whole documents.

use super::{conversion, paths};
use crate::{
    kinds::{self, Resource},
    schema,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const EVERYWHERE: &str = include_str!("../../tables/everywhere.tsv");

/// A custom resource's version.
#[derive(Debug, Clone, Copy)]
pub struct Custom<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// `openAPIV3Schema` of the version.
    pub schema: &'a Value,
}

/// A document in parts: paths, and schemas as JSON texts.
pub(super) struct Parts {
    pub(super) paths: Map<String, Value>,
    pub(super) schemas: BTreeMap<String, String>,
}

/// The OpenAPI v3 document of a group's version, with the custom resources that belong to it; nothing if it has no
/// resources.
#[must_use]
pub fn v3(group: &str, version: &str, custom: &[Custom<'_>]) -> Option<Vec<u8>> {
    let builtin = kinds::builtin().in_version(group, version);
    let own =
        |custom: &&Custom<'_>| custom.resource.gvr.group == group && custom.resource.gvr.version == version;
    let custom: Vec<_> = custom.iter().filter(own).copied().collect();
    if builtin.is_empty() && custom.is_empty() {
        return None;
    }
    let mut paths = Map::new();
    for resource in builtin {
        paths::of_resource(resource, false, &mut paths);
    }
    for custom in &custom {
        paths::of_resource(&named(custom), true, &mut paths);
    }
    if custom.is_empty() {
        paths.extend([paths::of_version(group, version)]);
    }
    Some(write_v3(parts(paths, &custom), !custom.is_empty()))
}

/// The OpenAPI v2 document of everything, as JSON.
#[must_use]
pub fn v2(custom: &[Custom<'_>]) -> Vec<u8> {
    let Parts { paths, schemas } = everything(custom);
    let mut bytes = br#"{"swagger":"2.0","info":{"title":"Kubernetes","version":"1.36"},"paths":"#.to_vec();
    write(&mut bytes, &conversion::paths(paths).into());
    bytes.extend(br#","definitions":{"#);
    for (number, (name, text)) in schemas.into_iter().enumerate() {
        entry(&mut bytes, number, &name);
        write(&mut bytes, &definition(&name, &text));
    }
    bytes.extend(
        br#"},"securityDefinitions":{"BearerToken":{"description":"Bearer Token authentication","type":"apiKey","name":"authorization","in":"header"}},"security":[{"BearerToken":[]}]}"#,
    );
    bytes
}

/// The paths and schemas of all resources.
pub(super) fn everything(custom: &[Custom<'_>]) -> Parts {
    let mut paths = Map::new();
    for resource in kinds::builtin().resources() {
        paths::of_resource(resource, false, &mut paths);
    }
    for group in kinds::builtin().groups() {
        paths.extend(group.versions.iter().map(|version| paths::of_version(group.name, version.name)));
        let (path, item) = super::index::of_group(group.name);
        paths.insert(path, item);
    }
    for more in ["apis", "version"] {
        paths.extend(super::index::plain(more));
    }
    custom.iter().for_each(|custom| paths::of_resource(&named(custom), true, &mut paths));
    parts(paths, custom)
}

/// A definition as version 2 writes it.
pub(super) fn definition(name: &str, text: &str) -> Value {
    // The texts are JSON that the build or `Value` wrote.
    let mut schema = serde_json::from_str(text).unwrap_or_default();
    conversion::schema(&mut schema);
    let groups =
        EVERYWHERE.lines().find_map(|line| line.split_once('\t').filter(|(known, _)| *known == name));
    if let Some((_, versions)) = groups {
        let kind = name.rsplit('.').next().unwrap_or_default();
        schema["x-kubernetes-group-version-kind"] = versions
            .split(' ')
            .filter_map(|version| version.split_once('/'))
            .map(|(group, version)| json!({"group": group, "version": version, "kind": kind}))
            .collect();
    }
    schema
}

/// Adds to the paths the schemas that they refer to.
pub(super) fn parts(paths: Map<String, Value>, custom: &[Custom<'_>]) -> Parts {
    let mut roots = BTreeSet::new();
    for path in paths.values() {
        references(path, &mut roots);
    }
    let mut schemas = BTreeMap::new();
    for custom in custom {
        for (name, schema) in super::conversion::custom_types(custom) {
            references(&schema, &mut roots);
            schemas.insert(name, schema.to_string());
        }
    }
    let closure = schema::builtin().closure(roots.iter().map(String::as_str));
    schemas.extend(schema::texts(&closure));
    for (name, text) in &mut schemas {
        if name.starts_with(META) && EVERYWHERE.lines().any(|line| line.starts_with(&format!("{name}\t"))) {
            let kind = name.rsplit('.').next().unwrap_or_default();
            *text = with_kind(text, kind, &paths, custom);
        }
    }
    Parts { paths, schemas }
}

/// Version 3 lists the kinds that every group has with the core group and the document's own; documents of custom
/// resources with all groups that clients may send them in.
fn with_kind(text: &str, kind: &str, paths: &Map<String, Value>, custom: &[Custom<'_>]) -> String {
    let mut versions: BTreeSet<_> = paths.keys().filter_map(|path| group_version(path)).collect();
    if !custom.is_empty() {
        const NEVER_SENT: [&str; 4] =
            ["admission.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "imagepolicy.k8s.io"];
        let all = EVERYWHERE
            .lines()
            .find_map(|line| line.split_once(&format!("{kind}\t")))
            .map_or("", |(_, all)| all);
        versions = all.split(' ').filter_map(|version| version.split_once('/')).collect();
        versions.retain(|(group, _)| !NEVER_SENT.contains(group));
    }
    versions.insert(("", "v1"));
    let kinds =
        versions.iter().map(|(group, version)| json!({"group": group, "version": version, "kind": kind}));
    let mut schema: Value = serde_json::from_str(text).unwrap_or_default();
    schema["x-kubernetes-group-version-kind"] = kinds.collect();
    schema.to_string()
}

fn group_version(path: &str) -> Option<(&str, &str)> {
    match path.strip_prefix("/apis/") {
        Some(rest) => {
            let mut parts = rest.split('/');
            Some((parts.next()?, parts.next()?))
        }
        None => Some(("", path.strip_prefix("/api/")?.split('/').next()?)),
    }
}

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(path)) = fields.get("$ref") {
                into.extend(path.rsplit('/').next().map(str::to_owned));
            }
            fields.values().for_each(|inner| references(inner, into));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, into)),
        _ => {}
    }
}

/// The resource with the name that documents give to its type.
fn named(custom: &Custom<'_>) -> Resource {
    Resource { type_name: conversion::type_name(custom.resource), ..custom.resource.clone() }
}

pub(super) fn write_v3(parts: Parts, custom: bool) -> Vec<u8> {
    let info = if custom { ("Kubernetes CRD Swagger", "v0.1.0") } else { ("Kubernetes", "1.36") };
    let mut bytes = br#"{"openapi":"3.0.0","info":"#.to_vec();
    write(&mut bytes, &json!({"title": info.0, "version": info.1}));
    bytes.extend(br#","paths":"#);
    write(&mut bytes, &parts.paths.into());
    bytes.extend(br#","components":{"schemas":{"#);
    for (number, (name, text)) in parts.schemas.into_iter().enumerate() {
        entry(&mut bytes, number, &name);
        bytes.extend(text.into_bytes());
    }
    bytes.push(b'}');
    if !custom {
        bytes.extend(
            br#","securitySchemes":{"BearerToken":{"type":"apiKey","description":"Bearer Token authentication","name":"authorization","in":"header"}}"#,
        );
    }
    bytes.extend(b"}}");
    bytes
}

fn write(bytes: &mut Vec<u8>, value: &Value) {
    bytes.extend(value.to_string().into_bytes());
}

fn entry(bytes: &mut Vec<u8>, number: usize, name: &str) {
    if number > 0 {
        bytes.push(b',');
    }
    write(bytes, &Value::from(name));
    bytes.push(b':');
}
