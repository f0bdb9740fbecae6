use super::*;
use crate::object::edit::{condition, condition_true, set};
use serde_json::json;

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn made(annotations: Value, spec: Value) -> Value {
    let mut object = json!({
        "metadata": {"name": "web", "namespace": "d", "uid": "u", "generation": 1, "annotations": annotations},
        "spec": {"nodeName": "sandbox", "restartPolicy": "Always", "containers": [{"name": "a", "image": "nginx"}]},
        "status": {"phase": "Pending"},
    });
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    object
}

/// Lives until nothing is due before `until`; gives what was told, and the pod's state after each step.
fn live(one: &mut Value, lacks: &[Lack], until: Duration) -> (Vec<String>, Vec<String>) {
    let (mut life, mut now, end) = (Life::of(one, start()), start(), later(start(), until));
    let (mut tales, mut states) = (Vec::new(), Vec::new());
    for _ in 0..1000 {
        let around = Around { lacks, failed_before: 0, address: "10.244.1.0" };
        let step = life.step(one, around, now);
        one["status"] = step.status;
        tales.extend(step.tales.into_iter().map(|tale| format!("{} {}", tale.reason, tale.message)));
        let state = one["status"]["containerStatuses"][0]["state"].to_string();
        let short = format!(
            "{}/{}",
            pod::phase(one),
            [
                "CrashLoopBackOff",
                "ImagePullBackOff",
                "ErrImagePull",
                "CreateContainerConfigError",
                "ContainerCreating",
                "PodInitializing",
                "running",
                "terminated"
            ]
            .into_iter()
            .find(|word| state.contains(word))
            .unwrap_or("?")
        );
        if states.last() != Some(&short) {
            states.push(short);
        }
        match step.wake.filter(|at| *at <= end) {
            Some(at) => now = at,
            None => return (tales, states),
        }
    }
    panic!("the pod never rests: {states:?}");
}

#[test]
fn a_pod_that_waits_for_its_image_or_its_environment_has_an_address() {
    let lack = [Lack::Environment("a".into(), "secret \"x\" not found".into())];
    let mut one = made(json!({}), json!({}));
    let (_, states) = live(&mut one, &lack, MOMENT);
    assert_eq!(states, ["Pending/ContainerCreating", "Pending/CreateContainerConfigError"]);
    assert_eq!(one["status"]["podIP"], "10.244.1.0");
    let mut one = made(json!({"sandbox.skiff.sh/pull-error": "true"}), json!({}));
    live(&mut one, &[], MOMENT);
    assert_eq!(one["status"]["podIP"], "10.244.1.0");
    // The kubelet makes no network for a pod whose volumes are not there.
    let lack = [Lack::Volume("v".into(), "secret \"x\" not found".into())];
    let mut one = made(json!({}), json!({}));
    live(&mut one, &lack, MOMENT);
    assert_eq!(one["status"]["podIP"], Value::Null);
}

const MOMENT: Duration = Duration::from_secs(1);

#[test]
fn a_pod_runs_and_is_ready_within_a_tenth_of_a_second() {
    let mut one = made(
        json!({}),
        json!({"containers": [{"name": "a", "image": "nginx", "readinessProbe": {"initialDelaySeconds": 30}}]}),
    );
    let (tales, states) = live(&mut one, &[], Duration::from_millis(100));
    assert_eq!(states, ["Pending/ContainerCreating", "Running/running"]);
    assert!(pod::ready(&one), "{:#}", one["status"]);
    assert_eq!(one["status"]["podIP"], "10.244.1.0");
    assert_eq!(
        tales,
        [
            "Pulling Pulling image \"nginx\"",
            "Pulled Successfully pulled image \"nginx\" in 10ms (10ms including waiting). Image size: 0 bytes.",
            "Created Container created",
            "Started Container started",
        ]
    );
}

