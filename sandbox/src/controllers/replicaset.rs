//! Replica sets and replication controllers: as many pods as they ask for, as `pkg/controller/replicaset` does.

use super::action::{Action, Known, Note, PODS, REPLICA_SETS, REPLICATION_CONTROLLERS};
use super::hash::replicas;
use crate::object::edit::{deleting, int, list, map, omit_empty, owned_by, stamp};
use crate::object::{at, name, namespace, pod};
use jiff::Timestamp;
use serde_json::{Value, json};
use skiff_compact::Order;

/// How many pods one pass makes or deletes at most.
const BURST: usize = 500;

/// What is to be done for a replica set or a replication controller: `pods` are those it owns. `failure` is what
/// the last attempt to make or delete pods met, as the reason and message of the condition `ReplicaFailure`.
#[must_use]
pub fn plan(set: &Value, pods: &[Value], failure: Option<&str>, now: Timestamp) -> Vec<Action> {
    let of = if set["kind"] == REPLICA_SETS.kind { REPLICA_SETS } else { REPLICATION_CONTROLLERS };
    let active: Vec<&Value> = pods.iter().filter(|one| pod::active(one)).collect();
    let wanted = usize::try_from(replicas(set)).unwrap_or(0);
    let mut actions = Vec::new();
    // The status first: making a pod may fail, and the counts shall be right even so.
    let status = status(of, set, &active, pods, failure, now);
    actions.extend(Action::status_of(of, set, status));
    let min_ready = int(set, &["spec", "minReadySeconds"]).unwrap_or(0);
    if min_ready > 0 {
        let soonest = active.iter().filter_map(|one| pod::until_available(one, min_ready, now)).min();
        actions.extend(soonest.map(Action::again));
    }
    if deleting(set) {
        return actions;
    }
    if active.len() < wanted {
        let missing = (wanted - active.len()).min(BURST);
        actions.extend((0..missing).map(|_| create(of, set)));
    } else if active.len() > wanted {
        let mut surplus: Vec<&Value> = active.clone();
        surplus.order_by(|a, b| pod::deletion_order((a, 0), (b, 0), now));
        surplus.truncate((active.len() - wanted).min(BURST));
        actions.extend(surplus.into_iter().map(|one| {
            let message = format!("Deleted pod: {}", name(one));
            let note = Note::normal(component(of), set, "SuccessfulDelete", message);
            Action::Delete { of: PODS, object: one.clone(), done: Some(note) }
        }));
    }
    actions
}

fn component(of: Known) -> &'static str {
    if of == REPLICA_SETS { "replicaset-controller" } else { "replication-controller" }
}

fn create(of: Known, set: &Value) -> Action {
    let mut object = pod_from_template(&set["spec"]["template"], set);
    object["metadata"]["generateName"] = format!("{}-", name(set)).into();
    Action::Create {
        of: PODS,
        object,
        done: Some(Note::normal(component(of), set, "SuccessfulCreate", "Created pod: {}")),
        failed: Some(Note::warning(component(of), set, "FailedCreate", "Error creating: {}")),
    }
}

/// A pod of a template, owned by `owner`, without a name: `GetPodFromTemplate`.
#[must_use]
pub fn pod_from_template(template: &Value, owner: &Value) -> Value {
    let mut metadata = json!({"namespace": namespace(owner), "ownerReferences": [owned_by(owner)]});
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = at(template, &["metadata", field]).filter(|value| !value.is_null()) {
            metadata[field] = value.clone();
        }
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
}

