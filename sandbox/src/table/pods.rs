//! Pods.

use super::look::Look;
use serde_json::{Value, json};

/// The cells of pods and of pod templates.
pub(super) fn cells(group: &str, plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    match (group, plural) {
        ("", "pods") => Some(pod(look)),
        ("", "podtemplates") => {
            let [names, images] = look.containers("/template");
            Some(vec![look.name(), names, images, super::look::labels(look.at("/template/metadata/labels"))])
        }
        _ => None,
    }
}

/// Pods that have ended say so beside their cells.
pub(super) fn conditions(group: &str, plural: &str, look: Look<'_>) -> Option<Value> {
    let (reason, message) = match (group, plural, look.text("/status/phase")) {
        ("", "pods", "Succeeded") => ("Succeeded", "The pod has completed successfully."),
        ("", "pods", "Failed") => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

/// What `printPod` counts on its way.
#[derive(Default)]
struct Count {
    reason: String,
    restarts: i64,
    /// When a container last ended; RFC 3339 texts compare as times do.
    last: String,
    ready: usize,
}

impl Count {
    fn restarted(&mut self, container: &Value) {
        self.restarts += container["restartCount"].as_i64().unwrap_or_default();
        let ended =
            container.pointer("/lastState/terminated/finishedAt").and_then(Value::as_str).unwrap_or_default();
        if self.last.as_str() < ended {
            self.last = ended.to_owned();
        }
    }
}

fn pod(look: Look<'_>) -> Vec<Value> {
    let sidecars: Vec<&str> = look
        .list("/spec/initContainers")
        .iter()
        .filter(|container| container["restartPolicy"] == "Always")
        .filter_map(|container| container["name"].as_str())
        .collect();
    let total = look.list("/spec/containers").len() + sidecars.len();
    let mut count = Count { reason: look.text("/status/phase").to_owned(), ..Count::default() };
    if !look.text("/status/reason").is_empty() {
        count.reason = look.text("/status/reason").to_owned();
    }
    let gated =
        |condition: &&Value| condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated";
    if look.list("/status/conditions").iter().any(|condition| gated(&condition)) {
        count.reason = "SchedulingGated".to_owned();
    }
    let (initializing, sidecar_restarts) = init(look, &sidecars, &mut count);
    if !initializing || look.condition("/status/conditions", "Initialized") == Some("True") {
        (count.restarts, count.last) = (sidecar_restarts.restarts, sidecar_restarts.last);
        containers(look, &mut count);
    }
    if look.deleted() && look.text("/status/reason") == "NodeLost" {
        count.reason = "Unknown".to_owned();
    } else if look.deleted() && !["Succeeded", "Failed"].contains(&look.text("/status/phase")) {
        count.reason = "Terminating".to_owned();
    }
    let restarts = match count.last.as_str() {
        last if count.restarts != 0 && !last.is_empty() => {
            format!("{} ({} ago)", count.restarts, super::look::since(last, look.now))
        }
        _ => count.restarts.to_string(),
    };
    let ready = format!("{}/{total}", count.ready);
    vec![
        look.name(),
        ready.into(),
        count.reason.into(),
        restarts.into(),
        look.age(),
        look.text_or("/status/podIPs/0/ip", "<none>"),
        look.text_or("/spec/nodeName", "<none>"),
        look.text_or("/status/nominatedNodeName", "<none>"),
        gates(look).into(),
    ]
}

/// Init containers, in order until one is not done; also what sidecars among them count.
fn init(look: Look<'_>, sidecars: &[&str], count: &mut Count) -> (bool, Count) {
    let mut of_sidecars = Count::default();
    let total = look.list("/spec/initContainers").len();
    for (index, container) in look.list("/status/initContainerStatuses").iter().enumerate() {
        count.restarted(container);
        let sidecar = container["name"].as_str().is_some_and(|name| sidecars.contains(&name));
        if sidecar {
            of_sidecars.restarted(container);
        }
        let state = |pointer: &str| container.pointer(pointer).unwrap_or(&Value::Null);
        let terminated = state("/state/terminated");
        if terminated.is_object() && terminated["exitCode"].as_i64().unwrap_or_default() == 0 {
            continue;
        }
        if sidecar && container["started"] == true {
            count.ready += usize::from(container["ready"] == true);
            continue;
        }
        let waiting = state("/state/waiting/reason").as_str().unwrap_or_default();
        count.reason = if terminated.is_object() {
            format!("Init:{}", ended(terminated))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{index}/{total}")
        };
        return (true, of_sidecars);
    }
    (false, of_sidecars)
}

/// Why a container ended.
fn ended(terminated: &Value) -> String {
    match (
        terminated["reason"].as_str().unwrap_or_default(),
        terminated["signal"].as_i64().unwrap_or_default(),
    ) {
        ("", 0) => format!("ExitCode:{}", terminated["exitCode"].as_i64().unwrap_or_default()),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn containers(look: Look<'_>, count: &mut Count) {
    let (mut running, mut error) = (false, String::new());
    for container in look.list("/status/containerStatuses").iter().rev() {
        count.restarted(container);
        let state = |pointer: &str| container.pointer(pointer).unwrap_or(&Value::Null);
        let waiting = state("/state/waiting/reason").as_str().unwrap_or_default();
        let terminated = state("/state/terminated");
        if !waiting.is_empty() {
            count.reason = waiting.to_owned();
        } else if terminated.is_object() {
            count.reason = ended(terminated);
            if terminated["exitCode"].as_i64().unwrap_or_default() != 0 {
                error.clone_from(&count.reason);
            }
        } else if container["ready"] == true && state("/state/running").is_object() {
            running = true;
            count.ready += 1;
        }
    }
    if count.reason == "Completed" {
        if running && look.condition("/status/conditions", "Ready") == Some("True") {
            count.reason = "Running".to_owned();
        } else if !error.is_empty() {
            count.reason = error;
        } else if running {
            count.reason = "NotReady".to_owned();
        }
    }
}

fn gates(look: Look<'_>) -> String {
    let gates = look.list("/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let open = gates.iter().filter(|gate| {
        let kind = gate["conditionType"].as_str().unwrap_or_default();
        look.condition("/status/conditions", kind) == Some("True")
    });
    format!("{}/{}", open.count(), gates.len())
}
