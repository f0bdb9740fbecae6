use super::*;
use serde_json::json;

const NOW: &str = "2026-01-01T00:01:00Z";

fn of(object: &Value, rules: Rules) -> String {
    let Computed { status, message } = compute(object, rules, NOW.parse().unwrap());
    format!("{status}: {message}")
}

/// An object with a status, or with a spec and a status.
fn check(api_version: &str, kind: &str, cases: &[(Value, Value, &str)]) {
    for (spec, status, expected) in cases {
        let object = json!({"apiVersion": api_version, "kind": kind,
            "metadata": {"name": "a", "generation": 2}, "spec": spec, "status": status});
        assert_eq!(of(&object, Rules::Started), *expected, "{kind} {spec} {status}");
    }
}

#[test]
fn what_all_kinds_share_comes_first() {
    let cases = [
        (json!({"metadata": {"deletionTimestamp": NOW}}), "Terminating: Resource scheduled for deletion"),
        (json!({"metadata": {"deletionTimestamp": ""}}), "Current: Resource is current"),
        (
            json!({"kind": "Boat", "metadata": {"generation": 3}, "status": {"observedGeneration": 2}}),
            "InProgress: Boat generation is 3, but latest observed generation is 2",
        ),
        (json!({"metadata": {"generation": "3"}}), "Unknown: "),
        (
            json!({"status": {"conditions": [{"type": "Reconciling", "status": "True", "message": "m"}]}}),
            "InProgress: m",
        ),
        (
            json!({"status": {"conditions": [{"type": "Stalled", "status": "True", "message": "m"}]}}),
            "Failed: m",
        ),
        (
            json!({"status": {"conditions": [{"type": "Stalled", "status": "False"}]}}),
            "Current: Resource is current",
        ),
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
            "Current: Resource is Ready",
        ),
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": "Unknown", "message": "m"}]}}),
            "InProgress: m",
        ),
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": null}]}}),
            "Current: Resource is current",
        ),
        (json!({"status": {"conditions": "none"}}), "Unknown: "),
        (json!({}), "Current: Resource is current"),
        (json!([]), "Current: Resource is current"),
    ];
    for (object, expected) in cases {
        assert_eq!(of(&object, Rules::Started), expected, "{object}");
    }
}

