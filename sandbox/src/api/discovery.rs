//! What the API tells about itself: groups, versions, resources, and its own version.

use super::{
    Body, answer as respond,
    negotiate::{self, Wanted},
};
use crate::{
    kinds::builtin,
    registry::{Catalogue, Group, Served, missing_resource},
    status::Status,
};
use bytes::Bytes;
use http::{Request, Response, header};
use serde_json::{Value, json};
use skiff_compact::Order;

/// `/version`.
pub(super) fn version(reported: &str) -> Value {
    let mut numbers = reported.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or("1"), numbers.next().unwrap_or("0"));
    let before = minor.parse::<u32>().map_or(0, |minor| minor.saturating_sub(1)).to_string();
    json!({
        "major": major, "minor": minor, "emulationMajor": major, "emulationMinor": minor,
        "minCompatibilityMajor": major, "minCompatibilityMinor": before,
        "gitVersion": reported, "gitCommit": "", "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "",
    })
}

/// The documents below `/`, `/version`, `/api` and `/apis`; `None` for other paths.
///
/// # Errors
/// 404 for versions that a known group does not have.
pub(super) fn answer(
    catalogue: &Catalogue,
    request: &Request<Bytes>,
    path: &str,
) -> Result<Option<Response<Body>>, Status> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let json = |body: &Value| Ok(Some(negotiate::write(200, Wanted::plain(), body)));
    match parts[..] {
        [""] => {
            let body = json!({"paths": paths(catalogue)});
            Ok(Some(respond(200, "application/json", serde_json::to_vec_pretty(&body).unwrap_or_default())))
        }
        ["api"] | ["apis"] => {
            let core = parts[0] == "api";
            if let Some(version) = aggregated_version(request) {
                return Ok(Some(aggregated(catalogue, core, version)));
            }
            if core {
                return json(&json!({
                    "kind": "APIVersions", "versions": ["v1"],
                    "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
                }));
            }
            let groups = catalogue.groups();
            let groups: Vec<Value> =
                groups.iter().filter(|group| !group.name.is_empty()).map(with_versions).collect();
            json(&json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", group] => {
            let groups = catalogue.groups();
            let Some(found) = groups.iter().find(|known| known.name == group && !group.is_empty()) else {
                return Ok(None);
            };
            let mut body = with_versions(found);
            body["kind"] = "APIGroup".into();
            body["apiVersion"] = "v1".into();
            json(&body)
        }
        ["api", version] => json(&resources(catalogue, "", version)?),
        ["apis", group, version] => {
            if !catalogue.groups().iter().any(|known| known.name == group) {
                return Ok(None);
            }
            json(&resources(catalogue, group, version)?)
        }
        _ => Ok(None),
    }
}

fn paths(catalogue: &Catalogue) -> Vec<String> {
    let mut paths: Vec<String> =
        ["/api", "/api/v1", "/apis", "/apis/", "/healthz", "/livez", "/readyz", "/version"]
            .map(str::to_owned)
            .to_vec();
    for group in catalogue.groups().iter().filter(|group| !group.name.is_empty()) {
        paths.push(format!("/apis/{}", group.name));
        paths.extend(group.versions.iter().map(|version| format!("/apis/{}/{version}", group.name)));
    }
    paths.order();
    paths
}

fn with_versions(group: &Group) -> Value {
    let name =
        |version: &String| json!({"groupVersion": format!("{}/{version}", group.name), "version": version});
    let versions: Vec<Value> = group.versions.iter().map(name).collect();
    json!({"name": group.name, "preferredVersion": versions.first(), "versions": versions})
}

fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn resources(catalogue: &Catalogue, group: &str, version: &str) -> Result<Value, Status> {
    let found = catalogue.in_version(group, version);
    if found.is_empty() {
        return Err(missing_resource());
    }
    let found: Vec<Value> = found.iter().flat_map(entries).collect();
    let mut list = json!({
        "kind": "APIResourceList", "groupVersion": group_version(group, version), "resources": found,
    });
    // Lists of the core group do not say of which version they are themselves.
    if !group.is_empty() {
        list["apiVersion"] = "v1".into();
    }
    Ok(list)
}

