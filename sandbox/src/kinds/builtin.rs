//! The built-in resources: tables that `tests/peers/record-kubernetes.py` records from the real server.

use super::{Gvr, Resource, Subresource};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

const GROUPS: &str = include_str!("../../tables/groups.tsv");
const RESOURCES: &str = include_str!("../../tables/resources.tsv");

/// A version of a group, as APIServices rank it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `v1`.
    pub name: &'static str,
    /// `versionPriority` of its APIService: higher stands first among the group's versions.
    pub priority: i32,
}

/// An API group with its versions, the preferred one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `apps`; empty for the core group.
    pub name: &'static str,
    /// `groupPriorityMinimum` of its APIServices: higher stands first in discovery. Custom groups have 1000.
    pub priority: i32,
    /// In order of preference.
    pub versions: Vec<Version>,
}

/// The built-in groups and resources.
#[derive(Debug)]
pub struct Builtin {
    groups: Vec<Group>,
    resources: Vec<Arc<Resource>>,
    hashes: BTreeMap<Gvr, &'static str>,
    types: BTreeMap<(&'static str, &'static str, &'static str), &'static str>,
}

/// The built-in groups and resources; the tables are read at the first call.
///
/// ```
/// use skiff_sandbox::kinds::builtin;
/// let deployments = builtin().by_name("apps", "deployments").unwrap();
/// assert_eq!(deployments.kind, "Deployment");
/// assert_eq!(deployments.short_names, ["deploy"]);
/// ```
#[must_use]
pub fn builtin() -> &'static Builtin {
    static TABLE: LazyLock<Builtin> = LazyLock::new(|| Builtin::read(GROUPS, RESOURCES));
    &TABLE
}

impl Builtin {
    fn read(groups: &'static str, resources: &'static str) -> Self {
        let mut read = Self {
            groups: read_groups(groups),
            resources: vec![],
            hashes: BTreeMap::new(),
            types: BTreeMap::new(),
        };
        let mut open: Option<Resource> = None;
        for row in rows(resources) {
            let (group, version) = row[10].split_once('/').unwrap_or((row[0], row[1]));
            if !row[11].is_empty() {
                read.types.insert((group, version, row[3]), row[11]);
            }
            match row[2].split_once('/') {
                Some((_, name)) => {
                    open.iter_mut().for_each(|resource| resource.subresources.push(subresource(name, &row)));
                }
                None => {
                    read.resources.extend(open.replace(resource(&row)).map(Arc::new));
                    read.hashes.insert(Gvr::new(row[0], row[1], row[2]), row[9]);
                }
            }
        }
        read.resources.extend(open.map(Arc::new));
        read
    }

    /// The groups in the order of discovery, the core group first.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// All resources in the order of discovery.
    #[must_use]
    pub fn resources(&self) -> &[Arc<Resource>] {
        &self.resources
    }

    /// The resources of a group's version, in the order of discovery.
    #[must_use]
    pub fn in_version(&self, group: &str, version: &str) -> &[Arc<Resource>] {
        let fits = |known: &Arc<Resource>| known.gvr.group == group && known.gvr.version == version;
        // The table lists them together.
        let start = self.resources.iter().position(fits).unwrap_or_default();
        let rest = self.resources.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|known| fits(known)).count();
        rest.get(..count).unwrap_or_default()
    }

    /// The resource of a group, version and plural name.
    #[must_use]
    pub fn get(&self, group: &str, version: &str, resource: &str) -> Option<&Arc<Resource>> {
        self.in_version(group, version).iter().find(|known| known.gvr.resource == resource)
    }

    /// The resource of a group and plural name, in the preferred version that has it.
    #[must_use]
    pub fn by_name(&self, group: &str, resource: &str) -> Option<&Arc<Resource>> {
        self.resources.iter().find(|known| known.gvr.group == group && known.gvr.resource == resource)
    }

    /// The resource whose objects are of this kind.
    #[must_use]
    pub fn by_kind(&self, group: &str, version: &str, kind: &str) -> Option<&Arc<Resource>> {
        self.in_version(group, version).iter().find(|known| known.kind == kind)
    }

    /// The name of a kind's type in [`crate::schema::builtin`], also of kinds that only subresources take, such as
    /// `autoscaling/v1 Scale` and `policy/v1 Eviction`.
    #[must_use]
    pub fn type_name(&self, group: &str, version: &str, kind: &str) -> Option<&'static str> {
        self.types.get(&(group, version, kind)).copied()
    }

    /// `storageVersionHash` of discovery; empty for resources that are not stored.
    #[must_use]
    pub fn storage_version_hash(&self, gvr: &Gvr) -> &'static str {
        self.hashes.get(gvr).copied().unwrap_or_default()
    }
}

