//! The rules for Kubernetes' own kinds (`pkg/kstatus/status/core.go` of cli-utils). Each returns nothing for an object
//! that is none of its kind.

use super::{
    Computed,
    field::{conditions, is_true, metadata_text, number, number_at, text},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long a Pod may be without a node before that counts as failed.
pub(crate) const SCHEDULE_WINDOW: SignedDuration = SignedDuration::from_secs(15);

/// A kind's rule.
pub(super) type Rule = fn(&Value, Timestamp) -> Option<Computed>;

/// The rule of a group and kind.
pub(super) fn rule(kind: (&str, &str)) -> Option<Rule> {
    Some(match kind {
        ("", "Service") => |object, _| Some(service(object)),
        ("", "Pod") => pod,
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => {
            |_, _| Some(Computed::current("Resource is always ready"))
        }
        ("", "PersistentVolumeClaim") => |object, _| Some(claim(object)),
        ("apps", "StatefulSet") => |object, _| Some(stateful_set(object)),
        ("apps" | "extensions", "DaemonSet") => |object, _| daemon_set(object),
        ("apps" | "extensions", "Deployment") => |object, _| deployment(object),
        ("apps" | "extensions", "ReplicaSet") => |object, _| Some(replica_set(object)),
        ("policy", "PodDisruptionBudget") => {
            |_, _| Some(Computed::current("AllowedDisruptions has been computed."))
        }
        ("batch", "Job") => |object, _| job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => |object, _| definition(object),
        _ => return None,
    })
}

/// The first of the comparisons that does not hold: `(word, has, wants)` is `word: has/wants` where has < wants.
fn lacking(comparisons: &[(&str, i64, i64)]) -> Option<Computed> {
    let (word, has, wants) = comparisons.iter().find(|(_, has, wants)| has < wants)?;
    Some(Computed::in_progress(format!("{word}: {has}/{wants}")))
}

fn surplus(has: i64, wants: i64) -> Option<Computed> {
    (has > wants)
        .then(|| Computed::in_progress(format!("Pending termination: {}", has.saturating_sub(wants))))
}

fn stateful_set(object: &Value) -> Computed {
    if text(object, "/spec/updateStrategy/type", "") == "OnDelete" {
        return Computed::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = number(object, "/spec/replicas", 1);
    let status = |field: &str| number(object, &format!("/status/{field}"), 0);
    let (replicas, updated) = (status("replicas"), status("updatedReplicas"));
    let pending = lacking(&[("Replicas", replicas, wanted), ("Ready", status("readyReplicas"), wanted)]);
    if let Some(pending) = pending.or_else(|| surplus(replicas, wanted)) {
        return pending;
    }
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition", -1);
    if partition != -1 {
        let pending = lacking(&[("updated", updated, wanted.saturating_sub(partition))]);
        return pending
            .unwrap_or_else(|| Computed::current(format!("Partition rollout complete. updated: {updated}")));
    }
    if let Some(pending) = lacking(&[("current", status("currentReplicas"), wanted)]) {
        return pending;
    }
    if text(object, "/status/currentRevision", "") != text(object, "/status/updateRevision", "") {
        return Computed::in_progress("Waiting for updated revision to match current");
    }
    Computed::current(format!("All replicas scheduled as expected. Replicas: {replicas}"))
}

fn deployment(object: &Value) -> Option<Computed> {
    let unlimited = i64::from(i32::MAX);
    let mut progressing = number(object, "/spec/progressDeadlineSeconds", unlimited) == unlimited;
    for condition in conditions(object)?.iter().filter(|c| c.kind == "Progressing") {
        if condition.reason == "ProgressDeadlineExceeded" {
            return Some(Computed::failed("Progress deadline exceeded"));
        }
        progressing |= condition.status == "True" && condition.reason == "NewReplicaSetAvailable";
    }
    let wanted = number(object, "/spec/replicas", 1);
    let status = |field: &str| number(object, &format!("/status/{field}"), 0);
    let (replicas, updated) = (status("replicas"), status("updatedReplicas"));
    let pending = lacking(&[("Replicas", replicas, wanted), ("Updated", updated, wanted)])
        .or_else(|| surplus(replicas, wanted))
        .or_else(|| {
            let available = ("Available", status("availableReplicas"), updated);
            lacking(&[available, ("Ready", status("readyReplicas"), wanted)])
        });
    Some(match pending {
        Some(pending) => pending,
        None if !progressing => Computed::in_progress("ReplicaSet not Available"),
        None if !is_true(object, "Available") => Computed::in_progress("Deployment not Available"),
        None => Computed::current(format!("Deployment is available. Replicas: {replicas}")),
    })
}

fn replica_set(object: &Value) -> Computed {
    if is_true(object, "ReplicaFailure") {
        return Computed::in_progress("Replica Failure condition. Check Pods");
    }
    let wanted = number(object, "/spec/replicas", 1);
    let status = |field: &str| number(object, &format!("/status/{field}"), 0);
    let replicas = status("replicas");
    let pending = lacking(&[
        ("Labelled", status("fullyLabeledReplicas"), wanted),
        ("Available", status("availableReplicas"), wanted),
        ("Ready", status("readyReplicas"), wanted),
    ]);
    pending
        .or_else(|| surplus(replicas, wanted))
        .unwrap_or_else(|| Computed::current(format!("ReplicaSet is available. Replicas: {replicas}")))
}

fn daemon_set(object: &Value) -> Option<Computed> {
    for (pointer, field) in [
        ("/metadata/generation", "metadata.generation"),
        ("/status/observedGeneration", "status.observedGeneration"),
    ] {
        if number_at(object, pointer)?.is_none() {
            return Some(Computed::in_progress(format!("DaemonSet {field} not found")));
        }
    }
    let status = |field: &str| number(object, &format!("/status/{field}"), 0);
    let wanted = number(object, "/status/desiredNumberScheduled", -1);
    if wanted == -1 {
        return Some(Computed::in_progress("Missing .status.desiredNumberScheduled"));
    }
    let pending = lacking(&[
        ("Current", status("currentNumberScheduled"), wanted),
        ("Updated", status("updatedNumberScheduled"), wanted),
        ("Available", status("numberAvailable"), wanted),
        ("Ready", status("numberReady"), wanted),
    ]);
    let done = || Computed::current(format!("All replicas scheduled as expected. Replicas: {wanted}"));
    Some(pending.unwrap_or_else(done))
}

fn claim(object: &Value) -> Computed {
    match text(object, "/status/phase", "unknown") {
        "Bound" => Computed::current("PVC is Bound"),
        phase => Computed::in_progress(format!("PVC is not Bound. phase: {phase}")),
    }
}

fn pod(object: &Value, now: Timestamp) -> Option<Computed> {
    let conditions = conditions(object)?;
    Some(match text(object, "/status/phase", "") {
        "Succeeded" => Computed::current("Pod has completed successfully"),
        "Failed" => Computed::current("Pod has completed, but not successfully"),
        "Running" if conditions.iter().any(|c| c.is("Ready", "True")) => Computed::current("Pod is Ready"),
        "Running" => match crash_looping(object).as_slice() {
            [] => Computed::in_progress("Pod is running but is not Ready"),
            names => Computed::failed(format!("Containers in CrashLoop state: {}", names.join(","))),
        },
        "Pending" => {
            let condition = conditions.iter().find(|c| c.is("PodScheduled", "False"));
            if condition.is_none_or(|c| c.reason != "Unschedulable") {
                Computed::in_progress("Pod is in the Pending phase")
            } else if metadata_text(object, "creationTimestamp")
                .and_then(|time| time.parse::<Timestamp>().ok())
                .is_some_and(|created| now.duration_since(created) < SCHEDULE_WINDOW)
            {
                Computed::in_progress("Pod has not been scheduled")
            } else {
                Computed::failed("Pod could not be scheduled")
            }
        }
        "" => Computed::in_progress("Pod phase not available"),
        _ => return None,
    })
}

fn crash_looping(pod: &Value) -> Vec<&str> {
    let containers = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
    let is_looping = |status: &&Value| text(status, "/state/waiting/reason", "") == "CrashLoopBackOff";
    let looping = containers.into_iter().flatten().filter(is_looping);
    looping.filter_map(|status| status["name"].as_str()).collect()
}

fn job(object: &Value) -> Option<Computed> {
    if let Some(ended) = ended_job(object)? {
        return Some(ended);
    }
    let status = |field: &str| number(object, &format!("/status/{field}"), 0);
    Some(match text(object, "/status/startTime", "") {
        "" => Computed::in_progress("Job not started"),
        _ => Computed::current(format!(
            "Job in progress. success:{}, active: {}, failed: {}",
            status("succeeded"),
            status("active"),
            status("failed")
        )),
    })
}

fn ended_job(object: &Value) -> Option<Option<Computed>> {
    let completions = number(object, "/spec/completions", number(object, "/spec/parallelism", 1));
    let count = |field: &str| number(object, &format!("/status/{field}"), 0);
    let ended =
        conditions(object)?.into_iter().filter(|c| c.status == "True").find_map(
            |condition| match &*condition.kind {
                "Complete" => {
                    let succeeded = count("succeeded");
                    Some(Computed::current(format!("Job Completed. succeeded: {succeeded}/{completions}")))
                }
                "Failed" => {
                    Some(Computed::failed(format!("Job Failed. failed: {}/{completions}", count("failed"))))
                }
                _ => None,
            },
        );
    Some(ended)
}

/// Helm's own rule for Jobs that are to end.
pub(super) fn completed_job(object: &Value) -> Option<Computed> {
    Some(ended_job(object)?.unwrap_or_else(|| Computed::in_progress("Job in progress")))
}

/// Helm's own rule for Pods that are to end.
pub(super) fn completed_pod(object: &Value) -> Computed {
    let name = metadata_text(object, "name").unwrap_or_default();
    match text(object, "/status/phase", "") {
        "Succeeded" => Computed::current(format!("pod {name} succeeded")),
        "Failed" => Computed::failed(format!("pod {name} failed")),
        _ => Computed::in_progress("Pod in progress"),
    }
}

fn service(object: &Value) -> Computed {
    let is_balanced = text(object, "/spec/type", "ClusterIP") == "LoadBalancer";
    if is_balanced && text(object, "/spec/clusterIP", "").is_empty() {
        return Computed::in_progress("ClusterIP not set. Service type: LoadBalancer");
    }
    Computed::current("Service is ready")
}

fn definition(object: &Value) -> Option<Computed> {
    for condition in conditions(object)? {
        let is_refused = condition.is("NamesAccepted", "False")
            || condition.is("Established", "False") && condition.reason != "Installing";
        if is_refused {
            return Some(Computed::failed(condition.message));
        }
        if condition.is("Established", "True") {
            return Some(Computed::current("CRD is established"));
        }
    }
    Some(Computed::in_progress("Install in progress"))
}
