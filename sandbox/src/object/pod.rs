//! What controllers ask of pods: active, ready, available, which node, how to delete first.

use super::edit::{condition, condition_true, deleting, int, list, time};
use super::text;
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;

/// `status.phase`.
#[must_use]
pub fn phase(pod: &Value) -> &str {
    text(pod, &["status", "phase"])
}

/// `spec.nodeName`; empty before the pod is bound.
#[must_use]
pub fn node(pod: &Value) -> &str {
    text(pod, &["spec", "nodeName"])
}

/// Whether the pod has ended: `Succeeded` or `Failed`.
#[must_use]
pub fn terminal(pod: &Value) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Neither ended nor being deleted: `controller.IsPodActive`.
#[must_use]
pub fn active(pod: &Value) -> bool {
    !terminal(pod) && !deleting(pod)
}

/// Being deleted and not ended: `controller.IsPodTerminating`.
#[must_use]
pub fn terminating(pod: &Value) -> bool {
    !terminal(pod) && deleting(pod)
}

/// The condition `Ready` is true.
#[must_use]
pub fn ready(pod: &Value) -> bool {
    condition_true(pod, "Ready")
}

/// Since when the pod is ready.
#[must_use]
pub fn ready_since(pod: &Value) -> Option<Timestamp> {
    condition(pod, "Ready")
        .filter(|one| text(one, &["status"]) == "True")
        .and_then(|one| time(one, &["lastTransitionTime"]))
}

/// Ready for at least `min_ready` seconds: `podutil.IsPodAvailable`.
#[must_use]
pub fn available(pod: &Value, min_ready: i64, now: Timestamp) -> bool {
    ready(pod)
        && (min_ready == 0
            || ready_since(pod).is_some_and(|since| now.as_second() - since.as_second() >= min_ready))
}

/// Seconds until a ready pod becomes available, where it is not yet.
#[must_use]
pub fn until_available(pod: &Value, min_ready: i64, now: Timestamp) -> Option<u64> {
    let since = ready_since(pod)?;
    let left = min_ready - (now.as_second() - since.as_second());
    u64::try_from(left).ok().filter(|left| *left > 0)
}

/// The sum of its containers' restarts.
#[must_use]
pub fn restarts(pod: &Value) -> i64 {
    list(pod, &["status", "containerStatuses"])
        .iter()
        .filter_map(|one| int(one, &["restartCount"]))
        .max()
        .unwrap_or(0)
}

/// Which of two pods is deleted first, `Less` first: `controller.ActivePodsWithRanks`.
/// `rank` counts the pods of related sets beside each of the two.
#[must_use]
pub fn deletion_order(a: (&Value, usize), b: (&Value, usize), now: Timestamp) -> Ordering {
    let ((a, a_rank), (b, b_rank)) = (a, b);
    let cost = |pod: &Value| -> i64 {
        super::edit::annotation(pod, "controller.kubernetes.io/pod-deletion-cost")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    };
    let unassigned = |pod: &Value| u8::from(!node(pod).is_empty());
    let order = |pod: &Value| match phase(pod) {
        "Pending" | "" => 0u8,
        "Unknown" => 1,
        _ => 2,
    };
    // Times in logarithmic ranks, so that pods of about the same age are told apart by uid: nobody relies on it.
    let age = |moment: Option<Timestamp>| {
        moment.map_or(0, |moment| {
            let seconds = (now.as_second() - moment.as_second()).max(0);
            64 - u64::try_from(seconds).unwrap_or(0).leading_zeros()
        })
    };
    let created = |pod: &Value| age(time(pod, &["metadata", "creationTimestamp"]));
    unassigned(a)
        .cmp(&unassigned(b))
        .then(order(a).cmp(&order(b)))
        .then(ready(a).cmp(&ready(b)))
        .then(cost(a).cmp(&cost(b)))
        .then(b_rank.cmp(&a_rank))
        .then_with(|| {
            if ready(a) && ready(b) { age(ready_since(a)).cmp(&age(ready_since(b))) } else { Ordering::Equal }
        })
        .then(restarts(b).cmp(&restarts(a)))
        .then(created(a).cmp(&created(b)))
        .then_with(|| super::uid(a).cmp(super::uid(b)))
}