#[test]
fn init_containers_run_one_after_the_other_and_sidecars_stay() {
    let mut one = made(
        json!({}),
        json!({"initContainers": [
        {"name": "first", "image": "i"}, {"name": "side", "image": "i", "restartPolicy": "Always"}, {"name": "last", "image": "i"}]}),
    );
    let (tales, states) = live(&mut one, &[], MOMENT);
    assert_eq!(states, ["Pending/PodInitializing", "Running/running"]);
    let starts = tales.iter().filter(|tale| tale.starts_with("Started")).count();
    assert_eq!(starts, 4);
    let init = &one["status"]["initContainerStatuses"];
    assert_eq!(init[0]["state"]["terminated"]["reason"], "Completed");
    assert!(init[1]["state"].get("running").is_some());
    assert!(condition_true(&one, "Initialized") && pod::ready(&one));
}

#[test]
fn a_crash_loop_backs_off_longer_each_time() {
    let mut one = made(json!({"sandbox.skiff.sh/exit-code": "3"}), json!({}));
    let (tales, states) = live(&mut one, &[], Duration::from_secs(35));
    assert_eq!(states[..3], ["Pending/ContainerCreating", "Running/running", "Running/terminated"]);
    assert_eq!(states.last().map(String::as_str), Some("Running/CrashLoopBackOff"));
    let status = &one["status"]["containerStatuses"][0];
    assert_eq!(status["restartCount"], 3);
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 3);
    assert_eq!(
        status["state"]["waiting"]["message"],
        "back-off 40s restarting failed container=a pod=web_d(u)"
    );
    assert!(tales.contains(&"BackOff Back-off restarting failed container a in pod web_d(u)".to_owned()));
    assert!(!pod::ready(&one));
}

#[test]
fn a_crash_that_happens_so_often_heals() {
    let annotations = json!({"sandbox.skiff.sh/oom": "true", "sandbox.skiff.sh/exit-times": "2"});
    let mut one = made(annotations, json!({}));
    live(&mut one, &[], Duration::from_secs(60));
    let status = &one["status"]["containerStatuses"][0];
    assert_eq!((&status["restartCount"], &status["ready"]), (&json!(2), &json!(true)));
    assert_eq!(status["lastState"]["terminated"]["reason"], "OOMKilled");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 137);
}

#[test]
fn an_image_that_cannot_be_pulled_is_tried_again_and_again() {
    let mut one = made(json!({"sandbox.skiff.sh/pull-error": "true"}), json!({}));
    let (tales, states) = live(&mut one, &[], Duration::from_secs(12));
    assert_eq!(
        states,
        [
            "Pending/ContainerCreating",
            "Pending/ErrImagePull",
            "Pending/ImagePullBackOff",
            "Pending/ErrImagePull",
            "Pending/ImagePullBackOff",
        ]
    );
    assert!(tales.contains(&"Failed Error: ImagePullBackOff".to_owned()));
    assert_eq!(one["status"]["podIP"], "10.244.1.0");
}

