//! `ObjectMeta` inside values without a Go type: `apiserver/schema/objectmeta`.
//!
//! The metadata of a custom resource and of resources embedded in it must decode as `ObjectMeta`: unknown fields are
//! dropped, wrong types refused with the words of Go's decoder.

use super::{names, path, props::Props, prune::META_FIELDS};
use crate::field::{self, Error};
use serde_json::{Map, Value};

/// The type of a metadata field.
enum Kind {
    Text,
    Int,
    Bool,
    Time,
    TextMap,
    TextList,
    Anything,
    /// A list of structures: Go's name and the fields.
    Structs(&'static str, &'static [(&'static str, Kind)]),
}

const META: &[(&str, Kind)] = &[
    ("annotations", Kind::TextMap),
    ("creationTimestamp", Kind::Time),
    ("deletionGracePeriodSeconds", Kind::Int),
    ("deletionTimestamp", Kind::Time),
    ("finalizers", Kind::TextList),
    ("generateName", Kind::Text),
    ("generation", Kind::Int),
    ("labels", Kind::TextMap),
    ("managedFields", Kind::Structs("ManagedFieldsEntry", MANAGED)),
    ("name", Kind::Text),
    ("namespace", Kind::Text),
    ("ownerReferences", Kind::Structs("OwnerReference", OWNER)),
    ("resourceVersion", Kind::Text),
    ("selfLink", Kind::Text),
    ("uid", Kind::Text),
];
const MANAGED: &[(&str, Kind)] = &[
    ("apiVersion", Kind::Text),
    ("fieldsType", Kind::Text),
    ("fieldsV1", Kind::Anything),
    ("manager", Kind::Text),
    ("operation", Kind::Text),
    ("subresource", Kind::Text),
    ("time", Kind::Time),
];
const OWNER: &[(&str, Kind)] = &[
    ("apiVersion", Kind::Text),
    ("blockOwnerDeletion", Kind::Bool),
    ("controller", Kind::Bool),
    ("kind", Kind::Text),
    ("name", Kind::Text),
    ("uid", Kind::Text),
];

/// Keeps what `ObjectMeta` knows of `metadata` and returns the paths of the rest.
///
/// # Errors
/// The text of Go's decoder about the first value of a wrong type.
pub(crate) fn coerce_metadata(metadata: &mut Value, at: &str) -> Result<Vec<String>, String> {
    if metadata.is_null() {
        *metadata = Value::Object(Map::new());
    }
    let Value::Object(fields) = metadata else {
        let kind = go_kind(metadata);
        return Err(format!("json: cannot unmarshal {kind} into Go value of type v1.ObjectMeta"));
    };
    let mut unknown = Vec::new();
    structure(fields, META, "ObjectMeta", "", at, &mut unknown)?;
    Ok(unknown)
}

fn structure(
    fields: &mut Map<String, Value>,
    known: &[(&str, Kind)],
    name: &str,
    inner: &str,
    at: &str,
    unknown: &mut Vec<String>,
) -> Result<(), String> {
    let mut gone = Vec::new();
    for (key, value) in fields.iter_mut() {
        let Some((_, kind)) = known.iter().find(|(known, _)| known == key) else {
            unknown.push(path::child(at, key));
            gone.push(key.clone());
            continue;
        };
        let go_path = path::child(inner, key);
        match (kind, &mut *value) {
            (Kind::Structs(name, known), Value::Array(items)) => {
                for (place, item) in items.iter_mut().enumerate() {
                    let at = path::index(&path::child(at, key), place);
                    match item {
                        Value::Object(fields) => structure(fields, known, name, &go_path, &at, unknown)?,
                        Value::Null => *item = Value::Object(Map::new()),
                        other => {
                            let (kind, name) = (go_kind(other), format!("v1.{name}"));
                            return Err(wrong(kind, "ObjectMeta", &go_path, &name));
                        }
                    }
                }
            }
            (kind, value) => scalar(kind, value, name, &go_path)?,
        }
        if inner.is_empty() && is_empty(value) {
            gone.push(key.clone());
        }
    }
    for key in gone {
        fields.remove(&key);
    }
    Ok(())
}

/// What Go's `omitempty` leaves out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn wrong(kind: &str, name: &str, go_path: &str, expected: &str) -> String {
    format!("json: cannot unmarshal {kind} into Go struct field {name}.{go_path} of type {expected}")
}

fn scalar(kind: &Kind, value: &Value, name: &str, go_path: &str) -> Result<(), String> {
    let refuse = |value: &Value, expected: &str| Err(wrong(go_kind(value), name, go_path, expected));
    match (kind, value) {
        (_, Value::Null) | (Kind::Anything, _) => Ok(()),
        (Kind::Text, Value::String(_)) | (Kind::Bool, Value::Bool(_)) => Ok(()),
        (Kind::Int, Value::Number(number)) if number.is_i64() => Ok(()),
        (Kind::Int, Value::Number(number)) => {
            let shown = format!("number {}", field::go_number(number));
            Err(wrong(&shown, name, go_path, "int64"))
        }
        (Kind::Time, Value::String(text)) => time(text),
        (Kind::TextMap, Value::Object(fields)) => match fields.values().find(|value| !is_text(value)) {
            Some(value) => refuse(value, "string"),
            None => Ok(()),
        },
        (Kind::TextList, Value::Array(items)) => match items.iter().find(|value| !is_text(value)) {
            Some(value) => refuse(value, "string"),
            None => Ok(()),
        },
        (Kind::Time, other) => {
            Err(format!("json: cannot unmarshal {} into Go value of type string", go_kind(other)))
        }
        (Kind::Text, other) if go_path.ends_with("uid") => refuse(other, "types.UID"),
        (Kind::Text, other) => refuse(other, "string"),
        (Kind::Int, other) => refuse(other, "int64"),
        (Kind::Bool, other) => refuse(other, "bool"),
        (Kind::TextMap, other) => refuse(other, "map[string]string"),
        (Kind::TextList, other) => refuse(other, "[]string"),
        (Kind::Structs(inner, _), other) => refuse(other, &format!("[]v1.{inner}")),
    }
}

fn is_text(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

fn time(text: &str) -> Result<(), String> {
    use templates_engine::time::{Time, Zone};
    const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
    let zone = Zone::load("UTC", &jiff::tz::TimeZone::UTC);
    match zone.map(|zone| Time::parse(LAYOUT, text, &zone)) {
        Some(Err(error)) => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// A JSON type as Go's decoder names it.
fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Coerces the metadata of resources embedded in `value`; returns the paths of unknown fields.
///
/// # Errors
/// The first field that does not decode.
pub(crate) fn coerce_embedded(
    value: &mut Value,
    schema: &Props,
    embedded: bool,
    at: &str,
    unknown: &mut Vec<String>,
) -> Result<(), Error> {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let below = path::child(at, key);
                match key.as_str() {
                    "apiVersion" | "kind" if embedded && !value.is_string() => {
                        return Err(Error::invalid(below, value.clone(), "must be a string"));
                    }
                    "metadata" if embedded => {
                        let given = value.clone();
                        let found = coerce_metadata(value, &below);
                        unknown.extend(found.map_err(|why| Error::invalid(&below, given, why))?);
                    }
                    _ => {}
                }
                if let Some(property) = schema.property(key) {
                    coerce_embedded(value, property, property.embedded, &below, unknown)?;
                } else if let Some(values) = schema.values() {
                    coerce_embedded(value, values, values.embedded, &path::key(at, key), unknown)?;
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.item() else { return Ok(()) };
            for (place, item) in items.iter_mut().enumerate() {
                coerce_embedded(item, schema, schema.embedded, &path::index(at, place), unknown)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Checks the resources embedded in `value`.
pub(crate) fn validate_embedded(
    value: &Value,
    schema: &Props,
    embedded: bool,
    at: &str,
    errors: &mut Vec<Error>,
) {
    match value {
        Value::Object(fields) => {
            if embedded {
                resource(fields, at, errors);
            }
            for (key, value) in fields {
                if let Some(property) = schema.property(key) {
                    validate_embedded(value, property, property.embedded, &path::child(at, key), errors);
                } else if let Some(values) = schema.values() {
                    validate_embedded(value, values, values.embedded, &path::key(at, key), errors);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.item() else { return };
            for (place, item) in items.iter().enumerate() {
                validate_embedded(item, schema, schema.embedded, &path::index(at, place), errors);
            }
        }
        _ => {}
    }
}

fn resource(fields: &Map<String, Value>, at: &str, errors: &mut Vec<Error>) {
    for key in ["apiVersion", "kind"] {
        if !fields.contains_key(key) {
            errors.push(Error::required(path::child(at, key), ""));
        }
    }
    for (key, value) in fields.iter().filter(|(key, _)| META_FIELDS.contains(&key.as_str())) {
        let below = path::child(at, key);
        let text = match (key.as_str(), value) {
            ("metadata", value) => {
                if let Err(why) = coerce_metadata(&mut value.clone(), "") {
                    errors.push(Error::invalid(below, value.clone(), why));
                } else {
                    names::embedded_metadata(value, &below, errors);
                }
                continue;
            }
            (_, Value::String(text)) => text,
            (_, value) => {
                errors.push(Error::invalid(below, value.clone(), "must be a string"));
                continue;
            }
        };
        let detail = match key.as_str() {
            _ if text.is_empty() => "must not be empty".to_owned(),
            "apiVersion" if text.matches('/').count() > 1 => {
                format!("unexpected GroupVersion string: {text}")
            }
            "kind" => match names::dns1035_label(&text.to_lowercase()) {
                wrong if wrong.is_empty() => continue,
                wrong => format!("may have mixed case, but should otherwise match: {}", wrong.join(",")),
            },
            _ => continue,
        };
        errors.push(Error::invalid(below, text.as_str(), detail));
    }
}
