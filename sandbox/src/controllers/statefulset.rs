//! Stateful sets: pods in order, each with its claims, as `pkg/controller/statefulset` does.

use super::action::{Action, CLAIMS, Note, PODS, STATEFUL_SETS};
use super::hash::{replicas, scaled};
use super::replicaset::pod_from_template;
use super::revisions;
use crate::object::edit::{deleting, int, list, omit_empty, set};
use crate::object::{at, label, name, pod, text, uid};
use jiff::Timestamp;
use serde_json::{Value, json};
use skiff_compact::Order;

const COMPONENT: &str = "statefulset-controller";
const HASH_LABEL: &str = "controller.kubernetes.io/hash";
const POD_REVISION: &str = "controller-revision-hash";
/// How many pods a parallel set makes or deletes in one pass at most.
const BURST: usize = 500;

/// What is to be done for a stateful set: its pods, its revisions, and those claims of its pods that exist.
#[must_use]
pub fn plan(
    set_: &Value,
    pods: &[Value],
    mut revisions: Vec<Value>,
    claims: &[Value],
    now: Timestamp,
) -> Vec<Action> {
    revisions::sort(&mut revisions);
    let chosen = revisions::choose(set_, &revisions, HASH_LABEL);
    let current = revisions
        .iter()
        .find(|one| name(one) == text(set_, &["status", "currentRevision"]))
        .unwrap_or(&chosen.update)
        .clone();
    let mut plan = Plan {
        set: set_,
        current,
        update: chosen.update,
        claims,
        now,
        actions: chosen.actions,
        born: Vec::new(),
        gone: Vec::new(),
    };
    plan.work(pods);
    let status = plan.status(pods);
    let mut actions = plan.actions;
    actions.extend(Action::status_of(STATEFUL_SETS, set_, status).filter(|action| is_news(set_, action)));
    let mut live: Vec<&str> = vec![name(&plan.current), name(&plan.update)];
    live.extend(pods.iter().filter_map(|one| label(one, POD_REVISION)));
    actions.extend(revisions::truncate(set_, &revisions, &live));
    let min_ready = min_ready(set_);
    if min_ready > 0 {
        actions.extend(
            pods.iter().filter_map(|one| pod::until_available(one, min_ready, now)).min().map(Action::again),
        );
    }
    actions
}

/// Whether a status says something new: the real controller does not write one that differs in a missing zero only.
fn is_news(set_: &Value, action: &Action) -> bool {
    let Action::Update { object, .. } = action else { return false };
    let fields = [
        "replicas",
        "currentReplicas",
        "readyReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
    ];
    let number = |object: &Value, field| int(object, &["status", field]).unwrap_or(0);
    fields.iter().any(|field| number(set_, field) != number(object, field))
        || ["currentRevision", "updateRevision"]
            .iter()
            .any(|field| set_["status"][field] != object["status"][field])
}

fn min_ready(set_: &Value) -> i64 {
    int(set_, &["spec", "minReadySeconds"]).unwrap_or(0)
}

/// The number at the end of a pod's name, where the rest is the set's name.
fn ordinal(set_: &Value, pod_name: &str) -> Option<i64> {
    pod_name.strip_prefix(name(set_))?.strip_prefix('-')?.parse().ok().filter(|number| *number >= 0)
}

struct Plan<'a> {
    set: &'a Value,
    current: Value,
    update: Value,
    claims: &'a [Value],
    now: Timestamp,
    actions: Vec<Action>,
    /// Revisions of the pods made in this pass.
    born: Vec<String>,
    /// Revisions of the pods deleted in this pass.
    gone: Vec<String>,
}

