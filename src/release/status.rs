//! A release's status (`release/common/status.go`).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a release stands. Words that Helm does not know are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Status {
    /// Not known, or not said.
    #[default]
    Unknown,
    /// Its resources are in the cluster.
    Deployed,
    /// Its resources were deleted; the history was kept.
    Uninstalled,
    /// A newer revision took its place.
    Superseded,
    /// Not deployed completely.
    Failed,
    /// An uninstall is under way, or was cut off.
    Uninstalling,
    /// An install is under way, or was cut off.
    PendingInstall,
    /// An upgrade is under way, or was cut off.
    PendingUpgrade,
    /// A rollback is under way, or was cut off.
    PendingRollback,
    /// A word of another version.
    Other(String),
}

impl Status {
    /// The word in records and labels.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
            Self::Other(word) => word,
        }
    }

    /// Whether an operation is under way, which blocks the next one.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        match word.as_str() {
            "unknown" => Self::Unknown,
            "deployed" => Self::Deployed,
            "uninstalled" => Self::Uninstalled,
            "superseded" => Self::Superseded,
            "failed" => Self::Failed,
            "uninstalling" => Self::Uninstalling,
            "pending-install" => Self::PendingInstall,
            "pending-upgrade" => Self::PendingUpgrade,
            "pending-rollback" => Self::PendingRollback,
            _ => Self::Other(word),
        }
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.as_str().to_owned()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
