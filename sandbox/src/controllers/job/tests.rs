use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap_or_default()
}

fn job(spec: &Value) -> Value {
    let mut object = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "work", "namespace": "default", "uid": "j", "generation": 1},
        "spec": {
            "parallelism": 1, "completions": 1, "backoffLimit": 2, "completionMode": "NonIndexed",
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a"}]}},
        },
        "status": {},
    });
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    object
}

struct World {
    job: Value,
    pods: Vec<Value>,
    clock: i64,
    made: usize,
    events: Vec<String>,
    /// Exit codes of the pods to come; 0 when there are no more.
    codes: Vec<i64>,
}

impl World {
    fn new(job: Value, codes: &[i64]) -> Self {
        Self { job, pods: Vec::new(), clock: 0, made: 0, events: Vec::new(), codes: codes.to_vec() }
    }

    fn step(&mut self) -> (bool, Option<u64>) {
        let (mut acted, mut wait) = (false, None);
        for action in plan(&self.job, &self.pods, at(self.clock)) {
            match action {
                Action::Create { mut object, .. } => {
                    self.made += 1;
                    object["metadata"]["name"] = format!("p{}", self.made).into();
                    object["metadata"]["uid"] = format!("p{}", self.made).into();
                    object["status"] = json!({"phase": "Running"});
                    self.pods.push(object);
                    acted = true;
                }
                Action::Delete { object, .. } => {
                    for one in self.pods.iter_mut().filter(|one| name(one) == name(&object)) {
                        one["metadata"]["deletionTimestamp"] = stamp(at(self.clock));
                    }
                    acted = true;
                }
                Action::Update { object, .. } => {
                    self.job = object;
                    acted = true;
                }
                Action::Merge { name: target, .. } => {
                    for one in self.pods.iter_mut().filter(|one| name(one) == target) {
                        crate::object::edit::unset(one, &["metadata", "finalizers"]);
                    }
                    acted = true;
                }
                Action::Tell(note) => self.events.push(note.reason),
                Action::Again(duration) => {
                    wait = wait.min(Some(duration.as_secs())).or(Some(duration.as_secs()))
                }
            }
        }
        self.pods.retain(|one| !deleting(one) || tracked(one));
        (acted, wait)
    }

    fn end_one(&mut self) -> bool {
        let Some(one) = self.pods.iter_mut().find(|one| pod::active(one)) else { return false };
        let code = if self.codes.is_empty() { 0 } else { self.codes.remove(0) };
        let phase = if code == 0 { "Succeeded" } else { "Failed" };
        let ended = json!({"exitCode": code, "finishedAt": stamp(at(self.clock))});
        one["status"] =
            json!({"phase": phase, "containerStatuses": [{"name": "a", "state": {"terminated": ended}}]});
        true
    }

    fn run(&mut self) {
        for _ in 0..300 {
            let (acted, wait) = self.step();
            let parallelism = int(&self.job, &["spec", "parallelism"]).unwrap_or(1);
            let active = self.pods.iter().filter(|one| pod::active(one)).count();
            assert!(i64::try_from(active).unwrap_or(0) <= parallelism, "{active} pods run at once");
            if acted || (!finished(&self.job) && self.end_one()) {
                continue;
            }
            match wait {
                Some(seconds) if !finished(&self.job) => self.clock += i64::try_from(seconds).unwrap_or(0),
                _ => return,
            }
        }
        panic!("the job never ends: {:#}", self.job["status"]);
    }

    fn condition(&self, kind: &str) -> Value {
        crate::object::edit::condition(&self.job, kind).cloned().unwrap_or_default()
    }
}

#[test]
fn a_job_that_succeeds_is_complete_and_frees_its_pods() {
    let mut world = World::new(job(&json!({"completions": 3, "parallelism": 2})), &[]);
    world.run();
    assert_eq!(world.job["status"]["succeeded"], 3);
    assert_eq!(world.condition("Complete")["reason"], "CompletionsReached");
    assert_eq!(world.condition("SuccessCriteriaMet")["status"], "True");
    assert_eq!(world.job["status"]["uncountedTerminatedPods"], json!({}));
    assert_eq!(world.job["status"].get("active"), None);
    assert!(world.pods.iter().all(|one| !tracked(one)));
    assert_eq!(world.events, ["Completed"]);
}