impl Plan<'_> {
    fn work(&mut self, pods: &[Value]) {
        if deleting(self.set) {
            return;
        }
        let start = int(self.set, &["spec", "ordinals", "start"]).unwrap_or(0);
        let end = start + replicas(self.set);
        let find = |number: i64| pods.iter().find(|one| ordinal(self.set, name(one)) == Some(number));
        let living: Vec<(i64, Option<&Value>)> = (start..end).map(|number| (number, find(number))).collect();
        let mut condemned: Vec<(i64, &Value)> = pods
            .iter()
            .filter_map(|one| Some((ordinal(self.set, name(one))?, one)))
            .filter(|(number, _)| !(start..end).contains(number))
            .collect();
        condemned.order_by_key(|(number, _)| std::cmp::Reverse(*number));
        let monotonic = text(self.set, &["spec", "podManagementPolicy"]) != "Parallel";
        let stopped = self.process_living(&living, monotonic);
        self.follow_retention(&living, &condemned);
        if stopped && monotonic {
            return;
        }
        let waits = self.process_condemned(&living, &condemned, monotonic);
        if waits && monotonic {
            return;
        }
        if text(self.set, &["spec", "updateStrategy", "type"]) != "OnDelete" {
            self.replace_outdated(&living, start);
        }
    }

    fn available(&self, one: &Value) -> bool {
        pod::available(one, min_ready(self.set), self.now)
    }

    /// Makes what is missing, deletes what has ended. Says whether the set has to wait before it goes on.
    fn process_living(&mut self, living: &[(i64, Option<&Value>)], monotonic: bool) -> bool {
        let mut waits = false;
        for (number, present) in living {
            let wait = match present {
                Some(one) if pod::terminal(one) => {
                    if !deleting(one) {
                        self.delete(one);
                    }
                    true
                }
                Some(one) => {
                    if pod::phase(one) == "Pending" {
                        self.make_claims(*number);
                    }
                    deleting(one) || pod::phase(one) != "Running" || !self.available(one)
                }
                None => {
                    self.make(*number);
                    true
                }
            };
            waits |= wait;
            if wait && (monotonic || self.actions.len() > BURST) {
                return true;
            }
        }
        waits
    }

    fn process_condemned(
        &mut self,
        living: &[(i64, Option<&Value>)],
        condemned: &[(i64, &Value)],
        monotonic: bool,
    ) -> bool {
        let unavailable = |one: &Value| deleting(one) || !self.available(one);
        let first_unavailable = living
            .iter()
            .filter_map(|(_, one)| *one)
            .chain(condemned.iter().rev().map(|(_, one)| *one))
            .find(|one| unavailable(one))
            .map(|one| name(one).to_owned());
        for (_, one) in condemned {
            if deleting(one) {
                if monotonic {
                    return true;
                }
                continue;
            }
            let ready = pod::phase(one) == "Running" && self.available(one);
            if monotonic && !ready && first_unavailable.as_deref() != Some(name(one)) {
                return true;
            }
            self.delete(one);
            if monotonic {
                return true;
            }
        }
        false
    }

    /// Deletes pods of an old revision, the highest ordinal first, as many as may be unavailable.
    fn replace_outdated(&mut self, living: &[(i64, Option<&Value>)], start: i64) {
        let rolling = &self.set["spec"]["updateStrategy"]["rollingUpdate"];
        let partition = int(rolling, &["partition"]).unwrap_or(0);
        let one = json!(1);
        let allowed =
            scaled(Some(at(rolling, &["maxUnavailable"]).unwrap_or(&one)), replicas(self.set), false).max(1);
        let unavailable = living
            .iter()
            .filter(|(_, one)| one.is_none_or(|one| deleting(one) || !self.available(one)))
            .count();
        let mut room = allowed - i64::try_from(unavailable).unwrap_or(i64::MAX);
        let update = name(&self.update).to_owned();
        for (number, present) in living.iter().rev() {
            if room <= 0 || *number - start < partition {
                return;
            }
            let Some(one) = present else { continue };
            if label(one, POD_REVISION) != Some(&update) && !deleting(one) {
                self.delete(one);
                room -= 1;
            }
        }
    }

    fn delete(&mut self, one: &Value) {
        let message = format!("Delete Pod {} in StatefulSet {} successful", name(one), name(self.set));
        let done = Some(Note::normal(COMPONENT, self.set, "SuccessfulDelete", message));
        if !pod::terminal(one) {
            self.gone.push(label(one, POD_REVISION).unwrap_or_default().to_owned());
        }
        self.actions.push(Action::Delete { of: PODS, object: one.clone(), done });
    }

    fn make_claims(&mut self, number: i64) {
        let pod_name = format!("{}-{number}", name(self.set));
        for (_, claim) in revisions::claims(self.set, number) {
            if self.claims.iter().any(|one| name(one) == name(&claim)) {
                continue;
            }
            let (claim_name, set_name) = (name(&claim).to_owned(), name(self.set));
            let done = format!("Create Claim {claim_name} Pod {pod_name} in StatefulSet {set_name} success");
            let failed = format!(
                "Create Claim {claim_name} for Pod {pod_name} in StatefulSet {set_name} failed error: {{}}"
            );
            self.actions.push(Action::Create {
                of: CLAIMS,
                object: claim,
                done: Some(Note::normal(COMPONENT, self.set, "SuccessfulCreate", done)),
                failed: Some(Note::warning(COMPONENT, self.set, "FailedCreate", failed)),
            });
        }
    }

    fn make(&mut self, number: i64) {
        // A claim on its way out would take the pod's data along: wait until it is gone.
        let leaving = revisions::claims(self.set, number)
            .iter()
            .any(|(_, claim)| self.claims.iter().any(|one| name(one) == name(claim) && deleting(one)));
        if leaving {
            self.actions.push(Action::again(1));
            return;
        }
        self.make_claims(number);
        let revision = self.revision_for(number).clone();
        let object = self.new_pod(number, &revision);
        let (pod_name, set_name) = (name(&object).to_owned(), name(self.set));
        let done = format!("Create Pod {pod_name} in StatefulSet {set_name} successful");
        let failed = format!("Create Pod {pod_name} in StatefulSet {set_name} failed error: {{}}");
        self.born.push(name(&revision).to_owned());
        self.actions.push(Action::Create {
            of: PODS,
            object,
            done: Some(Note::normal(COMPONENT, self.set, "SuccessfulCreate", done)),
            failed: Some(Note::warning(COMPONENT, self.set, "FailedCreate", failed)),
        });
    }

    /// Pods below the partition are made at the current revision: `newVersionedStatefulSetPod`.
    fn revision_for(&self, number: i64) -> &Value {
        let start = int(self.set, &["spec", "ordinals", "start"]).unwrap_or(0);
        let strategy = &self.set["spec"]["updateStrategy"];
        let keep = match at(strategy, &["rollingUpdate"]).filter(|rolling| !rolling.is_null()) {
            Some(rolling) => int(rolling, &["partition"]).unwrap_or(0),
            None if text(strategy, &["type"]) == "RollingUpdate" => {
                int(self.set, &["status", "currentReplicas"]).unwrap_or(0)
            }
            None => 0,
        };
        if number < start + keep { &self.current } else { &self.update }
    }

    fn new_pod(&self, number: i64, revision: &Value) -> Value {
        let mut object = pod_from_template(&revisions::template(revision), self.set);
        let pod_name = format!("{}-{number}", name(self.set));
        set(&mut object, &["metadata", "name"], pod_name.clone());
        set(&mut object, &["metadata", "generateName"], format!("{}-", name(self.set)));
        set(&mut object, &["metadata", "labels", "statefulset.kubernetes.io/pod-name"], pod_name.clone());
        set(&mut object, &["metadata", "labels", "apps.kubernetes.io/pod-index"], number.to_string());
        set(&mut object, &["metadata", "labels", POD_REVISION], name(revision));
        set(&mut object, &["spec", "hostname"], pod_name);
        let service = text(self.set, &["spec", "serviceName"]);
        if !service.is_empty() {
            set(&mut object, &["spec", "subdomain"], service);
        }
        let claims = revisions::claims(self.set, number);
        let mut volumes: Vec<Value> = claims
            .iter()
            .map(|(volume, claim)| json!({"name": volume, "persistentVolumeClaim": {"claimName": name(claim)}}))
            .collect();
        let others = list(&object, &["spec", "volumes"])
            .iter()
            .filter(|one| !claims.iter().any(|(volume, _)| one["name"] == volume.as_str()));
        volumes.extend(others.cloned());
        if !volumes.is_empty() {
            set(&mut object, &["spec", "volumes"], volumes);
        }
        object
    }

    /// Owner references on claims, as `persistentVolumeClaimRetentionPolicy` asks: a claim goes with its set, or with
    /// its pod when that is scaled away.
    fn follow_retention(&mut self, living: &[(i64, Option<&Value>)], condemned: &[(i64, &Value)]) {
        let policy =
            |when| text(self.set, &["spec", "persistentVolumeClaimRetentionPolicy", when]) == "Delete";
        let (deleted, scaled_down) = (policy("whenDeleted"), policy("whenScaled"));
        let pods = living.iter().map(|(number, one)| (*number, *one, false));
        let pods = pods.chain(condemned.iter().map(|(number, one)| (*number, Some(*one), true)));
        for (number, present, condemned) in pods {
            for (_, wanted) in revisions::claims(self.set, number) {
                let Some(claim) = self.claims.iter().find(|one| name(one) == name(&wanted)) else { continue };
                let owner = match (deleted, scaled_down, condemned) {
                    (_, true, true) => present,
                    (true, _, false) | (true, false, true) => Some(self.set),
                    _ => None,
                };
                let mut owners = list(claim, &["metadata", "ownerReferences"]).to_vec();
                owners.retain(|one| {
                    uid_of(one) != uid(self.set) && present.is_none_or(|present| uid_of(one) != uid(present))
                });
                owners.extend(owner.map(crate::object::edit::owned_by));
                if owners != list(claim, &["metadata", "ownerReferences"]) {
                    let mut claim = claim.clone();
                    set(&mut claim, &["metadata", "ownerReferences"], owners);
                    self.actions.push(Action::update(CLAIMS, claim));
                }
            }
        }
    }

    fn status(&self, pods: &[Value]) -> Value {
        let mine: Vec<&Value> = pods.iter().filter(|one| ordinal(self.set, name(one)).is_some()).collect();
        let running = |one: &&&Value| pod::phase(one) == "Running" && pod::ready(one);
        let count = |revision: &Value| {
            let present =
                mine.iter().filter(|one| !deleting(one) && label(one, POD_REVISION) == Some(name(revision)));
            let born = self.born.iter().filter(|one| *one == name(revision)).count();
            let gone = self.gone.iter().filter(|one| *one == name(revision)).count();
            (present.count() + born).saturating_sub(gone)
        };
        let (all, ready) = (mine.len() + self.born.len(), mine.iter().filter(running).count());
        let updated = count(&self.update);
        let mut current = (count(&self.current), name(&self.current));
        let wanted = usize::try_from(replicas(self.set)).unwrap_or(0);
        let rolling = text(self.set, &["spec", "updateStrategy", "type"]) != "OnDelete";
        if rolling && [updated, ready, all] == [wanted; 3] {
            current = (updated, name(&self.update));
        }
        let mut status = json!({
            "observedGeneration": self.set["metadata"]["generation"],
            "replicas": all,
            "readyReplicas": ready,
            "availableReplicas": mine.iter().filter(running).filter(|one| self.available(one)).count(),
            "currentReplicas": current.0,
            "updatedReplicas": updated,
            "currentRevision": current.1,
            "updateRevision": name(&self.update),
            "collisionCount": int(self.set, &["status", "collisionCount"]).unwrap_or(0),
        });
        omit_empty(&mut status, &["readyReplicas", "currentReplicas", "updatedReplicas"]);
        status
    }
}

