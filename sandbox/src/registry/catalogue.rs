//! The resources that the registry serves.

use crate::kinds::{Resource, builtin};
use std::sync::Arc;

/// All resources, in the order of discovery.
#[derive(Debug, Clone, Default)]
pub struct Catalogue;

impl Catalogue {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        builtin().resources().iter()
    }

    /// The resource of a group, version and plural name.
    #[must_use]
    pub fn find(&self, group: &str, version: &str, resource: &str) -> Option<Arc<Resource>> {
        builtin().get(group, version, resource).cloned()
    }
}