#[test]
fn pods_that_do_not_restart_end_well_or_badly() {
    for (annotations, phase, code) in [
        (json!({}), "Succeeded", 0),
        (json!({"sandbox.skiff.sh/exit-code": "4"}), "Failed", 4),
        (json!({"sandbox.skiff.sh/exit-code.a": "5"}), "Failed", 5),
    ] {
        let mut one = made(annotations, json!({"restartPolicy": "Never"}));
        live(&mut one, &[], MOMENT);
        assert_eq!(pod::phase(&one), phase);
        assert_eq!(one["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], code);
    }
}

#[test]
fn a_failing_init_container_fails_a_pod_that_never_restarts() {
    let spec = json!({"restartPolicy": "Never", "initContainers": [{"name": "i", "image": "i"}]});
    let mut one = made(json!({"sandbox.skiff.sh/exit-code.i": "1"}), spec);
    live(&mut one, &[], MOMENT);
    assert_eq!(pod::phase(&one), "Failed");
}

#[test]
fn missing_references_hold_the_container_up() {
    let mut one = made(json!({}), json!({}));
    let lacks = [Lack::Environment("a".into(), "secret \"x\" not found".into())];
    let (tales, states) = live(&mut one, &lacks, MOMENT);
    assert_eq!(states.last().map(String::as_str), Some("Pending/CreateContainerConfigError"));
    assert!(tales.contains(&"Failed Error: secret \"x\" not found".to_owned()));
    let lacks = [Lack::Volume("v".into(), "configmap \"x\" not found".into())];
    let mut one = made(json!({}), json!({}));
    let (tales, states) = live(&mut one, &lacks, MOMENT);
    assert_eq!(states, ["Pending/ContainerCreating"]);
    assert_eq!(tales, ["FailedMount MountVolume.SetUp failed for volume \"v\" : configmap \"x\" not found"]);
}

#[test]
fn readiness_comes_late_or_never_and_waits_for_gates() {
    let mut one = made(json!({"sandbox.skiff.sh/never-ready": "true"}), json!({}));
    let (tales, _) = live(&mut one, &[], Duration::from_secs(100));
    assert!(!pod::ready(&one));
    assert!(tales.iter().any(|tale| tale.starts_with("Unhealthy Readiness probe failed")));
    let mut one = made(json!({"sandbox.skiff.sh/ready-after": "3s"}), json!({}));
    live(&mut one, &[], Duration::from_secs(2));
    assert!(!pod::ready(&one));
    let mut one = made(json!({"sandbox.skiff.sh/ready-after": "3s"}), json!({}));
    live(&mut one, &[], Duration::from_secs(4));
    assert!(pod::ready(&one));
    let mut one = made(json!({}), json!({"readinessGates": [{"conditionType": "x/y"}]}));
    live(&mut one, &[], MOMENT);
    assert_eq!(
        condition(&one, "Ready").map(|one| one["reason"].clone()),
        Some(json!("ReadinessGatesNotReady"))
    );
    assert!(condition_true(&one, "ContainersReady"));
}

#[test]
fn a_liveness_failure_restarts_the_container() {
    let mut one = made(json!({"sandbox.skiff.sh/liveness-fails-after": "2s"}), json!({}));
    let (tales, _) = live(&mut one, &[], Duration::from_secs(4));
    assert_eq!(one["status"]["containerStatuses"][0]["restartCount"], 1);
    assert!(tales.contains(&"Killing Container a failed liveness probe, will be restarted".to_owned()));
}

#[test]
fn a_deleted_pod_goes_at_once_or_when_it_is_told() {
    let mut one = made(json!({}), json!({}));
    live(&mut one, &[], MOMENT);
    set(&mut one, &["metadata", "deletionTimestamp"], "2026-01-01T00:00:31Z");
    set(&mut one, &["metadata", "deletionGracePeriodSeconds"], 30);
    let around = Around { lacks: &[], failed_before: 0, address: "10.244.1.0" };
    let step = Life::of(&one, start()).step(&one, around, start());
    assert!(step.gone);
    assert_eq!(step.status["phase"], "Failed");
    assert_eq!(step.tales[0].message, "Stopping container a");
    set(&mut one, &["metadata", "annotations", "sandbox.skiff.sh/terminate-after"], "5s");
    let step = Life::of(&one, start()).step(&one, around, start());
    assert_eq!((step.gone, step.wake), (false, Some(later(start(), Duration::from_secs(5)))));
}

#[test]
fn a_life_goes_on_from_the_status_after_a_restart_of_the_sandbox() {
    let mut one = made(json!({"sandbox.skiff.sh/run-for": "5s"}), json!({}));
    live(&mut one, &[], MOMENT);
    let around = Around { lacks: &[], failed_before: 0, address: "10.244.1.0" };
    let now = later(start(), Duration::from_secs(2));
    let step = Life::of(&one, now).step(&one, around, now);
    assert_eq!(step.status, one["status"]);
    assert!(step.tales.is_empty());
    assert!(step.wake.is_some_and(|at| at < later(start(), Duration::from_secs(6))));
}