fn uid_of(reference: &Value) -> &str {
    text(reference, &["uid"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T00:01:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn stateful(spec: &Value) -> Value {
        let mut object = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": "db", "namespace": "default", "uid": "s", "generation": 1},
            "spec": {
                "replicas": 3, "serviceName": "db", "podManagementPolicy": "OrderedReady",
                "selector": {"matchLabels": {"app": "db"}},
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
                "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "a", "image": "one"}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}],
            },
            "status": {"replicas": 0, "availableReplicas": 0},
        });
        for (key, value) in spec.as_object().into_iter().flatten() {
            object["spec"][key] = value.clone();
        }
        object
    }

    #[derive(Default)]
    struct World {
        pods: Vec<Value>,
        revisions: Vec<Value>,
        claims: Vec<Value>,
        log: Vec<String>,
    }

    impl World {
        /// Performs one plan; says whether anything but the status changed.
        fn step(&mut self, set_: &mut Value) -> bool {
            let mut acted = false;
            for action in plan(set_, &self.pods, self.revisions.clone(), &self.claims, now()) {
                match action {
                    Action::Create { of, mut object, .. } => {
                        acted = true;
                        self.log.push(format!("+{}", name(&object)));
                        object["metadata"]["uid"] = name(&object).into();
                        if of == PODS {
                            object["status"] = json!({"phase": "Pending"});
                            self.pods.push(object);
                        } else if of == CLAIMS {
                            self.claims.push(object);
                        } else {
                            self.revisions.push(object);
                        }
                    }
                    Action::Delete { of, object, .. } => {
                        acted = true;
                        self.log.push(format!("-{}", name(&object)));
                        let list = if of == PODS { &mut self.pods } else { &mut self.revisions };
                        list.retain(|one| name(one) != name(&object));
                    }
                    Action::Update { part: Some(_), object, .. } => *set_ = object,
                    Action::Update { of, object, .. } => {
                        let list = if of == CLAIMS { &mut self.claims } else { &mut self.revisions };
                        list.retain(|one| name(one) != name(&object));
                        list.push(object);
                    }
                    _ => {}
                }
            }
            acted
        }

        /// One pod that is not ready becomes so.
        fn kubelet(&mut self) -> bool {
            let waiting = self.pods.iter_mut().find(|one| !pod::ready(one));
            let Some(one) = waiting else { return false };
            one["status"] = json!({"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]});
            self.log.push(format!("ready {}", name(one)));
            true
        }

        fn settle(&mut self, set_: &mut Value) {
            for _ in 0..100 {
                let acted = self.step(set_);
                let unready = self.pods.iter().filter(|one| !pod::ready(one)).count();
                let ordered = text(set_, &["spec", "podManagementPolicy"]) != "Parallel";
                assert!(
                    !ordered || unready <= 1,
                    "an ordered set starts one pod after the other: {:?}",
                    self.log
                );
                if !self.kubelet() && !acted {
                    return;
                }
            }
            panic!("never settles: {:?}", self.log);
        }

        fn pods_log(&mut self) -> Vec<String> {
            std::mem::take(&mut self.log)
                .into_iter()
                .filter(|line| !line.contains("data-") && line.len() < 12)
                .collect()
        }
    }

    #[test]
    fn pods_start_in_order_with_their_claims() {
        let (mut db, mut world) = (stateful(&json!({})), World::default());
        world.settle(&mut db);
        assert_eq!(world.pods_log(), ["+db-0", "ready db-0", "+db-1", "ready db-1", "+db-2", "ready db-2"]);
        assert_eq!(
            world.claims.iter().map(name).collect::<Vec<_>>(),
            ["data-db-0", "data-db-1", "data-db-2"]
        );
        assert_eq!(db["status"]["readyReplicas"], 3);
        assert_eq!(db["status"]["currentRevision"], db["status"]["updateRevision"]);
        assert_eq!(world.pods[0]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"], "data-db-0");
    }

    #[test]
    fn an_update_goes_from_the_last_pod_down_to_the_partition() {
        let (mut db, mut world) = (stateful(&json!({})), World::default());
        world.settle(&mut db);
        world.pods_log();
        db["spec"]["template"]["spec"]["containers"][0]["image"] = "two".into();
        db["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = 1.into();
        db["metadata"]["generation"] = 2.into();
        world.settle(&mut db);
        assert_eq!(world.pods_log(), ["-db-2", "+db-2", "ready db-2", "-db-1", "+db-1", "ready db-1"]);
        assert_eq!(db["status"]["currentReplicas"], 1);
        assert_eq!(db["status"]["updatedReplicas"], 2);
        assert_ne!(db["status"]["currentRevision"], db["status"]["updateRevision"]);
        db["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = 0.into();
        world.settle(&mut db);
        assert_eq!(db["status"]["currentReplicas"], 3);
        assert_eq!(db["status"]["currentRevision"], db["status"]["updateRevision"]);
    }

    #[test]
    fn scaling_down_takes_the_highest_first_and_follows_the_claims_policy() {
        let policy = json!({"whenScaled": "Delete", "whenDeleted": "Retain"});
        let (mut db, mut world) =
            (stateful(&json!({"persistentVolumeClaimRetentionPolicy": policy})), World::default());
        world.settle(&mut db);
        world.pods_log();
        db["spec"]["replicas"] = 1.into();
        world.step(&mut db);
        world.step(&mut db);
        assert_eq!(world.pods_log(), ["-db-2", "-db-1"]);
        let claim = world.claims.iter().find(|one| name(one) == "data-db-2").cloned().unwrap_or_default();
        assert_eq!(claim["metadata"]["ownerReferences"][0]["kind"], "Pod");
    }

    #[test]
    fn a_parallel_set_starts_all_at_once_and_on_delete_replaces_none() {
        let spec = json!({"podManagementPolicy": "Parallel", "updateStrategy": {"type": "OnDelete"}});
        let (mut db, mut world) = (stateful(&spec), World::default());
        world.step(&mut db);
        assert_eq!(world.pods_log(), ["+db-0", "+db-1", "+db-2"]);
        world.settle(&mut db);
        world.pods_log();
        db["spec"]["template"]["spec"]["containers"][0]["image"] = "two".into();
        world.settle(&mut db);
        assert_eq!(world.pods_log(), [""; 0]);
    }
}
