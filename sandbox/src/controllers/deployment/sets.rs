//! The replica sets of a deployment: which is new, which are old, and sums over them.

use crate::controllers::hash::{plain_template, replicas, scaled};
use crate::object::edit::{annotation, int, time};
use crate::object::{at, name, text};
use serde_json::Value;
use skiff_compact::Order;

/// The label that tells replica sets of one deployment apart.
pub(super) const HASH_LABEL: &str = "pod-template-hash";
/// Which revision a replica set, or a deployment, is at.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// Revisions a replica set had before it was rolled back to.
pub(super) const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The deployment's size, as its replica sets saw it last.
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// The size plus surge, as its replica sets saw it last.
pub(super) const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

/// Whether the rollout is rolling (and not `Recreate`).
pub(super) fn rolling(deployment: &Value) -> bool {
    text(deployment, &["spec", "strategy", "type"]) != "Recreate"
}

/// maxSurge and maxUnavailable in pods; one of them is above zero: `ResolveFenceposts`.
fn fence_posts(deployment: &Value) -> (i64, i64) {
    let of = |key| at(deployment, &["spec", "strategy", "rollingUpdate", key]);
    let size = replicas(deployment);
    let quarter = Value::from("25%");
    let surge = scaled(Some(of("maxSurge").unwrap_or(&quarter)), size, true);
    let unavailable = scaled(Some(of("maxUnavailable").unwrap_or(&quarter)), size, false);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// How many pods may be above the deployment's size.
pub(super) fn max_surge(deployment: &Value) -> i64 {
    if rolling(deployment) { fence_posts(deployment).0 } else { 0 }
}

/// How many pods may be unavailable.
pub(super) fn max_unavailable(deployment: &Value) -> i64 {
    let size = replicas(deployment);
    if !rolling(deployment) || size == 0 { 0 } else { fence_posts(deployment).1.min(size) }
}

/// The revision in a replica set's annotation; 0 without one.
pub(super) fn revision(set: &Value) -> i64 {
    annotation(set, REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Sorts by age, then by name.
pub(super) fn by_age(sets: &mut [Value]) {
    sets.order_by(|a, b| {
        let created = |set: &Value| time(set, &["metadata", "creationTimestamp"]);
        created(a).cmp(&created(b)).then_with(|| name(a).cmp(name(b)))
    });
}

/// Splits into the set of the deployment's present template (the oldest such one) and the others, by age.
pub(super) fn split(deployment: &Value, mut sets: Vec<Value>) -> (Option<Value>, Vec<Value>) {
    by_age(&mut sets);
    let wanted = plain_template(&deployment["spec"]["template"], HASH_LABEL);
    let place = sets.iter().position(|set| plain_template(&set["spec"]["template"], HASH_LABEL) == wanted);
    let new = place.map(|place| sets.remove(place));
    (new, sets)
}

/// The sum of a number in the sets' `status`.
pub(super) fn status_sum<'a>(sets: impl IntoIterator<Item = &'a Value>, field: &str) -> i64 {
    sets.into_iter().map(|set| int(set, &["status", field]).unwrap_or(0)).sum()
}

/// The sum of the sets' `spec.replicas`.
pub(super) fn size<'a>(sets: impl IntoIterator<Item = &'a Value>) -> i64 {
    sets.into_iter().map(replicas).sum()
}

/// The size that the new set may grow to now: `NewRSNewReplicas`.
pub(super) fn new_size(deployment: &Value, present: i64, all: i64) -> i64 {
    let wanted = replicas(deployment);
    if !rolling(deployment) {
        return wanted;
    }
    let room = wanted + max_surge(deployment) - all;
    if room <= 0 { present } else { present + room.min(wanted - present) }
}

/// Whether the new set carries the whole deployment: `IsSaturated`.
pub(super) fn saturated(deployment: &Value, new: Option<&Value>) -> bool {
    let wanted = replicas(deployment);
    new.is_some_and(|new| {
        replicas(new) == wanted
            && annotation(new, DESIRED).and_then(|text| text.parse().ok()) == Some(wanted)
            && int(new, &["status", "availableReplicas"]).unwrap_or(0) == wanted
    })
}
