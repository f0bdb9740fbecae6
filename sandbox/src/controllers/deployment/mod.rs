//! Deployments: the replica sets that they make, grow and shrink, as `pkg/controller/deployment` does.

mod rolling;
mod sets;
mod status;

#[cfg(test)]
mod tests;

use super::action::{Action, DEPLOYMENTS, Note, REPLICA_SETS};
use super::hash::{replicas, short};
use crate::object::edit::{annotation, deleting, flag, int, map, owned_by, set, unset};
use crate::object::pod;
use crate::object::select::selects_all;
use crate::object::{name, namespace, text};
use jiff::Timestamp;
use serde_json::{Value, json};
use sets::{
    DESIRED, HASH_LABEL, MAXIMUM, REVISION, REVISION_HISTORY, max_surge, new_size, revision, rolling,
    saturated, size,
};

const COMPONENT: &str = "deployment-controller";
/// Annotations of a deployment that its replica sets do not get.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];
/// How long the list of former revisions in an annotation may grow.
const HISTORY_LIMIT: usize = 2000;
/// The longest name of an object.
const NAME_LIMIT: usize = 253;

/// What is to be done for a deployment: `sets` are its replica sets, `pods` the pods of those.
/// The last actions bring the status up to date and ask to look again at the progress deadline.
#[must_use]
pub fn plan(deployment: &Value, sets: Vec<Value>, pods: &[Value], now: Timestamp) -> Vec<Action> {
    let (new, old) = sets::split(deployment, sets);
    let mut plan =
        Plan { before: deployment, deployment: deployment.clone(), new, old, actions: Vec::new(), now };
    if selects_all(&deployment["spec"]["selector"]) {
        return plan.refuse_to_select_all();
    }
    if deleting(deployment) {
        plan.status_only();
        return plan.actions;
    }
    plan.note_pause();
    if flag(deployment, &["spec", "paused"]) {
        if plan.sync_revision(false) {
            plan.scale();
            plan.clean_up();
            plan.status_only();
        }
    } else if plan.scaled_by_user() {
        if plan.sync_revision(false) {
            plan.scale();
            plan.status_only();
        }
    } else if rolling(deployment) {
        plan.roll();
    } else {
        plan.recreate(pods);
    }
    plan.actions
}

/// The deployment after its new replica set's name turned out to be taken by another: the next name differs.
#[must_use]
pub fn collided(deployment: &Value) -> Action {
    let mut deployment = deployment.clone();
    let count = int(&deployment, &["status", "collisionCount"]).unwrap_or(0);
    set(&mut deployment, &["status", "collisionCount"], count + 1);
    Action::status(DEPLOYMENTS, deployment)
}

/// The deployment after its new replica set was refused.
#[must_use]
pub fn refused(deployment: &Value, set_name: &str, why: &str, now: Timestamp) -> Vec<Action> {
    let message = format!("Failed to create new replica set {set_name:?}: {why}");
    let mut actions =
        vec![Action::Tell(Note::warning(COMPONENT, deployment, "ReplicaSetCreateError", &message))];
    if status::deadline(deployment).is_some() {
        let mut deployment = deployment.clone();
        let condition = status::condition("Progressing", "False", "ReplicaSetCreateError", &message, now);
        let mut state = deployment["status"].take();
        status::put(&mut state, condition);
        if status::find(&state, "Progressing") != status::find(&deployment["status"], "Progressing") {
            deployment["status"] = state;
            actions.push(Action::status(DEPLOYMENTS, deployment));
        }
    }
    actions
}

/// Whether two templates are the same but for the hash label: the replica set is the deployment's.
#[must_use]
pub fn same_template(deployment: &Value, replica_set: &Value) -> bool {
    let plain = |object: &Value| super::hash::plain_template(&object["spec"]["template"], HASH_LABEL);
    plain(deployment) == plain(replica_set)
}

struct Plan<'a> {
    before: &'a Value,
    deployment: Value,
    new: Option<Value>,
    old: Vec<Value>,
    actions: Vec<Action>,
    now: Timestamp,
}

