//! Cron jobs: a job at each time of a schedule, as `pkg/controller/cronjob` does.

use super::action::{Action, CRON_JOBS, JOBS, Note};
use super::cron::Schedule;
use crate::object::edit::{
    condition_true, deleting, flag, int, list, omit_empty, owned_by, set, stamp, time,
};
use crate::object::{at, name, namespace, text, uid};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use skiff_compact::Order;
use std::time::Duration;

const COMPONENT: &str = "cronjob-controller";
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// So many missed times are worth a warning.
const MANY: i64 = 100;

/// What is to be done for a cron job; `jobs` are those it owns.
#[must_use]
pub fn plan(cron: &Value, jobs: &[Value], now: Timestamp) -> Vec<Action> {
    let mut plan = Plan { cron, now, status: cron["status"].clone(), actions: Vec::new() };
    if !plan.status.is_object() {
        plan.status = json!({});
    }
    plan.look_back(jobs);
    plan.forget_old(jobs);
    if !deleting(cron) {
        plan.look_ahead(jobs);
    }
    plan.finish()
}

struct Plan<'a> {
    cron: &'a Value,
    now: Timestamp,
    status: Value,
    actions: Vec<Action>,
}

fn ended(job: &Value) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|kind| condition_true(job, kind))
}

impl Plan<'_> {
    fn tell(&mut self, warning: bool, reason: &str, message: String) {
        let note = if warning { Note::warning } else { Note::normal };
        self.actions.push(Action::Tell(note(COMPONENT, self.cron, reason, message)));
    }

    fn active(&self) -> Vec<Value> {
        list(&self.status, &["active"]).to_vec()
    }

    /// Jobs that have ended, or are gone, are no longer active.
    fn look_back(&mut self, jobs: &[Value]) {
        let mut active = self.active();
        for job in jobs {
            let place = active.iter().position(|one| text(one, &["uid"]) == uid(job));
            match (ended(job), place) {
                (Some(condition), Some(place)) => {
                    active.remove(place);
                    let message = format!("Saw completed job: {}, condition: {condition}", name(job));
                    self.tell(false, "SawCompletedJob", message);
                }
                (None, None) => {
                    // Made by an earlier pass whose status was not written any more.
                    active.push(job_reference(job));
                }
                _ => {}
            }
            if ended(job) == Some("Complete") {
                let (done, last) =
                    (time(job, &["status", "completionTime"]), time(&self.status, &["lastSuccessfulTime"]));
                if done > last {
                    self.status["lastSuccessfulTime"] = job["status"]["completionTime"].clone();
                }
            }
        }
        let (there, gone): (Vec<Value>, Vec<Value>) =
            active.into_iter().partition(|one| jobs.iter().any(|job| uid(job) == text(one, &["uid"])));
        for one in gone {
            self.tell(false, "MissingJob", format!("Active job went missing: {}", text(&one, &["name"])));
        }
        self.status["active"] = there.into();
    }

    /// Ended jobs beyond the limits go, the oldest first.
    fn forget_old(&mut self, jobs: &[Value]) {
        for (kind, field) in
            [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")]
        {
            let Some(limit) = int(self.cron, &["spec", field]) else { continue };
            let mut old: Vec<&Value> =
                jobs.iter().filter(|job| ended(job) == Some(kind) && !deleting(job)).collect();
            old.order_by_key(|job| (time(job, &["status", "startTime"]), name(job).to_owned()));
            let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
            for job in old.into_iter().take(surplus) {
                self.delete(job);
            }
        }
    }

    fn delete(&mut self, job: &Value) {
        let done =
            Note::normal(COMPONENT, self.cron, "SuccessfulDelete", format!("Deleted job {}", name(job)));
        self.actions.push(Action::Delete { of: JOBS, object: job.clone(), done: Some(done) });
    }

    fn zone(&mut self) -> Option<TimeZone> {
        let wanted = text(self.cron, &["spec", "timeZone"]);
        if wanted.is_empty() || wanted == "Etc/UTC" || wanted == "UTC" {
            return Some(TimeZone::UTC);
        }
        match TimeZone::get(wanted) {
            Ok(zone) => Some(zone),
            Err(_) => {
                let message = format!("invalid timeZone: {wanted:?}: unknown time zone {wanted}");
                self.tell(true, "UnknownTimeZone", message);
                None
            }
        }
    }

    /// Makes the job of a time that has come, and asks to be woken at the next.
    fn look_ahead(&mut self, jobs: &[Value]) {
        let Some(zone) = self.zone() else { return };
        if flag(self.cron, &["spec", "suspend"]) {
            return;
        }
        let written = text(self.cron, &["spec", "schedule"]);
        let schedule = match Schedule::parse(written) {
            Ok(schedule) => schedule,
            Err(error) => {
                let message = format!("unparseable schedule: {written:?} : {error}");
                return self.tell(true, "UnparseableSchedule", message);
            }
        };
        let deadline = int(self.cron, &["spec", "startingDeadlineSeconds"]);
        if let Some(due) = self.latest_due(&schedule, &zone, deadline) {
            let late = deadline.is_some_and(|seconds| due.as_second() + seconds < self.now.as_second());
            let done = time(&self.status, &["lastScheduleTime"]) == Some(due);
            if late {
                let when = due.strftime("%a, %d %b %Y %H:%M:%S +0000");
                self.tell(true, "MissSchedule", format!("Missed scheduled time to start a job: {when}"));
            } else if !done {
                self.start(due, jobs, &zone);
            }
        }
        if let Some(next) = schedule.next(self.now, &zone) {
            let millis = next.as_millisecond() - self.now.as_millisecond();
            // A little later than the time itself, as the real controller looks.
            self.actions.push(Action::Again(Duration::from_millis(u64::try_from(millis).unwrap_or(0) + 100)));
        }
    }

    /// The latest time up to now that has not been served: `mostRecentScheduleTime`.
    fn latest_due(
        &mut self,
        schedule: &Schedule,
        zone: &TimeZone,
        deadline: Option<i64>,
    ) -> Option<Timestamp> {
        let mut since = time(self.cron, &["metadata", "creationTimestamp"])?;
        if let Some(last) = time(&self.status, &["lastScheduleTime"]) {
            since = last;
        }
        if let Some(seconds) = deadline {
            let earliest = Timestamp::from_second(self.now.as_second().saturating_sub(seconds)).ok()?;
            since = since.max(earliest);
        }
        let first = schedule.next(since, zone).filter(|first| *first <= self.now)?;
        let second = schedule.next(first, zone);
        let Some(second) = second.filter(|second| *second <= self.now) else { return Some(first) };
        let apart = (second.as_second() - first.as_second()).max(1);
        let missed = (self.now.as_second() - first.as_second()) / apart + 1;
        if missed > MANY {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.tell(true, "TooManyMissedTimes", message.to_owned());
        }
        let near = Timestamp::from_second(first.as_second() + (missed - 2).max(0) * apart).ok()?;
        let mut latest = near;
        while let Some(next) = schedule.next(latest, zone).filter(|next| *next <= self.now) {
            latest = next;
        }
        Some(latest)
    }

    fn start(&mut self, due: Timestamp, jobs: &[Value], zone: &TimeZone) {
        let running = self.active();
        let object = new_job(self.cron, due, zone);
        if running.iter().any(|one| text(one, &["name"]) == name(&object)) {
            return;
        }
        match text(self.cron, &["spec", "concurrencyPolicy"]) {
            "Forbid" if !running.is_empty() => {
                let message =
                    "Not starting job because prior execution is running and concurrency policy is Forbid";
                return self.tell(false, "JobAlreadyActive", message.to_owned());
            }
            "Replace" => {
                for job in jobs.iter().filter(|job| running.iter().any(|one| text(one, &["uid"]) == uid(job)))
                {
                    self.delete(job);
                }
                self.status["active"] = json!([]);
            }
            _ => {}
        }
        if jobs.iter().all(|job| name(job) != name(&object)) {
            self.actions.push(Action::Create {
                of: JOBS,
                object,
                done: Some(Note::normal(COMPONENT, self.cron, "SuccessfulCreate", "Created job {}")),
                failed: Some(Note::warning(COMPONENT, self.cron, "FailedCreate", "Error creating job: {}")),
            });
        }
        self.status["lastScheduleTime"] = stamp(due);
    }

    fn finish(mut self) -> Vec<Action> {
        omit_empty(&mut self.status, &["active"]);
        // Jobs are made before the status says so: one that exists already is found again.
        self.actions.extend(Action::status_of(CRON_JOBS, self.cron, self.status));
        self.actions
    }
}

