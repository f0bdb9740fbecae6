//! Daemon sets: one pod on each node that takes it, as `pkg/controller/daemon` does.

use super::action::{Action, DAEMON_SETS, Note, PODS};
use super::hash::scaled;
use super::replicaset::pod_from_template;
use super::revisions;
use crate::node::schedule::{matches_node, tolerates};
use crate::object::edit::{annotation, deleting, int, list, omit_empty, set};
use crate::object::{at, label, name, pod, text};
use jiff::Timestamp;
use serde_json::{Value, json};
use skiff_compact::Order;

const COMPONENT: &str = "daemonset-controller";
const HASH_LABEL: &str = "controller-revision-hash";
const GENERATION_LABEL: &str = "pod-template-generation";
const GENERATION: &str = "deprecated.daemonset.template.generation";

/// What is to be done for a daemon set: its pods, its revisions, all nodes.
#[must_use]
pub fn plan(
    set_: &Value,
    pods: &[Value],
    mut revisions: Vec<Value>,
    nodes: &[Value],
    now: Timestamp,
) -> Vec<Action> {
    revisions::sort(&mut revisions);
    let chosen = revisions::choose(set_, &revisions, HASH_LABEL);
    let hash = revisions::hash(&chosen.update, HASH_LABEL).to_owned();
    let mut plan = Plan { set: set_, pods, nodes, hash, now, actions: chosen.actions };
    let status = plan.status();
    if !deleting(set_) {
        let busy = plan.manage();
        if !busy && text(set_, &["spec", "updateStrategy", "type"]) != "OnDelete" {
            plan.roll();
        }
        let mut live: Vec<String> = vec![plan.hash.clone()];
        live.extend(pods.iter().filter_map(|one| label(one, HASH_LABEL)).map(str::to_owned));
        let names: Vec<&str> = revisions
            .iter()
            .filter(|one| live.iter().any(|hash| hash == revisions::hash(one, HASH_LABEL)))
            .map(name)
            .collect();
        plan.actions.extend(revisions::truncate(set_, &revisions, &names));
    }
    plan.actions.extend(Action::status_of(DAEMON_SETS, set_, status));
    let min_ready = plan.min_ready();
    if min_ready > 0 {
        let soonest = pods.iter().filter_map(|one| pod::until_available(one, min_ready, now)).min();
        plan.actions.extend(soonest.map(Action::again));
    }
    plan.actions
}

struct Plan<'a> {
    set: &'a Value,
    pods: &'a [Value],
    nodes: &'a [Value],
    hash: String,
    now: Timestamp,
    actions: Vec<Action>,
}

