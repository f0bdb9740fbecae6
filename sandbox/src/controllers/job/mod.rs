//! Jobs: pods until enough have succeeded or too many have failed, as `pkg/controller/job` does.

mod indexes;
mod policy;
mod status;

#[cfg(test)]
mod tests;

use super::action::{Action, JOBS, Note, PODS};
use super::replicaset::pod_from_template;
use crate::object::edit::{deleting, flag, int, list, set, stamp, time};
use crate::object::{name, pod, text, uid};
use jiff::Timestamp;
use policy::Verdict;
pub use policy::of_a_job;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const COMPONENT: &str = "job-controller";
/// The finalizer that keeps a pod until it is counted.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// How many pods one pass makes or deletes at most.
const BURST: i64 = 500;

/// Whether the job has ended, be it well or badly.
#[must_use]
pub fn finished(job: &Value) -> bool {
    use crate::object::edit::condition_true;
    condition_true(job, "Complete") || condition_true(job, "Failed")
}

/// What is to be done for a job; `pods` are those it owns, ended ones too.
#[must_use]
pub fn plan(job: &Value, pods: &[Value], now: Timestamp) -> Vec<Action> {
    if policy::managed_elsewhere(job) {
        return Vec::new();
    }
    if finished(job) {
        return clean_up(job, pods, now);
    }
    let mut plan = Plan::new(job, pods, now);
    plan.decide();
    plan.count_and_finish();
    plan.actions
}

/// The shortest time, in seconds, that a job is kept after its end. Jobs end within a fraction of a second here: one
/// that then went at once would be gone before who made it begins to watch (Helm waits for hooks in that way).
const KEPT: i64 = 2;

/// After the end: pods lose the finalizer, and the job goes after its time to live.
fn clean_up(job: &Value, pods: &[Value], now: Timestamp) -> Vec<Action> {
    let mut actions: Vec<Action> = pods.iter().filter_map(release).collect();
    let Some(ttl) = int(job, &["spec", "ttlSecondsAfterFinished"]).filter(|_| !deleting(job)) else {
        return actions;
    };
    let ended = ["Complete", "Failed"]
        .iter()
        .filter_map(|kind| crate::object::edit::condition(job, kind))
        .filter(|one| one["status"] == "True")
        .find_map(|one| time(one, &["lastTransitionTime"]));
    if let Some(ended) = ended {
        match u64::try_from(ended.as_second() + ttl.max(KEPT) - now.as_second()) {
            Ok(left) if left > 0 => actions.push(Action::again(left)),
            _ => actions.push(Action::delete(JOBS, job)),
        }
    }
    actions
}

/// Takes the tracking finalizer from a pod, where it has one.
#[must_use]
pub fn release(one: &Value) -> Option<Action> {
    let finalizers = list(one, &["metadata", "finalizers"]);
    finalizers.iter().any(|finalizer| finalizer == TRACKING).then(|| {
        let rest: Vec<Value> =
            finalizers.iter().filter(|finalizer| *finalizer != TRACKING).cloned().collect();
        let rest = if rest.is_empty() { Value::Null } else { Value::Array(rest) };
        Action::merge(PODS, one, json!({"metadata": {"finalizers": rest}}))
    })
}

fn tracked(one: &Value) -> bool {
    list(one, &["metadata", "finalizers"]).iter().any(|finalizer| finalizer == TRACKING)
}

struct Plan<'a> {
    job: &'a Value,
    pods: &'a [Value],
    now: Timestamp,
    status: Value,
    actions: Vec<Action>,
    active: i64,
    ready: i64,
    terminating: i64,
    succeeded: i64,
    failed: i64,
    succeeded_indexes: BTreeSet<i64>,
    failed_indexes: Option<BTreeSet<i64>>,
    /// The condition that ends the job: SuccessCriteriaMet, FailureTarget or Failed.
    end: Option<Value>,
}

