//! CustomResourceDefinitions as objects: defaults, what writers may change, names and conditions.

mod check;
mod conditions;
mod defaults_check;
pub(crate) mod field_path;
mod schema_check;
mod spec_parts;
mod structural;

pub use check::{validate_create, validate_status_update, validate_update, warnings};
pub use conditions::{CLEANUP_FINALIZER, begin_deletion, names_and_conditions, terminating};

use super::catalogue::storage_version;
use crate::object;
use serde_json::{Map, Value, json};

/// The defaults of `apiextensions.k8s.io/v1`, as the real server sets them while it decodes.
pub fn default(definition: &mut Value) {
    let kind = object::text(definition, &["spec", "names", "kind"]).to_owned();
    if let Some(names) = definition.pointer_mut("/spec/names").and_then(Value::as_object_mut) {
        let empty = |names: &Map<String, Value>, key: &str| {
            names.get(key).and_then(Value::as_str).unwrap_or_default().is_empty()
        };
        if empty(names, "singular") && !kind.is_empty() {
            names.insert("singular".to_owned(), kind.to_lowercase().into());
        }
        if empty(names, "listKind") && !kind.is_empty() {
            names.insert("listKind".to_owned(), format!("{kind}List").into());
        }
    }
    if let Some(spec) = definition.get_mut("spec").and_then(Value::as_object_mut) {
        let conversion = spec.entry("conversion").or_insert(Value::Null);
        if conversion.is_null() {
            *conversion = json!({"strategy": "None"});
        }
        if let Some(Value::Object(service)) = conversion.pointer_mut("/webhook/clientConfig/service") {
            service.entry("port").or_insert_with(|| 443.into());
        }
        if spec.get("preserveUnknownFields") == Some(&Value::Bool(false)) {
            spec.remove("preserveUnknownFields");
        }
    }
}

/// Begins a definition's life: an empty status with the storage version.
pub fn prepare_for_create(definition: &mut Value) {
    let stored = storage_version(definition).to_owned();
    let stored = if stored.is_empty() { Vec::new() } else { vec![stored] };
    definition["status"] = json!({
        "conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": stored,
    });
    definition["metadata"]["generation"] = 1.into();
}

/// Keeps the status, counts generations, and remembers every version that objects may be stored in.
pub fn prepare_for_update(new: &mut Value, old: &Value) {
    new["status"] = old.get("status").cloned().unwrap_or_else(|| json!({}));
    let generation = old.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(1);
    let changed = i64::from(new.get("spec") != old.get("spec"));
    new["metadata"]["generation"] = (generation + changed).into();
    let stored = storage_version(new).to_owned();
    if stored.is_empty() {
        return;
    }
    match new.pointer_mut("/status/storedVersions").and_then(Value::as_array_mut) {
        Some(versions) if versions.iter().any(|version| *version == stored.as_str()) => {}
        Some(versions) => versions.push(stored.into()),
        None => new["status"]["storedVersions"] = json!([stored]),
    }
}

/// Keeps all but the status and metadata.
pub fn prepare_for_status_update(new: &mut Value, old: &Value) {
    if let (Some(fields), Some(spec)) = (new.as_object_mut(), old.get("spec")) {
        fields.insert("spec".to_owned(), spec.clone());
    }
}