/// The node that a pod is on, or is meant for.
fn target(one: &Value) -> &str {
    let node = pod::node(one);
    if !node.is_empty() {
        return node;
    }
    let terms = list(
        one,
        &[
            "spec",
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ],
    );
    terms
        .iter()
        .flat_map(|term| list(term, &["matchFields"]))
        .find(|field| field["key"] == "metadata.name")
        .and_then(|field| list(field, &["values"]).first())
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Plan<'_> {
    fn min_ready(&self) -> i64 {
        int(self.set, &["spec", "minReadySeconds"]).unwrap_or(0)
    }

    /// Whether a node shall run a pod, and whether one that runs there may stay: `NodeShouldRunDaemonPod`.
    fn should_run(&self, node: &Value) -> (bool, bool) {
        let one = self.new_pod(name(node));
        let wanted = text(self.set, &["spec", "template", "spec", "nodeName"]);
        if !(wanted.is_empty() || wanted == name(node)) || !matches_node(&one, node) {
            return (false, false);
        }
        let untolerated = |effects: &[&str]| {
            list(node, &["spec", "taints"])
                .iter()
                .any(|taint| effects.contains(&text(taint, &["effect"])) && !tolerates(&one, taint))
        };
        if untolerated(&["NoSchedule", "NoExecute"]) {
            (false, !untolerated(&["NoExecute"]))
        } else {
            (true, true)
        }
    }

    fn on(&self, node: &str) -> Vec<&Value> {
        let mut pods: Vec<&Value> = self.pods.iter().filter(|one| target(one) == node).collect();
        pods.order_by_key(|one| {
            (
                pod::node(one).is_empty(),
                text(one, &["metadata", "creationTimestamp"]).to_owned(),
                name(one).to_owned(),
            )
        });
        pods
    }

    fn surge(&self) -> i64 {
        self.allowed("maxSurge", 0, true)
    }

    fn allowed(&self, field: &str, default: i64, up: bool) -> i64 {
        let default = json!(default);
        let value = at(self.set, &["spec", "updateStrategy", "rollingUpdate", field]).unwrap_or(&default);
        let wanted = self.nodes.iter().filter(|node| self.should_run(node).0).count();
        scaled(Some(value), i64::try_from(wanted).unwrap_or(0), up)
    }

    /// Makes missing pods, deletes surplus and ended ones. Says whether there was anything to do.
    fn manage(&mut self) -> bool {
        let before = self.actions.len();
        let nodes = self.nodes;
        for node in nodes {
            let here: Vec<Value> =
                self.on(name(node)).into_iter().filter(|one| !deleting(one)).cloned().collect();
            let leaving = self.on(name(node)).iter().any(|one| deleting(one));
            let (run, stay) = self.should_run(node);
            if !stay {
                for one in &here {
                    self.delete(one);
                }
                continue;
            }
            let mut running = Vec::new();
            for one in &here {
                let (phase, who) =
                    (pod::phase(one), format!("{}/{}", crate::object::namespace(one), name(one)));
                let node = name(node);
                match phase {
                    "Failed" => {
                        let message =
                            format!("Found failed daemon pod {who} on node {node}, will try to kill it");
                        self.actions.push(Action::Tell(Note::warning(
                            COMPONENT,
                            self.set,
                            "FailedDaemonPod",
                            message,
                        )));
                        self.delete(one);
                    }
                    "Succeeded" => {
                        let message =
                            format!("Found succeeded daemon pod {who} on node {node}, will try to delete it");
                        self.actions.push(Action::Tell(Note::normal(
                            COMPONENT,
                            self.set,
                            "SucceededDaemonPod",
                            message,
                        )));
                        self.delete(one);
                    }
                    _ => running.push(one),
                }
            }
            let ended = here.len() > running.len();
            if run && running.is_empty() && !ended && !leaving {
                let object = self.new_pod(name(node));
                self.make(object);
            } else if running.len() > 1 && self.surge() == 0 {
                for one in &running[1..] {
                    self.delete(one);
                }
            }
        }
        // Pods for nodes that are gone.
        let lost: Vec<Value> = self
            .pods
            .iter()
            .filter(|one| pod::node(one).is_empty() && !deleting(one))
            .filter(|one| !nodes.iter().any(|node| name(node) == target(one)))
            .cloned()
            .collect();
        for one in &lost {
            self.delete(one);
        }
        self.actions.len() > before
    }

    fn is_new(&self, one: &Value) -> bool {
        label(one, HASH_LABEL) == Some(&self.hash)
    }

    /// Replaces pods of an old template, as many at a time as may be unavailable; with surge, the new one comes first.
    fn roll(&mut self) {
        let min_ready = self.min_ready();
        let now = self.now;
        let available = move |one: &Value| pod::available(one, min_ready, now);
        if self.surge() > 0 {
            return self.roll_with_surge(available);
        }
        let most = self.allowed("maxUnavailable", 1, true);
        let mut unavailable = 0;
        let (mut broken, mut candidates) = (Vec::new(), Vec::new());
        for node in self.nodes {
            let here = self.on(name(node));
            let alive: Vec<&Value> = here.iter().copied().filter(|one| !deleting(one)).collect();
            let new = alive.iter().find(|one| self.is_new(one));
            let old = alive.iter().find(|one| !self.is_new(one));
            match (new, old) {
                (Some(new), _) if !available(new) => unavailable += 1,
                (Some(_), _) => {}
                (None, Some(old)) if !available(old) => {
                    unavailable += 1;
                    broken.push((*old).clone());
                }
                (None, Some(old)) => candidates.push((*old).clone()),
                (None, None) if self.should_run(node).0 => unavailable += 1,
                (None, None) => {}
            }
        }
        let room = usize::try_from(most - unavailable).unwrap_or(0);
        for one in broken.iter().chain(candidates.iter().take(room)) {
            self.delete(one);
        }
    }

    fn roll_with_surge(&mut self, available: impl Fn(&Value) -> bool) {
        let mut room = self.surge();
        let (mut go, mut make) = (Vec::new(), Vec::new());
        for node in self.nodes {
            let alive: Vec<&Value> = self.on(name(node)).into_iter().filter(|one| !deleting(one)).collect();
            let new = alive.iter().find(|one| self.is_new(one));
            let Some(old) = alive.iter().find(|one| !self.is_new(one)) else { continue };
            match new {
                Some(new) if available(new) => go.push((*old).clone()),
                Some(_) => room -= 1,
                None if !available(old) => make.push(name(node).to_owned()),
                None if room > 0 && self.should_run(node).0 => {
                    room -= 1;
                    make.push(name(node).to_owned());
                }
                None => {}
            }
        }
        for one in &go {
            self.delete(one);
        }
        for node in make {
            let object = self.new_pod(&node);
            self.make(object);
        }
    }

    fn delete(&mut self, one: &Value) {
        let note =
            Note::normal(COMPONENT, self.set, "SuccessfulDelete", format!("Deleted pod: {}", name(one)));
        self.actions.push(Action::Delete { of: PODS, object: one.clone(), done: Some(note) });
    }

    fn make(&mut self, object: Value) {
        self.actions.push(Action::Create {
            of: PODS,
            object,
            done: Some(Note::normal(COMPONENT, self.set, "SuccessfulCreate", "Created pod: {}")),
            failed: Some(Note::warning(COMPONENT, self.set, "FailedCreate", "Error creating: {}")),
        });
    }

    fn new_pod(&self, node: &str) -> Value {
        let mut object = pod_from_template(&self.set["spec"]["template"], self.set);
        set(&mut object, &["metadata", "generateName"], format!("{}-", name(self.set)));
        set(&mut object, &["metadata", "labels", HASH_LABEL], self.hash.clone());
        if let Some(generation) = annotation(self.set, GENERATION) {
            set(&mut object, &["metadata", "labels", GENERATION_LABEL], generation);
        }
        // The node by name, besides what the template asks of nodes.
        let path = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
        let fields = json!([{"key": "metadata.name", "operator": "In", "values": [node]}]);
        let kept = at(self.set, &["spec", "template"]).and_then(|template| at(template, &path)).cloned();
        let terms = match kept {
            // What the template asks of nodes was asked when the node was chosen.
            Some(_) | None => json!([{"matchFields": fields}]),
        };
        if node_accepts(self.set, node, self.nodes) {
            set(&mut object, &[path[0], path[1], path[2], path[3], "nodeSelectorTerms"], terms);
        }
        let host = at(&object, &["spec", "hostNetwork"]).and_then(Value::as_bool).unwrap_or(false);
        let tolerations = [
            ("not-ready", "NoExecute", true),
            ("unreachable", "NoExecute", true),
            ("disk-pressure", "NoSchedule", true),
            ("memory-pressure", "NoSchedule", true),
            ("pid-pressure", "NoSchedule", true),
            ("unschedulable", "NoSchedule", true),
            ("network-unavailable", "NoSchedule", host),
        ];
        let mut all = list(&object, &["spec", "tolerations"]).to_vec();
        for (key, effect, _) in tolerations.into_iter().filter(|(_, _, wanted)| *wanted) {
            let one =
                json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect});
            if !all.contains(&one) {
                all.push(one);
            }
        }
        set(&mut object, &["spec", "tolerations"], all);
        object
    }

    fn status(&self) -> Value {
        let min_ready = self.min_ready();
        let (mut desired, mut current, mut misplaced, mut ready, mut updated, mut available) =
            (0, 0, 0, 0, 0, 0);
        for node in self.nodes {
            let here = self.on(name(node));
            match (self.should_run(node).0, here.first()) {
                (true, Some(one)) => {
                    desired += 1;
                    current += 1;
                    ready += i64::from(pod::ready(one));
                    available += i64::from(pod::available(one, min_ready, self.now));
                    updated += i64::from(self.is_new(one));
                }
                (true, None) => desired += 1,
                (false, Some(_)) => misplaced += 1,
                (false, None) => {}
            }
        }
        let mut status = json!({
            "currentNumberScheduled": current, "numberMisscheduled": misplaced, "desiredNumberScheduled": desired,
            "numberReady": ready, "observedGeneration": int(self.set, &["metadata", "generation"]).unwrap_or(0),
            "updatedNumberScheduled": updated, "numberAvailable": available, "numberUnavailable": desired - available,
        });
        for field in ["collisionCount", "conditions"] {
            if let Some(value) = self.set["status"].get(field) {
                status[field] = value.clone();
            }
        }
        let optional =
            ["observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable"];
        omit_empty(&mut status, &optional);
        status
    }
}

