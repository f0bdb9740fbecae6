//! Resources: their groups, versions, names and verbs; the built-in ones as a table.

mod builtin;

pub use builtin::{Builtin, Group, Version, builtin};

/// A resource of a group and version: `GroupVersionResource`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gvr {
    /// `apps`; empty for the core group.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// `deployments`: plural, lowercase.
    pub resource: String,
}

impl Gvr {
    /// The resource `resource` of `group` (empty: core) in `version`.
    pub fn new(group: impl Into<String>, version: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { group: group.into(), version: version.into(), resource: resource.into() }
    }

    /// `apps/v1`, or `v1` for the core group.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

/// What the API knows of a resource, be it built in or custom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Group, version and plural name.
    pub gvr: Gvr,
    /// `Deployment`.
    pub kind: String,
    /// `DeploymentList`.
    pub list_kind: String,
    /// `deployment`.
    pub singular: String,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// `deploy`.
    pub short_names: Vec<String>,
    /// `all`.
    pub categories: Vec<String>,
    /// `get`, `list`, …
    pub verbs: Vec<String>,
    /// `status`, `scale`, `log`, …
    pub subresources: Vec<Subresource>,
    /// The schema's name in the [`crate::schema::Types`] of this resource:
    /// `io.k8s.api.apps.v1.Deployment`.
    pub type_name: String,
}

/// A subresource, as discovery lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subresource {
    /// `status`, without the resource's name.
    pub name: String,
    /// `Scale` for `deployments/scale`; the parent's kind for `status`.
    pub kind: String,
    /// The group and version of `kind` where they are not the resource's: `("autoscaling", "v1")`.
    pub group_version: Option<(String, String)>,
    /// `get`, `patch`, `update`, `create`, …
    pub verbs: Vec<String>,
}
