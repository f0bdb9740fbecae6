//! What a cluster knows of an object that does not get ready: its state, its Pods, their events and last log lines.

use super::{
    Cluster, Error, Object,
    logs::containers,
    object::string,
    status::{self, Computed, Progress, Rules},
    transport::{Method, Request},
};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Objects that are looked into.
const MAX_OBJECTS: usize = 5;
/// Pods of one object that are looked into.
const MAX_PODS: usize = 3;
/// Events that are asked for of one object.
const MAX_EVENTS: usize = 50;
/// How many last lines of a container's log are asked for, and how many bytes at most.
const LOG_LINES: u32 = 10;
const LOG_BYTES: u32 = 4096;
/// How long looking may take: whoever waited in vain should not wait as long again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The object; null where it is gone.
    pub object: Value,
    /// How far it has come.
    pub computed: Computed,
    /// Its events, oldest first.
    pub events: Vec<Value>,
    /// Those of its Pods that are not as they should be.
    pub pods: Vec<PodEvidence>,
    /// How many more of its Pods are not as they should be.
    pub more_pods: usize,
}

/// What is known of one Pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodEvidence {
    /// The Pod.
    pub pod: Value,
    /// Its events, oldest first.
    pub events: Vec<Value>,
    /// The last lines of containers that are not as they should be, by their names.
    pub logs: BTreeMap<String, String>,
}

impl Cluster {
    /// What is known of those of the objects that are not where they should be, and how many more of them there are. What
    /// cannot be had, for want of rights or of time, is left out: this is told beside an error.
    pub fn evidence(&self, objects: &[Object], rules: Rules, now: Timestamp) -> (Vec<Evidence>, usize) {
        let _until = self.until(Instant::now().checked_add(PATIENCE));
        let live = self.get_all(objects);
        let late: Vec<Evidence> =
            objects.iter().zip(live).filter_map(|(object, live)| late(object, live, rules, now)).collect();
        let more = late.len().saturating_sub(MAX_OBJECTS);
        let looked = late.into_iter().take(MAX_OBJECTS).map(|evidence| self.look_into(evidence));
        (looked.collect(), more)
    }

    fn look_into(&self, mut evidence: Evidence) -> Evidence {
        let object = &evidence.object;
        evidence.events = self.events_of(object);
        let mut pods = match string(object, "kind") {
            _ if object.pointer("/metadata/uid").is_none() => Vec::new(),
            _ if object["kind"] == "Pod" => vec![object.clone()],
            _ => self.selected(object, "v1", "Pod").unwrap_or_default(),
        };
        pods.retain(is_late);
        evidence.more_pods = pods.len().saturating_sub(MAX_PODS);
        pods.truncate(MAX_PODS);
        evidence.pods = pods.into_iter().map(|pod| self.pod_evidence(pod)).collect();
        evidence
    }

    fn pod_evidence(&self, pod: Value) -> PodEvidence {
        let (namespace, name) = (string(&pod, "namespace").to_owned(), string(&pod, "name").to_owned());
        let mut logs = BTreeMap::new();
        for of in ["initContainers", "containers"] {
            for container in containers(&pod, of) {
                let Some(previous) = spoke(&pod, container) else { continue };
                if let Ok(text) = self.log_end(&namespace, &name, container, previous)
                    && !text.is_empty()
                {
                    logs.insert(container.to_owned(), text);
                }
            }
        }
        PodEvidence { events: self.events_of(&pod), logs, pod }
    }

    /// The last lines of a container's log, of the run before where `previous` says so.
    fn log_end(&self, namespace: &str, pod: &str, container: &str, previous: bool) -> Result<String, Error> {
        let (lines, bytes) = (LOG_LINES.to_string(), LOG_BYTES.to_string());
        let query = super::query(&[
            ("container", container),
            ("limitBytes", &bytes),
            ("previous", if previous { "true" } else { "false" }),
            ("tailLines", &lines),
        ]);
        let path = format!("{}/log?{query}", super::logs::pod_path(namespace, pod));
        let mut request = Request::new(Method::Get, path);
        request.accept = "*/*";
        Ok(String::from_utf8_lossy(&self.exchange_raw(request)?).into_owned())
    }

