//! What operations on releases say when they fail; each displays as Helm words it.

use crate::{
    client::{self, ApplyError, BuildError, Unreachable, wait::WaitError},
    storage::{self, SYSTEM_LABELS},
};

/// An error of whatever renders or loads.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why an operation on a release failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No cluster, before an install.
    #[error("cluster reachability check failed: {0}")]
    Reachability(Unreachable),
    /// No cluster.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// `--hide-secret` where Secrets are not shown.
    #[error("hiding Kubernetes secrets requires a dry-run mode")]
    HideSecret,
    /// The name cannot be used for a new release.
    #[error("release name check failed: {0}")]
    Name(NameError),
    /// The name is none.
    #[error("release name is invalid: {0}")]
    InvalidName(String),
    /// The name is none.
    #[error("uninstall: Release name is invalid: {0}")]
    UninstallName(String),
    /// Subcharts cannot be worked out, before an install.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(BoxError),
    /// The chart or its values.
    #[error("{0}")]
    Chart(BoxError),
    /// The server does not say its version.
    #[error("could not get server version from Kubernetes: {0}")]
    ServerVersion(Unreachable),
    /// The server does not say what it serves.
    #[error("could not get apiVersions from Kubernetes: {0}")]
    ApiVersions(client::Error),
    /// A label that storage needs.
    #[error("user supplied labels contains system reserved label name. System labels: [{}]", SYSTEM_LABELS.join(" "))]
    SystemLabels,
    /// Documents that are no objects.
    #[error("{context}{cause}")]
    Build {
        /// Where, as Helm prefixes it.
        context: &'static str,
        /// Why.
        cause: BuildError,
    },
    /// An object exists that is not ours.
    #[error("unable to continue with {operation}: {cause}")]
    Conflict {
        /// `install` or `update`.
        operation: &'static str,
        /// Whose it is.
        cause: super::ownership::OwnershipError,
    },
    /// Records.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Objects could not be changed.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Somebody wished its end; what had been done until then is recorded.
    #[error("context canceled")]
    Cancelled,
    /// Somebody else took the release over, because its Lease had not been renewed in time.
    #[error("another operation took the release over, because this one could not renew its Lease")]
    Lost,
    /// Annotations that give no order to a release's objects.
    #[error(transparent)]
    Order(#[from] super::stages::OrderError),
    /// Objects did not become ready.
    #[error(transparent)]
    NotReady(#[from] WaitError),
    /// Switches that exclude each other.
    #[error("{0}")]
    UpdateOptions(&'static str),
    /// A custom resource definition.
    #[error("failed to install CRD {name}: {cause}")]
    Crd {
        /// Its file.
        name: String,
        /// Why.
        cause: String,
    },
    /// A custom resource definition that others rely on.
    #[error("CRD {name} cannot be upgraded without harm: {}", dangers.join("; "))]
    CrdDanger {
        /// Its name.
        name: String,
        /// What could do harm.
        dangers: Vec<String>,
    },
    /// A hook.
    #[error("{context}: {cause}")]
    Hook {
        /// When, as Helm says it there.
        context: &'static str,
        /// Why.
        cause: Box<super::hooks::HookError>,
    },
    /// A hook, where Helm does not say of what.
    #[error(transparent)]
    BareHook(Box<super::hooks::HookError>),
    /// A description that is too long, with its length in characters.
    #[error("description must be {max} characters or less, got {0}", max = super::rollback::MAX_DESCRIPTION)]
    Description(usize),
    /// The name is none.
    #[error("prepareRollback: Release name is invalid: {0}")]
    RollbackName(String),
    /// The name is none.
    #[error("releaseTest: Release name is invalid: {0}")]
    TestName(String),
    /// A revision below 0.
    #[error("invalid release revision")]
    InvalidRevision,
    /// A revision that is not in the history.
    #[error("release has no {0} version")]
    NoSuchRevision(i64),
    /// Objects did not become ready after a rollback.
    #[error("release {name} failed: {cause}")]
    RollbackNotReady {
        /// The release.
        name: String,
        /// Why.
        cause: Box<Error>,
    },
    /// Another operation is under way, or was cut off.
    #[error("another operation (install/upgrade/rollback) is in progress")]
    Pending,
    /// The release moved between the last look at a plan and its execution.
    #[error("the release changed while the plan was looked at")]
    NotAsPlanned,
    /// Another operation holds the release's Lease.
    #[error("another operation (install/upgrade/rollback) is in progress")]
    Busy(Worker),
    /// `--server-side` with another word.
    #[error("invalid/unknown release server-side apply method: {0}")]
    ServerSide(String),
    /// The last values cannot be put together again.
    #[error("failed to rebuild old values: {0}")]
    OldValues(BoxError),
    /// The name is none.
    #[error("releaseContent: Release name is invalid: {0}")]
    ContentName(String),
    /// Nothing to uninstall.
    #[error("uninstall: Release not loaded: {name}: {cause}")]
    NotLoaded {
        /// The release.
        name: String,
        /// Why.
        cause: storage::Error,
    },
    /// No readable record.
    #[error("no release provided")]
    NoRelease,
    /// Uninstalled before, and its history was kept.
    #[error("the release named {0:?} is already deleted")]
    AlreadyDeleted(String),
    /// Objects could not be deleted.
    #[error("failed to delete release: {0}")]
    NotDeleted(String),
    /// Records could not be removed.
    #[error("uninstall: Failed to purge the release: {0}")]
    Purge(storage::Error),
    /// Deleted, but not without trouble.
    #[error("uninstallation completed with {} error(s): {}", .0.len(), .0.join("; "))]
    Uninstalled(Vec<String>),
    /// New objects of a failed rollback could not be removed again; Helm leaves out why the rollback failed.
    #[error(
        "an error occurred while cleaning up resources. original rollback error: unable to cleanup resources: {0}"
    )]
    RollbackCleanup(String),
    /// The release of a failed install was taken away again, as `--rollback-on-failure` asks.
    #[error("release {name} failed, and has been uninstalled due to rollback-on-failure being set: {cause}")]
    UninstalledAgain {
        /// The release.
        name: String,
        /// Why the install failed.
        cause: Box<Error>,
    },
    /// The release of a failed install could not be taken away again.
    #[error("an error occurred while uninstalling the release. original install error: {original}: {cause}")]
    NotUninstalledAgain {
        /// Why the install failed.
        original: Box<Error>,
        /// Why the uninstall failed.
        cause: Box<Error>,
    },
    /// A failed upgrade was rolled back, as `--rollback-on-failure` asks.
    #[error("release {name} failed, and has been rolled back due to rollback-on-failure being set: {cause}")]
    RolledBack {
        /// The release.
        name: String,
        /// Why the upgrade failed.
        cause: Box<Error>,
    },
    /// A failed upgrade could not be rolled back.
    #[error("an error occurred while rolling back the release. original upgrade error: {original}: {cause}")]
    NotRolledBack {
        /// Why the upgrade failed.
        original: Box<Error>,
        /// Why the rollback failed.
        cause: Box<Error>,
    },
    /// The history of a failed upgrade cannot be read.
    #[error(
        "an error occurred while finding last successful release. original upgrade error: {original}: {cause}"
    )]
    NoHistory {
        /// Why the upgrade failed.
        original: Box<Error>,
        /// Why the history cannot be read.
        cause: storage::Error,
    },
    /// There is nothing to roll a failed upgrade back to.
    #[error(
        "unable to find a previously successful release when attempting to rollback. original upgrade error: {0}"
    )]
    NothingToRollBackTo(Box<Error>),
    /// New objects of a failed upgrade could not be removed again.
    #[error(
        "an error occurred while cleaning up resources. original upgrade error: {original}: \
         unable to cleanup resources: {cleanup}"
    )]
    Cleanup {
        /// Why the upgrade failed.
        original: Box<Error>,
        /// Why the cleaning failed.
        cleanup: String,
    },
}

/// Who is at work on a release, as its Lease tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The release.
    pub release: String,
    /// Who.
    pub holder: String,
    /// Since when.
    pub since: String,
}

/// A name that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// Not a name.
    #[error(
        "release name {0:?}: invalid release name, must match regex \
         ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
    )]
    Invalid(String),
    /// No name.
    #[error("release name \"\": no name provided")]
    Missing,
    /// Taken.
    #[error("cannot reuse a name that is still in use")]
    InUse,
}

/// An error and its sources on one line, as Go's wrapped errors read.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let own = error.to_string();
        // Some errors word their source themselves.
        if !text.ends_with(&own) {
            text = format!("{text}: {own}");
        }
        next = error.source();
    }
    text
}