fn entries(served: &Served) -> Vec<Value> {
    let mut own = json!({
        "name": served.gvr.resource, "singularName": served.singular, "namespaced": served.namespaced,
        "kind": served.kind, "verbs": served.verbs,
    });
    for (key, list) in [("shortNames", &served.short_names), ("categories", &served.categories)] {
        if !list.is_empty() {
            own[key] = json!(list);
        }
    }
    let hash = builtin().storage_version_hash(&served.gvr);
    if !hash.is_empty() {
        own["storageVersionHash"] = hash.into();
    }
    let subresources = served.subresources.iter().map(|sub| {
        let mut entry = json!({
            "name": format!("{}/{}", served.gvr.resource, sub.name), "singularName": "",
            "namespaced": served.namespaced, "kind": sub.kind, "verbs": sub.verbs,
        });
        if let Some((group, version)) = &sub.group_version {
            entry["group"] = group.as_str().into();
            entry["version"] = version.as_str().into();
        }
        entry
    });
    std::iter::once(own).chain(subresources).collect()
}

/// The version of aggregated discovery that the client wants, if it does.
fn aggregated_version(request: &Request<Bytes>) -> Option<&'static str> {
    let accept = negotiate::text(request.headers(), header::ACCEPT);
    accept.split(',').find_map(|clause| {
        let has = |part: &str| clause.split(';').any(|given| given.trim() == part);
        let wanted = has("as=APIGroupDiscoveryList") && has("g=apidiscovery.k8s.io");
        let json = clause.trim().starts_with("application/json");
        match () {
            () if !wanted || !json => None,
            () if has("v=v2") => Some("v2"),
            () if has("v=v2beta1") => Some("v2beta1"),
            () => None,
        }
    })
}

fn aggregated(catalogue: &Catalogue, core: bool, version: &'static str) -> Response<Body> {
    let groups = catalogue.groups();
    let items: Vec<Value> = groups
        .iter()
        .filter(|group| group.name.is_empty() == core)
        .map(|group| {
            let versions: Vec<Value> = group
                .versions
                .iter()
                .map(|version| {
                    let found = catalogue.in_version(&group.name, version);
                    let resources: Vec<Value> = found.iter().map(discovered).collect();
                    json!({"version": version, "resources": resources, "freshness": "Current"})
                })
                .collect();
            let mut metadata = json!({});
            if !group.name.is_empty() {
                metadata["name"] = group.name.as_str().into();
            }
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    let body = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {}, "items": items,
    });
    let full = if version == "v2" {
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    } else {
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
    };
    respond(200, full, body.to_string())
}

fn discovered(served: &Served) -> Value {
    let kind =
        |group: &str, version: &str, kind: &str| json!({"group": group, "version": version, "kind": kind});
    let gvr = &served.gvr;
    let mut entry = json!({
        "resource": gvr.resource, "responseKind": kind("", "", &served.kind),
        "scope": if served.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": served.singular, "verbs": served.verbs,
    });
    for (key, list) in [("shortNames", &served.short_names), ("categories", &served.categories)] {
        if !list.is_empty() {
            entry[key] = json!(list);
        }
    }
    if !served.subresources.is_empty() {
        let subresources: Vec<Value> = served
            .subresources
            .iter()
            .map(|sub| {
                let of = sub.group_version.as_ref().map(|(group, version)| (group.as_str(), version.as_str()));
                let (group, version) = of.unwrap_or_default();
                json!({
                    "subresource": sub.name, "responseKind": kind(group, version, &sub.kind), "verbs": sub.verbs,
                })
            })
            .collect();
        entry["subresources"] = subresources.into();
    }
    entry
}
