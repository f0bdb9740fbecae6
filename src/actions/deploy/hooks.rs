//! Running hooks: created one after the other by weight, each awaited, then its logs shown and it deleted as its
//! policies say.

use super::Deployer;
use crate::{
    client::{
        ApplyError, BuildError, Object,
        wait::{Wait, WaitError},
    },
    release::{
        Release,
        hook::{Hook, HookEvent},
    },
};
use serde_json::Value;
use skiff_compact::Order;

const BEFORE_CREATION: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";

/// The hooks of an event, as places in the release's list, in the order in which they run.
pub(super) fn due(hooks: &[Hook], event: HookEvent) -> Vec<usize> {
    let mut due: Vec<usize> =
        (0..hooks.len()).filter(|index| hooks[*index].events.contains(&event)).collect();
    due.order_by(|a, b| {
        let (a, b) = (&hooks[*a], &hooks[*b]);
        a.weight.cmp(&b.weight).then_with(|| a.name.cmp(&b.name))
    });
    due
}

/// What is left to do with hooks that ran: some are deleted, others' logs are shown before.
#[derive(Debug, Default)]
pub struct Shutdown {
    failed: Option<usize>,
    succeeded: Vec<usize>,
}

impl Shutdown {
    /// The same, after so many hooks were put before those of the release.
    pub(super) fn after(self, more: usize) -> Self {
        let succeeded = self.succeeded.into_iter().map(|index| index + more).collect();
        Self { failed: self.failed.map(|index| index + more), succeeded }
    }
}

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
    #[error(transparent)]
    NotReady(WaitError),
}

impl Deployer<'_> {
    /// Runs the hooks of an event, and deletes them again as their policies say.
    pub(super) fn run_hooks(
        &self,
        release: &mut Release,
        event: HookEvent,
        wait: Wait,
        server_side: bool,
    ) -> Result<(), HookError> {
        let (shutdown, outcome) = self.start_hooks(release, event, wait, server_side);
        self.shut_down(release, &shutdown, wait)?;
        outcome
    }

    /// Runs the hooks of an event; what follows for them is the caller's to do ([`Deployer::shut_down`]).
    pub(super) fn start_hooks(
        &self,
        release: &mut Release,
        event: HookEvent,
        wait: Wait,
        server_side: bool,
    ) -> (Shutdown, Result<(), HookError>) {
        let due = due(&release.hooks, event);
        for (done, index) in due.iter().enumerate() {
            if let Err(error) = self.run_hook(release, *index, event, wait, server_side) {
                if !matches!(error, HookError::NotReady(_)) {
                    return (Shutdown::default(), Err(error));
                }
                self.show_logs(&release.hooks[*index], &release.namespace, FAILED);
                let shutdown = Shutdown { failed: Some(*index), succeeded: due[..done].to_vec() };
                return (shutdown, Err(error));
            }
        }
        (Shutdown { failed: None, succeeded: due }, Ok(()))
    }

    /// Shows logs of hooks and deletes hooks, as their policies say.
    ///
    /// # Errors
    /// When a hook that ran well cannot be deleted.
    pub fn shut_down(&self, release: &Release, shutdown: &Shutdown, wait: Wait) -> Result<(), HookError> {
        let hook = |index: &usize| &release.hooks[*index];
        if let Some(failed) = &shutdown.failed {
            self.delete_after_failure(hook(failed), &release.namespace, wait);
            let mut succeeded = shutdown.succeeded.iter().map(hook);
            return succeeded
                .try_for_each(|hook| self.delete_hook(hook, &release.namespace, SUCCEEDED, wait));
        }
        for hook in shutdown.succeeded.iter().rev().map(hook) {
            self.show_logs(hook, &release.namespace, SUCCEEDED);
            self.delete_hook(hook, &release.namespace, SUCCEEDED, wait)?;
        }
        Ok(())
    }

    /// Shows what a hook's containers wrote, if its policy says so. That they cannot be shown is told and no failure.
    fn show_logs(&self, hook: &Hook, namespace: &str, policy: &str) {
        if !hook.output_log_policies.iter().any(|p| p == policy) {
            return;
        }
        let selector = match hook.kind.as_str() {
            "Job" => ("labelSelector", format!("job-name={}", hook.name)),
            "Pod" => ("fieldSelector", format!("metadata.name={}", hook.name)),
            _ => return,
        };
        let own = crate::yaml::to_json(hook.manifest.as_bytes());
        let outcome = match &own {
            Err(error) => Err(format!(
                "unable to parse metadata.namespace from kubernetes manifest for output logs hook {}: {error}",
                hook.path
            )),
            Ok(document) => {
                let own = document.pointer("/metadata/namespace").and_then(Value::as_str);
                let namespace = own.filter(|own| !own.is_empty()).unwrap_or(namespace);
                let show = &mut |bytes: &[u8]| self.log.container_output(bytes);
                self.cluster.logs_of(namespace, (selector.0, &selector.1), show)
            }
        };
        if let Err(error) = outcome {
            self.log.info(&format!("error outputting logs for hook failure: {error}"));
        }
    }

    fn run_hook(
        &self,
        release: &mut Release,
        index: usize,
        event: HookEvent,
        wait: Wait,
        server_side: bool,
    ) -> Result<(), HookError> {
        let hook = &mut release.hooks[index];
        if hook.delete_policies.is_empty() {
            hook.delete_policies.push(BEFORE_CREATION.into());
        }
        let (path, manifest) = (hook.path.clone(), hook.manifest.clone());
        self.delete_hook(&release.hooks[index], &release.namespace, BEFORE_CREATION, wait)?;
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
            Ok(objects) => self.await_hook(&objects, wait),
            Err(cause) => Err(HookError::Create { event: word(event), path, cause: Box::new(cause) }),
        };
        let run = &mut release.hooks[index].last_run;
        run.completed_at = Some(self.now().to_string());
        run.phase = if outcome.is_ok() { "Succeeded" } else { "Failed" }.into();
        outcome
    }

    /// Waits for Jobs and Pods to end; other kinds have nothing to wait for.
    fn await_hook(&self, objects: &[Object], wait: Wait) -> Result<(), HookError> {
        let outcome = self.await_run(objects, wait);
        match &outcome {
            Err(WaitError::Job { name, reason }) => {
                self.log.error("job failed", &[("job", name), ("reason", reason)]);
            }
            Err(WaitError::Pod { name }) => self.log.error("pod failed", &[("pod", name)]),
            _ => {}
        }
        outcome.map_err(HookError::NotReady)
    }

    fn delete_hook(&self, hook: &Hook, namespace: &str, policy: &str, wait: Wait) -> Result<(), HookError> {
        // Definitions would take every object of their kind with them.
        if hook.kind == "CustomResourceDefinition" || !hook.delete_policies.iter().any(|p| p == policy) {
            return Ok(());
        }
        let objects = self.cluster.build(&hook.manifest, namespace, false);
        let objects =
            objects.map_err(|cause| HookError::BuildForDelete { path: hook.path.clone(), cause })?;
        self.cluster.delete(&objects, "Background").map_err(|errors| {
            HookError::Delete(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        let gone = self.await_gone(&objects, wait);
        gone.map_err(|error| HookError::Delete(error.to_string()))
    }

    fn delete_after_failure(&self, hook: &Hook, namespace: &str, wait: Wait) {
        if let Err(error) = self.delete_hook(hook, namespace, FAILED, wait) {
            self.log.info(&format!("error deleting the hook resource on hook failure: {error}"));
        }
    }
}

pub(super) fn word(event: HookEvent) -> &'static str {
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
