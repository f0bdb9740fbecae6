//! Metadata of all objects: `ValidateObjectMeta` and `ValidateObjectMetaUpdate`.

use super::check::{At, Errors, IMMUTABLE, labels};
use crate::{
    field::Error,
    object::names::{self, Faults},
};
use serde_json::Value;
use skiff_compact::Order;

/// The rule for a kind's names.
pub(super) type NameRule = fn(&str) -> Faults;

/// All annotations together may have so many bytes.
const MAX_ANNOTATIONS: usize = 256 * 1024;
/// A manager's name may have so many bytes.
const MAX_MANAGER: usize = 128;

/// The metadata of an object, or of a template (which is `metadata` as well).
pub(super) fn validate(metadata: &At<'_>, namespaced: bool, rule: NameRule, errors: &mut Errors) {
    let prefix = metadata.get("generateName");
    if !prefix.text().is_empty() {
        let path_segment = std::ptr::fn_addr_eq(rule, names::path_segment as NameRule);
        let faults = if path_segment {
            names::path_segment_prefix(prefix.text())
        } else {
            names::prefix(rule, prefix.text())
        };
        errors.extend(faults.into_iter().map(|fault| prefix.invalid(fault)));
    }
    let name = metadata.get("name");
    if name.text().is_empty() {
        errors.push(name.required("name or generateName is required"));
    } else {
        name.obeys(rule, errors);
    }
    let namespace = metadata.get("namespace");
    if namespaced {
        namespace.named(names::dns_label, errors);
    } else if !namespace.is_empty() {
        errors.push(namespace.forbidden("not allowed on this type"));
    }
    metadata.get("generation").non_negative(errors);
    labels(&metadata.get("labels"), errors);
    annotations(&metadata.get("annotations"), errors);
    owners(&metadata.get("ownerReferences"), errors);
    finalizers(&metadata.get("finalizers"), errors);
    managed(&metadata.get("managedFields"), errors);
}

/// What an update may not change in metadata.
pub(super) fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    if old.get("deletionTimestamp").is_set() {
        no_new_finalizers(&new.get("finalizers"), &old.get("finalizers"), errors);
    }
    let version = new.get("resourceVersion");
    if version.text().is_empty() {
        errors.push(version.invalid_text("must be specified for an update"));
    }
    if new.get("generation").number() < old.get("generation").number() {
        errors.push(new.get("generation").invalid("must not be decremented"));
    }
    for key in ["name", "namespace", "uid"] {
        let (now, before) = (new.get(key), old.get(key));
        if now.text() != before.text() {
            errors.push(now.invalid_text(IMMUTABLE));
        }
    }
    for key in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        new.get(key).immutable(&old.get(key), errors);
    }
    labels(&new.get("labels"), errors);
    annotations(&new.get("annotations"), errors);
    owners(&new.get("ownerReferences"), errors);
    managed(&new.get("managedFields"), errors);
}

/// The errors of `labels` or of `annotations`, which messages of conversions call `annotation`.
pub(super) fn of_map(field: &str, map: &serde_json::Value) -> Errors {
    let mut errors = Errors::new();
    match field {
        "labels" => labels(&At::new(map, "metadata.labels"), &mut errors),
        _ => annotations(&At::new(map, "metadata.annotation"), &mut errors),
    }
    errors
}

pub(super) fn annotations(annotations: &At<'_>, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.entries() {
        let faults = names::qualified(&key.to_lowercase()).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&annotations.path, key, fault)));
        size += key.len() + value.text().len();
    }
    if size > MAX_ANNOTATIONS {
        errors.push(Error::too_long(&annotations.path, i64::try_from(MAX_ANNOTATIONS).unwrap_or(i64::MAX)));
    }
}

