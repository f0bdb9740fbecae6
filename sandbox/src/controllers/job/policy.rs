//! What failed pods mean for a job: `podFailurePolicy`, and how long to wait before the next try.

use crate::object::edit::{controller, deleting, int, list, time};
use crate::object::{at, name, namespace, pod, text};
use jiff::Timestamp;
use serde_json::Value;

/// The first wait after a failure, in seconds; it doubles with each further failure.
const FIRST_WAIT: i64 = 10;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 600;

/// What a rule of the policy says of a failed pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts as every failure.
    Count,
    /// It does not count.
    Ignore,
    /// Its index has failed for good.
    FailIndex,
    /// The job has failed, for this reason.
    FailJob(String),
}

/// `matchPodFailurePolicy`.
pub(super) fn verdict(job: &Value, failed: &Value) -> Verdict {
    for (index, rule) in list(job, &["spec", "podFailurePolicy", "rules"]).iter().enumerate() {
        let action = text(rule, &["action"]);
        let who = format!("{}/{}", namespace(failed), name(failed));
        let message = if let Some(codes) = rule.get("onExitCodes").filter(|codes| !codes.is_null()) {
            exit_code(codes, failed).map(|(container, code)| {
                format!(
                    "Container {container} for pod {who} failed with exit code {code} matching {action} rule at index {index}"
                )
            })
        } else {
            list(rule, &["onPodConditions"])
                .iter()
                .find(|pattern| {
                    list(failed, &["status", "conditions"])
                        .iter()
                        .any(|one| one["type"] == pattern["type"] && one["status"] == pattern["status"])
                })
                .map(|pattern| {
                    let kind = text(pattern, &["type"]);
                    format!("Pod {who} has condition {kind} matching {action} rule at index {index}")
                })
        };
        if let Some(message) = message {
            return match action {
                "Ignore" => Verdict::Ignore,
                "FailIndex" => Verdict::FailIndex,
                "FailJob" => Verdict::FailJob(message),
                _ => Verdict::Count,
            };
        }
    }
    Verdict::Count
}

/// The first container that ended with a code the rule names.
fn exit_code(codes: &Value, failed: &Value) -> Option<(String, i64)> {
    let wanted = text(codes, &["containerName"]);
    let statuses = ["containerStatuses", "initContainerStatuses"];
    statuses.into_iter().flat_map(|field| list(failed, &["status", field])).find_map(|status| {
        let container = text(status, &["name"]);
        let code = int(status, &["state", "terminated", "exitCode"]).filter(|code| *code != 0)?;
        let listed = list(codes, &["values"]).iter().any(|value| value.as_i64() == Some(code));
        let matches = match text(codes, &["operator"]) {
            "In" => listed,
            "NotIn" => !listed,
            _ => false,
        };
        (matches && (wanted.is_empty() || wanted == container)).then(|| (container.to_owned(), code))
    })
}

/// When a pod ended: `getFinishedTime`.
pub(super) fn finished_at(one: &Value) -> Option<Timestamp> {
    let containers = list(one, &["status", "containerStatuses"]);
    let latest: Option<Vec<Timestamp>> =
        containers.iter().map(|status| time(status, &["state", "terminated", "finishedAt"])).collect();
    latest
        .and_then(|times| times.into_iter().max())
        .or_else(|| {
            crate::object::edit::condition(one, "Ready")
                .and_then(|ready| time(ready, &["lastTransitionTime"]))
        })
        .or_else(|| time(one, &["metadata", "deletionTimestamp"]))
        .or_else(|| time(one, &["metadata", "creationTimestamp"]))
}

/// Seconds to wait before the next pod, after this many failures in a row of which the last was then.
pub(super) fn wait(failures: usize, last: Option<Timestamp>, now: Timestamp) -> Option<u64> {
    if failures == 0 {
        return None;
    }
    let doublings = u32::try_from(failures - 1).unwrap_or(u32::MAX).min(16);
    let wait = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
    let left = wait - (now.as_second() - last?.as_second());
    u64::try_from(left).ok().filter(|left| *left > 0)
}

/// Failures since the last success, and when the last one was.
pub(super) fn failures_in_a_row(job: &Value, pods: &[Value]) -> (usize, Option<Timestamp>) {
    let success = pods.iter().filter(|one| pod::phase(one) == "Succeeded").filter_map(finished_at).max();
    let failed: Vec<Timestamp> = pods
        .iter()
        .filter(|one| failed(job, one))
        .filter_map(finished_at)
        .filter(|at| success.is_none_or(|success| *at > success))
        .collect();
    (failed.len(), failed.into_iter().max())
}

/// Whether pods that are on their way out are waited for before they are replaced.
pub(super) fn replaces_failed_only(job: &Value) -> bool {
    text(job, &["spec", "podReplacementPolicy"]) == "Failed"
        || at(job, &["spec", "podFailurePolicy"]).is_some_and(|policy| !policy.is_null())
}

/// Whether a pod counts as failed: `isPodFailed`.
pub(super) fn failed(job: &Value, one: &Value) -> bool {
    match pod::phase(one) {
        "Failed" => true,
        "Succeeded" => false,
        _ => deleting(one) && !replaces_failed_only(job),
    }
}

/// Whether another controller than the built-in one looks after the job.
pub(super) fn managed_elsewhere(job: &Value) -> bool {
    !matches!(text(job, &["spec", "managedBy"]), "" | "kubernetes.io/job-controller")
}

/// The completion index of a pod, in its annotation.
pub(super) fn index(one: &Value) -> Option<i64> {
    crate::object::edit::annotation(one, "batch.kubernetes.io/job-completion-index")?.parse().ok()
}

/// Whether the pod belongs to a job.
#[must_use]
pub fn of_a_job(one: &Value) -> bool {
    controller(one).is_some_and(|owner| text(owner, &["kind"]) == "Job")
}
