//! `k8s-openapi`'s schemas with the recorded facts: schemas as the real server's OpenAPI v3 documents have them.
//!
//! What Go does with a field stands below the key `GO`, which is no part of a document.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The key below which a schema keeps Go's facts: pointer, name, underlying, zero, custom.
pub(crate) const GO: &str = "x-go";

const ITEMS: [&str; 2] = ["items", "additionalProperties"];

/// One row of the table.
struct Row<'a> {
    kind: &'a str,
    field: &'a str,
    cells: BTreeMap<&'a str, &'a str>,
}

/// All types by name.
pub(crate) fn merge(mut base: Map<String, Value>, table: &str) -> BTreeMap<String, Value> {
    let common = base["io.k8s.api.core.v1.Pod"]["properties"].clone();
    let mut merged = BTreeMap::new();
    for row in rows(table) {
        if row.field.is_empty() {
            let schema = base.remove(row.kind).unwrap_or_else(|| missing(row.kind, &common));
            merged.insert(row.kind.to_owned(), own(row.kind, schema, &row));
        } else {
            let schema = merged.get_mut(row.kind).expect("the type's own row stands first");
            let field = schema["properties"].get_mut(row.field);
            apply(field.unwrap_or_else(|| panic!("{} has no field {}", row.kind, row.field)), &row);
        }
    }
    assert!(base.is_empty(), "not in the table: {:?}", base.keys().collect::<Vec<_>>());
    for schema in merged.values_mut() {
        references(schema);
    }
    merged
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let mut lines = table.lines();
    let heading: Vec<&str> = lines.next().expect("a heading").split('\t').collect();
    let mut kind = "";
    let mut rows = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        kind = if cells[0].is_empty() { kind } else { cells[0] };
        let named = heading.iter().copied().zip(cells.iter().copied()).filter(|(_, cell)| !cell.is_empty());
        rows.push(Row { kind, field: cells.get(1).copied().unwrap_or_default(), cells: named.collect() });
    }
    rows
}

/// The types that `k8s-openapi` has as generics: lists and watch events. Their texts come from the table.
fn missing(name: &str, common: &Value) -> Value {
    const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
    if let Some(item) = name.strip_suffix("List") {
        return json!({"type": "object", "properties": {
            "apiVersion": common["apiVersion"],
            "kind": common["kind"],
            "items": {"type": "array", "items": {"$ref": item}},
            "metadata": {"$ref": format!("{META}.ListMeta")},
        }});
    }
    assert_eq!(name, format!("{META}.WatchEvent"), "a type that k8s-openapi lacks");
    json!({"type": "object", "properties": {
        "object": {"$ref": "io.k8s.apimachinery.pkg.runtime.RawExtension"},
        "type": {"type": "string"},
    }})
}

/// The type's own facts, and what the documents say otherwise than `k8s-openapi`.
fn own(name: &str, mut schema: Value, row: &Row<'_>) -> Value {
    let fields = schema.as_object_mut().expect("schemas are maps");
    fields.remove("oneOf");
    fields.remove("required");
    fields.remove("x-kubernetes-int-or-string");
    match name.rsplit('.').next().unwrap_or_default() {
        "JSON" => drop(fields.remove("type")),
        "Quantity" => set(fields, "oneOf", json!([{"type": "string"}, {"type": "number"}])),
        "IntOrString" => {
            set(fields, "oneOf", json!([{"type": "integer"}, {"type": "string"}]));
            set(fields, "format", "int-or-string".into());
        }
        _ => {}
    }
    if let Some(required) = row.cells.get("required") {
        set(fields, "required", required.split(',').collect());
    }
    if let Some(unions) = row.cells.get("unions") {
        set(fields, "x-kubernetes-unions", parse(unions));
    }
    if let Some(kinds) = row.cells.get("groups, versions and kinds") {
        let kinds = kinds.split(' ').map(|kind| {
            let parts: Vec<&str> = kind.split('/').collect();
            json!({"group": parts[0], "version": parts[1], "kind": parts[2]})
        });
        set(fields, "x-kubernetes-group-version-kind", kinds.collect());
    }
    apply(&mut schema, row);
    schema
}

fn set(fields: &mut Map<String, Value>, key: &str, value: Value) {
    fields.insert(key.to_owned(), value);
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The facts that fields and types have in common.
fn apply(schema: &mut Value, row: &Row<'_>) {
    let cell = |key: &str| row.cells.get(key).copied();
    let fields = schema.as_object_mut().expect("schemas are maps");
    if let Some(text) = cell("more text") {
        let more = parse(&format!("\"{text}\""));
        let known = fields.get("description").and_then(Value::as_str).unwrap_or_default();
        let known = if text.starts_with("\\n") { known.trim_end() } else { "" };
        let whole = format!("{known}{}", more.as_str().expect("a text"));
        set(fields, "description", whole.into());
    }
    if let Some(default) = cell("default") {
        set(fields, "default", parse(default));
    }
    if let Some(list) = cell("list type") {
        let (kind, keys) = list.split_once(':').unwrap_or((list, ""));
        set(fields, "x-kubernetes-list-type", kind.into());
        if !keys.is_empty() {
            set(fields, "x-kubernetes-list-map-keys", keys.split(',').collect());
        }
    }
    for (column, key) in [
        ("map type", "x-kubernetes-map-type"),
        ("patch strategy", "x-kubernetes-patch-strategy"),
        ("merge key", "x-kubernetes-patch-merge-key"),
    ] {
        if let Some(text) = cell(column) {
            set(fields, key, text.into());
        }
    }
    if let Some(values) = cell("enum") {
        set(fields, "enum", values.split('|').collect());
    }
    for (column, depth) in [("inner default", 1), ("inmost default", 2)] {
        if let Some(default) = cell(column) {
            inner(schema, depth)["default"] = parse(default);
        }
    }
    if let Some(values) = cell("inner enum") {
        inner(schema, 1)["enum"] = values.split('|').collect();
    }
    let go: Map<String, Value> = ["pointer", "go type", "underlying", "zero"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), cell(key)?.into())))
        .collect();
    if !go.is_empty() {
        schema[GO] = go.into();
    }
}

/// The schema of a list's items or a map's values, `depth` levels down.
fn inner(schema: &mut Value, depth: usize) -> &mut Value {
    if depth == 0 {
        return schema;
    }
    let key = ITEMS.into_iter().find(|key| schema.get(key).is_some()).expect("a list or a map");
    inner(&mut schema[key], depth - 1)
}

/// References as OpenAPI v3 writes them: alone, or below `allOf` where something stands beside them.
fn references(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(reference) = fields.remove("$ref") {
        let name = reference.as_str().and_then(|path| path.rsplit('/').next()).expect("a name");
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        if fields.keys().all(|key| key == GO) {
            fields.extend(reference.as_object().cloned().into_iter().flatten());
        } else {
            set(fields, "allOf", json!([reference]));
        }
    }
    for key in ITEMS {
        fields.get_mut(key).into_iter().for_each(references);
    }
    for (_, property) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        references(property);
    }
}
