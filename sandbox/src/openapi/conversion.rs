//! Version 3 made version 2, and custom resources' schemas made types of a document.

use super::document::Custom;
use crate::kinds::Resource;
use serde_json::{Map, Value, json};
use skiff_compact::Order;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const INNER: [&str; 2] = ["items", "additionalProperties"];
/// Words of version 3 schemas that version 2 lacks.
const LACKING: [&str; 5] = ["default", "oneOf", "anyOf", "not", "nullable"];

/// A schema as version 2 writes it.
pub(super) fn schema(value: &mut Value) {
    let Some(fields) = value.as_object_mut() else { return };
    let alternatives = fields.contains_key("oneOf");
    let flag = |key: &str| fields.get(key) == Some(&Value::Bool(true));
    if flag("nullable") || flag("x-kubernetes-preserve-unknown-fields") {
        // Version 2 cannot say that null or unknown fields are allowed, so it says nothing.
        for word in ["type", "items", "properties", "additionalProperties", "required"] {
            fields.remove(word);
        }
    }
    for word in LACKING {
        fields.remove(word);
    }
    if let Some(all) = fields.remove("allOf") {
        fields.extend(all.pointer("/0/$ref").map(|path| ("$ref".to_owned(), path.clone())));
    }
    if let Some(Value::String(path)) = fields.get_mut("$ref") {
        *path = path.replace("#/components/schemas/", "#/definitions/");
    }
    // Quantities and numbers-or-texts are texts there.
    if alternatives && !fields.contains_key("type") {
        fields.insert("type".to_owned(), "string".into());
    }
    for key in INNER {
        fields.get_mut(key).into_iter().for_each(schema);
    }
    for (_, property) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        schema(property);
    }
}

/// Paths as version 2 writes them.
pub(super) fn paths(paths: Map<String, Value>) -> Map<String, Value> {
    paths.into_iter().map(|(path, item)| (path, path_item(item))).collect()
}

fn path_item(item: Value) -> Value {
    let Value::Object(fields) = item else { return item };
    let converted = fields.into_iter().map(|(key, value)| {
        let value = if key == "parameters" { parameters(value) } else { operation(value) };
        (key, value)
    });
    converted.collect::<Map<_, _>>().into()
}

fn parameters(list: Value) -> Value {
    let Value::Array(list) = list else { return list };
    list.into_iter().map(parameter).collect()
}

fn parameter(mut parameter: Value) -> Value {
    if let Some(fields) = parameter.as_object_mut()
        && let Some(Value::Object(schema)) = fields.remove("schema")
    {
        fields.extend(schema);
    }
    parameter
}

fn operation(mut operation: Value) -> Value {
    let mut media: Vec<String> = Vec::new();
    let mut responses = operation["responses"].take();
    for (_, response) in responses.as_object_mut().into_iter().flatten() {
        let Some(Value::Object(contents)) =
            response.as_object_mut().and_then(|fields| fields.remove("content"))
        else {
            continue;
        };
        media = contents.keys().cloned().collect();
        if let Some(mut body) = contents.into_iter().next().map(|(_, content)| content["schema"].clone()) {
            schema(&mut body);
            response["schema"] = body;
        }
    }
    operation["responses"] = responses;
    // The order in which the real server lists them.
    media.order_by_key(|media| (media.contains(";stream"), media.contains("protobuf")));
    let own = parameters(operation["parameters"].take());
    let mut own = own.as_array().cloned().unwrap_or_default();
    // What only tells of the API takes what it gives.
    let of_object = operation.get("x-kubernetes-action").is_some();
    let mut consumes = if of_object { vec!["*/*".to_owned()] } else { media.clone() };
    if let Some(Value::Object(mut body)) =
        operation.as_object_mut().and_then(|fields| fields.remove("requestBody"))
    {
        let contents = body.remove("content").unwrap_or_default();
        consumes = contents.as_object().into_iter().flatten().map(|(media, _)| media.clone()).collect();
        consumes.order_by_key(|media| media.contains("apply"));
        let mut of =
            contents.as_object().and_then(|contents| Some(contents.values().next()?["schema"].clone()));
        of.iter_mut().for_each(schema);
        let mut first = json!({"name": "body", "in": "body", "schema": of});
        if let Some(required) = body.remove("required") {
            first["required"] = required;
        }
        own.insert(0, first);
    }
    operation["consumes"] = consumes.into();
    operation["produces"] = media.into();
    operation["schemes"] = json!(["https"]);
    match (own.is_empty(), operation.as_object_mut()) {
        (true, Some(fields)) => drop(fields.remove("parameters")),
        _ => operation["parameters"] = own.into(),
    }
    operation
}

