use super::*;
use crate::client::status::{Computed, Progress};
use serde_json::json;

fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn pod(status: Value) -> PodEvidence {
    let pod = json!({"kind": "Pod", "metadata": {"name": "web-1", "namespace": "sea"}, "status": status});
    PodEvidence { pod, ..PodEvidence::default() }
}

fn only(status: Value) -> ContainerTrouble {
    let evidence = pod(json!({"phase": "Pending", "containerStatuses": [status]}));
    pod_trouble(&evidence, now()).containers.remove(0)
}

#[test]
fn an_image_that_cannot_be_pulled_is_named() {
    let waiting = json!({"reason": "ImagePullBackOff", "message": "Back-off pulling image \"no/such:1\""});
    let found = only(json!({"name": "web", "image": "no/such:1", "state": {"waiting": waiting}}));
    assert_eq!(found.status, "waiting, ImagePullBackOff: Back-off pulling image \"no/such:1\"");
    assert!(found.advice.starts_with("check that the image \"no/such:1\" exists"), "{}", found.advice);
}

#[test]
fn a_crash_loop_tells_its_exit_code_and_where_the_log_is() {
    let found = only(json!({
        "name": "web", "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 7, "reason": "Error"}},
    }));
    assert_eq!(found.status, "waiting, CrashLoopBackOff, ended with exit code 7, started again 3 times");
    assert_eq!(found.advice, "kubectl logs -n sea web-1 -c web --previous");
}

#[test]
fn a_container_without_memory_is_to_get_more() {
    let found = only(json!({
        "name": "web", "restartCount": 1,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    }));
    assert!(found.status.contains("exit code 137 (OOMKilled)"), "{}", found.status);
    assert_eq!(found.advice, "give it more memory: resources.limits.memory");
}

#[test]
fn containers_that_are_well_are_not_told() {
    let evidence = pod(json!({"phase": "Running", "containerStatuses": [
        {"name": "good", "ready": true, "state": {"running": {}}},
        {"name": "done", "ready": false, "state": {"terminated": {"exitCode": 0}}},
        {"name": "slow", "ready": false, "state": {"running": {}}},
    ]}));
    let found = pod_trouble(&evidence, now());
    let names: Vec<&str> = found.containers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["slow"]);
    assert_eq!(found.containers[0].status, "runs and is not ready");
}

#[test]
fn a_pod_without_a_node_says_why() {
    let evidence = pod(json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"},
    ]}));
    assert_eq!(pod_trouble(&evidence, now()).status, "Pending, no node: 0/1 nodes are available");
}

#[test]
fn the_last_warnings_are_told_with_their_age() {
    let event = |n: i64, kind: &str| {
        json!({"type": kind, "reason": format!("R{n}"), "message": "m", "count": n,
            "lastTimestamp": format!("2026-01-02T03:03:{:02}Z", n)})
    };
    let mut all: Vec<Value> = (1..=6).map(|n| event(n, "Warning")).collect();
    all.push(event(9, "Normal"));
    let told = events(&all, now());
    let reasons: Vec<&str> = told.iter().map(|event| event.reason.as_str()).collect();
    assert_eq!(reasons, ["R3", "R4", "R5", "R6"]);
    assert_eq!((told[3].count, told[3].seconds_ago), (6, Some(59)));
}

#[test]
fn nothing_that_a_container_wrote_reaches_a_terminal_raw() {
    let mut evidence = pod(json!({"phase": "Running", "containerStatuses": [
        {"name": "web", "state": {"terminated": {"exitCode": 1, "message": "a\u{1b}[2Jb\nc"}}},
    ]}));
    evidence.logs.insert("web".into(), "one\u{7}\ntwo\u{1b}]0;title\n".into());
    let found = pod_trouble(&evidence, now()).containers.remove(0);
    assert_eq!(found.status, "ended with exit code 1: a\u{fffd}[2Jb c");
    assert_eq!(found.log, ["one\u{fffd}", "two\u{fffd}]0;title"]);
}

#[test]
fn long_messages_end_somewhere() {
    let evidence = Evidence {
        object: json!({"kind": "Widget", "metadata": {"name": "a"}}),
        computed: Computed { status: Progress::InProgress, message: "ä".repeat(5_000) },
        ..Evidence::default()
    };
    assert_eq!(judge(&evidence, now()).status.chars().count(), MAX_TEXT + 1);
}
