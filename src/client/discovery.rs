//! What the API server serves: kinds, their paths, and the version sets that templates ask for.

use super::{
    error::Error,
    transport::{Method, Request, Response, Transport},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// One resource of one API version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group, or empty for the core.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind of its objects.
    pub kind: String,
    /// The name in paths.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl Resource {
    /// `v1` or `apps/v1`.
    pub fn api_version(&self) -> String {
        group_version(&self.group, &self.version)
    }

    /// The path of an object; with an empty name, of the collection.
    pub fn path(&self, namespace: &str, name: &str) -> String {
        let root = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        let mut path = root;
        if self.namespaced && !namespace.is_empty() {
            path = format!("{path}/namespaces/{}", super::path_segment(namespace));
        }
        path = format!("{path}/{}", self.plural);
        if !name.is_empty() {
            path = format!("{path}/{}", super::path_segment(name));
        }
        path
    }

    /// How Go prints a `GroupVersionKind`: `apps/v1, Kind=Deployment`, and `/v1, Kind=Secret` for the core.
    pub fn go_string(&self) -> String {
        format!("{}/{}, Kind={}", self.group, self.version, self.kind)
    }
}

/// Everything the server serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Resources (subresources are left out), in the server's order.
    pub resources: Vec<Resource>,
    /// `v1`, `apps/v1`, … in the server's order.
    pub group_versions: Vec<String>,
    /// Kinds of everything, subresources too: `apps/v1/Deployment`.
    kinds: BTreeSet<String>,
}

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

impl Discovery {
    /// Asks the server: two requests where it knows aggregated discovery (1.26), else one for each API version.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub fn fetch(transport: &dyn Transport) -> Result<Self, Error> {
        let ask = |path: &str| Request { accept: AGGREGATED, ..Request::new(Method::Get, path) };
        let answers = transport.send_all(vec![ask("/api"), ask("/apis")]);
        let mut discovery = Self::default();
        let mut legacy = Vec::new();
        for answer in answers {
            let body = super::error::accept(answer?, Method::Get, "")?;
            match decode::<Root>(&body)? {
                Root { items: Some(groups), .. } => groups.into_iter().for_each(|g| discovery.add_group(g)),
                root => legacy.extend(root.group_versions()),
            }
        }
        discovery.add_legacy(transport, legacy)?;
        Ok(discovery)
    }

    /// Adds what a custom resource definition will let the server serve.
    pub(super) fn foresee(&mut self, definition: &Value) {
        let text =
            |path: &str| definition.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (group, kind, plural) =
            (text("/spec/group"), text("/spec/names/kind"), text("/spec/names/plural"));
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        let served = versions.into_iter().flatten().filter(|version| version["served"] == true);
        for version in served.filter_map(|version| version["name"].as_str()) {
            let api_version = group_version(&group, version);
            if kind.is_empty() || plural.is_empty() || self.find(&api_version, &kind).is_some() {
                continue;
            }
            self.kinds.insert(format!("{api_version}/{kind}"));
            if !self.group_versions.contains(&api_version) {
                self.group_versions.push(api_version);
            }
            self.resources.push(Resource {
                group: group.clone(),
                version: version.to_owned(),
                kind: kind.clone(),
                plural: plural.clone(),
                namespaced: text("/spec/scope") != "Cluster",
            });
        }
    }

    /// The resource that holds objects of a kind.
    pub fn find(&self, api_version: &str, kind: &str) -> Option<&Resource> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        self.resources.iter().find(|r| r.kind == kind && r.version == version && r.group == group)
    }

    /// `.Capabilities.APIVersions`: every version, and every kind in it.
    pub fn version_set(&self) -> Vec<String> {
        let versions: BTreeSet<&String> = self.group_versions.iter().chain(&self.kinds).collect();
        versions.into_iter().cloned().collect()
    }

    fn add_group(&mut self, group: Group) {
        for version in group.versions {
            let api_version = group_version(&group.metadata.name, &version.version);
            for resource in version.resources {
                let sub = resource.subresources.into_iter().filter_map(|sub| sub.response_kind);
                let Some(kind) = resource.response_kind.map(|k| k.kind) else { continue };
                self.kinds.insert(format!("{api_version}/{kind}"));
                self.kinds.extend(sub.map(|sub| format!("{api_version}/{}", sub.kind)));
                self.resources.push(Resource {
                    group: group.metadata.name.clone(),
                    version: version.version.clone(),
                    kind,
                    plural: resource.resource,
                    namespaced: resource.scope == "Namespaced",
                });
            }
            self.group_versions.push(api_version);
        }
    }

    fn add_legacy(&mut self, transport: &dyn Transport, versions: Vec<String>) -> Result<(), Error> {
        let path = |v: &String| if v.contains('/') { format!("/apis/{v}") } else { format!("/api/{v}") };
        let requests = versions.iter().map(|v| Request::new(Method::Get, path(v))).collect();
        for (api_version, answer) in versions.into_iter().zip(transport.send_all(requests)) {
            // A registered but broken API service must not stop everything else: Helm warns and goes on.
            if let Ok(Response { status: 200, body, .. }) = answer {
                let list: LegacyList = decode(&body)?;
                let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
                for resource in list.resources {
                    self.kinds.insert(format!("{api_version}/{}", resource.kind));
                    if !resource.name.contains('/') {
                        self.resources.push(Resource {
                            group: group.into(),
                            version: version.into(),
                            kind: resource.kind,
                            plural: resource.name,
                            namespaced: resource.namespaced,
                        });
                    }
                }
            }
            self.group_versions.push(api_version);
        }
        Ok(())
    }
}

fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(body)
        .map_err(|error| Error::Answer(format!("unexpected discovery answer: {error}")))
}

/// Either form of the answer to `/api` and `/apis`.
#[derive(Deserialize)]
struct Root {
    items: Option<Vec<Group>>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    groups: Vec<LegacyGroup>,
}

impl Root {
    fn group_versions(self) -> impl Iterator<Item = String> {
        let grouped = self.groups.into_iter().flat_map(|group| group.versions);
        self.versions.into_iter().chain(grouped.map(|version| version.group_version))
    }
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: GroupName,
    #[serde(default)]
    versions: Vec<GroupVersion>,
}

#[derive(Default, Deserialize)]
struct GroupName {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
    #[serde(default)]
    resources: Vec<GroupResource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupResource {
    resource: String,
    response_kind: Option<Kind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    subresources: Vec<Subresource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subresource {
    response_kind: Option<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct LegacyGroup {
    #[serde(default)]
    versions: Vec<LegacyVersion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LegacyVersion {
    group_version: String,
}

#[derive(Deserialize)]
struct LegacyList {
    #[serde(default)]
    resources: Vec<LegacyResource>,
}

#[derive(Deserialize)]
struct LegacyResource {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
}