/// The name that documents give to a custom resource's type: the group backwards, version and kind.
pub(super) fn type_name(resource: &Resource) -> String {
    let mut parts: Vec<&str> = resource.gvr.group.rsplit('.').collect();
    parts.extend([resource.gvr.version.as_str(), resource.kind.as_str()]);
    parts.join(".")
}

/// The types of a custom resource: its own and its list's.
pub(super) fn custom_types(custom: &Custom<'_>) -> [(String, Value); 2] {
    let (name, resource) = (type_name(custom.resource), custom.resource);
    let common = |of: &str| {
        let common = crate::schema::texts(&[of].into()).remove(of).unwrap_or_default();
        serde_json::from_str::<Value>(&common).map(|schema| schema["properties"].clone()).unwrap_or_default()
    };
    let common = common("io.k8s.api.core.v1.ConfigMap");
    let metadata = |kind: &str, text: &str| json!({"description": text, "allOf": [{"$ref": format!("#/components/schemas/{META}.{kind}")}]});
    let conventions = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";
    let kinds =
        |kind: &str| json!([{"group": resource.gvr.group, "version": resource.gvr.version, "kind": kind}]);
    let mut own = custom.schema.clone();
    if !own.is_object() {
        own = json!({"type": "object"});
    }
    embedded(&mut own, 0);
    if own.get("x-kubernetes-preserve-unknown-fields").is_none() || own.get("properties").is_some() {
        own["properties"]["apiVersion"] = common["apiVersion"].clone();
        own["properties"]["kind"] = common["kind"].clone();
        own["properties"]["metadata"] =
            metadata("ObjectMeta", &format!("Standard object's metadata. More info: {conventions}#metadata"));
    }
    own["x-kubernetes-group-version-kind"] = kinds(&resource.kind);
    let list = json!({
        "description": format!("{} is a list of {}", resource.list_kind, resource.kind),
        "type": "object", "required": ["items"],
        "properties": {
            "apiVersion": common["apiVersion"], "kind": common["kind"],
            "items": {
                "description": format!("List of {}. More info: {conventions}", resource.gvr.resource),
                "type": "array", "items": {"$ref": format!("#/components/schemas/{name}")},
            },
            "metadata": metadata("ListMeta", &format!("Standard list metadata. More info: {conventions}#types-kinds")),
        },
        "x-kubernetes-group-version-kind": kinds(&resource.list_kind),
    });
    [(format!("{name}List"), list), (name, own)]
}

/// Objects inside objects get the fields that all objects have.
fn embedded(schema: &mut Value, depth: usize) {
    /// Definitions of custom resources are never nested as deeply.
    const MAX_DEPTH: usize = 200;
    let Some(fields) = schema.as_object_mut().filter(|_| depth < MAX_DEPTH) else { return };
    for key in INNER {
        fields.get_mut(key).into_iter().for_each(|inner| embedded(inner, depth + 1));
    }
    for (_, property) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        embedded(property, depth + 1);
    }
    if fields.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        fields.entry("anyOf").or_insert_with(|| json!([{"type": "integer"}, {"type": "string"}]));
    }
    if fields.get("x-kubernetes-embedded-resource") != Some(&Value::Bool(true)) {
        return;
    }
    let conventions = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";
    let given = fields.entry("properties").or_insert_with(|| json!({}));
    let texts = [
        (
            "apiVersion",
            format!(
                "apiVersion defines the versioned schema of this representation of an object. More info: {conventions}#resources"
            ),
        ),
        (
            "kind",
            format!(
                "kind is a string value representing the type of this object. In CamelCase. More info: {conventions}#types-kinds"
            ),
        ),
    ];
    for (key, text) in texts {
        given[key] = json!({"type": "string", "description": text});
    }
    given["metadata"] = json!({
        "description": format!("Standard object's metadata. More info: {conventions}#metadata"),
        "allOf": [{"$ref": format!("#/components/schemas/{META}.ObjectMeta")}],
    });
    fields.insert("required".to_owned(), json!(["kind", "apiVersion"]));
}
