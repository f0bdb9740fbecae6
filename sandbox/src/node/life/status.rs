//! A pod's status, written from its life.

use super::Life;
use super::container::{Container, Exit, State};
use crate::node::machine;
use crate::object::edit::{condition, flag, list, set_condition, stamp, time};
use crate::object::text;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The status of a pod in this phase.
pub(super) fn write(one: &Value, life: &Life, phase: &str, address: &str, now: Timestamp) -> Value {
    let mut status = one["status"].clone();
    if !status.is_object() {
        status = json!({});
    }
    let generation = one["metadata"]["generation"].clone();
    if !generation.is_null() {
        status["observedGeneration"] = generation.clone();
    }
    status["phase"] = phase.into();
    status["hostIP"] = machine::ADDRESS.into();
    status["hostIPs"] = json!([{"ip": machine::ADDRESS}]);
    if time(&status, &["startTime"]).is_none() {
        status["startTime"] = stamp(now);
    }
    // The pod's network stands before its first container: one that waits for its image, or for its environment, has
    // an address too.
    let begun = life.each().any(|(_, one)| one.past_setup());
    let address = if flag(one, &["spec", "hostNetwork"]) { machine::ADDRESS } else { address };
    if begun && !address.is_empty() && status.get("podIP").is_none() {
        status["podIP"] = address.into();
        status["podIPs"] = json!([{"ip": address}]);
    }
    if !life.init.is_empty() {
        status["initContainerStatuses"] = statuses(one, &life.init, "initContainers", true);
    }
    status["containerStatuses"] = statuses(one, &life.main, "containers", !life.init.is_empty());
    status["conditions"] = conditions(one, life, phase, begun, &generation, now).into();
    status
}

fn statuses(one: &Value, containers: &[Container], field: &str, initializing: bool) -> Value {
    containers
        .iter()
        .map(|container| {
            let spec = super::find(one, field, &container.name);
            let image = text(spec, &["image"]);
            let mut state = state(&container.state);
            if initializing && state == json!({"waiting": {"reason": "ContainerCreating"}}) {
                state = json!({"waiting": {"reason": "PodInitializing"}});
            }
            // Init containers behind one that has not ended are not created yet either.
            let begun = !matches!(container.state, State::Waiting { .. }) || container.last.is_some();
            let (image_id, id) = if begun { (image_id(image), container_id(one, container)) } else { (String::new(), String::new()) };
            let mut status = json!({
                "name": container.name, "image": image, "imageID": image_id,
                "ready": container.ready, "restartCount": container.restarts, "started": container.started,
                "state": state,
                "lastState": container.last.as_ref().map_or_else(|| json!({}), |exit| json!({"terminated": ended(exit)})),
            });
            if !id.is_empty() {
                status["containerID"] = id.into();
            }
            for field in ["resources"] {
                if let Some(value) = spec.get(field).filter(|value| value.as_object().is_some_and(|map| !map.is_empty())) {
                    status[field] = value.clone();
                }
            }
            let mounts: Vec<Value> = list(spec, &["volumeMounts"]).iter().map(mount).collect();
            if !mounts.is_empty() {
                status["volumeMounts"] = mounts.into();
            }
            status
        })
        .collect()
}

fn mount(spec: &Value) -> Value {
    let mut mount = json!({"name": spec["name"], "mountPath": spec["mountPath"]});
    if flag(spec, &["readOnly"]) {
        mount["readOnly"] = true.into();
        mount["recursiveReadOnly"] = "Disabled".into();
    }
    mount
}

/// A stable digest-like text for an image: nothing is pulled, so nothing has a real digest.
fn image_id(image: &str) -> String {
    format!("{image}@simulated")
}

fn container_id(one: &Value, container: &Container) -> String {
    format!("skiff://{}/{}/{}", crate::object::uid(one), container.name, container.restarts)
}

fn state(state: &State) -> Value {
    match state {
        State::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
        State::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
        State::Running { since } => json!({"running": {"startedAt": stamp(*since)}}),
        State::Ended(exit) => json!({"terminated": ended(exit)}),
    }
}

fn ended(exit: &Exit) -> Value {
    json!({
        "exitCode": exit.code, "reason": exit.reason,
        "startedAt": stamp(exit.started), "finishedAt": stamp(exit.finished),
    })
}

/// Reason and message where a condition is not true.
type Problem = Option<(&'static str, String)>;

fn conditions(
    one: &Value,
    life: &Life,
    phase: &str,
    begun: bool,
    generation: &Value,
    now: Timestamp,
) -> Vec<Value> {
    let mut list = list(one, &["status", "conditions"]).to_vec();
    let mut put = |kind: &str, problem: Problem| {
        let mut condition = json!({
            "type": kind, "status": if problem.is_none() { "True" } else { "False" },
            "lastProbeTime": null, "lastTransitionTime": stamp(now),
        });
        if !generation.is_null() {
            condition["observedGeneration"] = generation.clone();
        }
        if let Some((reason, message)) = problem {
            if !reason.is_empty() {
                condition["reason"] = reason.into();
            }
            if !message.is_empty() {
                condition["message"] = message.into();
            }
        }
        set_condition(&mut list, condition);
    };
    let running = begun && !matches!(phase, "Succeeded" | "Failed");
    put("PodReadyToStartContainers", (!running).then(|| ("", String::new())));
    put("Initialized", initialized(life, phase));
    let containers = containers_ready(life, phase);
    let ready = containers.clone().or_else(|| gates(one));
    put("Ready", ready);
    put("ContainersReady", containers);
    if condition(one, "PodScheduled").is_none() {
        put("PodScheduled", None);
    }
    list
}

fn names<'a>(containers: impl Iterator<Item = &'a Container>) -> String {
    let names: Vec<&str> = containers.map(|one| one.name.as_str()).collect();
    format!("[{}]", names.join(" "))
}

fn initialized(life: &Life, phase: &str) -> Problem {
    let mut waiting = life.init.iter().filter(|one| !one.initialized()).peekable();
    match phase {
        _ if waiting.peek().is_none()
            || (phase == "Failed" && life.main.iter().any(|one| one.last.is_some())) =>
        {
            None
        }
        _ => Some((
            "ContainersNotInitialized",
            format!("containers with incomplete status: {}", names(waiting)),
        )),
    }
}

fn containers_ready(life: &Life, phase: &str) -> Problem {
    match phase {
        "Succeeded" => return Some(("PodCompleted", String::new())),
        "Failed" => return Some(("PodFailed", String::new())),
        _ => {}
    }
    let sidecars = life.init.iter().filter(|one| one.sidecar);
    let mut unready = sidecars.chain(&life.main).filter(|one| !one.ready).peekable();
    unready
        .peek()
        .is_some()
        .then(|| ("ContainersNotReady", format!("containers with unready status: {}", names(unready))))
}

fn gates(one: &Value) -> Problem {
    let problems: Vec<String> = list(one, &["spec", "readinessGates"])
        .iter()
        .filter_map(|gate| {
            let kind = text(gate, &["conditionType"]);
            match condition(one, kind) {
                None => {
                    Some(format!("corresponding condition of pod readiness gate {kind:?} does not exist."))
                }
                Some(found) if found["status"] != "True" => Some(format!(
                    "the status of pod readiness gate {kind:?} is not \"True\", but {}",
                    text(found, &["status"])
                )),
                Some(_) => None,
            }
        })
        .collect();
    (!problems.is_empty()).then(|| ("ReadinessGatesNotReady", problems.join(", ")))
}