#[test]
fn failures_are_retried_after_growing_waits_up_to_the_limit() {
    let mut world = World::new(job(&json!({})), &[1, 1, 0]);
    world.run();
    assert_eq!(world.job["status"]["failed"], 2);
    assert_eq!(world.condition("Complete")["status"], "True");
    assert_eq!(world.clock, 10 + 20);
    let mut world = World::new(job(&json!({})), &[1, 1, 1, 0]);
    world.run();
    assert_eq!(world.condition("Failed")["reason"], "BackoffLimitExceeded");
    assert_eq!(world.condition("FailureTarget")["message"], "Job has reached the specified backoff limit");
    assert_eq!(world.job["status"]["failed"], 3);
    assert_eq!(world.events, ["BackoffLimitExceeded"]);
}

#[test]
fn a_deadline_ends_the_job_and_its_pods() {
    let mut world = World::new(job(&json!({"activeDeadlineSeconds": 5})), &[]);
    world.step();
    world.clock = 5;
    for _ in 0..6 {
        world.step();
    }
    assert_eq!(world.condition("Failed")["reason"], "DeadlineExceeded");
    assert!(world.pods.is_empty());
}

#[test]
fn an_indexed_job_completes_each_index_once() {
    let mut world =
        World::new(job(&json!({"completionMode": "Indexed", "completions": 4, "parallelism": 2})), &[0, 1]);
    world.run();
    assert_eq!(world.job["status"]["completedIndexes"], "0-3");
    assert_eq!(world.job["status"]["succeeded"], 4);
    assert_eq!(world.job["status"]["failed"], 1);
    assert_eq!(world.pods[0]["spec"]["hostname"], "work-0");
    assert_eq!(world.condition("Complete")["status"], "True");
}

#[test]
fn failed_indexes_fail_the_job_once_all_others_are_done() {
    let spec = json!({"completionMode": "Indexed", "completions": 2, "backoffLimit": 100, "backoffLimitPerIndex": 1});
    let mut world = World::new(job(&spec), &[1, 0, 1]);
    world.run();
    assert_eq!(world.job["status"]["failedIndexes"], "0");
    assert_eq!(world.job["status"]["completedIndexes"], "1");
    assert_eq!(world.condition("Failed")["reason"], "FailedIndexes");
}

#[test]
fn the_failure_policy_ignores_counts_and_fails() {
    let policy = json!({"podFailurePolicy": {"rules": [
        {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [7]}},
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
    ]}});
    let mut world = World::new(job(&policy), &[7, 7, 7, 7, 0]);
    world.run();
    assert_eq!(world.condition("Complete")["status"], "True");
    let mut world = World::new(job(&policy), &[42]);
    world.run();
    assert_eq!(world.condition("Failed")["reason"], "PodFailurePolicy");
    assert_eq!(
        world.condition("Failed")["message"],
        "Container a for pod default/p1 failed with exit code 42 matching FailJob rule at index 1"
    );
}

#[test]
fn a_suspended_job_has_no_pods_until_it_is_resumed() {
    let mut world = World::new(job(&json!({"suspend": true})), &[]);
    world.run();
    assert_eq!(world.made, 0);
    assert_eq!(world.condition("Suspended")["status"], "True");
    world.job["spec"]["suspend"] = false.into();
    world.run();
    assert_eq!(world.condition("Suspended")["reason"], "JobResumed");
    assert_eq!(world.condition("Complete")["status"], "True");
}

#[test]
fn a_finished_job_goes_after_its_time_to_live() {
    let mut world = World::new(job(&json!({"ttlSecondsAfterFinished": 60})), &[]);
    world.run();
    let actions = plan(&world.job, &world.pods, at(world.clock + 59));
    assert_eq!(actions, [Action::again(1)]);
    let actions = plan(&world.job, &world.pods, at(world.clock + 60));
    assert!(matches!(actions[..], [Action::Delete { .. }]), "{actions:?}");
}

#[test]
fn a_finished_job_without_time_to_live_is_kept_until_it_can_be_seen() {
    let mut world = World::new(job(&json!({"ttlSecondsAfterFinished": 0})), &[]);
    world.run();
    let actions = plan(&world.job, &world.pods, at(world.clock + 1));
    assert_eq!(actions, [Action::again(1)]);
    let actions = plan(&world.job, &world.pods, at(world.clock + 2));
    assert!(matches!(actions[..], [Action::Delete { .. }]), "{actions:?}");
}

#[test]
fn a_success_policy_ends_the_job_early() {
    let spec = json!({"completionMode": "Indexed", "completions": 5, "parallelism": 2,
        "successPolicy": {"rules": [{"succeededIndexes": "0-1"}]}});
    let mut world = World::new(job(&spec), &[]);
    world.run();
    assert_eq!(world.condition("Complete")["reason"], "SuccessPolicy");
    assert_eq!(world.condition("Complete")["message"], "Matched rules at index 0");
}
