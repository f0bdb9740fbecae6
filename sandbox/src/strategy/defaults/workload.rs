//! Defaults of the kinds that make pods or look after them.

use super::{Empty, Flag, Number, Rule, Text, fill, labels_of_template, pod, round_resources};
use serde_json::{Map, Value, json};

const DEPLOYMENT: &[Rule] = &[
    ("spec.replicas", Number(1)),
    ("spec.strategy.type", Text("RollingUpdate")),
    ("spec.revisionHistoryLimit", Number(10)),
    ("spec.progressDeadlineSeconds", Number(600)),
];
const STATEFUL_SET: &[Rule] = &[
    ("spec.podManagementPolicy", Text("OrderedReady")),
    ("spec.persistentVolumeClaimRetentionPolicy", Empty),
    ("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", Text("Retain")),
    ("spec.persistentVolumeClaimRetentionPolicy.whenScaled", Text("Retain")),
    ("spec.replicas", Number(1)),
    ("spec.revisionHistoryLimit", Number(10)),
    ("spec.volumeClaimTemplates[].status.phase", Text("Pending")),
    ("spec.volumeClaimTemplates[].spec.volumeMode", Text("Filesystem")),
];
const DAEMON_SET: &[Rule] =
    &[("spec.updateStrategy.type", Text("RollingUpdate")), ("spec.revisionHistoryLimit", Number(10))];
const CRON_JOB: &[Rule] = &[
    ("spec.concurrencyPolicy", Text("Allow")),
    ("spec.suspend", Flag(false)),
    ("spec.successfulJobsHistoryLimit", Number(3)),
    ("spec.failedJobsHistoryLimit", Number(1)),
    ("spec.jobTemplate.spec.podFailurePolicy.rules[].onPodConditions[].status", Text("True")),
];
const JOB: &[Rule] = &[
    ("spec.completionMode", Text("NonIndexed")),
    ("spec.suspend", Flag(false)),
    ("spec.manualSelector", Flag(false)),
    ("spec.podFailurePolicy.rules[].onPodConditions[].status", Text("True")),
];

pub(super) fn set(version: &str, kind: &str, object: &mut Value) {
    match kind {
        "Deployment" => {
            fill(object, DEPLOYMENT);
            rolling(object, "strategy", "25%".into(), "25%".into());
        }
        "DaemonSet" => {
            fill(object, DAEMON_SET);
            rolling(object, "updateStrategy", 1.into(), 0.into());
        }
        "StatefulSet" => stateful_set(object),
        "ReplicaSet" => fill(object, &[("spec.replicas", Number(1))]),
        "Job" => job(object),
        "CronJob" => {
            fill(object, CRON_JOB);
            pod::template(object, "spec.jobTemplate.spec.template");
        }
        "HorizontalPodAutoscaler" => autoscaler(version, object),
        _ => {}
    }
    if matches!(kind, "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet" | "Job") {
        pod::template(object, "spec.template");
    }
}

/// `SetDefaults_ReplicationController`.
pub(super) fn replication_controller(object: &mut Value) {
    fill(object, &[("spec.replicas", Number(1))]);
    let labels = object.pointer("/spec/template/metadata/labels").cloned();
    labels_of_template(object, "/spec/template");
    if let (Some(labels), Some(spec)) = (labels, object.get_mut("spec").and_then(Value::as_object_mut)) {
        spec.entry("selector").or_insert(labels);
    }
    pod::template(object, "spec.template");
}

fn rolling(object: &mut Value, strategy: &str, unavailable: Value, surge: Value) {
    let Some(Value::Object(strategy)) = object.pointer_mut(&format!("/spec/{strategy}")) else { return };
    if strategy.get("type").is_some_and(|kind| kind == "RollingUpdate") {
        let rolling = crate::object::map_mut(strategy, "rollingUpdate");
        rolling.entry("maxUnavailable").or_insert(unavailable);
        rolling.entry("maxSurge").or_insert(surge);
    }
}

fn stateful_set(object: &mut Value) {
    if let Some(Value::Object(strategy)) = object.pointer_mut("/spec/updateStrategy") {
        if !strategy.contains_key("type") {
            strategy.insert("type".to_owned(), "RollingUpdate".into());
            strategy.entry("rollingUpdate").or_insert_with(|| Value::Object(Map::new()));
        }
        if strategy.get("type").is_some_and(|kind| kind == "RollingUpdate")
            && let Some(Value::Object(rolling)) = strategy.get_mut("rollingUpdate")
        {
            rolling.entry("partition").or_insert(0.into());
        }
    }
    fill(object, STATEFUL_SET);
    let claims = "spec.volumeClaimTemplates[]";
    let lists = ["spec.resources.limits", "spec.resources.requests", "status.capacity"];
    round_resources(object, &lists.map(|list| format!("{claims}.{list}")).each_ref().map(String::as_str));
    // Templates of claims are whole objects in the answers.
    for claim in
        object.pointer_mut("/spec/volumeClaimTemplates").and_then(Value::as_array_mut).into_iter().flatten()
    {
        fill(claim, &[("apiVersion", Text("v1")), ("kind", Text("PersistentVolumeClaim"))]);
    }
}

fn job(object: &mut Value) {
    let Some(Value::Object(spec)) = object.get_mut("spec") else { return };
    if !spec.contains_key("completions") && !spec.contains_key("parallelism") {
        spec.insert("completions".to_owned(), 1.into());
    }
    spec.entry("parallelism").or_insert(1.into());
    let limit = if spec.contains_key("backoffLimitPerIndex") { i32::MAX } else { 6 };
    spec.entry("backoffLimit").or_insert(limit.into());
    let replacement = if spec.contains_key("podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
    spec.entry("podReplacementPolicy").or_insert(replacement.into());
    // A Job that is there already has the server's labels in its template; a new one gets its labels with them.
    let labelled = object.pointer("/spec/template/metadata/labels/controller-uid").is_some();
    if labelled || object.pointer("/spec/manualSelector") == Some(&Value::Bool(true)) {
        labels_of_template(object, "/spec/template");
    }
    fill(object, JOB);
}

fn autoscaler(version: &str, object: &mut Value) {
    fill(object, &[("spec.minReplicas", Number(1))]);
    if version == "v1" {
        return percent_of_v1(object);
    }
    let Some(Value::Object(spec)) = object.get_mut("spec") else { return };
    spec.entry("metrics").or_insert_with(super::cpu_utilization);
    if let Some(Value::Object(behavior)) = spec.get_mut("behavior") {
        let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
        let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
        let up = crate::object::map_mut(behavior, "scaleUp");
        up.entry("stabilizationWindowSeconds").or_insert(0.into());
        up.entry("selectPolicy").or_insert("Max".into());
        up.entry("policies").or_insert(json!([pods, percent]));
        let down = crate::object::map_mut(behavior, "scaleDown");
        down.entry("selectPolicy").or_insert("Max".into());
        down.entry("policies").or_insert(json!([percent]));
    }
}

/// The store's version has a metric always, which shows in the older one.
fn percent_of_v1(object: &mut Value) {
    let noted = object.pointer("/metadata/annotations/autoscaling.alpha.kubernetes.io~1metrics").is_some();
    if !noted {
        fill(object, &[("spec.targetCPUUtilizationPercentage", Number(80))]);
    }
}