fn status(
    of: Known,
    set: &Value,
    active: &[&Value],
    pods: &[Value],
    failure: Option<&str>,
    now: Timestamp,
) -> Value {
    let min_ready = int(set, &["spec", "minReadySeconds"]).unwrap_or(0);
    let template = map(set, &["spec", "template", "metadata", "labels"]);
    let labelled = |one: &&&Value| {
        template.is_none_or(|wanted| {
            let labels = map(one, &["metadata", "labels"]);
            wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
        })
    };
    let mut status = json!({
        "replicas": active.len(),
        "fullyLabeledReplicas": active.iter().filter(labelled).count(),
        "readyReplicas": active.iter().filter(|one| pod::ready(one)).count(),
        "availableReplicas": active.iter().filter(|one| pod::available(one, min_ready, now)).count(),
        "observedGeneration": int(set, &["metadata", "generation"]).unwrap_or(0),
    });
    if of == REPLICA_SETS {
        status["terminatingReplicas"] = pods.iter().filter(|one| pod::terminating(one)).count().into();
    }
    let mut conditions: Vec<Value> = list(set, &["status", "conditions"]).to_vec();
    let present = conditions.iter().position(|one| one["type"] == "ReplicaFailure");
    match (failure, present) {
        (Some(message), None) => {
            let reason = if (active.len() as i64) < replicas(set) { "FailedCreate" } else { "FailedDelete" };
            conditions.push(json!({
                "type": "ReplicaFailure", "status": "True", "reason": reason, "message": message,
                "lastTransitionTime": stamp(now),
            }));
        }
        (None, Some(place)) => {
            conditions.remove(place);
        }
        _ => {}
    }
    status["conditions"] = conditions.into();
    omit_empty(
        &mut status,
        &["fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration", "conditions"],
    );
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T00:01:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn set(size: i64) -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": "web", "namespace": "default", "uid": "s", "generation": 1},
            "spec": {"replicas": size, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}},
            "status": {"replicas": 0},
        })
    }

    fn pod(name: &str, phase: &str, ready: bool) -> Value {
        json!({
            "metadata": {"name": name, "uid": name, "labels": {"app": "web"}},
            "spec": {"nodeName": "n"},
            "status": {"phase": phase, "conditions": [{
                "type": "Ready", "status": if ready { "True" } else { "False" },
                "lastTransitionTime": "2026-01-01T00:00:58Z"}]},
        })
    }

    #[test]
    fn missing_pods_are_made_and_ended_ones_replaced() {
        let pods = [pod("a", "Running", true), pod("b", "Failed", false)];
        let actions = plan(&set(3), &pods, None, now());
        let made = actions.iter().filter(|action| matches!(action, Action::Create { .. })).count();
        assert_eq!(made, 2);
        let Action::Update { object, .. } = &actions[0] else { panic!("the status comes first") };
        assert_eq!(object["status"]["readyReplicas"], 1);
        assert_eq!(object["status"]["replicas"], 1);
        assert_eq!(object["status"]["fullyLabeledReplicas"], 1);
    }

    #[test]
    fn pods_that_are_not_ready_are_deleted_first() {
        let pods = [pod("a", "Running", true), pod("b", "Pending", false), pod("c", "Running", false)];
        let deleted: Vec<String> = plan(&set(1), &pods, None, now())
            .into_iter()
            .filter_map(|action| match action {
                Action::Delete { object, .. } => Some(name(&object).to_owned()),
                _ => None,
            })
            .collect();
        assert_eq!(deleted, ["b", "c"]);
    }

    #[test]
    fn pods_count_as_available_after_their_time_only() {
        let mut web = set(1);
        web["spec"]["minReadySeconds"] = 10.into();
        let actions = plan(&web, &[pod("a", "Running", true)], None, now());
        assert!(actions.contains(&Action::again(8)), "{actions:?}");
        let Action::Update { object, .. } = &actions[0] else { panic!("no status") };
        assert_eq!(object["status"].get("availableReplicas"), None);
    }

    #[test]
    fn a_failure_becomes_a_condition_and_goes_again() {
        let mut web = set(1);
        let Action::Update { object, .. } = &plan(&web, &[], Some("pods is forbidden"), now())[0] else {
            panic!("no status")
        };
        assert_eq!(object["status"]["conditions"][0]["reason"], "FailedCreate");
        web["status"] = object["status"].clone();
        let Action::Update { object, .. } = &plan(&web, &[], None, now())[0] else { panic!("no status") };
        assert_eq!(object["status"].get("conditions"), None);
    }
}
