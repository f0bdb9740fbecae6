//! `metadata` as all kinds share it: what the server alone sets, names that it makes, owners given twice.

use super::{Caller, Served};
use crate::{object, status::Status};
use serde_json::{Map, Value};

/// Letters of generated names.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Letters that are generated.
const SUFFIX: usize = 5;
/// Names that are generated are no longer than this.
const MAX_GENERATED: usize = 63;

/// An object's metadata, made if there is none.
pub(super) fn of(object: &mut Value) -> &mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    match object {
        Value::Object(fields) => object::map_mut(fields, "metadata"),
        _ => unreachable!("it was made a map above"),
    }
}

/// `rest.WipeObjectMetaSystemFields`.
pub(super) fn wipe(object: &mut Value) {
    let metadata = of(object);
    for key in ["creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
        metadata.remove(key);
    }
}

/// `rest.FillObjectMetaSystemFields`.
pub(super) fn fill(object: &mut Value) {
    let metadata = of(object);
    metadata.insert("creationTimestamp".to_owned(), now().into());
    metadata.insert("uid".to_owned(), object::fresh::uid().into());
}

/// Version, kind and namespace as the request's path has them.
pub(super) fn identify(served: &Served, namespace: &str, object: &mut Value) -> Result<(), Status> {
    let namespace = if served.namespaced { namespace } else { "" };
    let metadata = of(object);
    let given = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if namespace.is_empty() {
        metadata.remove("namespace");
    } else if given.is_empty() {
        metadata.insert("namespace".to_owned(), namespace.into());
    } else if given != namespace {
        let why = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(why));
    }
    object["apiVersion"] = served.gvr.api_version().into();
    // Another kind of a custom resource is refused by its validation.
    if served.custom.is_none() || object::text(object, &["kind"]).is_empty() {
        object["kind"] = served.kind.as_str().into();
    }
    Ok(())
}

/// Makes a name where only its beginning is given.
pub(super) fn generate_name(object: &mut Value) {
    let metadata = of(object);
    let text = |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
    let prefix = text("generateName");
    if prefix.is_empty() || !text("name").is_empty() {
        return;
    }
    let most = MAX_GENERATED - SUFFIX;
    let prefix = if prefix.len() > most { prefix.get(..most).unwrap_or_default() } else { prefix };
    let name = format!("{prefix}{}", random_suffix());
    metadata.insert("name".to_owned(), name.into());
}

/// Drops owners that stand there twice, with a warning.
pub(super) fn dedup_owners(caller: &Caller, object: &mut Value, after_admission: bool) {
    let Some(owners) = of(object).get_mut("ownerReferences").and_then(Value::as_array_mut) else { return };
    let mut repeated = Vec::new();
    let mut kept: Vec<Value> = Vec::with_capacity(owners.len());
    for owner in owners.drain(..) {
        if kept.contains(&owner) {
            repeated.push(object::text(&owner, &["uid"]).to_owned());
        } else {
            kept.push(owner);
        }
    }
    *owners = kept;
    if !repeated.is_empty() {
        repeated.dedup();
        let when = if after_admission { " after mutating admission happens" } else { "" };
        caller.warn(format!(
            ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
            repeated.join(", ")
        ));
    }
}

/// The uids of an object's owners.
pub(super) fn owners(object: &Value) -> Vec<Box<str>> {
    let references = object::at(object, &["metadata", "ownerReferences"]).and_then(Value::as_array);
    let uids = references.into_iter().flatten().map(|owner| object::text(owner, &["uid"]));
    uids.filter(|uid| !uid.is_empty()).map(Box::from).collect()
}

/// An object's finalizers.
pub(super) fn finalizers(object: &Value) -> Vec<String> {
    let list = object::at(object, &["metadata", "finalizers"]).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Sets or removes a field of the metadata.
pub(super) fn set(object: &mut Value, key: &str, value: Option<Value>) {
    let metadata = of(object);
    match value {
        Some(value) => metadata.insert(key.to_owned(), value),
        None => metadata.remove(key),
    };
}

/// The time as objects show it.
#[must_use]
pub(super) fn now() -> String {
    time(jiff::Timestamp::now())
}

/// A time as objects show it.
#[must_use]
pub(super) fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Letters as `k8s.io/apimachinery/pkg/util/rand` draws them.
fn random_suffix() -> String {
    let bytes: [u8; SUFFIX] = object::fresh::random();
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