fn owners(owners: &At<'_>, errors: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in owners.items() {
        // Messages name the list alone, without the index.
        let owner = At::new(owner.value, &owners.path);
        let text = |key: &str| owner.get(key).text();
        let (group, version) = text("apiVersion").rsplit_once('/').unwrap_or(("", text("apiVersion")));
        if version.is_empty() {
            errors.push(owner.get("apiVersion").invalid_text("version must not be empty"));
        }
        for key in ["kind", "name", "uid"] {
            if text(key).is_empty() {
                errors.push(owner.get(key).invalid_text("must not be empty"));
            }
        }
        if (group, version, text("kind")) == ("", "v1", "Event") {
            errors.push(owner.invalid("/v1, Kind=Event is disallowed from being an owner"));
        }
        if owner.get("controller").is_true() {
            let own = format!("{}/{}", text("kind"), text("name"));
            match &controller {
                Some(first) => {
                    let detail = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {own}"
                    );
                    errors.push(in_order(owners, detail));
                }
                None => controller = Some(own),
            }
        }
    }
}

/// The references as Go writes them: each with its fields in their own order.
fn in_order(owners: &At<'_>, detail: String) -> Error {
    let mut list = Vec::new();
    for owner in owners.items() {
        let field = |key: &str| match owner.get(key).value {
            Value::Null => None,
            value => Some(format!("\"{key}\":{value}")),
        };
        let keys = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
        list.push(format!("{{{}}}", keys.iter().filter_map(|key| field(key)).collect::<Vec<_>>().join(",")));
    }
    let shown = format!("[{}]: {detail}", list.join(","));
    Error::invalid(&owners.path, "", shown).without_value()
}

fn finalizers(finalizers: &At<'_>, errors: &mut Errors) {
    for finalizer in finalizers.items() {
        At::new(finalizer.value, &finalizers.path).obeys(names::qualified, errors);
    }
    let has = |name: &str| finalizers.items().iter().any(|finalizer| finalizer.text() == name);
    if has("orphan") && has("foregroundDeletion") {
        errors.push(finalizers.invalid("finalizer orphan and foregroundDeletion cannot be both set"));
    }
}

/// `validateKubeFinalizerName`.
pub(super) fn qualified_finalizers(finalizers: &At<'_>, errors: &mut Errors) {
    for finalizer in finalizers.items() {
        let known = ["kubernetes", "orphan", "foregroundDeletion"].contains(&finalizer.text());
        if !known && !finalizer.text().contains('/') {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.push(finalizer.invalid(detail));
        }
    }
}

/// `ValidateNoNewFinalizers`.
fn no_new_finalizers(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let known = super::check::texts(old);
    let mut added: Vec<&str> = super::check::texts(new);
    added.retain(|finalizer| !known.contains(finalizer));
    added.order();
    added.dedup();
    if !added.is_empty() {
        let list: Vec<String> = added.iter().map(|finalizer| format!("{finalizer:?}")).collect();
        let detail = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            list.join(", ")
        );
        errors.push(new.forbidden(detail));
    }
}

fn managed(managed: &At<'_>, errors: &mut Errors) {
    for entry in managed.items() {
        let operation = entry.get("operation");
        if !matches!(operation.text(), "Apply" | "Update") {
            errors.push(operation.invalid_text("must be `Apply` or `Update`"));
        }
        let form = entry.get("fieldsType");
        if !matches!(form.text(), "" | "FieldsV1") {
            errors.push(form.invalid("must be `FieldsV1`"));
        }
        if entry.get("manager").len() > MAX_MANAGER {
            errors.push(Error::too_long(&entry.get("manager").path, 128));
        }
    }
}

/// The rule for the names of a kind: which `ValidateNameFunc` its strategy uses.
pub(super) fn name_rule(group: &str, kind: &str) -> NameRule {
    match (group, kind) {
        ("", "Namespace") => names::dns_label,
        ("", "Service") => names::dns_1035_label,
        ("rbac.authorization.k8s.io" | "certificates.k8s.io" | "apiregistration.k8s.io", _) => {
            names::path_segment
        }
        _ => names::dns_subdomain,
    }
}
