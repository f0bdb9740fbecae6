//! A deployment's status: counts and the conditions Available, Progressing and ReplicaFailure.

use super::sets::{max_unavailable, size, status_sum};
use crate::controllers::hash::replicas;
use crate::object::edit::{int, list, omit_empty, stamp, time};
use crate::object::{name, text};
use jiff::Timestamp;
use serde_json::{Value, json};

/// `progressDeadlineSeconds` that stands for no deadline.
const NO_DEADLINE: i64 = i32::MAX as i64;

/// The progress deadline in seconds, where there is one.
pub(super) fn deadline(deployment: &Value) -> Option<i64> {
    int(deployment, &["spec", "progressDeadlineSeconds"]).filter(|seconds| *seconds != NO_DEADLINE)
}

/// A condition as `NewDeploymentCondition` makes it.
pub(super) fn condition(kind: &str, status: &str, reason: &str, message: &str, now: Timestamp) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastUpdateTime": stamp(now), "lastTransitionTime": stamp(now),
    })
}

/// The condition of a type within a status.
pub(super) fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    list(status, &["conditions"]).iter().find(|one| text(one, &["type"]) == kind)
}

/// `SetDeploymentCondition`: nothing happens where status and reason are the same already.
pub(super) fn put(status: &mut Value, mut new: Value) {
    let kind = text(&new, &["type"]).to_owned();
    if let Some(present) = find(status, &kind) {
        let same = present["status"] == new["status"];
        if same && present["reason"] == new["reason"] {
            return;
        }
        if same {
            new["lastTransitionTime"] = present["lastTransitionTime"].clone();
        }
    }
    remove(status, &kind);
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    if let Some(conditions) = status["conditions"].as_array_mut() {
        conditions.push(new);
    }
}

/// Takes the condition of a type away.
pub(super) fn remove(status: &mut Value, kind: &str) {
    if let Some(conditions) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        conditions.retain(|one| text(one, &["type"]) != kind);
    }
}

/// Counts and availability: `calculateStatus`.
pub(super) fn calculate(deployment: &Value, new: Option<&Value>, old: &[Value], now: Timestamp) -> Value {
    let all = || old.iter().chain(new);
    let available = status_sum(all(), "availableReplicas");
    let mut status = json!({
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": status_sum(all(), "replicas"),
        "updatedReplicas": status_sum(new, "replicas"),
        "readyReplicas": status_sum(all(), "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": (size(all()) - available).max(0),
        "terminatingReplicas": status_sum(all(), "terminatingReplicas"),
        "conditions": list(deployment, &["status", "conditions"]),
    });
    if let Some(count) = deployment["status"].get("collisionCount").filter(|count| !count.is_null()) {
        status["collisionCount"] = count.clone();
    }
    let counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"];
    omit_empty(&mut status, &counts);
    let enough = available >= replicas(deployment) - max_unavailable(deployment);
    let (value, reason, message) = if enough {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    put(&mut status, condition("Available", value, reason, message, now));
    status
}

fn count(status: &Value, field: &str) -> i64 {
    int(status, &[field]).unwrap_or(0)
}

/// Whether the rollout is done: `DeploymentComplete`.
pub(super) fn complete(deployment: &Value, status: &Value) -> bool {
    let wanted = replicas(deployment);
    count(status, "updatedReplicas") == wanted
        && count(status, "replicas") == wanted
        && count(status, "availableReplicas") == wanted
        && count(status, "observedGeneration") >= int(deployment, &["metadata", "generation"]).unwrap_or(0)
}

/// Whether the new status is a step forward from the recorded one: `DeploymentProgressing`.
fn progressing(deployment: &Value, status: &Value) -> bool {
    let before = &deployment["status"];
    let old = |status: &Value| count(status, "replicas") - count(status, "updatedReplicas");
    count(status, "updatedReplicas") > count(before, "updatedReplicas")
        || old(status) < old(before)
        || count(status, "readyReplicas") > count(before, "readyReplicas")
        || count(status, "availableReplicas") > count(before, "availableReplicas")
}

fn timed_out(deployment: &Value, status: &Value, now: Timestamp) -> bool {
    let (Some(seconds), Some(condition)) = (deadline(deployment), find(status, "Progressing")) else {
        return false;
    };
    match text(condition, &["reason"]) {
        "NewReplicaSetAvailable" => false,
        "ProgressDeadlineExceeded" => true,
        _ => time(condition, &["lastUpdateTime"])
            .is_some_and(|from| from.as_second() + seconds < now.as_second()),
    }
}

/// The status during a rollout, with the conditions about progress and failures: `syncRolloutStatus`.
pub(super) fn rollout(deployment: &Value, new: Option<&Value>, old: &[Value], now: Timestamp) -> Value {
    let mut status = calculate(deployment, new, old, now);
    let present = find(&status, "Progressing").cloned();
    match deadline(deployment) {
        None => remove(&mut status, "Progressing"),
        Some(_) => {
            let done = count(&status, "replicas") == count(&status, "updatedReplicas")
                && present.as_ref().is_some_and(|one| one["reason"] == "NewReplicaSetAvailable");
            if !done {
                progress(deployment, &mut status, present.as_ref(), new, now);
            }
        }
    }
    let failure = new.into_iter().chain(old).find_map(|set| {
        crate::object::edit::condition(set, "ReplicaFailure").map(|one| {
            let mut one = one.clone();
            one["lastUpdateTime"] = one["lastTransitionTime"].clone();
            one
        })
    });
    match failure {
        Some(failure) => put(&mut status, failure),
        None => remove(&mut status, "ReplicaFailure"),
    }
    status
}

fn progress(
    deployment: &Value,
    status: &mut Value,
    present: Option<&Value>,
    new: Option<&Value>,
    now: Timestamp,
) {
    let who = match new {
        Some(set) => format!("ReplicaSet {:?}", name(set)),
        None => format!("Deployment {:?}", name(deployment)),
    };
    if complete(deployment, status) {
        let message = format!("{who} has successfully progressed.");
        put(status, condition("Progressing", "True", "NewReplicaSetAvailable", &message, now));
    } else if progressing(deployment, status) {
        let message = format!("{who} is progressing.");
        let mut update = condition("Progressing", "True", "ReplicaSetUpdated", &message, now);
        if let Some(present) = present.filter(|one| one["status"] == "True") {
            update["lastTransitionTime"] = present["lastTransitionTime"].clone();
        }
        remove(status, "Progressing");
        put(status, update);
    } else if timed_out(deployment, status, now) {
        let message = format!("{who} has timed out progressing.");
        put(status, condition("Progressing", "False", "ProgressDeadlineExceeded", &message, now));
    }
}

/// Seconds until the deadline has to be looked at, where the rollout is neither done nor given up:
/// `requeueStuckDeployment`.
pub(super) fn until_deadline(deployment: &Value, status: &Value, now: Timestamp) -> Option<u64> {
    let condition = find(status, "Progressing")?;
    if complete(deployment, status) || condition["reason"] == "ProgressDeadlineExceeded" {
        return None;
    }
    let from = time(condition, &["lastUpdateTime"])?;
    let left = from.as_second() + deadline(deployment)? - now.as_second();
    // One second more, so that the deadline has passed for certain.
    Some(u64::try_from(left.max(0)).unwrap_or(0) + 1)
}
