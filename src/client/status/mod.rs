//! How far an object has come: the rules of kstatus, by which Helm's `watcher` waits, and Helm's older own ones.
//!
//! Pure: an object goes in, a word and a sentence come out. What an object's Pods add is told by its caller.

mod field;
mod kinds;
pub(super) mod legacy;
pub(super) use kinds::SCHEDULE_WINDOW;

use field::{conditions, metadata_text, number_at};
use jiff::Timestamp;
use serde_json::Value;
use std::fmt;

/// How far an object has come, by the words that messages print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Not yet where its spec wants it.
    InProgress,
    /// Where its spec wants it.
    Current,
    /// It will not get there by itself.
    Failed,
    /// Being deleted.
    Terminating,
    /// Gone.
    NotFound,
    /// Never seen, or unreadable.
    #[default]
    Unknown,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An object's progress and a sentence on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Computed {
    /// How far it has come.
    pub status: Progress,
    /// Why, for people; empty where nothing is known.
    pub message: String,
}

impl Computed {
    fn new(status: Progress, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    fn current(message: impl Into<String>) -> Self {
        Self::new(Progress::Current, message)
    }

    fn in_progress(message: impl Into<String>) -> Self {
        Self::new(Progress::InProgress, message)
    }

    fn failed(message: impl Into<String>) -> Self {
        Self::new(Progress::Failed, message)
    }

    /// What is said of objects that were there and are gone.
    pub(super) fn not_found() -> Self {
        Self::new(Progress::NotFound, "Resource not found")
    }
}

/// Which rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// For `--wait`: a Job counts once it has started.
    Started,
    /// For `--wait-for-jobs`: a Job counts once it has ended well.
    Completed,
    /// For hooks: only Jobs and Pods count, once they have ended well.
    Hooks,
}

/// An object's progress at a moment (`status.Compute` of kstatus, with the readers that Helm puts before it). What
/// cannot be read as an object of its kind is [`Progress::Unknown`].
pub fn compute(object: &Value, rules: Rules, now: Timestamp) -> Computed {
    let kind = (group(object), object["kind"].as_str().unwrap_or_default());
    let computed = match (rules, kind) {
        (Rules::Completed | Rules::Hooks, ("batch", "Job")) => kinds::completed_job(object),
        (Rules::Hooks, ("", "Pod")) => Some(kinds::completed_pod(object)),
        (Rules::Hooks, _) => Some(Computed::current("Resource is current")),
        _ => by_properties(object, kind, now),
    };
    computed.unwrap_or_default()
}

/// Whether the scheduler finds no node for a Pod. It is given some time before that counts as failed.
pub(super) fn is_unschedulable(object: &Value) -> bool {
    let is_pod = group(object).is_empty() && object["kind"] == "Pod";
    is_pod
        && conditions(object).is_some_and(|all| {
            all.iter().any(|c| c.is("PodScheduled", "False") && c.reason == "Unschedulable")
        })
}

/// Whether an object's Pods tell more about its progress than it does itself.
pub(super) fn has_pods(object: &Value) -> bool {
    group(object) == "apps" && matches!(object["kind"].as_str(), Some("ReplicaSet" | "StatefulSet"))
}

/// A controller's progress, given its Pods: it has failed when they have.
pub(super) fn with_pods(own: Computed, pods: &[Value], now: Timestamp) -> Computed {
    let is_lost = |pod: &&Value| {
        metadata_text(pod, "deletionTimestamp").is_none()
            && !is_unschedulable(pod)
            && compute(pod, Rules::Started, now).status == Progress::Failed
    };
    match pods.iter().filter(is_lost).count() {
        0 => own,
        _ if own.status != Progress::InProgress => own,
        lost => Computed::failed(format!("{lost} pods have failed")),
    }
}

fn group(object: &Value) -> &str {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    version.split_once('/').map_or("", |(group, _)| group)
}

fn by_properties(object: &Value, kind: (&str, &str), now: Timestamp) -> Option<Computed> {
    if metadata_text(object, "deletionTimestamp").is_some_and(|time| !time.is_empty()) {
        return Some(Computed::new(Progress::Terminating, "Resource scheduled for deletion"));
    }
    let generation = number_at(object, "/metadata/generation")?;
    let observed = number_at(object, "/status/observedGeneration")?;
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        return Some(Computed::in_progress(format!(
            "{} generation is {generation}, but latest observed generation is {observed}",
            kind.1
        )));
    }
    let all = conditions(object)?;
    for condition in &all {
        if condition.is("Reconciling", "True") {
            return Some(Computed::in_progress(&*condition.message));
        }
        if condition.is("Stalled", "True") {
            return Some(Computed::failed(&*condition.message));
        }
    }
    if let Some(rule) = kinds::rule(kind) {
        return rule(object, now);
    }
    let ready = all.iter().filter(|c| c.kind == "Ready").find_map(|c| match &*c.status {
        "True" => Some(Computed::current("Resource is Ready")),
        "False" | "Unknown" => Some(Computed::in_progress(&*c.message)),
        _ => None,
    });
    Some(ready.unwrap_or_else(|| Computed::current("Resource is current")))
}

#[cfg(test)]
mod tests;
