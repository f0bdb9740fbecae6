//! The end of a namespace in its status: what remains, and why.

use crate::object::edit::{list, stamp};
use crate::object::text;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The finalizer that the controller takes away at last.
pub const FINALIZER: &str = "kubernetes";

/// What is left of a namespace's content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remaining {
    /// How many objects, by `resource.group`.
    pub objects: BTreeMap<String, usize>,
    /// How many objects, by finalizer.
    pub finalizers: BTreeMap<String, usize>,
    /// What could not be deleted.
    pub errors: Vec<String>,
}

impl Remaining {
    /// Whether nothing is left.
    #[must_use]
    pub fn nothing(&self) -> bool {
        self.objects.is_empty() && self.errors.is_empty()
    }
}

fn condition(kind: &str, problem: Option<(&str, String)>, fine: (&str, &str), now: Timestamp) -> Value {
    let (value, reason, message) = match problem {
        Some((reason, message)) => ("True", reason, message),
        None => ("False", fine.0, fine.1.to_owned()),
    };
    json!({"type": kind, "status": value, "reason": reason, "message": message, "lastTransitionTime": stamp(now)})
}

fn counts(counts: &BTreeMap<String, usize>, write: impl Fn(&str, usize) -> String) -> String {
    let texts: Vec<String> = counts.iter().map(|(key, count)| write(key, *count)).collect();
    texts.join(", ")
}

/// The status of a namespace on its way out.
#[must_use]
pub fn status(namespace: &Value, remaining: &Remaining, now: Timestamp) -> Value {
    let failed = (!remaining.errors.is_empty()).then(|| {
        let all = remaining.errors.join(", ");
        let message =
            format!("Failed to delete all resource types, {} remaining: {all}", remaining.errors.len());
        ("ContentDeletionFailed", message)
    });
    let content = (!remaining.objects.is_empty()).then(|| {
        let all = counts(&remaining.objects, |what, count| format!("{what} has {count} resource instances"));
        ("SomeResourcesRemain", format!("Some resources are remaining: {all}"))
    });
    let finalizers = (!remaining.finalizers.is_empty()).then(|| {
        let all =
            counts(&remaining.finalizers, |what, count| format!("{what} in {count} resource instances"));
        ("SomeFinalizersRemain", format!("Some content in the namespace has finalizers remaining: {all}"))
    });
    let wanted = [
        condition(
            "NamespaceDeletionDiscoveryFailure",
            None,
            ("ResourcesDiscovered", "All resources successfully discovered"),
            now,
        ),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            None,
            ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
            now,
        ),
        condition(
            "NamespaceDeletionContentFailure",
            failed,
            ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            now,
        ),
        condition(
            "NamespaceContentRemaining",
            content,
            ("ContentRemoved", "All content successfully removed"),
            now,
        ),
        condition(
            "NamespaceFinalizersRemaining",
            finalizers,
            ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
            now,
        ),
    ];
    let mut conditions = list(namespace, &["status", "conditions"]).to_vec();
    for one in wanted {
        let same = |present: &Value| {
            present["type"] == one["type"]
                && ["status", "reason", "message"].iter().all(|field| present[*field] == one[*field])
        };
        if !conditions.iter().any(same) {
            crate::object::edit::set_condition(&mut conditions, one);
        }
    }
    json!({"phase": "Terminating", "conditions": conditions})
}

/// Whether the controller still holds the namespace.
#[must_use]
pub fn held(namespace: &Value) -> bool {
    list(namespace, &["spec", "finalizers"]).iter().any(|one| one == FINALIZER)
}

/// `resource.group` as conditions write it; the core group leaves the dot.
#[must_use]
pub fn resource_name(group: &str, resource: &str) -> String {
    format!("{resource}.{group}")
}

/// The finalizers of an object.
pub fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    list(object, &["metadata", "finalizers"]).iter().filter_map(Value::as_str)
}

/// What each namespace has: the default service account and the root certificate. Empty where both are there.
#[must_use]
pub fn missing_basics(
    namespace: &str,
    account: Option<&Value>,
    root: Option<&Value>,
    ca: &str,
) -> Vec<super::action::Action> {
    use super::action::{Action, CONFIG_MAPS, SERVICE_ACCOUNTS};
    let mut actions = Vec::new();
    if account.is_none() {
        actions.push(Action::create(SERVICE_ACCOUNTS, json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace},
        })));
    }
    let description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
    match root {
        None => actions.push(Action::create(CONFIG_MAPS, json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "kube-root-ca.crt", "namespace": namespace, "annotations": {"kubernetes.io/description": description}},
            "data": {"ca.crt": ca},
        }))),
        Some(root) if text(root, &["data", "ca.crt"]) != ca => {
            let mut root = root.clone();
            root["data"] = json!({"ca.crt": ca});
            actions.push(Action::update(CONFIG_MAPS, root));
        }
        Some(_) => {}
    }
    actions
}
