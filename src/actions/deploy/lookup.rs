//! What templates' `lookup` asks of a cluster (Helm's `pkg/engine/lookup_func.go`).

use crate::{
    client::{
        self, Cluster,
        transport::{Method, Request},
    },
    log::{Level, Record},
    render::Lookup,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// What lookups logged; templates run on a thread of their own, so it is kept until they are done.
pub type LookupLog = Arc<Mutex<Vec<Record>>>;

/// A cluster that templates may ask.
pub(super) struct ClusterLookup {
    cluster: Arc<Cluster>,
    log: LookupLog,
}

impl ClusterLookup {
    /// The cluster, and where to log.
    pub(super) fn new(cluster: Arc<Cluster>, log: LookupLog) -> Self {
        Self { cluster, log }
    }

    fn record(&self, record: Record) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    /// The path of what is asked for, or why the server does not serve it.
    fn path(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<String, String> {
        let failed = |parsed: (&str, &str), cause: &str| {
            let (group_version, kind) = (joined(parsed), format!("{}/{}, Kind={kind}", parsed.0, parsed.1));
            self.record(
                Record::new(Level::Error, "unable to retrieve resource list")
                    .with("GroupVersion", group_version)
                    .with("error", cause),
            );
            self.record(
                Record::new(Level::Error, "unable to get apiresource")
                    .with("groupVersionKind", &kind)
                    .with("error", cause),
            );
            Err(format!("unable to get apiresource from unstructured: {kind}: {cause}"))
        };
        let Some(parsed) = parse(api_version) else {
            return failed(("", ""), "groupVersion shouldn't be empty");
        };
        let discovery = match self.cluster.discovery() {
            Ok(discovery) => discovery,
            Err(error) => return failed(parsed, &error.to_string()),
        };
        let served = joined(parsed);
        if !discovery.group_versions.contains(&served) {
            return failed(parsed, "the server could not find the requested resource");
        }
        match discovery.find(&served, kind) {
            Some(resource) => Ok(resource.path(namespace, name)),
            // Helm asks for a resource without a name, which leads to the root of the core group.
            None => Ok(match name {
                "" => "/api".to_owned(),
                name => format!("/api/{}", client::path_segment(name)),
            }),
        }
    }

    fn note_missing(&self, api_version: &str, kind: &str, namespace: &str, name: &str) {
        let what = if name.is_empty() { "resource list" } else { "resource" };
        let mut record = Record::new(Level::Debug, format!("lookup: {what} not found"))
            .with("apiVersion", api_version)
            .with("kind", kind)
            .with("namespace", namespace);
        if !name.is_empty() {
            record = record.with("name", name);
        }
        self.record(record);
    }
}

impl Lookup for ClusterLookup {
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value, String> {
        let path = self.path(api_version, kind, namespace, name)?;
        match self.cluster.exchange(Request::new(Method::Get, path).unnamed()) {
            Ok(found) if name.is_empty() => Ok(as_list(found)),
            Ok(found) => Ok(found),
            // Nothing there is nothing found, for templates that ask before they make something.
            Err(error) if error.is_not_found() => {
                self.note_missing(api_version, kind, namespace, name);
                Ok(json!({}))
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Group and version; nothing where Go's `FromAPIVersionAndKind` gives up.
fn parse(api_version: &str) -> Option<(&str, &str)> {
    match api_version.split_once('/') {
        None if api_version.is_empty() => None,
        None => Some(("", api_version)),
        Some((_, version)) if version.contains('/') => None,
        Some(parsed) => Some(parsed),
    }
}

fn joined((group, version): (&str, &str)) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// A list as client-go decodes it: its items know their kind, which servers leave out.
fn as_list(mut list: Value) -> Value {
    let text = |field: &str| list.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let item_kind = kind.strip_suffix("List").unwrap_or(&kind);
    let Some(fields) = list.as_object_mut() else { return list };
    let items = fields.entry("items").or_insert_with(|| json!([]));
    if items.is_null() {
        *items = json!([]);
    }
    for item in items.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        if !item.contains_key("kind") && !item.contains_key("apiVersion") {
            item.insert("kind".into(), Value::String(item_kind.into()));
            item.insert("apiVersion".into(), Value::String(api_version.clone()));
        }
    }
    list
}
