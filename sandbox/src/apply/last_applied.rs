//! The annotation that `kubectl apply` without `--server-side` keeps: objects move from it to managed fields without conflicts, and it
//! stays in step where it is there. Only the manager `kubectl` gets this.

use super::{
    Conflict, Manager, collect::field_set, compare::compare, set::Set, types::Type, validate::validate,
};
use crate::{field::go_json, object};
use serde_json::Value;

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// All annotations of an object together may not be longer: `TotalAnnotationSizeLimitB`.
const MAX_ANNOTATIONS: usize = 256 * 1024;

/// The conflicts that remain: those about fields that were last applied as they are now are none.
pub(super) fn real_conflicts(
    conflicts: Vec<Conflict>,
    live: &Value,
    of: Type<'_>,
    who: &Manager<'_>,
) -> Vec<Conflict> {
    let allowed = if who.name == "kubectl" { allowed(live, of, who) } else { None };
    match allowed {
        Some(allowed) => conflicts.into_iter().filter(|conflict| !allowed.has(&conflict.path)).collect(),
        None => conflicts,
    }
}

fn allowed(live: &Value, of: Type<'_>, who: &Manager<'_>) -> Option<Set> {
    let text = object::text(live, &["metadata", "annotations", ANNOTATION]);
    let last: Value = serde_json::from_str(text).ok()?;
    if object::text(&last, &["apiVersion"]) != who.api_version || object::text(&last, &["kind"]).is_empty() {
        return None;
    }
    validate(live, of, false).ok()?;
    validate(&last, of, false).ok()?;
    let changes = compare(&last, live, of).ok()?;
    let set = field_set(&last, of);
    Some(set.difference(&changes.modified).difference(&changes.added).difference(&changes.removed))
}

/// Writes what is applied into the annotation, if the object has it.
pub(super) fn renew(object: &mut Value, applied: &Value, who: &Manager<'_>) {
    let path = ["metadata", "annotations", ANNOTATION];
    if who.name != "kubectl" || object::text(object, &path).is_empty() {
        return;
    }
    let mut applied = applied.clone();
    if let Some(metadata) = applied.get_mut("metadata").and_then(Value::as_object_mut) {
        // As Go's accessors write annotations back: none where they are null, and nulls among them are empty.
        match metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            Some(annotations) if annotations.values().all(|value| value.is_string() || value.is_null()) => {
                annotations.remove(ANNOTATION);
                annotations.values_mut().filter(|value| value.is_null()).for_each(|value| *value = "".into());
            }
            _ => {
                metadata.remove("annotations");
            }
        }
    }
    let text = format!("{}\n", go_json(&applied));
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert(ANNOTATION.to_owned(), text.into());
        let size: usize =
            annotations.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
        if size > MAX_ANNOTATIONS {
            annotations.remove(ANNOTATION);
        }
    }
}
