//! Types from an OpenAPI v2 or v3 document, or from a custom resource's structural schema.

use super::{ListType, Schema, Shape, Types};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Deeper schemas are refused.
const MAX_DEPTH: usize = 200;

/// Why a document is no set of types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A schema is no map.
    #[error("a schema must be an object")]
    NoObject,
    /// Schemas inside schemas, more than anybody writes.
    #[error("schemas are nested more than {MAX_DEPTH} deep")]
    TooDeep,
}

impl Types {
    /// The types below `definitions` (OpenAPI v2) or `components.schemas` (v3).
    ///
    /// # Errors
    /// Schemas that are no maps or nested too deeply.
    ///
    /// ```
    /// use skiff_sandbox::schema::Types;
    /// let document = serde_json::json!({"definitions": {
    ///     "Port": {"type": "object", "properties": {"port": {"type": "integer", "format": "int32"}}},
    /// }});
    /// let types = Types::from_openapi(&document)?;
    /// assert!(types.get("Port").unwrap().property("port").is_some());
    /// # Ok::<(), skiff_sandbox::schema::Unreadable>(())
    /// ```
    pub fn from_openapi(document: &Value) -> Result<Self, Unreadable> {
        let definitions = document.get("definitions").or_else(|| document.pointer("/components/schemas"));
        let mut types = Self::default();
        for (name, schema) in definitions.and_then(Value::as_object).into_iter().flatten() {
            types.insert(name, Schema::from_openapi(schema)?);
        }
        Ok(types)
    }
}

impl Schema {
    /// One schema.
    ///
    /// # Errors
    /// Schemas that are no maps or nested too deeply.
    pub fn from_openapi(value: &Value) -> Result<Self, Unreadable> {
        read(value, 0)
    }
}

fn read(value: &Value, depth: usize) -> Result<Schema, Unreadable> {
    if depth > MAX_DEPTH {
        return Err(Unreadable::TooDeep);
    }
    let fields = value.as_object().ok_or(Unreadable::NoObject)?;
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(Box::from);
    let flag = |key: &str| fields.get(key).and_then(Value::as_bool).unwrap_or_default();
    let nested = |key: &str| match fields.get(key) {
        Some(inner @ Value::Object(_)) => read(inner, depth + 1).map(Arc::new).map(Some),
        _ => Ok(None),
    };
    let mut properties = std::collections::BTreeMap::new();
    for (key, inner) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        properties.insert(key.as_str().into(), Arc::new(read(inner, depth + 1)?));
    }
    Ok(Schema {
        reference: reference(fields),
        shape: shape(fields),
        format: text("format"),
        properties,
        additional: nested("additionalProperties")?,
        items: nested("items")?,
        required: texts(fields.get("required")).into_iter().map(Into::into).collect(),
        default: fields.get("default").cloned(),
        nullable: flag("nullable"),
        list_type: list_type(fields),
        atomic: fields.get("x-kubernetes-map-type").is_some_and(|kind| kind == "atomic"),
        patch_strategy: text("x-kubernetes-patch-strategy"),
        patch_merge_key: text("x-kubernetes-patch-merge-key"),
        preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
        embedded_resource: flag("x-kubernetes-embedded-resource"),
        go: super::Go::default(),
    })
}

/// `$ref`, also as OpenAPI v3 writes it beside a default: `allOf: [{$ref}]`.
fn reference(fields: &Map<String, Value>) -> Option<Box<str>> {
    let own = fields.get("$ref").or_else(|| match fields.get("allOf")?.as_array()?.as_slice() {
        [only] => only.get("$ref"),
        _ => None,
    });
    own?.as_str()?.rsplit('/').next().map(Box::from)
}

fn shape(fields: &Map<String, Value>) -> Shape {
    let int_or_string = fields.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true))
        || fields.get("format").is_some_and(|format| format == "int-or-string");
    match fields.get("type").and_then(Value::as_str) {
        _ if int_or_string => Shape::IntOrString,
        Some("object") => Shape::Object,
        Some("array") => Shape::Array,
        Some("string") => Shape::String,
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("boolean") => Shape::Boolean,
        _ => Shape::Any,
    }
}

fn list_type(fields: &Map<String, Value>) -> Option<ListType> {
    match fields.get("x-kubernetes-list-type")?.as_str()? {
        "atomic" => Some(ListType::Atomic),
        "set" => Some(ListType::Set),
        "map" => Some(ListType::Map(texts(fields.get("x-kubernetes-list-map-keys")))),
        _ => None,
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