impl<'a> Plan<'a> {
    fn new(job: &'a Value, pods: &'a [Value], now: Timestamp) -> Self {
        let mut status = job["status"].clone();
        if !status.is_object() {
            status = json!({});
        }
        if !status["uncountedTerminatedPods"].is_object() {
            status["uncountedTerminatedPods"] = json!({});
        }
        let suspended = flag(job, &["spec", "suspend"]);
        if status.get("startTime").is_none_or(Value::is_null) && !suspended {
            status["startTime"] = stamp(now);
        }
        let count =
            |test: &dyn Fn(&&Value) -> bool| i64::try_from(pods.iter().filter(test).count()).unwrap_or(0);
        let mut plan = Self {
            active: count(&|one| pod::active(one)),
            ready: count(&|one| pod::active(one) && pod::ready(one)),
            terminating: count(&|one| pod::terminating(one)),
            job,
            pods,
            now,
            status,
            actions: Vec::new(),
            succeeded: 0,
            failed: 0,
            succeeded_indexes: BTreeSet::new(),
            failed_indexes: None,
            end: None,
        };
        plan.tally();
        plan
    }

    fn completions(&self) -> Option<i64> {
        int(self.job, &["spec", "completions"])
    }

    fn indexed(&self) -> bool {
        text(self.job, &["spec", "completionMode"]) == "Indexed"
    }

    fn per_index(&self) -> Option<i64> {
        int(self.job, &["spec", "backoffLimitPerIndex"])
    }