    /// The events about an object.
    fn events_of(&self, object: &Value) -> Vec<Value> {
        let Some(uid) = object.pointer("/metadata/uid").and_then(Value::as_str) else { return Vec::new() };
        let namespace = match string(object, "namespace") {
            "" => "default",
            own => own,
        };
        let (selector, limit) = (format!("involvedObject.uid={uid}"), MAX_EVENTS.to_string());
        let query = super::query(&[("fieldSelector", &selector), ("limit", &limit)]);
        let path = format!("/api/v1/namespaces/{}/events?{query}", super::path_segment(namespace));
        let list = self.exchange(Request::new(Method::Get, path)).unwrap_or_default();
        let mut events = list["items"].as_array().cloned().unwrap_or_default();
        events.sort_by_cached_key(|event| event_time(event).to_owned());
        events
    }
}

/// When an event happened last.
pub fn event_time(event: &Value) -> &str {
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    times.iter().find_map(|time| event.pointer(time)?.as_str()).unwrap_or_default()
}

fn late(object: &Object, live: Result<Value, Error>, rules: Rules, now: Timestamp) -> Option<Evidence> {
    let live = match live {
        Ok(live) => live,
        Err(error) if error.is_not_found() => {
            let gone = serde_json::json!({
                "apiVersion": object.resource.api_version(), "kind": object.kind(),
                "metadata": {"name": object.name, "namespace": object.namespace},
            });
            return Some(Evidence { object: gone, computed: Computed::not_found(), ..Evidence::default() });
        }
        Err(_) => return None,
    };
    let computed = status::compute(&live, rules, now);
    let is_late = computed.status != Progress::Current;
    is_late.then(|| Evidence { object: live, computed, ..Evidence::default() })
}

/// Whether a Pod is not, or was not, as it should be.
fn is_late(pod: &Value) -> bool {
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    let ready = pod.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let is_ready = ready.clone().any(|one| one["type"] == "Ready" && one["status"] == "True");
    let is_going = pod.pointer("/metadata/deletionTimestamp").is_some();
    phase != "Succeeded" && !is_ready && !is_going
}

/// Whether a container that is not as it should be wrote something: `Some(true)` where the run before did.
fn spoke(pod: &Value, container: &str) -> Option<bool> {
    let statuses = ["initContainerStatuses", "containerStatuses"];
    let mut all = statuses.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
    let status = all.find(|status| status["name"] == container)?;
    let state = &status["state"];
    if state["terminated"].is_object() {
        return (state["terminated"]["exitCode"] != 0).then_some(false);
    }
    if state["running"].is_object() {
        return (status["ready"] == false).then_some(false);
    }
    status["lastState"]["terminated"].is_object().then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pods_that_are_ready_or_done_or_going_are_as_they_should_be() {
        let with = |status: Value| json!({"metadata": {"name": "a"}, "status": status});
        assert!(is_late(&with(json!({"phase": "Pending"}))));
        assert!(is_late(&with(
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]})
        )));
        assert!(!is_late(&with(
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})
        )));
        assert!(!is_late(&with(json!({"phase": "Succeeded"}))));
        let going = json!({"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}, "status": {"phase": "Pending"}});
        assert!(!is_late(&going));
    }

    #[test]
    fn logs_are_asked_of_those_that_ran() {
        let pod = |status: Value| json!({"status": {"containerStatuses": [status]}});
        let crashed = json!({"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1}}});
        assert_eq!(spoke(&pod(crashed), "a"), Some(true));
        assert_eq!(
            spoke(&pod(json!({"name": "a", "state": {"terminated": {"exitCode": 1}}})), "a"),
            Some(false)
        );
        assert_eq!(spoke(&pod(json!({"name": "a", "state": {"terminated": {"exitCode": 0}}})), "a"), None);
        assert_eq!(
            spoke(&pod(json!({"name": "a", "ready": false, "state": {"running": {}}})), "a"),
            Some(false)
        );
        assert_eq!(
            spoke(&pod(json!({"name": "a", "state": {"waiting": {"reason": "ErrImagePull"}}})), "a"),
            None
        );
    }
}
