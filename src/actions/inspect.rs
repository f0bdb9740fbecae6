//! Reading releases: get, status, history.

use super::deploy::is_valid_name;
use crate::{
    client::{
        Cluster, Object, Resource,
        transport::{Method, Request},
    },
    release::Release,
    storage::{self, Storage, Summaries},
};
use serde::Serialize;
use serde_json::{Map, Value};
use skiff_compact::Order;
use std::collections::BTreeMap;

/// Why a release cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a name.
    #[error("releaseContent: Release name is invalid: {0}")]
    Name(String),
    /// Not a name.
    #[error("release name is invalid: {0}")]
    HistoryName(String),
    /// Records.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The manifest.
    #[error(transparent)]
    Build(#[from] crate::client::BuildError),
}

/// One revision; 0 is the newest.
///
/// # Errors
/// When there is none.
pub fn content(storage: &Storage<'_>, name: &str, revision: i64) -> Result<Release, Error> {
    if !is_valid_name(name) {
        return Err(Error::Name(name.into()));
    }
    let release = if revision <= 0 { storage.last(name) } else { storage.get(name, revision) };
    Ok(release?)
}

/// The newest `max` revisions, oldest first, and those that cannot be read.
///
/// # Errors
/// When there is none.
pub fn history(storage: &Storage<'_>, name: &str, max: i64) -> Result<Summaries, Error> {
    if !is_valid_name(name) {
        return Err(Error::HistoryName(name.into()));
    }
    let Summaries { mut found, mut unreadable } = storage.summaries(name)?;
    if found.is_empty() && unreadable.is_empty() {
        return Err(storage::Error::NotFound.into());
    }
    found.order_by_key(|revision| revision.version);
    unreadable.order_by(|a, b| a.key.cmp(&b.key));
    let keep = usize::try_from(max).unwrap_or(0);
    found.drain(..found.len().saturating_sub(keep));
    Ok(Summaries { found, unreadable })
}

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,\
application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/// Fills in the live objects of a release by kind (`v1/Service`), and the Pods that its workloads select; as the
/// server's tables or as they are. Objects that are gone are left out.
///
/// # Errors
/// When the manifest has kinds that the server does not serve.
pub fn add_resources(cluster: &Cluster, release: &mut Release, as_tables: bool) -> Result<(), Error> {
    let objects = cluster.build(&release.manifest, &release.namespace, false)?;
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut selectors: Vec<Value> = Vec::new();
    for object in &objects {
        let Ok(live) = fetch(cluster, &object.path(), as_tables) else { continue };
        let resource = &object.resource;
        found.entry(format!("{}/{}", resource.version, resource.kind)).or_default().push(live);
        let Some(selector) = selector(object).filter(|selector| !selectors.contains(selector)) else {
            continue;
        };
        let pods = related_pods(cluster, &object.namespace, &selector, as_tables);
        found.entry("v1/Pod(related)".into()).or_default().extend(pods);
        selectors.push(selector);
    }
    release.info.resources = found;
    Ok(())
}

fn fetch(cluster: &Cluster, path: &str, as_table: bool) -> Result<Value, crate::client::Error> {
    let mut request = Request::new(Method::Get, path);
    if as_table {
        request.accept = TABLE;
    }
    cluster.exchange(request)
}

/// The labels of the Pods that a workload makes, as its manifest says.
fn selector(object: &Object) -> Option<Value> {
    let selector = object.content.get("spec")?.get("selector")?;
    let labels = match object.kind() {
        "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => selector.get("matchLabels")?,
        "ReplicationController" => selector,
        _ => return None,
    };
    labels.is_object().then(|| labels.clone())
}

fn related_pods(cluster: &Cluster, namespace: &str, selector: &Value, as_table: bool) -> Option<Value> {
    let labels = selector.as_object().into_iter().flatten();
    let terms: Vec<String> =
        labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    let pods = Resource {
        group: String::new(),
        version: "v1".into(),
        kind: "Pod".into(),
        plural: "pods".into(),
        namespaced: true,
    };
    let query = crate::client::query(&[("labelSelector", &terms.join(","))]);
    let mut answer = fetch(cluster, &format!("{}?{query}", pods.path(namespace, "")), as_table).ok()?;
    if !as_table {
        // Items of a list leave out what the list says; Helm's client fills it in.
        for pod in answer.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
            pod["apiVersion"] = "v1".into();
            pod["kind"] = "Pod".into();
        }
    }
    Some(answer)
}

/// What `get metadata` shows.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The release's name.
    pub name: String,
    /// The chart's name.
    pub chart: String,
    /// The chart's version.
    pub version: String,
    /// The version of what it deploys.
    pub app_version: String,
    /// The chart's annotations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The record's labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The chart's dependencies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Map<String, Value>>,
    /// The release's namespace.
    pub namespace: String,
    /// Its revision.
    pub revision: i64,
    /// Its status.
    pub status: String,
    /// When it was deployed, to the second.
    pub deployed_at: String,
    /// `ssa`, `csa`, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub apply_method: String,
}

impl Metadata {
    /// A release's.
    ///
    /// # Errors
    /// When the recorded chart cannot be read.
    pub fn of(release: &Release) -> Result<Self, serde_json::Error> {
        let chart = match &release.chart {
            Some(chart) => chart.summary()?.metadata.unwrap_or_default(),
            None => Default::default(),
        };
        let deployed = release.info.last_deployed;
        Ok(Self {
            name: release.name.clone(),
            chart: chart.name,
            version: chart.version,
            app_version: chart.app_version,
            annotations: chart.annotations,
            labels: release.labels.clone(),
            dependencies: chart.dependencies,
            namespace: release.namespace.clone(),
            revision: release.version,
            status: release.info.status.to_string(),
            deployed_at: deployed.map_or("0001-01-01T00:00:00Z".into(), |time| time.rfc3339()),
            apply_method: release.apply_method.clone(),
        })
    }
}
