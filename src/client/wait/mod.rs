//! Waiting until objects are ready or gone: by watches and kstatus' rules, or by Helm's older polling.

mod legacy;
mod selector;
mod watcher;

use super::{
    Cluster, Error, Object,
    status::{Computed, Progress, Rules},
    transport::{Method, Request},
};
use crate::clock::Clock;
use serde_json::Value;
use std::{
    thread,
    time::{Duration, Instant},
};
use watcher::{Goal, Watcher};

/// What Helm's watcher waits where `--timeout` is 0.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long somebody who wishes the end may have to wait.
const ATTENTION: Duration = Duration::from_millis(100);
const DEADLINE: &str = "context deadline exceeded";

/// `--wait`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Only hooks are awaited.
    #[default]
    HookOnly,
    /// By watches.
    Watcher,
    /// By asking every two seconds.
    Legacy,
}

/// How to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    /// `--wait`.
    pub strategy: Strategy,
    /// `--wait-for-jobs`.
    pub for_jobs: bool,
    /// `--timeout`, for each time something is awaited.
    pub timeout: Duration,
}

/// An object that is still awaited.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// The object.
    pub object: &'a Object,
    /// How far it has come, as far as is known.
    pub computed: &'a Computed,
}

/// What waiting needs besides a cluster.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// The time.
    pub clock: &'a dyn Clock,
    /// Is told, several times a second, what is still awaited. [`Strategy::Legacy`] tells nothing.
    pub follow: &'a dyn Fn(&[Waiting<'_>]),
}

/// What was awaited and did not come, in Helm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// A line for each object, or the one reason why nothing more can come.
    #[error("{}", .0.join("\n"))]
    Objects(Vec<String>),
    /// A hook's Job, by [`Strategy::Legacy`].
    #[error("job {name} failed: {reason}")]
    Job {
        /// Its name.
        name: String,
        /// One word.
        reason: String,
    },
    /// A hook's Pod, by [`Strategy::Legacy`].
    #[error("pod {name} failed")]
    Pod {
        /// Its name.
        name: String,
    },
}

impl WaitError {
    fn new(cause: impl ToString) -> Self {
        Self::Objects(vec![cause.to_string()])
    }
}

impl Cluster {
    /// Waits until objects that were just applied are ready (Helm's `Wait` and `WaitWithJobs`). Paused Deployments
    /// are not awaited.
    ///
    /// # Errors
    /// When one fails or the time is up.
    pub fn wait_ready(&self, objects: &[Object], wait: Wait, watch: Watch<'_>) -> Result<(), WaitError> {
        let rules = if wait.for_jobs { Rules::Completed } else { Rules::Started };
        let is_paused = |object: &&Object| {
            let paused = object.content.pointer("/spec/paused").and_then(Value::as_bool) == Some(true);
            object.kind() == "Deployment" && object.resource.api_version() == "apps/v1" && paused
        };
        match wait.strategy {
            Strategy::HookOnly => Ok(()),
            Strategy::Watcher => {
                let objects = objects.iter().filter(|object| !is_paused(object)).collect();
                self.watch(objects, Goal::Ready(rules), wait.timeout, watch)
            }
            Strategy::Legacy => self.poll_ready(objects, wait),
        }
    }

    /// Waits until the Jobs and Pods of a hook have ended well (Helm's `WatchUntilReady`).
    ///
    /// # Errors
    /// When one fails or the time is up.
    pub fn wait_hook(&self, objects: &[Object], wait: Wait, watch: Watch<'_>) -> Result<(), WaitError> {
        let runs = objects.iter().filter(|object| matches!(object.kind(), "Job" | "Pod")).collect();
        if wait.strategy == Strategy::Legacy {
            return self.poll_hook(runs, wait.timeout);
        }
        self.watch(runs, Goal::Ready(Rules::Hooks), wait.timeout, watch)
    }

    /// Waits until objects are gone (Helm's `WaitForDelete`).
    ///
    /// # Errors
    /// When the time is up.
    pub fn wait_deleted(&self, objects: &[Object], wait: Wait, watch: Watch<'_>) -> Result<(), WaitError> {
        match wait.strategy {
            Strategy::HookOnly => Ok(()),
            Strategy::Watcher => self.watch(objects.iter().collect(), Goal::Deleted, wait.timeout, watch),
            Strategy::Legacy => self.poll_deleted(objects, wait.timeout),
        }
    }

    /// Waits a while.
    ///
    /// # Errors
    /// When the operation is cancelled meanwhile.
    fn pause(&self, time: Duration) -> Result<(), WaitError> {
        let end = Instant::now() + time;
        loop {
            if self.cancel().is_cancelled() {
                return Err(WaitError::new(super::cancel::CANCELLED));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(ATTENTION));
        }
    }

    fn watch(
        &self,
        objects: Vec<&Object>,
        goal: Goal,
        timeout: Duration,
        watch: Watch<'_>,
    ) -> Result<(), WaitError> {
        let timeout = if timeout.is_zero() { DEFAULT_TIMEOUT } else { timeout };
        Watcher::new(self, objects, goal, watch).run(timeout)
    }

    /// The objects of one namespace that an object's own selector finds.
    pub(super) fn selected(&self, owner: &Value, api_version: &str, kind: &str) -> Result<Vec<Value>, Error> {
        let selector = owner.pointer("/spec/selector").and_then(selector::text);
        let selector = selector.ok_or_else(|| Error::Answer("no selector found".into()))?;
        let discovery = self.discovery()?;
        let resource = discovery.find(api_version, kind);
        let resource = resource.ok_or_else(|| Error::Answer(format!("no matches for kind {kind:?}")))?;
        let path = resource.path(super::object::string(owner, "namespace"), "");
        let query = super::query(&[("labelSelector", &selector)]);
        let list = self.exchange(Request::new(Method::Get, format!("{path}?{query}")))?;
        Ok(items(list, api_version, kind))
    }
}

/// A list's objects; the server leaves out what they all have in common.
fn items(mut list: Value, api_version: &str, kind: &str) -> Vec<Value> {
    let Some(Value::Array(items)) = list.get_mut("items").map(Value::take) else { return Vec::new() };
    let named = |mut item: Value| {
        if let Value::Object(fields) = &mut item {
            fields.entry("apiVersion").or_insert_with(|| api_version.into());
            fields.entry("kind").or_insert_with(|| kind.into());
        }
        item
    };
    items.into_iter().map(named).collect()
}

/// Helm's sentence on an object that is not as it should be.
fn complaint(object: &Object, verdict: &str, computed: &Computed) -> String {
    let (kind, namespace, name) = (object.kind(), &object.namespace, &object.name);
    let Computed { status, message } = computed;
    format!("resource {kind}/{namespace}/{name} {verdict}. status: {status}, message: {message}")
}

#[cfg(test)]
mod tests;