#[test]
fn deployments() {
    let full = |conditions: Value| json!({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2, "conditions": conditions});
    let available = json!({"type": "Available", "status": "True"});
    let deadline = json!({"progressDeadlineSeconds": 600, "replicas": 2});
    check(
        "apps/v1",
        "Deployment",
        &[
            (json!({}), json!({}), "InProgress: Replicas: 0/1"),
            (
                json!({"replicas": 2}),
                json!({"replicas": 2, "updatedReplicas": 1}),
                "InProgress: Updated: 1/2",
            ),
            (
                json!({"replicas": 1}),
                json!({"replicas": 3, "updatedReplicas": 1}),
                "InProgress: Pending termination: 2",
            ),
            (
                json!({"replicas": 2}),
                json!({"replicas": 2, "updatedReplicas": 2}),
                "InProgress: Available: 0/2",
            ),
            (
                json!({"replicas": 2}),
                json!({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}),
                "InProgress: Ready: 0/2",
            ),
            (deadline.clone(), full(json!([available])), "InProgress: ReplicaSet not Available"),
            (
                deadline.clone(),
                full(
                    json!([available, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]),
                ),
                "Current: Deployment is available. Replicas: 2",
            ),
            (
                deadline,
                full(
                    json!([available, {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]),
                ),
                "Failed: Progress deadline exceeded",
            ),
            (json!({"replicas": 2}), full(json!([])), "InProgress: Deployment not Available"),
            (
                json!({"replicas": 0}),
                json!({"conditions": [available]}),
                "Current: Deployment is available. Replicas: 0",
            ),
        ],
    );
}

#[test]
fn stateful_sets() {
    let two = json!({"replicas": 2});
    let full = json!({"replicas": 2, "readyReplicas": 2, "currentReplicas": 2, "currentRevision": "a", "updateRevision": "a"});
    let rolling = json!({"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}});
    let updated = json!({"replicas": 2, "readyReplicas": 2, "updatedReplicas": 1});
    check(
        "apps/v1",
        "StatefulSet",
        &[
            (
                json!({"updateStrategy": {"type": "OnDelete"}}),
                json!({}),
                "Current: StatefulSet is using the ondelete update strategy",
            ),
            (two.clone(), json!({"replicas": 1}), "InProgress: Replicas: 1/2"),
            (two.clone(), json!({"replicas": 2, "readyReplicas": 1}), "InProgress: Ready: 1/2"),
            (json!({}), json!({"replicas": 2, "readyReplicas": 1}), "InProgress: Pending termination: 1"),
            (rolling.clone(), json!({"replicas": 2, "readyReplicas": 2}), "InProgress: updated: 0/1"),
            (rolling, updated, "Current: Partition rollout complete. updated: 1"),
            (two.clone(), json!({"replicas": 2, "readyReplicas": 2}), "InProgress: current: 0/2"),
            (
                two.clone(),
                json!({"replicas": 2, "readyReplicas": 2, "currentReplicas": 2, "updateRevision": "b"}),
                "InProgress: Waiting for updated revision to match current",
            ),
            (two, full, "Current: All replicas scheduled as expected. Replicas: 2"),
        ],
    );
}

#[test]
fn replica_sets_and_daemon_sets() {
    let failing = json!({"conditions": [{"type": "ReplicaFailure", "status": "True"}]});
    let full = json!({"replicas": 1, "fullyLabeledReplicas": 1, "availableReplicas": 1, "readyReplicas": 1});
    check(
        "apps/v1",
        "ReplicaSet",
        &[
            (json!({}), failing, "InProgress: Replica Failure condition. Check Pods"),
            (json!({}), json!({}), "InProgress: Labelled: 0/1"),
            (json!({}), json!({"fullyLabeledReplicas": 1}), "InProgress: Available: 0/1"),
            (json!({}), json!({"fullyLabeledReplicas": 1, "availableReplicas": 1}), "InProgress: Ready: 0/1"),
            (json!({}), full, "Current: ReplicaSet is available. Replicas: 1"),
            (json!({"replicas": 0}), json!({"replicas": 1}), "InProgress: Pending termination: 1"),
        ],
    );
    let scheduled = |fields: Value| {
        let mut status = json!({"observedGeneration": 2, "desiredNumberScheduled": 1});
        status.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        status
    };
    let full = json!({"currentNumberScheduled": 1, "updatedNumberScheduled": 1, "numberAvailable": 1, "numberReady": 1});
    check(
        "apps/v1",
        "DaemonSet",
        &[
            (json!({}), json!({}), "InProgress: DaemonSet status.observedGeneration not found"),
            (
                json!({}),
                json!({"observedGeneration": 2}),
                "InProgress: Missing .status.desiredNumberScheduled",
            ),
            (json!({}), scheduled(json!({})), "InProgress: Current: 0/1"),
            (json!({}), scheduled(json!({"currentNumberScheduled": 1})), "InProgress: Updated: 0/1"),
            (json!({}), scheduled(full), "Current: All replicas scheduled as expected. Replicas: 1"),
        ],
    );
}

#[test]
fn pods() {
    let without_node = json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]);
    let looping = json!([{"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}, {"name": "d"}]);
    check(
        "v1",
        "Pod",
        &[
            (json!({}), json!({}), "InProgress: Pod phase not available"),
            (json!({}), json!({"phase": "Pending"}), "InProgress: Pod is in the Pending phase"),
            (
                json!({}),
                json!({"phase": "Pending", "conditions": without_node}),
                "Failed: Pod could not be scheduled",
            ),
            (json!({}), json!({"phase": "Running"}), "InProgress: Pod is running but is not Ready"),
            (
                json!({}),
                json!({"phase": "Running", "containerStatuses": looping}),
                "Failed: Containers in CrashLoop state: c",
            ),
            (
                json!({}),
                json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
                "Current: Pod is Ready",
            ),
            (json!({}), json!({"phase": "Succeeded"}), "Current: Pod has completed successfully"),
            (json!({}), json!({"phase": "Failed"}), "Current: Pod has completed, but not successfully"),
            (json!({}), json!({"phase": "Unknown"}), "Unknown: "),
        ],
    );
    for (created, expected) in [
        ("00:00:46Z", "InProgress: Pod has not been scheduled"),
        ("00:00:45Z", "Failed: Pod could not be scheduled"),
    ] {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"creationTimestamp": format!("2026-01-01T{created}")},
            "status": {"phase": "Pending", "conditions": without_node}});
        assert_eq!(of(&pod, Rules::Started), expected);
    }
}

#[test]
fn jobs_count_when_they_start_or_when_they_end() {
    let job = |status: Value| json!({"apiVersion": "batch/v1", "kind": "Job", "spec": {"parallelism": 3}, "status": status});
    let ended =
        |kind: &str| json!({"succeeded": 3, "failed": 1, "conditions": [{"type": kind, "status": "True"}]});
    for (status, started, completed) in [
        (json!({}), "InProgress: Job not started", "InProgress: Job in progress"),
        (
            json!({"startTime": NOW, "active": 1}),
            "Current: Job in progress. success:0, active: 1, failed: 0",
            "InProgress: Job in progress",
        ),
        (
            ended("Complete"),
            "Current: Job Completed. succeeded: 3/3",
            "Current: Job Completed. succeeded: 3/3",
        ),
        (ended("Failed"), "Failed: Job Failed. failed: 1/3", "Failed: Job Failed. failed: 1/3"),
    ] {
        assert_eq!(of(&job(status.clone()), Rules::Started), started);
        assert_eq!(of(&job(status.clone()), Rules::Completed), completed);
        assert_eq!(of(&job(status), Rules::Hooks), completed);
    }
}

#[test]
fn other_kinds() {
    check(
        "v1",
        "PersistentVolumeClaim",
        &[
            (json!({}), json!({}), "InProgress: PVC is not Bound. phase: unknown"),
            (json!({}), json!({"phase": "Bound"}), "Current: PVC is Bound"),
        ],
    );
    check(
        "v1",
        "Service",
        &[
            (json!({}), json!({}), "Current: Service is ready"),
            (
                json!({"type": "LoadBalancer"}),
                json!({}),
                "InProgress: ClusterIP not set. Service type: LoadBalancer",
            ),
            (
                json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1"}),
                json!({}),
                "Current: Service is ready",
            ),
        ],
    );
    let condition = |kind: &str, status: &str, reason: &str| json!({"conditions": [{"type": kind, "status": status, "reason": reason, "message": "m"}]});
    check(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        &[
            (json!({}), json!({}), "InProgress: Install in progress"),
            (json!({}), condition("Established", "False", "Installing"), "InProgress: Install in progress"),
            (json!({}), condition("Established", "False", "No"), "Failed: m"),
            (json!({}), condition("NamesAccepted", "False", "No"), "Failed: m"),
            (json!({}), condition("Established", "True", ""), "Current: CRD is established"),
        ],
    );
    for (api_version, kind) in [("v1", "Secret"), ("v1", "ConfigMap"), ("batch/v1", "CronJob")] {
        check(api_version, kind, &[(json!({}), json!({}), "Current: Resource is always ready")]);
    }
    let budget = "Current: AllowedDisruptions has been computed.";
    check("policy/v1", "PodDisruptionBudget", &[(json!({}), json!({}), budget)]);
}

#[test]
fn a_controller_fails_with_its_pods() {
    let now = NOW.parse().unwrap();
    let looping = |metadata: Value| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": {"phase": "Running",
            "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}})
    };
    let pending = Computed::in_progress("m");
    let lost = [looping(json!({})), looping(json!({"deletionTimestamp": NOW}))];
    assert_eq!(with_pods(pending.clone(), &lost, now), Computed::failed("1 pods have failed"));
    assert_eq!(with_pods(pending.clone(), &lost[1..], now), pending);
    assert_eq!(with_pods(Computed::current("m"), &lost, now), Computed::current("m"));
    let without_node = json!({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}});
    assert_eq!(with_pods(pending.clone(), &[without_node], now), pending);
}