    fn uncounted(&self, field: &str) -> BTreeSet<String> {
        let uids = list(&self.status, &["uncountedTerminatedPods", field]);
        uids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Counts what has ended so far, counted in the status or not.
    fn tally(&mut self) {
        let (good, bad) = (self.uncounted("succeeded"), self.uncounted("failed"));
        let number = |status: &Value, field| int(status, &[field]).unwrap_or(0);
        let fresh = |uids: &BTreeSet<String>, test: &dyn Fn(&Value) -> bool| {
            let new = self.pods.iter().filter(|one| tracked(one) && test(one) && !uids.contains(uid(one)));
            i64::try_from(new.count() + uids.len()).unwrap_or(0)
        };
        let succeeded =
            number(&self.status, "succeeded") + fresh(&good, &|one| pod::phase(one) == "Succeeded");
        let failed = number(&self.status, "failed")
            + fresh(&bad, &|one| {
                policy::failed(self.job, one) && policy::verdict(self.job, one) != Verdict::Ignore
            });
        (self.succeeded, self.failed) = (succeeded, failed);
        if self.indexed() {
            let completions = self.completions().unwrap_or(0);
            self.succeeded_indexes = indexes::parse(text(&self.status, &["completedIndexes"]), completions);
            let good = self.pods.iter().filter(|one| pod::phase(one) == "Succeeded" && tracked(one));
            self.succeeded_indexes
                .extend(good.filter_map(policy::index).filter(|index| *index < completions));
            self.succeeded = i64::try_from(self.succeeded_indexes.len()).unwrap_or(0);
            if let Some(limit) = self.per_index() {
                let mut set = indexes::parse(text(&self.status, &["failedIndexes"]), completions);
                for one in self.pods.iter().filter(|one| policy::failed(self.job, one)) {
                    let over =
                        index_failures(one) >= limit || policy::verdict(self.job, one) == Verdict::FailIndex;
                    set.extend(policy::index(one).filter(|index| over && *index < completions));
                }
                self.failed_indexes = Some(&set - &self.succeeded_indexes);
            }
        }
    }

    fn condition(&self, kind: &str, reason: &str, message: &str) -> Value {
        json!({
            "type": kind, "status": "True", "reason": reason, "message": message,
            "lastProbeTime": stamp(self.now), "lastTransitionTime": stamp(self.now),
        })
    }

    fn fail(&mut self, reason: &str, message: &str) {
        if self.end.is_none() {
            self.end = Some(self.condition("FailureTarget", reason, message));
        }
    }

    /// Whether the job ends, and else which pods it needs.
    fn decide(&mut self) {
        self.look_for_end();
        if self.end.is_some() {
            let active: Vec<Value> = self.pods.iter().filter(|one| pod::active(one)).cloned().collect();
            for one in &active {
                self.delete(one, false);
            }
            return;
        }
        if !deleting(self.job) {
            self.manage();
        }
        let enough = match self.completions() {
            None => self.succeeded > 0 && self.active == 0,
            Some(wanted) => self.succeeded >= wanted && self.active == 0,
        };
        if enough {
            let message = "Reached expected number of succeeded pods";
            self.end = Some(self.condition("SuccessCriteriaMet", "CompletionsReached", message));
        } else if !deleting(self.job) {
            self.note_suspension();
        }
    }

    fn look_for_end(&mut self) {
        let present = |kind| {
            let found = list(&self.status, &["conditions"]).iter().find(|one| text(one, &["type"]) == kind);
            found.filter(|one| one["status"] == "True").cloned()
        };
        if let Some(met) = present("SuccessCriteriaMet") {
            self.end = Some(met);
            return;
        }
        if let Some(target) = present("FailureTarget") {
            let (reason, message) = (text(&target, &["reason"]), text(&target, &["message"]));
            self.end = Some(self.condition("Failed", reason, message));
            return;
        }
        let fatal =
            self.pods.iter().filter(|one| policy::failed(self.job, one)).find_map(
                |one| match policy::verdict(self.job, one) {
                    Verdict::FailJob(message) => Some(message),
                    _ => None,
                },
            );
        if let Some(message) = fatal {
            self.fail("PodFailurePolicy", &message);
        }
        let limit = int(self.job, &["spec", "backoffLimit"]).unwrap_or(6);
        if self.failed > limit || self.restarts_exceed(limit) {
            self.fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        self.look_at_deadline();
        self.look_at_indexes();
    }

    /// With `restartPolicy: OnFailure`, restarts of containers count.
    fn restarts_exceed(&self, limit: i64) -> bool {
        if text(self.job, &["spec", "template", "spec", "restartPolicy"]) != "OnFailure" {
            return false;
        }
        let running = self.pods.iter().filter(|one| matches!(pod::phase(one), "Running" | "Pending"));
        let restarts: i64 = running
            .flat_map(|one| {
                let init = list(one, &["status", "initContainerStatuses"]);
                init.iter().chain(list(one, &["status", "containerStatuses"]))
            })
            .filter_map(|status| int(status, &["restartCount"]))
            .sum();
        if limit == 0 { restarts > 0 } else { restarts >= limit }
    }

    fn look_at_deadline(&mut self) {
        let Some(seconds) = int(self.job, &["spec", "activeDeadlineSeconds"]) else { return };
        let Some(start) = time(&self.status, &["startTime"]) else { return };
        if flag(self.job, &["spec", "suspend"]) {
            return;
        }
        match u64::try_from(start.as_second() + seconds - self.now.as_second()) {
            Ok(left) if left > 0 => self.actions.push(Action::again(left)),
            _ => self.fail("DeadlineExceeded", "Job was active longer than specified deadline"),
        }
    }

    fn look_at_indexes(&mut self) {
        if !self.indexed() {
            return;
        }
        let completions = self.completions().unwrap_or(0);
        if let Some(failed) = self.failed_indexes.as_ref().map(|set| i64::try_from(set.len()).unwrap_or(0)) {
            let most = int(self.job, &["spec", "maxFailedIndexes"]);
            if most.is_some_and(|most| failed > most) {
                let message = "Job has exceeded the specified maximal number of failed indexes";
                self.fail("MaxFailedIndexesExceeded", message);
            } else if failed > 0 && failed + self.succeeded >= completions {
                self.fail("FailedIndexes", "Job has failed indexes");
            }
        }
        if let (None, Some(rule)) = (&self.end, self.success_rule(completions)) {
            let message = format!("Matched rules at index {rule}");
            self.end = Some(self.condition("SuccessCriteriaMet", "SuccessPolicy", &message));
        }
    }

    fn success_rule(&self, completions: i64) -> Option<usize> {
        let done = &self.succeeded_indexes;
        list(self.job, &["spec", "successPolicy", "rules"]).iter().position(|rule| {
            let count = int(rule, &["succeededCount"]).and_then(|count| usize::try_from(count).ok());
            match rule.get("succeededIndexes").and_then(Value::as_str) {
                Some(wanted) => {
                    let wanted = indexes::parse(wanted, completions);
                    let among = wanted.intersection(done).count();
                    !wanted.is_empty()
                        && !done.is_empty()
                        && (among == wanted.len() || count.is_some_and(|count| among >= count))
                }
                None => count.is_some_and(|count| !done.is_empty() && done.len() >= count),
            }
        })
    }

    fn delete(&mut self, one: &Value, uncounted: bool) {
        if uncounted {
            self.actions.extend(release(one));
        }
        let message = format!("Deleted pod: {}", name(one));
        let done = Some(Note::normal(COMPONENT, self.job, "SuccessfulDelete", message));
        self.actions.push(Action::Delete { of: PODS, object: one.clone(), done });
        self.active -= 1;
        self.terminating += 1;
        self.ready -= i64::from(pod::ready(one));
    }

    /// Makes and deletes pods until as many run as shall: `manageJob`.
    fn manage(&mut self) {
        let mut active: Vec<&Value> = self.pods.iter().filter(|one| pod::active(one)).collect();
        active.sort_by(|a, b| pod::deletion_order((a, 0), (b, 0), self.now));
        if flag(self.job, &["spec", "suspend"]) {
            for one in active {
                self.delete(one, true);
            }
            return;
        }
        let parallelism = int(self.job, &["spec", "parallelism"]).unwrap_or(1);
        let wanted = match self.completions() {
            None if self.succeeded > 0 => self.active,
            None => parallelism,
            Some(completions) => (completions - self.succeeded).min(parallelism).max(0),
        };
        let surplus = usize::try_from((self.active - wanted).min(BURST)).unwrap_or(0);
        for one in active.iter().take(surplus) {
            self.delete(one, true);
        }
        let leaving = if policy::replaces_failed_only(self.job) { self.terminating } else { 0 };
        let missing = (wanted - leaving - self.active).min(BURST);
        if missing <= 0 {
            return;
        }
        if self.per_index().is_none() {
            let (failures, last) = policy::failures_in_a_row(self.job, self.pods);
            if let Some(seconds) = policy::wait(failures, last, self.now) {
                self.actions.push(Action::again(seconds));
                return;
            }
        }
        if self.indexed() {
            self.make_indexes(missing);
        } else {
            for _ in 0..missing {
                let object = self.new_pod();
                self.make(object);
            }
        }
    }

    /// Pods for the first indexes that have none: `firstPendingIndexes`.
    fn make_indexes(&mut self, missing: i64) {
        let busy: BTreeSet<i64> =
            self.pods.iter().filter(|one| pod::active(one)).filter_map(policy::index).collect();
        let mut failures: BTreeMap<i64, (i64, Option<Timestamp>)> = BTreeMap::new();
        for one in self.pods.iter().filter(|one| policy::failed(self.job, one)) {
            if let Some(index) = policy::index(one) {
                let entry = failures.entry(index).or_default();
                *entry = (*entry).max((index_failures(one) + 1, policy::finished_at(one)));
            }
        }
        let mut left = missing;
        for index in 0..self.completions().unwrap_or(0) {
            if left == 0 {
                return;
            }
            let failed = self.failed_indexes.as_ref().is_some_and(|set| set.contains(&index));
            if busy.contains(&index) || self.succeeded_indexes.contains(&index) || failed {
                continue;
            }
            let (count, last) = failures.get(&index).copied().unwrap_or_default();
            if self.per_index().is_some() {
                let count = usize::try_from(count).unwrap_or(0);
                if let Some(seconds) = policy::wait(count, last, self.now) {
                    self.actions.push(Action::again(seconds));
                    continue;
                }
            }
            let object = self.indexed_pod(index, count);
            self.make(object);
            left -= 1;
        }
    }

    fn new_pod(&self) -> Value {
        let mut object = pod_from_template(&self.job["spec"]["template"], self.job);
        let mut finalizers = list(&object, &["metadata", "finalizers"]).to_vec();
        if !finalizers.iter().any(|one| one == TRACKING) {
            finalizers.push(TRACKING.into());
        }
        set(&mut object, &["metadata", "finalizers"], finalizers);
        set(&mut object, &["metadata", "generateName"], format!("{}-", name(self.job)));
        object
    }

    fn indexed_pod(&self, index: i64, failures: i64) -> Value {
        let mut object = self.new_pod();
        let job = name(self.job);
        set(&mut object, &["metadata", "annotations", INDEX], index.to_string());
        set(&mut object, &["metadata", "labels", INDEX], index.to_string());
        if self.per_index().is_some() {
            set(&mut object, &["metadata", "annotations", INDEX_FAILURES], failures.to_string());
        }
        set(&mut object, &["spec", "hostname"], format!("{job}-{index}"));
        set(&mut object, &["metadata", "generateName"], format!("{job}-{index}-"));
        let path = format!("metadata.labels['{INDEX}']");
        let variable =
            json!({"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": path}}});
        for field in ["initContainers", "containers"] {
            for container in object["spec"].get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
            {
                let mut env = list(container, &["env"]).to_vec();
                if !env.iter().any(|one| one["name"] == "JOB_COMPLETION_INDEX") {
                    env.push(variable.clone());
                }
                set(container, &["env"], env);
            }
        }
        object
    }

