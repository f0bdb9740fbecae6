//! What containers wrote.

use super::{
    Cluster, Error,
    transport::{Method, Request},
};
use serde_json::Value;

impl Cluster {
    /// A container's log, whole.
    ///
    /// # Errors
    /// When there is no such container, or its node does not answer.
    pub fn log(&self, namespace: &str, pod: &str, container: &str) -> Result<Vec<u8>, Error> {
        let query = super::query(&[("container", container)]);
        let mut request = Request::new(Method::Get, format!("{}/log?{query}", pod_path(namespace, pod)));
        request.accept = "*/*";
        self.exchange_raw(request)
    }

    /// Gives `show` the logs of all containers of the Pods that a selector (`labelSelector` or `fieldSelector`, and
    /// its text) finds.
    ///
    /// # Errors
    /// In Helm's words, at the first log that cannot be had (`OutputContainerLogsForPodList`).
    pub fn logs_of(
        &self,
        namespace: &str,
        selector: (&str, &str),
        show: &mut dyn FnMut(&[u8]),
    ) -> Result<(), String> {
        let query = super::query(&[selector]);
        let path = format!("{}?{query}", pod_path(namespace, ""));
        let pods = self.exchange(Request::new(Method::Get, path));
        let pods = pods.map_err(|error| {
            format!("unable to get pod list with options: {} with error: {error}", selector.1)
        })?;
        for pod in pods["items"].as_array().into_iter().flatten() {
            let name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            for container in containers(pod, "containers") {
                let log = self.log(namespace, name, container).map_err(|_| {
                    format!("failed to stream pod logs for pod: {name}, container: {container}")
                })?;
                show(&log);
            }
        }
        Ok(())
    }

    /// A Pod.
    ///
    /// # Errors
    /// When there is none.
    pub fn pod(&self, namespace: &str, name: &str) -> Result<Value, Error> {
        self.exchange(Request::new(Method::Get, pod_path(namespace, name)))
    }
}

/// The names of a Pod's containers: those of its `containers` or its `initContainers`.
pub fn containers<'a>(pod: &'a Value, of: &str) -> impl Iterator<Item = &'a str> {
    let list = pod["spec"][of].as_array().into_iter().flatten();
    list.filter_map(|container| container["name"].as_str())
}

pub(super) fn pod_path(namespace: &str, name: &str) -> String {
    let all = format!("/api/v1/namespaces/{}/pods", super::path_segment(namespace));
    if name.is_empty() { all } else { format!("{all}/{}", super::path_segment(name)) }
}
