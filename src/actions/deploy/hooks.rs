//! Running hooks: created one after the other by weight, each awaited, then deleted as its policy says.

use super::Deployer;
use crate::{
    client::{self, ApplyError, BuildError, Object},
    release::{
        Release,
        hook::{Hook, HookEvent},
    },
};
use serde_json::Value;
use std::{
    thread,
    time::{Duration, Instant},
};

const BEFORE_CREATION: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// What Helm waits where `--timeout` is 0.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A hook that failed. Displays as Helm words it.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Its document.
    #[error("unable to build kubernetes object for {event} hook {path}: {cause}")]
    Build {
        /// The event's word.
        event: &'static str,
        /// Its template.
        path: String,
        /// Why.
        cause: BuildError,
    },
    /// Its document, when it is to be deleted.
    #[error("unable to build kubernetes object for deleting hook {path}: {cause}")]
    BuildForDelete {
        /// Its template.
        path: String,
        /// Why.
        cause: BuildError,
    },
    /// Its creation.
    #[error("warning: Hook {event} {path} failed: {cause}")]
    Create {
        /// The event's word.
        event: &'static str,
        /// Its template.
        path: String,
        /// Why.
        cause: Box<ApplyError>,
    },
    /// Its deletion.
    #[error("{0}")]
    Delete(String),
    /// Its run.
    #[error("{}", .0.join("\n"))]
    NotReady(Vec<String>),
}

impl Deployer<'_> {
    /// Runs the hooks of an event.
    pub(super) fn run_hooks(
        &self,
        release: &mut Release,
        event: HookEvent,
        timeout: Duration,
        server_side: bool,
    ) -> Result<(), HookError> {
        let mut due: Vec<usize> =
            (0..release.hooks.len()).filter(|index| release.hooks[*index].events.contains(&event)).collect();
        due.sort_by(|a, b| {
            let (a, b) = (&release.hooks[*a], &release.hooks[*b]);
            a.weight.cmp(&b.weight).then_with(|| a.name.cmp(&b.name))
        });
        for (done, index) in due.iter().enumerate() {
            if let Err(error) = self.run_hook(release, *index, event, timeout, server_side) {
                if matches!(error, HookError::NotReady(_)) {
                    self.delete_after_failure(&release.hooks[*index], &release.namespace);
                    for earlier in &due[..done] {
                        self.delete_hook(&release.hooks[*earlier], &release.namespace, SUCCEEDED)?;
                    }
                }
                return Err(error);
            }
        }
        for index in due.into_iter().rev() {
            self.delete_hook(&release.hooks[index], &release.namespace, SUCCEEDED)?;
        }
        Ok(())
    }

    fn run_hook(
        &self,
        release: &mut Release,
        index: usize,
        event: HookEvent,
        timeout: Duration,
        server_side: bool,
    ) -> Result<(), HookError> {
        let hook = &mut release.hooks[index];
        if hook.delete_policies.is_empty() {
            hook.delete_policies.push(BEFORE_CREATION.into());
        }
        let (path, manifest) = (hook.path.clone(), hook.manifest.clone());
        self.delete_hook(&release.hooks[index], &release.namespace, BEFORE_CREATION)?;
        let objects = self.cluster.build(&manifest, &release.namespace, true);
        let objects =
            objects.map_err(|cause| HookError::Build { event: word(event), path: path.clone(), cause })?;
        let run = &mut release.hooks[index].last_run;
        run.started_at = Some(self.now().to_string());
        run.completed_at = None;
        run.phase = "Running".into();
        self.record(release);
        let created = self.cluster.create(&objects, super::create_mode(server_side));
        let outcome = match created {
            Ok(()) => self.await_hook(&objects, timeout),
            Err(cause) => Err(HookError::Create { event: word(event), path, cause: Box::new(cause) }),
        };
        let run = &mut release.hooks[index].last_run;
        run.completed_at = Some(self.now().to_string());
        run.phase = if outcome.is_ok() { "Succeeded" } else { "Failed" }.into();
        outcome
    }

    /// Waits for Jobs and Pods to end; other kinds have nothing to wait for.
    fn await_hook(&self, objects: &[Object], timeout: Duration) -> Result<(), HookError> {
        let runs: Vec<Object> =
            objects.iter().filter(|object| matches!(object.kind(), "Job" | "Pod")).cloned().collect();
        let deadline = Instant::now() + if timeout.is_zero() { DEFAULT_TIMEOUT } else { timeout };
        loop {
            let progress: Vec<Progress> = self.cluster.get_all(&runs).iter().map(progress).collect();
            let late = Instant::now() > deadline;
            if !late && progress.iter().any(|p| matches!(p, Progress::Running(_))) {
                thread::sleep(POLL_INTERVAL);
                continue;
            }
            let mut problems = Vec::new();
            for (object, progress) in runs.iter().zip(progress) {
                let (status, message) = match progress {
                    Progress::Done => continue,
                    Progress::Failed(message) => ("Failed", message),
                    Progress::Running(message) => ("InProgress", message),
                };
                let (kind, namespace, name) = (object.kind(), &object.namespace, &object.name);
                problems.push(format!(
                    "resource {kind}/{namespace}/{name} not ready. status: {status}, message: {message}"
                ));
            }
            if late {
                problems.push("context deadline exceeded".into());
            }
            return if problems.is_empty() { Ok(()) } else { Err(HookError::NotReady(problems)) };
        }
    }

    fn delete_hook(&self, hook: &Hook, namespace: &str, policy: &str) -> Result<(), HookError> {
        // Definitions would take every object of their kind with them.
        if hook.kind == "CustomResourceDefinition" || !hook.delete_policies.iter().any(|p| p == policy) {
            return Ok(());
        }
        let objects = self.cluster.build(&hook.manifest, namespace, false);
        let objects =
            objects.map_err(|cause| HookError::BuildForDelete { path: hook.path.clone(), cause })?;
        self.cluster.delete(&objects, "Background").map_err(|errors| {
            HookError::Delete(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })
    }

    fn delete_after_failure(&self, hook: &Hook, namespace: &str) {
        if let Err(error) = self.delete_hook(hook, namespace, FAILED) {
            let text = error.to_string();
            self.log.error("error deleting the hook resource on hook failure", &[("error", &text)]);
        }
    }
}