/// Whether the template's own affinity accepts the node: only then may the node's name replace it.
fn node_accepts(set_: &Value, node: &str, nodes: &[Value]) -> bool {
    let template = &set_["spec"]["template"];
    nodes.iter().find(|one| name(one) == node).is_some_and(|one| matches_node(template, one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T00:01:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn daemon(strategy: Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": {"name": "ds", "namespace": "d", "uid": "s", "generation": 1, "annotations": {GENERATION: "1"}},
            "spec": {"updateStrategy": strategy, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "one"}]}}},
            "status": {}})
    }

    fn node(name: &str) -> Value {
        json!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {}})
    }

    struct World {
        pods: Vec<Value>,
        revisions: Vec<Value>,
        most_missing: usize,
        most_pods: usize,
    }

    fn settle(set_: &mut Value, world: &mut World, nodes: &[Value]) {
        for _ in 0..60 {
            let mut acted = false;
            for action in plan(set_, &world.pods, world.revisions.clone(), nodes, now()) {
                match action {
                    Action::Create { of: PODS, mut object, .. } => {
                        let node = target(&object).to_owned();
                        object["metadata"]["name"] = format!("p{}-{node}", world.pods.len() + 100).into();
                        object["spec"]["nodeName"] = node.into();
                        world.pods.push(object);
                        acted = true;
                    }
                    Action::Create { object, .. } => world.revisions.push(object),
                    Action::Delete { of: PODS, object, .. } => {
                        world.pods.retain(|one| name(one) != name(&object));
                        acted = true;
                    }
                    Action::Update { part: Some(_), object, .. } => *set_ = object,
                    _ => {}
                }
            }
            let ready = world.pods.iter().filter(|one| pod::ready(one)).count();
            world.most_missing = world.most_missing.max(nodes.len().saturating_sub(ready));
            world.most_pods = world.most_pods.max(world.pods.len());
            let waiting = world.pods.iter_mut().find(|one| !pod::ready(one));
            if let Some(one) = waiting {
                one["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]});
                acted = true;
            }
            if !acted {
                return;
            }
        }
        panic!("never settles");
    }

    #[test]
    fn each_node_gets_a_pod_and_updates_go_one_by_one() {
        for (strategy, missing, pods) in [
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}), 1, 3),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}), 0, 4),
        ] {
            let mut tainted = node("c");
            tainted["spec"]["taints"] = json!([{"key": "x", "effect": "NoSchedule"}]);
            let nodes = [node("a"), node("b"), node("e")];
            let mut set_ = daemon(strategy);
            let mut world = World { pods: Vec::new(), revisions: Vec::new(), most_missing: 0, most_pods: 0 };
            settle(&mut set_, &mut world, &[&nodes[..], &[tainted]].concat());
            assert_eq!(set_["status"]["numberReady"], 3);
            assert_eq!(set_["status"]["desiredNumberScheduled"], 3);
            (world.most_missing, world.most_pods) = (0, 0);
            set_["spec"]["template"]["spec"]["containers"][0]["image"] = "two".into();
            settle(&mut set_, &mut world, &nodes);
            assert_eq!(set_["status"]["updatedNumberScheduled"], 3);
            assert_eq!((world.most_missing, world.most_pods), (missing, pods));
            assert_eq!(world.revisions.len(), 2);
        }
    }

    #[test]
    fn without_nodes_the_status_has_its_required_zeros() {
        let actions = plan(&daemon(json!({})), &[], Vec::new(), &[], now());
        let Some(Action::Update { object, .. }) = actions.last() else { panic!("{actions:?}") };
        assert_eq!(
            object["status"],
            json!({"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0, "observedGeneration": 1})
        );
    }
}
