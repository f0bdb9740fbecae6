//! What templates' `lookup` asks of a cluster.

use crate::{
    client::{
        Cluster,
        transport::{Method, Request},
    },
    render::Lookup,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A cluster that templates may ask.
pub(super) struct ClusterLookup(pub(super) Arc<Cluster>);

impl Lookup for ClusterLookup {
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value, String> {
        let discovery = self.0.discovery().map_err(|error| error.to_string())?;
        let Some(resource) = discovery.find(api_version, kind) else {
            return Err(format!(
                "unable to get apiresource from unstructured: {}",
                go_kind(api_version, kind)
            ));
        };
        match self.0.exchange(Request::new(Method::Get, resource.path(namespace, name))) {
            Ok(found) => Ok(found),
            // Nothing there is nothing found, for templates that ask before they make something.
            Err(error) if error.is_not_found() => Ok(json!({})),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// How Go prints a `GroupVersionKind`.
fn go_kind(api_version: &str, kind: &str) -> String {
    match api_version.rsplit_once('/') {
        Some((group, version)) => format!("{group}/{version}, Kind={kind}"),
        None => format!("/{api_version}, Kind={kind}"),
    }
}
