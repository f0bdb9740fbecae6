//! Autoscalers without metrics: the bounds are kept, and the conditions say what is missing.

use super::action::{AUTOSCALERS, Action, Note};
use crate::object::edit::{int, list, omit_empty, stamp};
use crate::object::text;
use jiff::Timestamp;
use serde_json::{Value, json};

const COMPONENT: &str = "horizontal-pod-autoscaler";
const GOT_SCALE: &str = "the HPA controller was able to get the target's current scale";

/// What is to be done for an autoscaler.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The size that the target shall get first.
    pub resize: Option<i64>,
    /// What follows.
    pub actions: Vec<Action>,
}

/// `target` is the size of the target, or why it cannot be asked.
#[must_use]
pub fn plan(autoscaler: &Value, target: Result<i64, String>, now: Timestamp) -> Plan {
    let mut status = autoscaler["status"].clone();
    if !status.is_object() {
        status = json!({});
    }
    let mut told = Vec::new();
    let mut resize = None;
    match target {
        Err(error) => {
            let message = format!("the HPA controller was unable to get the target's current scale: {error}");
            put(&mut status, "AbleToScale", "False", "FailedGetScale", &message, now);
            told.push(Note::warning(COMPONENT, autoscaler, "FailedGetScale", error));
        }
        Ok(current) => {
            put(&mut status, "AbleToScale", "True", "SucceededGetScale", GOT_SCALE, now);
            resize = decide(autoscaler, current, &mut status, &mut told, now);
        }
    }
    omit_empty(&mut status, &["currentReplicas", "lastScaleTime", "currentMetrics"]);
    let changed = Action::status_of(AUTOSCALERS, autoscaler, status);
    // What was said before is not said again.
    let told = if changed.is_some() { told } else { Vec::new() };
    let actions = told.into_iter().map(Action::Tell).chain(changed).collect();
    Plan { resize, actions }
}

fn decide(
    autoscaler: &Value,
    current: i64,
    status: &mut Value,
    told: &mut Vec<Note>,
    now: Timestamp,
) -> Option<i64> {
    let least = int(autoscaler, &["spec", "minReplicas"]).unwrap_or(1);
    let most = int(autoscaler, &["spec", "maxReplicas"]).unwrap_or(least);
    let (to, reason) = match current {
        0 if least != 0 => {
            let message = "scaling is disabled since the replica count of the target is zero";
            put(status, "ScalingActive", "False", "ScalingDisabled", message, now);
            sizes(status, current, 0);
            return None;
        }
        _ if current > most => (most, "Current number of replicas above Spec.MaxReplicas"),
        _ if current < least => (least, "Current number of replicas below Spec.MinReplicas"),
        _ => {
            without_metrics(autoscaler, current, status, told, now);
            return None;
        }
    };
    let message = format!("the HPA controller was able to update the target scale to {to}");
    put(status, "AbleToScale", "True", "SucceededRescale", &message, now);
    told.push(Note::normal(
        COMPONENT,
        autoscaler,
        "SuccessfulRescale",
        format!("New size: {to}; reason: {reason}"),
    ));
    sizes(status, current, to);
    status["lastScaleTime"] = stamp(now);
    Some(to)
}

fn sizes(status: &mut Value, current: i64, desired: i64) {
    status["currentReplicas"] = current.into();
    status["desiredReplicas"] = desired.into();
}

fn without_metrics(
    autoscaler: &Value,
    current: i64,
    status: &mut Value,
    told: &mut Vec<Note>,
    now: Timestamp,
) {
    let metrics = list(autoscaler, &["spec", "metrics"]);
    let failures: Vec<(&str, String, String)> =
        metrics.iter().map(|metric| failure(autoscaler, metric)).collect();
    for (reason, error, _) in &failures {
        told.push(Note::warning(COMPONENT, autoscaler, reason, error.clone()));
    }
    if let Some((reason, error, whole)) = failures.first() {
        let message = format!("the HPA was unable to compute the replica count: {error}");
        put(status, "ScalingActive", "False", reason, &message, now);
        let count = failures.len();
        let message = format!("invalid metrics ({count} invalid out of {count}), first error is: {whole}");
        told.push(Note::warning(COMPONENT, autoscaler, "FailedComputeMetricsReplicas", message));
    }
    sizes(status, current, int(status, &["desiredReplicas"]).unwrap_or(0));
    status["currentMetrics"] = metrics.iter().map(|_| json!({"type": ""})).collect();
}

