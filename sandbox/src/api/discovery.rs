//! What the API tells about itself: groups, versions, resources.

use crate::{kinds::Resource, registry::Catalogue};
use serde_json::{Value, json};

/// `/version`.
#[must_use]
pub(super) fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3", "gitCommit": "", "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "",
    })
}

/// The documents below `/api` and `/apis`.
#[must_use]
pub(super) fn answer(catalogue: &Catalogue, path: &str) -> Option<Value> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts[..] {
        ["api"] => Some(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
        })),
        ["apis"] => {
            let groups: Vec<Value> = groups(catalogue).iter().map(with_versions).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["api", version] => resources(catalogue, "", version),
        ["apis", group] => {
            let found = groups(catalogue).into_iter().find(|(name, _)| name == group)?;
            let mut body = with_versions(&found);
            body["kind"] = "APIGroup".into();
            body["apiVersion"] = "v1".into();
            Some(body)
        }
        ["apis", group, version] => resources(catalogue, group, version),
        _ => None,
    }
}

/// Groups with their versions, the preferred first; the core group is not among them.
fn groups(catalogue: &Catalogue) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for resource in catalogue.all().filter(|resource| !resource.gvr.group.is_empty()) {
        let (group, version) = (&resource.gvr.group, &resource.gvr.version);
        match groups.iter_mut().find(|(name, _)| name == group) {
            Some((_, versions)) if versions.contains(version) => {}
            Some((_, versions)) => versions.push(version.clone()),
            None => groups.push((group.clone(), vec![version.clone()])),
        }
    }
    groups
}

fn with_versions((group, versions): &(String, Vec<String>)) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| json!({"groupVersion": format!("{group}/{version}"), "version": version}))
        .collect();
    json!({"name": group, "preferredVersion": versions[0], "versions": versions})
}

fn resources(catalogue: &Catalogue, group: &str, version: &str) -> Option<Value> {
    let found: Vec<Value> = catalogue
        .all()
        .filter(|resource| resource.gvr.group == group && resource.gvr.version == version)
        .flat_map(|resource| entries(resource))
        .collect();
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let list =
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": found});
    (!found.is_empty()).then_some(list)
}

fn entries(resource: &Resource) -> Vec<Value> {
    let mut own = json!({
        "name": resource.gvr.resource, "singularName": resource.singular, "namespaced": resource.namespaced,
        "kind": resource.kind, "verbs": resource.verbs,
    });
    if !resource.short_names.is_empty() {
        own["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        own["categories"] = json!(resource.categories);
    }
    let subresources = resource.subresources.iter().map(|sub| {
        let mut entry = json!({
            "name": format!("{}/{}", resource.gvr.resource, sub.name), "singularName": "",
            "namespaced": resource.namespaced, "kind": sub.kind, "verbs": sub.verbs,
        });
        if let Some((group, version)) = &sub.group_version {
            entry["group"] = group.as_str().into();
            entry["version"] = version.as_str().into();
        }
        entry
    });
    std::iter::once(own).chain(subresources).collect()
}