fn job_reference(job: &Value) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "name": name(job), "namespace": namespace(job), "uid": uid(job),
        "resourceVersion": job["metadata"]["resourceVersion"],
    })
}

fn new_job(cron: &Value, due: Timestamp, zone: &TimeZone) -> Value {
    let template = &cron["spec"]["jobTemplate"];
    let stem: String = name(cron).chars().take(52).collect();
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": format!("{stem}-{}", due.as_second() / 60), "namespace": namespace(cron),
            "ownerReferences": [owned_by(cron)],
        },
        "spec": template["spec"],
    });
    for field in ["labels", "annotations"] {
        if let Some(value) = at(template, &["metadata", field]).filter(|value| value.is_object()) {
            set(&mut job, &["metadata", field], value.clone());
        }
    }
    let local = due.to_zoned(zone.clone());
    let shown = if *zone == TimeZone::UTC {
        stamp(due)
    } else {
        Value::String(local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    };
    set(&mut job, &["metadata", "annotations", SCHEDULED], shown);
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_(text: &str) -> Timestamp {
        format!("2026-01-01T{text}Z").parse().unwrap_or_default()
    }

    fn cron(spec: &Value) -> Value {
        let mut object = json!({"apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"name": "tick", "namespace": "d", "uid": "c", "creationTimestamp": "2026-01-01T00:00:10Z"},
            "spec": {"schedule": "* * * * *", "concurrencyPolicy": "Allow", "successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 1,
                "jobTemplate": {"metadata": {"labels": {"l": "1"}}, "spec": {"template": {}}}},
            "status": {}});
        for (key, value) in spec.as_object().into_iter().flatten() {
            object["spec"][key] = value.clone();
        }
        object
    }

    fn made(actions: &[Action]) -> Option<&Value> {
        actions.iter().find_map(|action| match action {
            Action::Create { object, .. } => Some(object),
            _ => None,
        })
    }

    fn status(actions: &[Action]) -> Value {
        actions
            .iter()
            .find_map(|action| match action {
                Action::Update { object, .. } => Some(object["status"].clone()),
                _ => None,
            })
            .unwrap_or_default()
    }

    fn job(name: &str, condition: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "d", "uid": name}, "status": {"startTime": format!("2026-01-01T00:0{}:00Z", name.len()),
            "completionTime": "2026-01-01T00:02:00Z", "conditions": [{"type": condition, "status": "True"}]}})
    }

    #[test]
    fn a_job_is_made_when_its_time_has_come() {
        let actions = plan(&cron(&json!({})), &[], at_("00:00:30"));
        assert_eq!((made(&actions), actions.len()), (None, 1));
        assert_eq!(actions[0], Action::Again(Duration::from_millis(30_100)));
        let actions = plan(&cron(&json!({})), &[], at_("00:01:00"));
        let job = made(&actions).cloned().unwrap_or_default();
        assert_eq!(name(&job), "tick-29453761");
        assert_eq!(job["metadata"]["annotations"][SCHEDULED], "2026-01-01T00:01:00Z");
        assert_eq!(status(&actions)["lastScheduleTime"], "2026-01-01T00:01:00Z");
    }

    #[test]
    fn of_many_missed_times_only_the_latest_is_served() {
        let actions = plan(&cron(&json!({})), &[], at_("05:00:30"));
        assert_eq!(status(&actions)["lastScheduleTime"], "2026-01-01T05:00:00Z");
        assert!(
            actions
                .iter()
                .any(|action| matches!(action, Action::Tell(note) if note.reason == "TooManyMissedTimes"))
        );
        let actions = plan(
            &cron(&json!({"startingDeadlineSeconds": 20, "schedule": "0 * * * *"})),
            &[],
            at_("05:00:30"),
        );
        assert_eq!(made(&actions), None);
    }

    #[test]
    fn concurrency_is_allowed_forbidden_or_replaced() {
        let running = json!({"metadata": {"name": "old", "namespace": "d", "uid": "old"}, "status": {}});
        for (policy, makes, deletes) in
            [("Allow", true, false), ("Forbid", false, false), ("Replace", true, true)]
        {
            let mut tick = cron(&json!({"concurrencyPolicy": policy}));
            tick["status"] = json!({"active": [{"name": "old", "uid": "old"}]});
            let actions = plan(&tick, std::slice::from_ref(&running), at_("00:01:00"));
            assert_eq!(made(&actions).is_some(), makes, "{policy}");
            assert_eq!(
                actions.iter().any(|action| matches!(action, Action::Delete { .. })),
                deletes,
                "{policy}"
            );
        }
    }

    #[test]
    fn ended_jobs_leave_the_active_list_and_old_ones_go() {
        let mut tick = cron(&json!({"suspend": true}));
        tick["status"] = json!({"active": [{"name": "bb", "uid": "bb"}, {"name": "gone", "uid": "gone"}]});
        let actions = plan(
            &tick,
            &[job("a", "Complete"), job("bb", "Complete"), job("ccc", "Failed")],
            at_("00:09:00"),
        );
        let deleted: Vec<&str> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Delete { object, .. } => Some(name(object)),
                _ => None,
            })
            .collect();
        assert_eq!(deleted, ["a"]);
        let status = status(&actions);
        assert_eq!(
            (status.get("active"), &status["lastSuccessfulTime"]),
            (None, &json!("2026-01-01T00:02:00Z"))
        );
    }

    #[test]
    fn unknown_zones_and_schedules_are_told() {
        for (spec, reason) in [
            (json!({"timeZone": "No/Where"}), "UnknownTimeZone"),
            (json!({"schedule": "x"}), "UnparseableSchedule"),
        ] {
            let actions = plan(&cron(&spec), &[], at_("00:01:00"));
            assert!(matches!(&actions[0], Action::Tell(note) if note.reason == reason), "{actions:?}");
        }
    }
}