/// Reason, error and the error as a whole for a metric that nobody measures.
fn failure(autoscaler: &Value, metric: &Value) -> (&'static str, String, String) {
    let gone = "the server could not find the requested resource";
    let namespace = crate::object::namespace(autoscaler);
    match text(metric, &["type"]) {
        "Pods" => {
            let name = text(metric, &["pods", "metric", "name"]);
            let error = format!(
                "unable to get metric {name}: unable to fetch metrics from custom metrics API: {gone} (get pods.custom.metrics.k8s.io)"
            );
            ("FailedGetPodsMetric", error.clone(), format!("failed to get pods metric value: {error}"))
        }
        "Object" => {
            let name = text(metric, &["object", "metric", "name"]);
            let kind = text(metric, &["object", "describedObject", "kind"]);
            let target = text(metric, &["object", "describedObject", "name"]);
            let error = format!(
                "unable to get metric {name}: {kind} on {namespace} {target}/unable to fetch metrics from custom metrics API: {gone}"
            );
            ("FailedGetObjectMetric", error.clone(), format!("failed to get object metric value: {error}"))
        }
        "External" => {
            let name = text(metric, &["external", "metric", "name"]);
            let error = format!(
                "unable to get external metric {namespace}/{name}/nil: unable to fetch metrics from external metrics API: {gone} (get {name}.external.metrics.k8s.io)"
            );
            (
                "FailedGetExternalMetric",
                error.clone(),
                format!("failed to get {name} external metric value: {error}"),
            )
        }
        kind => {
            let field = if kind == "ContainerResource" { "containerResource" } else { "resource" };
            let name = text(metric, &[field, "name"]);
            let what = if text(metric, &[field, "target", "type"]) == "Utilization" {
                "utilization"
            } else {
                "usage"
            };
            let error = format!(
                "failed to get {name} {what}: unable to get metrics for resource {name}: unable to fetch metrics from resource metrics API: {gone} (get pods.metrics.k8s.io)"
            );
            let whole = if kind == "ContainerResource" {
                format!("failed to get {name} container metric value: {error}")
            } else {
                format!("failed to get {name} resource metric value: {error}")
            };
            let reason = if kind == "ContainerResource" {
                "FailedGetContainerResourceMetric"
            } else {
                "FailedGetResourceMetric"
            };
            (reason, error, whole)
        }
    }
}

fn put(status: &mut Value, kind: &str, value: &str, reason: &str, message: &str, now: Timestamp) {
    let mut conditions = list(status, &["conditions"]).to_vec();
    let condition = json!({
        "type": kind, "status": value, "reason": reason, "message": message, "lastTransitionTime": stamp(now),
    });
    crate::object::edit::set_condition(&mut conditions, condition);
    status["conditions"] = conditions.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn autoscaler() -> Value {
        json!({"metadata": {"name": "web", "namespace": "d"}, "spec": {"minReplicas": 2, "maxReplicas": 5, "metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}, "status": {}})
    }

    #[test]
    fn bounds_are_kept_without_metrics() {
        for (current, to) in [(1, Some(2)), (7, Some(5)), (3, None), (0, None)] {
            assert_eq!(plan(&autoscaler(), Ok(current), Timestamp::UNIX_EPOCH).resize, to);
        }
    }

    /// The texts are those of kube-controller-manager 1.36.3.
    #[test]
    fn conditions_say_what_is_missing() {
        let Plan { actions, .. } = plan(&autoscaler(), Ok(2), Timestamp::UNIX_EPOCH);
        let Some(Action::Update { object, .. }) = actions.last() else { panic!("{actions:?}") };
        assert_eq!(
            object["status"]["conditions"][1]["message"],
            "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
        );
        assert_eq!(object["status"]["currentMetrics"], json!([{"type": ""}]));
        assert_eq!(object["status"]["desiredReplicas"], 0);
        assert!(plan(object, Ok(2), Timestamp::UNIX_EPOCH).actions.is_empty());
    }
}