enum Progress {
    Done,
    Running(String),
    Failed(String),
}

fn progress(live: &Result<Value, client::Error>) -> Progress {
    let live = match live {
        Ok(live) => live,
        Err(error) if error.is_not_found() => return Progress::Running("Resource not found".into()),
        Err(error) => return Progress::Running(error.to_string()),
    };
    if live["kind"] == "Pod" { pod_progress(live) } else { job_progress(live) }
}

fn pod_progress(pod: &Value) -> Progress {
    let name = crate::client::object::string(pod, "name");
    match pod.pointer("/status/phase").and_then(Value::as_str) {
        Some("Succeeded") => Progress::Done,
        Some("Failed") => Progress::Failed(format!("pod {name} failed")),
        _ => Progress::Running("Pod in progress".into()),
    }
}

fn job_progress(job: &Value) -> Progress {
    let conditions = job.pointer("/status/conditions").and_then(Value::as_array);
    let is = |kind: &str| {
        conditions.is_some_and(|all| all.iter().any(|c| c["type"] == kind && c["status"] == "True"))
    };
    let number = |pointer: &str| job.pointer(pointer).and_then(Value::as_i64);
    if is("Complete") {
        Progress::Done
    } else if is("Failed") {
        let completions = number("/spec/completions").or_else(|| number("/spec/parallelism")).unwrap_or(1);
        let failed = number("/status/failed").unwrap_or(0);
        Progress::Failed(format!("Job Failed. failed: {failed}/{completions}"))
    } else {
        Progress::Running("Job in progress".into())
    }
}

fn word(event: HookEvent) -> &'static str {
    match event {
        HookEvent::PreInstall => "pre-install",
        HookEvent::PostInstall => "post-install",
        HookEvent::PreDelete => "pre-delete",
        HookEvent::PostDelete => "post-delete",
        HookEvent::PreUpgrade => "pre-upgrade",
        HookEvent::PostUpgrade => "post-upgrade",
        HookEvent::PreRollback => "pre-rollback",
        HookEvent::PostRollback => "post-rollback",
        HookEvent::Test => "test",
    }
}