    fn make(&mut self, object: Value) {
        self.active += 1;
        self.actions.push(Action::Create {
            of: PODS,
            object,
            done: Some(Note::normal(COMPONENT, self.job, "SuccessfulCreate", "Created pod: {}")),
            failed: Some(Note::warning(COMPONENT, self.job, "FailedCreate", "Error creating: {}")),
        });
    }

    fn note_suspension(&mut self) {
        let suspended = flag(self.job, &["spec", "suspend"]);
        let (value, reason, message) = if suspended {
            ("True", "JobSuspended", "Job suspended")
        } else {
            ("False", "JobResumed", "Job resumed")
        };
        let present =
            list(&self.status, &["conditions"]).iter().position(|one| text(one, &["type"]) == "Suspended");
        let same = present.map(|place| self.status["conditions"][place]["status"] == value);
        if same == Some(true) || (same.is_none() && !suspended) {
            return;
        }
        let mut condition = self.condition("Suspended", reason, message);
        condition["status"] = value.into();
        self.put(condition);
        let (event, start) =
            if suspended { ("Suspended", Value::Null) } else { ("Resumed", stamp(self.now)) };
        self.actions.push(Action::Tell(Note::normal(COMPONENT, self.job, event, message)));
        match start {
            Value::Null => {
                crate::object::edit::unset(&mut self.status, &["startTime"]);
            }
            start => self.status["startTime"] = start,
        }
    }

    fn put(&mut self, condition: Value) {
        if !self.status["conditions"].is_array() {
            self.status["conditions"] = json!([]);
        }
        if let Some(conditions) = self.status["conditions"].as_array_mut() {
            match conditions.iter_mut().find(|one| one["type"] == condition["type"]) {
                Some(present) => *present = condition,
                None => conditions.push(condition),
            }
        }
    }
}

fn index_failures(one: &Value) -> i64 {
    crate::object::edit::annotation(one, INDEX_FAILURES).and_then(|text| text.parse().ok()).unwrap_or(0)
}
