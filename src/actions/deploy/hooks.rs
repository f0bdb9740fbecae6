//! Running hooks: created one after the other by weight, each awaited, then deleted as its policy says.

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

const BEFORE_CREATION: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";

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
    /// Runs the hooks of an event.
    pub(super) fn run_hooks(
        &self,
        release: &mut Release,
        event: HookEvent,
        wait: Wait,
        server_side: bool,
    ) -> Result<(), HookError> {
        let mut due: Vec<usize> =
            (0..release.hooks.len()).filter(|index| release.hooks[*index].events.contains(&event)).collect();
        due.sort_by(|a, b| {
            let (a, b) = (&release.hooks[*a], &release.hooks[*b]);
            a.weight.cmp(&b.weight).then_with(|| a.name.cmp(&b.name))
        });
        for (done, index) in due.iter().enumerate() {
            if let Err(error) = self.run_hook(release, *index, event, wait, server_side) {
                if matches!(error, HookError::NotReady(_)) {
                    self.delete_after_failure(&release.hooks[*index], &release.namespace, wait);
                    for earlier in &due[..done] {
                        self.delete_hook(&release.hooks[*earlier], &release.namespace, SUCCEEDED, wait)?;
                    }
                }
                return Err(error);
            }
        }
        for index in due.into_iter().rev() {
            self.delete_hook(&release.hooks[index], &release.namespace, SUCCEEDED, wait)?;
        }
        Ok(())
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
            Ok(()) => self.await_hook(&objects, wait),
            Err(cause) => Err(HookError::Create { event: word(event), path, cause: Box::new(cause) }),
        };
        let run = &mut release.hooks[index].last_run;
        run.completed_at = Some(self.now().to_string());
        run.phase = if outcome.is_ok() { "Succeeded" } else { "Failed" }.into();
        outcome
    }

    /// Waits for Jobs and Pods to end; other kinds have nothing to wait for.
    fn await_hook(&self, objects: &[Object], wait: Wait) -> Result<(), HookError> {
        let outcome = self.cluster.wait_hook(objects, wait, self.clock);
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
        let gone = self.cluster.wait_deleted(&objects, wait, self.clock);
        gone.map_err(|error| HookError::Delete(error.to_string()))
    }

    fn delete_after_failure(&self, hook: &Hook, namespace: &str, wait: Wait) {
        if let Err(error) = self.delete_hook(hook, namespace, FAILED, wait) {
            let text = error.to_string();
            self.log.error("error deleting the hook resource on hook failure", &[("error", &text)]);
        }
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
