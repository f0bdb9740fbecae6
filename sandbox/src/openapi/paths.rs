//! The paths of a group's version, and of groups.

use super::{
    operation::{Of, answers, camel, capital, content, tag},
    parameters::{name_of, parameter},
};
use crate::kinds::{self, Resource, Subresource};
use serde_json::{Map, Value, json};
use skiff_compact::Order;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const MEDIA: [&str; 3] = ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml"];

/// `/api/v1` or `/apis/apps/v1`.
pub(super) fn root(group: &str, version: &str) -> String {
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

/// The path that lists a version's resources.
pub(super) fn of_version(group: &str, version: &str) -> (String, Value) {
    let id = format!("get{}{}APIResources", capital(&camel(group)), capital(version));
    let contents = content(&MEDIA, &format!("{META}.APIResourceList"));
    (
        format!("{}/", root(group, version)),
        information(&tag(group, version), "get available resources", &id, contents),
    )
}

/// A path that only tells of the API: one operation.
pub(super) fn information(tag: &str, description: &str, id: &str, content: Value) -> Value {
    json!({"get": {
        "tags": [tag], "description": description, "operationId": id,
        "responses": answers(&[("200", "OK", content)]),
    }})
}

/// All paths of a resource.
pub(super) fn of_resource(resource: &Resource, custom: bool, paths: &mut Map<String, Value>) {
    let of = Of { resource, sub: None, type_name: resource.type_name.clone(), custom };
    let has = |verb: &str| resource.verbs.iter().any(|known| known == verb);
    let root = root(&resource.gvr.group, &resource.gvr.version);
    let plural = &resource.gvr.resource;
    let (scope, inside) =
        if resource.namespaced { ("Namespaced", "/namespaces/{namespace}") } else { ("", "") };
    let listed = has("list").then_some(("get", "list"));
    let mut collection = vec![("post", "create"), ("delete", "deletecollection")];
    collection.retain(|(_, verb)| has(verb));
    if resource.namespaced && has("list") {
        add(paths, format!("{root}/{plural}"), &of, "ForAllNamespaces", &[("get", "list")], false);
    }
    collection.extend(listed);
    add(paths, format!("{root}{inside}/{plural}"), &of, scope, &collection, false);
    let one = [("get", "get"), ("put", "update"), ("delete", "delete"), ("patch", "patch")];
    let one: Vec<_> = one.into_iter().filter(|(_, verb)| has(verb)).collect();
    add(paths, format!("{root}{inside}/{plural}/{{name}}"), &of, scope, &one, true);
    for sub in &resource.subresources {
        of_subresource(resource, sub, custom, &format!("{root}{inside}/{plural}/{{name}}"), paths);
    }
    if has("watch") && !custom {
        if resource.namespaced {
            let path = format!("{root}/watch/{plural}");
            insert(paths, path, &of, false, vec![("get", of.watch("ForAllNamespaces", false))]);
        }
        let path = format!("{root}/watch{inside}/{plural}");
        insert(paths, format!("{path}/{{name}}"), &of, true, vec![("get", of.watch(scope, true))]);
        insert(paths, path, &of, false, vec![("get", of.watch(scope, false))]);
    }
}

/// Connections (`exec`, `proxy`, …) are left out: no client looks for them here.
fn of_subresource(
    resource: &Resource,
    sub: &Subresource,
    custom: bool,
    path: &str,
    paths: &mut Map<String, Value>,
) {
    let (group, version) = match &sub.group_version {
        Some((group, version)) => (group.as_str(), version.as_str()),
        None => (resource.gvr.group.as_str(), resource.gvr.version.as_str()),
    };
    let known = kinds::builtin().type_name(group, version, &sub.kind);
    let own = (sub.kind == resource.kind).then_some(resource.type_name.as_str());
    let Some(type_name) = own.or(known) else { return };
    let of = Of { resource, sub: Some(sub), type_name: type_name.to_owned(), custom };
    let verbs = [("get", "get"), ("put", "update"), ("post", "create"), ("patch", "patch")];
    let verbs: Vec<_> =
        verbs.into_iter().filter(|(_, verb)| sub.verbs.iter().any(|known| known == verb)).collect();
    let scope = if resource.namespaced { "Namespaced" } else { "" };
    add(paths, format!("{path}/{}", sub.name), &of, scope, &verbs, true);
}

fn add(
    paths: &mut Map<String, Value>,
    path: String,
    of: &Of<'_>,
    scope: &str,
    verbs: &[(&'static str, &str)],
    named: bool,
) {
    let operations =
        verbs.iter().filter_map(|(method, verb)| Some((*method, of.operation(verb, scope)?))).collect();
    insert(paths, path, of, named, operations);
}

/// Adds a path; parameters that all its operations have stand with the path.
fn insert(
    paths: &mut Map<String, Value>,
    path: String,
    of: &Of<'_>,
    named: bool,
    mut operations: Vec<(&'static str, Value)>,
) {
    if operations.is_empty() {
        return;
    }
    let of_operation = |operation: &Value| operation["parameters"].as_array().cloned().unwrap_or_default();
    let mut common = of_operation(&operations[0].1);
    common.retain(|wanted| operations.iter().all(|(_, operation)| of_operation(operation).contains(wanted)));
    for (_, operation) in &mut operations {
        let mut own = of_operation(operation);
        own.retain(|known| !common.contains(known));
        match (own.is_empty(), operation.as_object_mut()) {
            (true, Some(fields)) => drop(fields.remove("parameters")),
            _ => operation["parameters"] = own.into(),
        }
    }
    common.extend(named.then(|| name_of(of.kind())));
    common.extend(path.contains("{namespace}").then(|| parameter("namespace")).flatten());
    common.extend(parameter("pretty"));
    common.order_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    let mut item: Map<String, Value> =
        operations.into_iter().map(|(method, operation)| (method.to_owned(), operation)).collect();
    item.insert("parameters".to_owned(), common.into());
    paths.insert(path, item.into());
}
