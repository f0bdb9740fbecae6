//! The resources that the registry serves: built-in ones and those that definitions add.

use super::Served;
use crate::{
    crd::{self, Custom},
    kinds::{Gvr, Resource, builtin},
};
use serde_json::Value;
use std::sync::Arc;

/// All resources.
#[derive(Debug, Default)]
pub struct Catalogue {
    custom: crd::Catalogue,
}

/// An API group as discovery tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `apps`; empty for the core group.
    pub name: String,
    /// `v1`, the preferred one first.
    pub versions: Vec<String>,
}

impl Catalogue {
    /// The resource of a group, version and plural name.
    #[must_use]
    pub fn find(&self, group: &str, version: &str, resource: &str) -> Option<Served> {
        if let Some(found) = builtin().get(group, version, resource) {
            return Some(Served::from(Arc::clone(found)));
        }
        self.custom.get(&Gvr::new(group, version, resource)).map(Served::from)
    }

    /// The resource of a kind.
    #[must_use]
    pub fn by_kind(&self, group: &str, version: &str, kind: &str) -> Option<Served> {
        if let Some(found) = builtin().by_kind(group, version, kind) {
            return Some(Served::from(Arc::clone(found)));
        }
        self.custom.kind(group, version, kind).map(Served::from)
    }

    /// The definitions' resources.
    #[must_use]
    pub fn custom(&self) -> &crd::Catalogue {
        &self.custom
    }

    /// Every resource in the order of discovery.
    #[must_use]
    pub fn all(&self) -> Vec<Served> {
        let custom = self.custom.all().into_iter().map(Served::from);
        builtin().resources().iter().map(|known| Served::from(Arc::clone(known))).chain(custom).collect()
    }

    /// The resources of a group's version, in the order of discovery.
    #[must_use]
    pub fn in_version(&self, group: &str, version: &str) -> Vec<Served> {
        let known = builtin().in_version(group, version);
        let fits = |custom: &Arc<Custom>| {
            custom.resource.gvr.group == group && custom.resource.gvr.version == version
        };
        let custom = self.custom.all().into_iter().filter(fits).map(Served::from);
        known.iter().map(|known| Served::from(Arc::clone(known))).chain(custom).collect()
    }

    /// The groups in the order of discovery, the core group first.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let known = builtin().groups().iter().map(|group| Group {
            name: group.name.to_owned(),
            versions: group.versions.iter().map(|version| version.name.to_owned()).collect(),
        });
        let custom = self.custom.groups().into_iter();
        known.chain(custom.map(|(name, versions)| Group { name, versions })).collect()
    }

    /// Every storable resource once, in its preferred version: what namespaces and owners are emptied of.
    #[must_use]
    pub fn stored(&self) -> Vec<Arc<Resource>> {
        let mut found: Vec<Arc<Resource>> = Vec::new();
        for served in self.all() {
            let known = |other: &Arc<Resource>| {
                (&other.gvr.group, &other.gvr.resource) == (&served.gvr.group, &served.gvr.resource)
            };
            let storable = served.verbs.iter().any(|verb| verb == "delete");
            if storable && served.gvr.group != "events.k8s.io" && !found.iter().any(known) {
                found.push(Arc::clone(&served.resource));
            }
        }
        found
    }

    /// Takes in a definition as a write stored it.
    pub(super) fn define(&self, definition: &Value, revision: u64) {
        self.custom.put(definition, revision);
    }

    /// Forgets a definition that a write removed.
    pub(super) fn forget(&self, name: &str, revision: u64) {
        self.custom.remove(name, revision);
    }
}
