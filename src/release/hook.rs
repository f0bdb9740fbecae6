//! Hooks as Helm's release records hold them (`release/v1/hook.go`'s JSON).

use serde::{Deserialize, Serialize};

/// The annotation that makes a resource a hook.
pub const HOOK_ANNOTATION: &str = "helm.sh/hook";
/// The annotation that orders hooks of one event.
pub const HOOK_WEIGHT_ANNOTATION: &str = "helm.sh/hook-weight";
/// The annotation that says when a hook's resource is deleted.
pub const HOOK_DELETE_ANNOTATION: &str = "helm.sh/hook-delete-policy";
/// The annotation that says when a hook's logs are shown.
pub const HOOK_OUTPUT_LOG_ANNOTATION: &str = "helm.sh/hook-output-log-policy";

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookEvent {
    /// Before the resources of an install.
    PreInstall,
    /// After the resources of an install.
    PostInstall,
    /// Before the resources are deleted.
    PreDelete,
    /// After the resources are deleted.
    PostDelete,
    /// Before an upgrade.
    PreUpgrade,
    /// After an upgrade.
    PostUpgrade,
    /// Before a rollback.
    PreRollback,
    /// After a rollback.
    PostRollback,
    /// On `test`.
    Test,
}

impl HookEvent {
    /// The event an annotation's word names; `test-success` is Helm 2's word for `test`.
    pub fn from_annotation(word: &str) -> Option<Self> {
        Some(match word {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }
}

/// A hook of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// The resource's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The resource's kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The template it came from, as in `# Source:`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The rendered document.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manifest: String,
    /// The events it runs at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<HookEvent>,
    /// Its last execution.
    pub last_run: HookExecution,
    /// Its place among hooks of the same event; lower runs first.
    #[serde(skip_serializing_if = "is_zero")]
    pub weight: i64,
    /// When its resource is deleted, as written in the annotation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delete_policies: Vec<String>,
    /// When its logs are shown, as written in the annotation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output_log_policies: Vec<String>,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// The result of a hook's last execution. Times are RFC 3339 text, as the record holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HookExecution {
    /// When it started.
    #[serde(skip_serializing_if = "is_absent")]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "is_absent")]
    pub completed_at: Option<String>,
    /// `Unknown`, `Running`, `Succeeded`, `Failed`, or empty before the first run.
    pub phase: String,
}

/// Older records hold empty strings for times that never were; Helm reads them as absent.
fn is_absent(time: &Option<String>) -> bool {
    time.as_deref().is_none_or(str::is_empty)
}