impl Plan<'_> {
    fn refuse_to_select_all(mut self) -> Vec<Action> {
        let message = "This deployment is selecting all pods. A non-empty selector is required.";
        self.actions.push(Action::Tell(Note::warning(COMPONENT, self.before, "SelectingAll", message)));
        let generation = self.deployment["metadata"]["generation"].clone();
        set(&mut self.deployment, &["status", "observedGeneration"], generation);
        self.finish();
        self.actions
    }

    /// Writes status and revision where they changed.
    fn finish(&mut self) {
        let changed = self.deployment["status"] != self.before["status"]
            || annotation(&self.deployment, REVISION) != annotation(self.before, REVISION);
        if changed {
            self.actions.push(Action::status(DEPLOYMENTS, self.deployment.clone()));
        }
    }

    fn status_only(&mut self) {
        let status = status::calculate(&self.deployment, self.new.as_ref(), &self.old, self.now);
        self.deployment["status"] = status;
        self.finish();
    }

    fn rollout_status(&mut self) {
        let mut status = status::rollout(&self.deployment, self.new.as_ref(), &self.old, self.now);
        if list_empty(&status) {
            unset(&mut status, &["conditions"]);
        }
        self.deployment["status"] = status;
        self.finish();
        if let Some(seconds) = status::until_deadline(&self.deployment, &self.deployment["status"], self.now)
        {
            self.actions.push(Action::again(seconds));
        }
    }

    /// `checkPausedConditions`.
    fn note_pause(&mut self) {
        if status::deadline(self.before).is_none() {
            return;
        }
        let reason = status::find(&self.deployment["status"], "Progressing")
            .map_or(String::new(), |one| text(one, &["reason"]).to_owned());
        let paused = flag(self.before, &["spec", "paused"]);
        let (reason, message) = match (paused, reason.as_str()) {
            (_, "ProgressDeadlineExceeded") | (true, "DeploymentPaused") => return,
            (true, _) => ("DeploymentPaused", "Deployment is paused"),
            (false, "DeploymentPaused") => ("DeploymentResumed", "Deployment is resumed"),
            _ => return,
        };
        let condition = status::condition("Progressing", "Unknown", reason, message, self.now);
        self.put(condition);
    }

    fn put(&mut self, condition: Value) {
        if !self.deployment["status"].is_object() {
            self.deployment["status"] = json!({});
        }
        status::put(&mut self.deployment["status"], condition);
    }

    /// Whether `spec.replicas` changed since the active replica sets were told: `isScalingEvent`.
    fn scaled_by_user(&self) -> bool {
        let wanted = replicas(self.before);
        self.old.iter().chain(&self.new).filter(|one| replicas(one) > 0).any(|one| {
            annotation(one, DESIRED)
                .and_then(|text| text.parse::<i64>().ok())
                .is_some_and(|desired| desired != wanted)
        })
    }

    /// Brings revision and annotations of the new replica set up to date, and makes it where asked: `getNewReplicaSet`.
    /// False where the plan ends here, since the set is made or changed first.
    fn sync_revision(&mut self, create: bool) -> bool {
        let next = self.old.iter().map(revision).max().unwrap_or(0) + 1;
        let Some(mut new) = self.new.take() else {
            return !create || self.create(next);
        };
        let annotated = self.annotate(&mut new, next);
        let min_ready = int(self.before, &["spec", "minReadySeconds"]).unwrap_or(0);
        let ready_changed = int(&new, &["spec", "minReadySeconds"]).unwrap_or(0) != min_ready;
        if annotated || ready_changed {
            if ready_changed {
                set(&mut new, &["spec", "minReadySeconds"], min_ready);
            }
            self.actions.push(Action::update(REPLICA_SETS, new));
            // The set changes, which brings the deployment here again.
            return false;
        }
        let revision = annotation(&new, REVISION).unwrap_or_default().to_owned();
        set(&mut self.deployment, &["metadata", "annotations", REVISION], revision);
        if status::deadline(self.before).is_some()
            && status::find(&self.deployment["status"], "Progressing").is_none()
        {
            let message = format!("Found new replica set {:?}", name(&new));
            self.put(status::condition("Progressing", "True", "FoundNewReplicaSet", &message, self.now));
        }
        self.new = Some(new);
        true
    }

    fn create(&mut self, next: i64) -> bool {
        let mut new = new_set(&self.deployment);
        let count = new_size(&self.deployment, 0, size(&self.old));
        set(&mut new, &["spec", "replicas"], count);
        self.annotate(&mut new, next);
        self.note_size(&mut new);
        let message = format!("Scaled up replica set {} from 0 to {count}", name(&new));
        let done = (count > 0).then(|| Note::normal(COMPONENT, self.before, "ScalingReplicaSet", message));
        self.actions.push(Action::Create { of: REPLICA_SETS, object: new.clone(), done, failed: None });
        set(&mut self.deployment, &["metadata", "annotations", REVISION], next.to_string());
        if status::deadline(self.before).is_some() {
            let message = format!("Created new replica set {:?}", name(&new));
            self.put(status::condition("Progressing", "True", "NewReplicaSetCreated", &message, self.now));
        }
        self.new = Some(new);
        true
    }

    /// Copies annotations and sets the revision: `SetNewReplicaSetAnnotations`. Says whether anything changed.
    fn annotate(&self, set_: &mut Value, next: i64) -> bool {
        let before = set_["metadata"].get("annotations").cloned();
        for (key, value) in map(self.before, &["metadata", "annotations"]).into_iter().flatten() {
            if !NOT_COPIED.contains(&key.as_str()) {
                set(set_, &["metadata", "annotations", key], value.clone());
            }
        }
        let had = annotation(set_, REVISION).map(str::to_owned);
        let present = match had.as_deref().map(str::parse::<i64>) {
            None => 0,
            Some(Ok(present)) => present,
            // A revision that is no number is somebody's own; it stays.
            Some(Err(_)) => return false,
        };
        if present < next {
            set(set_, &["metadata", "annotations", REVISION], next.to_string());
            if let Some(had) = had {
                let history = history(annotation(set_, REVISION_HISTORY).unwrap_or_default(), &had);
                set(set_, &["metadata", "annotations", REVISION_HISTORY], history);
            }
        }
        set_["metadata"].get("annotations") != before.as_ref()
    }

    /// Notes the deployment's size in a replica set. Says whether that changed anything.
    fn note_size(&self, set_: &mut Value) -> bool {
        let wanted = replicas(self.before);
        let pairs = [(DESIRED, wanted), (MAXIMUM, wanted + max_surge(self.before))];
        let mut changed = false;
        for (key, value) in pairs {
            let value = value.to_string();
            if annotation(set_, key) != Some(&value) {
                set(set_, &["metadata", "annotations", key], value);
                changed = true;
            }
        }
        changed
    }

    /// Scales a replica set: `scaleReplicaSet`. Says whether its size changed.
    fn scale_set(&mut self, which: Which, to: i64, force: bool) -> bool {
        let slot = match which {
            Which::New => self.new.take(),
            Which::Old(place) => self.old.get_mut(place).map(Value::take),
        };
        let Some(mut one) = slot else { return false };
        let from = replicas(&one);
        let mut scaled = false;
        if force || from != to {
            let noted = self.note_size(&mut one);
            if from != to || noted {
                set(&mut one, &["spec", "replicas"], to);
                self.actions.push(Action::update(REPLICA_SETS, one.clone()));
            }
            if from != to {
                let way = if from < to { "up" } else { "down" };
                let message = format!("Scaled {way} replica set {} from {from} to {to}", name(&one));
                self.actions.push(Action::Tell(Note::normal(
                    COMPONENT,
                    self.before,
                    "ScalingReplicaSet",
                    message,
                )));
                scaled = true;
            }
        }
        match which {
            Which::New => self.new = Some(one),
            Which::Old(place) => self.old[place] = one,
        }
        scaled
    }

    /// Deletes old replica sets beyond the limit: `cleanupDeployment`.
    fn clean_up(&mut self) {
        let Some(limit) = int(self.before, &["spec", "revisionHistoryLimit"]) else { return };
        let mut old: Vec<&Value> = self.old.iter().filter(|one| !deleting(one)).collect();
        let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        old.sort_by_key(|one| revision(one));
        for one in old.into_iter().take(surplus) {
            let observed = int(one, &["status", "observedGeneration"]).unwrap_or(0);
            let seen = int(one, &["metadata", "generation"]).unwrap_or(0) <= observed;
            if int(one, &["status", "replicas"]).unwrap_or(0) == 0 && replicas(one) == 0 && seen {
                self.actions.push(Action::delete(REPLICA_SETS, one));
            }
        }
    }

    fn recreate(&mut self, pods: &[Value]) {
        if !self.sync_revision(false) {
            return;
        }
        let mut shrunk = false;
        for place in 0..self.old.len() {
            shrunk |= replicas(&self.old[place]) > 0 && self.scale_set(Which::Old(place), 0, false);
        }
        let new_uid = self.new.as_ref().map(|one| crate::object::uid(one).to_owned());
        let old_pods = sets::status_sum(&self.old, "replicas") > 0
            || pods.iter().any(|one| {
                !pod::terminal(one)
                    && crate::object::edit::controller(one)
                        .is_some_and(|owner| Some(text(owner, &["uid"])) != new_uid.as_deref())
            });
        if !shrunk && !old_pods {
            if self.new.is_none() {
                self.sync_revision(true);
            }
            self.scale_set(Which::New, replicas(self.before), false);
            if status::complete(self.before, &self.before["status"]) {
                self.clean_up();
            }
        }
        self.rollout_status();
    }

    /// Scales in proportion, when the user changed the size or the deployment is paused: `scale`.
    fn scale(&mut self) {
        let wanted = replicas(self.before);
        let active = |one: &Value| replicas(one) > 0;
        let active_old: Vec<usize> = (0..self.old.len()).filter(|place| active(&self.old[*place])).collect();
        let active_new = self.new.as_ref().is_some_and(active);
        match (active_old.as_slice(), active_new) {
            ([], _) if self.new.is_some() => {
                self.scale_set(Which::New, wanted, false);
            }
            // The newest old one, where none is active.
            ([], _) if !self.old.is_empty() => {
                self.scale_set(Which::Old(self.old.len() - 1), wanted, false);
            }
            ([], _) => {}
            ([only], false) => {
                self.scale_set(Which::Old(*only), wanted, false);
            }
            _ if saturated(self.before, self.new.as_ref()) => {
                for place in active_old {
                    self.scale_set(Which::Old(place), 0, false);
                }
            }
            _ if rolling(self.before) => self.scale_in_proportion(&active_old, active_new),
            _ => {}
        }
    }
}

