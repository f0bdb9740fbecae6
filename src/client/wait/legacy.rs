//! Helm 3's way to wait: every object is asked again every two seconds, until one after the other is ready.

use super::{Cluster, DEADLINE, Error, Object, Wait, WaitError};
use crate::client::{
    apply,
    status::legacy,
    transport::{Method, Request},
};
use serde_json::Value;
use std::time::{Duration, Instant};

const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Helm watches hooks; this is how often they are asked for here.
const HOOK_INTERVAL: Duration = Duration::from_millis(200);
/// How often in a row an object may not be had.
const MAX_RETRIES: usize = 30;

/// Why an object is not ready for good or for now.
enum Trouble {
    Client(Error),
    Failed(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl Trouble {
    /// Whether Helm asks again. A failed Job is among it: nothing says that asking is useless.
    fn is_passing(&self) -> bool {
        match self {
            Self::Client(Error::Status(status)) => {
                matches!(status.code, 0 | 429) || status.code >= 500 && status.code != 501
            }
            _ => true,
        }
    }

    fn into_error(self) -> WaitError {
        match self {
            Self::Client(error) => WaitError::new(error),
            Self::Failed(cause) => WaitError::new(cause),
        }
    }
}

impl Cluster {
    /// Asks until there is an answer or the time is up; no time at all means forever.
    fn poll(
        &self,
        timeout: Duration,
        mut is_done: impl FnMut() -> Result<bool, WaitError>,
    ) -> Result<(), WaitError> {
        let deadline = if timeout.is_zero() { None } else { Instant::now().checked_add(timeout) };
        let _until = self.until(deadline);
        let is_late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        loop {
            match is_done() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                // A request that was under way when the time was up says no more than that.
                Err(_) if is_late() && !self.cancel().is_cancelled() => return Err(WaitError::new(DEADLINE)),
                Err(error) => return Err(error),
            }
            let left = deadline.map_or(POLL_INTERVAL, |d| d.saturating_duration_since(Instant::now()));
            self.pause(left.min(POLL_INTERVAL))?;
            if is_late() {
                return Err(WaitError::new(DEADLINE));
            }
        }
    }

    pub(super) fn poll_ready(&self, objects: &[Object], wait: Wait) -> Result<(), WaitError> {
        let mut failures = vec![0_usize; objects.len()];
        self.poll(wait.timeout, || {
            for (object, failures) in objects.iter().zip(&mut failures) {
                match self.is_ready(object, wait.for_jobs) {
                    Ok(true) => *failures = 0,
                    Ok(false) => {
                        *failures = 0;
                        return Ok(false);
                    }
                    Err(trouble) if trouble.is_passing() => {
                        *failures += 1;
                        return if *failures > MAX_RETRIES { Err(trouble.into_error()) } else { Ok(false) };
                    }
                    Err(trouble) => return Err(trouble.into_error()),
                }
            }
            Ok(true)
        })
    }

    pub(super) fn poll_deleted(&self, objects: &[Object], timeout: Duration) -> Result<(), WaitError> {
        self.poll(timeout, || {
            for object in objects {
                match self.live(object) {
                    Ok(_) => return Ok(false),
                    Err(error) if error.is_not_found() => {}
                    Err(error) => return Err(WaitError::new(error)),
                }
            }
            Ok(true)
        })
    }

    /// Jobs and Pods of a hook; the first that fails ends the waiting.
    pub(super) fn poll_hook(&self, runs: Vec<&Object>, timeout: Duration) -> Result<(), WaitError> {
        let deadline = if timeout.is_zero() { None } else { Instant::now().checked_add(timeout) };
        let _until = self.until(deadline);
        for run in runs {
            loop {
                match self.live(run) {
                    Ok(live) if has_ended(&live, run)? => break,
                    Err(error) if error.is_not_found() => break,
                    Err(error) if matches!(error, Error::Status(_)) => return Err(WaitError::new(error)),
                    _ => {}
                }
                if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    return Err(WaitError::new("timed out waiting for the condition"));
                }
                self.pause(HOOK_INTERVAL)?;
            }
        }
        Ok(())
    }

    fn live(&self, object: &Object) -> Result<Value, Error> {
        apply::named(object)?;
        self.exchange(Request::new(Method::Get, object.path()))
    }

    fn is_ready(&self, object: &Object, for_jobs: bool) -> Result<bool, Trouble> {
        match (object.resource.api_version().as_str(), object.kind()) {
            ("batch/v1", "Job") => {
                let ready = |live| legacy::job(&live, &object.namespace, &object.name);
                if for_jobs { ready(self.live(object)?).map_err(Trouble::Failed) } else { Ok(true) }
            }
            ("apps/v1", "Deployment") => {
                let live = self.live(object)?;
                let sets = self.selected(&live, "apps/v1", "ReplicaSet")?;
                Ok(legacy::deployment(&live, &sets))
            }
            ("v1", "ReplicationController") | ("apps/v1", "ReplicaSet") => {
                let live = self.live(object)?;
                if !legacy::is_ready(&live) {
                    return Ok(false);
                }
                let pods = self.selected(&live, "v1", "Pod")?;
                Ok(pods.iter().all(legacy::is_ready))
            }
            ("v1", "Pod" | "PersistentVolumeClaim" | "Service")
            | ("apps/v1", "DaemonSet" | "StatefulSet")
            | ("apiextensions.k8s.io/v1" | "apiextensions.k8s.io/v1beta1", "CustomResourceDefinition") => {
                Ok(legacy::is_ready(&self.live(object)?))
            }
            _ => Ok(true),
        }
    }
}

/// Whether a Job or Pod has ended well.
fn has_ended(live: &Value, run: &Object) -> Result<bool, WaitError> {
    let name = &run.name;
    if run.kind() == "Pod" {
        return match live.pointer("/status/phase").and_then(Value::as_str) {
            Some("Succeeded") => Ok(true),
            Some("Failed") => Err(WaitError::Pod { name: name.clone() }),
            _ => Ok(false),
        };
    }
    let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
    for condition in conditions.into_iter().flatten().filter(|condition| condition["status"] == "True") {
        match condition["type"].as_str() {
            Some("Complete") => return Ok(true),
            Some("Failed") => {
                let reason = condition["reason"].as_str().unwrap_or_default().to_owned();
                return Err(WaitError::Job { name: name.clone(), reason });
            }
            _ => {}
        }
    }
    Ok(false)
}
