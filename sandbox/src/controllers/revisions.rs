//! Controller revisions: the templates that stateful and daemon sets had, as `pkg/controller/history` keeps them.

use super::action::{Action, REVISIONS};
use super::hash::short;
use crate::object::edit::{int, list, map, owned_by, set};
use crate::object::{name, namespace};
use serde_json::{Value, json};
use skiff_compact::Order;

/// What a set's revisions come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The revision of the present template, be it stored or about to be.
    pub update: Value,
    /// What has to be written first.
    pub actions: Vec<Action>,
}

/// `data` of a revision: the template as a strategic patch.
#[must_use]
pub fn data(set_: &Value) -> Value {
    let mut template = set_["spec"]["template"].clone();
    set(&mut template, &["$patch"], "replace");
    json!({"spec": {"template": template}})
}

/// The template inside a revision.
#[must_use]
pub fn template(revision: &Value) -> Value {
    let mut template = revision["data"]["spec"]["template"].clone();
    if let Some(map) = template.as_object_mut() {
        map.remove("$patch");
    }
    template
}

/// Sorts by revision number, then age, then name.
pub fn sort(revisions: &mut [Value]) {
    revisions.order_by(|a, b| {
        let key = |one: &Value| {
            (
                int(one, &["revision"]).unwrap_or(0),
                crate::object::text(one, &["metadata", "creationTimestamp"]).to_owned(),
                name(one).to_owned(),
            )
        };
        key(a).cmp(&key(b))
    });
}

/// The revision of the set's present template: the latest where nothing changed, an older one raised to the newest
/// number where the set went back to it, else a new one. `revisions` are sorted; `hash_label` is the label that
/// carries the hash.
#[must_use]
pub fn choose(set_: &Value, revisions: &[Value], hash_label: &str) -> Chosen {
    let wanted = data(set_);
    let next = revisions.last().and_then(|one| int(one, &["revision"])).unwrap_or(0) + 1;
    match revisions.iter().rposition(|one| one["data"] == wanted) {
        Some(place) if place + 1 == revisions.len() => {
            Chosen { update: revisions[place].clone(), actions: Vec::new() }
        }
        Some(place) => {
            let mut update = revisions[place].clone();
            set(&mut update, &["revision"], next);
            Chosen { actions: vec![Action::update(REVISIONS, update.clone())], update }
        }
        None => {
            let update = new(set_, wanted, next, hash_label);
            Chosen { actions: vec![Action::create(REVISIONS, update.clone())], update }
        }
    }
}

fn new(set_: &Value, data: Value, number: i64, hash_label: &str) -> Value {
    let collisions = int(set_, &["status", "collisionCount"]).filter(|count| *count > 0);
    let hash = short(&data, collisions);
    let stem: String = name(set_).chars().take(223).collect();
    let mut labels = set_["spec"]["template"]["metadata"]["labels"].clone();
    set(&mut labels, &[hash_label], hash.clone());
    let mut revision = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {
            "name": format!("{stem}-{hash}"), "namespace": namespace(set_), "labels": labels,
            "ownerReferences": [owned_by(set_)],
        },
        "data": data, "revision": number,
    });
    if let Some(annotations) = map(set_, &["metadata", "annotations"]).filter(|map| !map.is_empty()) {
        set(&mut revision, &["metadata", "annotations"], Value::Object(annotations.clone()));
    }
    revision
}

/// Deletions of revisions that nothing uses any more, beyond `spec.revisionHistoryLimit`; `live` are names in use.
#[must_use]
pub fn truncate(set_: &Value, revisions: &[Value], live: &[&str]) -> Vec<Action> {
    let limit = int(set_, &["spec", "revisionHistoryLimit"]).unwrap_or(10);
    let history: Vec<&Value> = revisions.iter().filter(|one| !live.contains(&name(one))).collect();
    let surplus = history.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
    history.into_iter().take(surplus).map(|one| Action::delete(REVISIONS, one)).collect()
}

/// The hash in a revision's label.
#[must_use]
pub fn hash<'a>(revision: &'a Value, hash_label: &str) -> &'a str {
    crate::object::label(revision, hash_label).unwrap_or_default()
}

/// The claims that a stateful set's pod of this ordinal mounts: the template's name and the claim.
#[must_use]
pub fn claims(set_: &Value, ordinal: i64) -> Vec<(String, Value)> {
    list(set_, &["spec", "volumeClaimTemplates"])
        .iter()
        .map(|template| {
            let mut claim = template.clone();
            let volume = name(template).to_owned();
            set(&mut claim, &["apiVersion"], "v1");
            set(&mut claim, &["kind"], "PersistentVolumeClaim");
            set(&mut claim, &["metadata", "name"], format!("{volume}-{}-{ordinal}", name(set_)));
            set(&mut claim, &["metadata", "namespace"], namespace(set_));
            for (key, value) in map(set_, &["spec", "selector", "matchLabels"]).into_iter().flatten() {
                set(&mut claim, &["metadata", "labels", key], value.clone());
            }
            (volume, claim)
        })
        .collect()
}