/// One of the replica sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    New,
    Old(usize),
}

fn list_empty(status: &Value) -> bool {
    status.get("conditions").and_then(Value::as_array).is_some_and(Vec::is_empty)
}

/// Former revisions with one more; the oldest go where the list grows too long.
fn history(present: &str, add: &str) -> String {
    let mut revisions: Vec<&str> = present.split(',').filter(|one| !one.is_empty()).collect();
    revisions.push(add);
    while revisions.len() > 1 && revisions.iter().map(|one| one.len() + 1).sum::<usize>() > HISTORY_LIMIT {
        revisions.remove(0);
    }
    revisions.join(",")
}

/// The replica set for the deployment's present template, without a size.
fn new_set(deployment: &Value) -> Value {
    let collisions = int(deployment, &["status", "collisionCount"]);
    let mut template = deployment["spec"]["template"].clone();
    let hash = short(&super::hash::plain_template(&template, HASH_LABEL), collisions);
    set(&mut template, &["metadata", "labels", HASH_LABEL], hash.clone());
    let mut selector = deployment["spec"]["selector"].clone();
    set(&mut selector, &["matchLabels", HASH_LABEL], hash.clone());
    let room = NAME_LIMIT - 1 - hash.len();
    let stem: String = name(deployment).chars().take(room).collect();
    let mut new = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{stem}-{hash}"), "namespace": namespace(deployment),
            "labels": template["metadata"]["labels"], "ownerReferences": [owned_by(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    });
    if let Some(seconds) = int(deployment, &["spec", "minReadySeconds"]).filter(|seconds| *seconds != 0) {
        set(&mut new, &["spec", "minReadySeconds"], seconds);
    }
    new
}