#[test]
fn the_older_rules_say_yes_or_no() {
    let observed = json!({"generation": 1});
    for (object, expected) in [
        (json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "ExternalName"}}), true),
        (json!({"apiVersion": "v1", "kind": "Service", "spec": {}}), false),
        (
            json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "LoadBalancer", "clusterIP": "x"}}),
            false,
        ),
        (
            json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "LoadBalancer", "clusterIP": "x", "externalIPs": ["y"]}}),
            true,
        ),
        (json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": {"phase": "Pending"}}), false),
        (json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": observed}), false),
        (
            json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": {"updateStrategy": {"type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": "34%"}}}, "status": {"desiredNumberScheduled": 3,
                "updatedNumberScheduled": 3, "numberReady": 1}}),
            true,
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"replicas": 2, "updateStrategy": {"type": "RollingUpdate",
                "rollingUpdate": {"partition": 1}}}, "status": {"updatedReplicas": 1, "readyReplicas": 2, "updateRevision": "b"}}),
            true,
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"updateStrategy": {"type": "RollingUpdate"}}}),
            false,
        ),
        (json!({"apiVersion": "v1", "kind": "Secret"}), true),
    ] {
        assert_eq!(legacy::is_ready(&object), expected, "{object}");
    }
    let job = json!({"spec": {"backoffLimit": 1, "completions": 2}, "status": {"failed": 2}});
    assert_eq!(legacy::job(&job, "sea", "a").unwrap_err(), "job is failed: sea/a");
    assert!(!legacy::job(&json!({"spec": {"completions": 2}, "status": {"succeeded": 1}}), "", "").unwrap());
}

#[test]
fn the_older_rules_ask_a_deployments_newest_replica_set() {
    let deployment = json!({"metadata": {"uid": "u", "generation": 1}, "spec": {"replicas": 4, "template": {"metadata": {"labels": {"a": "b"}}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}},
        "status": {"observedGeneration": 1}});
    let set = |uid: &str, label: &str, ready: i64| {
        json!({"metadata": {"name": "s", "ownerReferences": [{"controller": true, "uid": uid}]},
            "spec": {"template": {"metadata": {"labels": {"a": label, "pod-template-hash": "x"}}}},
            "status": {"readyReplicas": ready}})
    };
    assert!(legacy::deployment(&deployment, &[set("u", "old", 0), set("u", "b", 3)]));
    assert!(!legacy::deployment(&deployment, &[set("u", "old", 4), set("u", "b", 2)]));
    assert!(!legacy::deployment(&deployment, &[set("other", "b", 4)]));
    assert!(legacy::deployment(&json!({"spec": {"paused": true}}), &[]));
}
