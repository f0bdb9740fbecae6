//! Counting ended pods and ending the job: pods are first named in the status, then released, then counted.

use super::policy::{self, Verdict};
use super::{Action, COMPONENT, JOBS, Note, Plan, indexes, release, tracked};
use crate::object::edit::{deleting, int, list, omit_empty, stamp};
use crate::object::{pod, text, uid};
use serde_json::Value;

/// How many pods the status names at most at a time.
const UNCOUNTED: usize = 500;

impl<'a> Plan<'a> {
    /// `trackJobStatusAndRemoveFinalizers`, one write of the status at a time.
    pub(super) fn count_and_finish(&mut self) {
        self.count_released();
        let release_now = self.name_ended();
        self.status["active"] = self.active.into();
        self.status["ready"] = self.ready.into();
        self.status["terminating"] = self.terminating.into();
        if self.indexed() {
            self.status["succeeded"] = self.succeeded_indexes.len().into();
            self.status["completedIndexes"] = indexes::write(&self.succeeded_indexes).into();
            if let Some(failed) = &self.failed_indexes {
                self.status["failedIndexes"] = indexes::write(failed).into();
            }
        }
        let ended = self.finish();
        let mut status = std::mem::take(&mut self.status);
        omit_empty(&mut status, &["active", "succeeded", "failed", "completedIndexes", "conditions"]);
        if status != self.job["status"] {
            let mut object = self.job.clone();
            object["status"] = status;
            self.actions.push(Action::status(JOBS, object));
        }
        self.actions.extend(ended);
        // Only after the status names them, so that a crash in between loses no count.
        self.actions.extend(release_now.into_iter().filter_map(release));
    }

    /// Pods named in the status that have lost the finalizer move into the counts.
    fn count_released(&mut self) {
        for (field, total) in [("succeeded", "succeeded"), ("failed", "failed")] {
            let named = list(&self.status, &["uncountedTerminatedPods", field]).to_vec();
            let (waiting, counted): (Vec<Value>, Vec<Value>) = named
                .into_iter()
                .partition(|one| self.pods.iter().any(|pod| tracked(pod) && *one == uid(pod)));
            if !counted.is_empty() {
                let sum =
                    int(&self.status, &[total]).unwrap_or(0) + i64::try_from(counted.len()).unwrap_or(0);
                self.status[total] = sum.into();
            }
            self.status["uncountedTerminatedPods"][field] = waiting.into();
        }
    }

    /// Names newly ended pods in the status; gives those whose finalizer may go.
    fn name_ended(&mut self) -> Vec<&'a Value> {
        let pods: &'a [Value] = self.pods;
        let mut go = Vec::new();
        let over = self.end.is_some() || deleting(self.job);
        let success = self.end.as_ref().is_some_and(|end| end["type"] == "SuccessCriteriaMet");
        let completions = self.completions().unwrap_or(0);
        for one in pods.iter().filter(|one| tracked(one)) {
            let (succeeded, failed) = (pod::phase(one) == "Succeeded", policy::failed(self.job, one));
            if !(over || succeeded || failed) {
                continue;
            }
            go.push(one);
            let listed = |field: &str| {
                list(&self.status, &["uncountedTerminatedPods", field]).iter().any(|named| *named == uid(one))
            };
            let in_range = !self.indexed() || policy::index(one).is_some_and(|index| index < completions);
            if succeeded && !listed("failed") {
                // An indexed job counts indexes instead.
                if !self.indexed() && !listed("succeeded") {
                    self.name("succeeded", one);
                }
            } else if (failed || (self.end.is_some() && !success))
                && !listed("failed")
                && in_range
                && policy::verdict(self.job, one) != Verdict::Ignore
            {
                self.name("failed", one);
            }
            let named = |field| list(&self.status, &["uncountedTerminatedPods", field]).len();
            if named("succeeded") + named("failed") >= UNCOUNTED {
                break;
            }
        }
        go
    }

    fn name(&mut self, field: &str, one: &Value) {
        if let Some(names) = self.status["uncountedTerminatedPods"][field].as_array_mut() {
            names.push(uid(one).into());
        }
    }

    /// Conditions of the end; gives the events.
    fn finish(&mut self) -> Vec<Action> {
        let waiting = ["succeeded", "failed"]
            .iter()
            .any(|field| !list(&self.status, &["uncountedTerminatedPods", field]).is_empty());
        omit_empty(&mut self.status["uncountedTerminatedPods"], &["succeeded", "failed"]);
        let Some(end) = self.end.clone() else { return Vec::new() };
        let (reason, message) = (text(&end, &["reason"]).to_owned(), text(&end, &["message"]).to_owned());
        let success = end["type"] == "SuccessCriteriaMet";
        let recorded = list(&self.status, &["conditions"]).iter().any(|one| one["type"] == end["type"]);
        if end["type"] != "Failed" && !recorded {
            self.put(end);
        }
        if waiting || self.terminating > 0 {
            return Vec::new();
        }
        let kind = if success { "Complete" } else { "Failed" };
        let condition = self.condition(kind, &reason, &message);
        self.put(condition);
        if !success {
            return vec![Action::Tell(Note::warning(COMPONENT, self.job, &reason, message))];
        }
        self.status["completionTime"] = stamp(self.now);
        let mut events = Vec::new();
        if self.completions().is_some_and(|wanted| int(&self.status, &["succeeded"]).unwrap_or(0) > wanted) {
            let message = "Too many succeeded pods running after completion count reached";
            events.push(Action::Tell(Note::warning(COMPONENT, self.job, "TooManySucceededPods", message)));
        }
        events.push(Action::Tell(Note::normal(COMPONENT, self.job, "Completed", "Job completed")));
        events
    }
}