/// A table's rows without its heading; missing cells are empty.
fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 12]> {
    table.lines().skip(1).map(|line| {
        let mut cells = line.split('\t');
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    })
}

fn read_groups(table: &'static str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows(table) {
        let number = |cell: &str| cell.parse().unwrap_or_default();
        let version = Version { name: row[1], priority: number(row[3]) };
        match groups.last_mut().filter(|group| group.name == row[0]) {
            Some(group) => group.versions.push(version),
            None => groups.push(Group { name: row[0], priority: number(row[2]), versions: vec![version] }),
        }
    }
    groups
}

fn list(cell: &str) -> Vec<String> {
    cell.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn resource(row: &[&str; 12]) -> Resource {
    Resource {
        gvr: Gvr::new(row[0], row[1], row[2]),
        kind: row[3].to_owned(),
        list_kind: format!("{}List", row[3]),
        singular: row[4].to_owned(),
        namespaced: row[5] == "1",
        short_names: list(row[6]),
        categories: list(row[7]),
        verbs: list(row[8]),
        subresources: Vec::new(),
        type_name: row[11].to_owned(),
    }
}

fn subresource(name: &str, row: &[&str; 12]) -> Subresource {
    let group_version =
        row[10].split_once('/').map(|(group, version)| (group.to_owned(), version.to_owned()));
    Subresource { name: name.to_owned(), kind: row[3].to_owned(), group_version, verbs: list(row[8]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_resource_has_a_type_a_hash_and_verbs() {
        assert!(builtin().resources().len() > 60);
        for resource in builtin().resources() {
            assert!(!resource.verbs.is_empty(), "{resource:?}");
            let found = crate::schema::builtin().get(&resource.type_name);
            assert!(found.is_some_and(|found| found.property("metadata").is_some()), "{resource:?}");
            let stored = resource.verbs.iter().any(|verb| verb == "watch");
            assert_eq!(stored, !builtin().storage_version_hash(&resource.gvr).is_empty(), "{resource:?}");
        }
    }

    #[test]
    fn the_preferred_version_is_found_first() {
        let found = builtin().by_name("autoscaling", "horizontalpodautoscalers").expect("a resource");
        assert_eq!(found.gvr.version, "v2");
        assert!(builtin().get("autoscaling", "v1", "horizontalpodautoscalers").is_some());
        assert!(builtin().by_kind("", "v1", "Deployment").is_none());
    }

    #[test]
    fn subresources_stand_with_their_resource() {
        let deployments = builtin().get("apps", "v1", "deployments").expect("a resource");
        let names: Vec<_> = deployments.subresources.iter().map(|sub| sub.name.as_str()).collect();
        assert_eq!(names, ["scale", "status"]);
        assert_eq!(deployments.subresources[0].group_version, Some(("autoscaling".into(), "v1".into())));
        assert_eq!(builtin().type_name("policy", "v1", "Eviction"), Some("io.k8s.api.policy.v1.Eviction"));
    }

    #[test]
    fn groups_are_ordered_as_discovery_lists_them() {
        let groups: Vec<_> = builtin().groups().iter().map(|group| group.name).collect();
        assert_eq!(groups[..3], ["", "apiregistration.k8s.io", "apps"]);
    }
}
