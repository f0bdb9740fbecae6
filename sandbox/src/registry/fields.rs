//! Fields that selectors may name, per kind: `AddFieldLabelConversionFunc` and the strategies' `SelectableFields`.

use super::{ListOptions, Registry, Served};
use crate::{object, status::Status};
use serde_json::Value;

const NAME: &str = "metadata.name";
const NAMESPACE: &str = "metadata.namespace";

/// Fields besides name and namespace; `None` where the kind has no list of its own, and another message.
fn own(served: &Served) -> Option<&'static [&'static str]> {
    if served.custom.is_some() {
        return None;
    }
    Some(match (served.gvr.group.as_str(), served.gvr.resource.as_str()) {
        ("", "pods") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ("", "nodes") => &["spec.unschedulable"],
        ("", "replicationcontrollers") => &["status.replicas"],
        ("", "events") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("events.k8s.io", "events") => &[
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingController",
            "type",
        ],
        ("", "namespaces") => &["status.phase"],
        ("", "secrets") => &["type"],
        ("", "services") => &["spec.clusterIP", "spec.type"],
        ("batch", "jobs") => &["status.successful"],
        ("certificates.k8s.io", "certificatesigningrequests") => &["spec.signerName"],
        ("resource.k8s.io", "resourceslices") => &["spec.nodeName", "spec.driver"],
        _ => return None,
    })
}

impl Registry {
    /// Whether selectors name only fields that the kind lets them.
    #[expect(clippy::unused_self, reason = "it belongs to the requests that it checks")]
    pub(super) fn check_fields(&self, served: &Served, options: &ListOptions) -> Result<(), Status> {
        options.fields.terms.iter().try_for_each(|term| check(served, &term.field))
    }
}

fn check(served: &Served, field: &str) -> Result<(), Status> {
    if field == NAME || field == NAMESPACE && (served.namespaced || own(served).is_none()) {
        return Ok(());
    }
    if let Some(custom) = &served.custom {
        if custom.selectable.iter().any(|known| known == field) {
            return Ok(());
        }
        return Err(Status::bad_request(format!("field label not supported: {field}")));
    }
    match own(served) {
        Some(known) if known.contains(&field) => Ok(()),
        Some(_) => Err(Status::bad_request(match served.kind.as_str() {
            "Job" => format!("field label {field:?} not supported for Job"),
            "ResourceSlice" => {
                format!(
                    "field label not supported for {}, Kind=ResourceSlice: {field}",
                    served.gvr.api_version()
                )
            }
            _ => format!("field label not supported: {field}"),
        })),
        None => Err(Status::bad_request(format!(
            "{field:?} is not a known field selector: only {NAME:?}, {NAMESPACE:?}"
        ))),
    }
}

/// The value of a field that a selector names, as a text.
#[must_use]
pub(super) fn value(served: &Served, object: &Value, field: &str) -> String {
    if let Some(custom) = &served.custom
        && let Some((_, value)) = custom.selectable_fields(object).into_iter().find(|(path, _)| path == field)
    {
        return value;
    }
    let path: Vec<&str> = field.split('.').collect();
    match (field, object::at(object, &path)) {
        ("source", _) if served.kind == "Event" => {
            let component = object::text(object, &["source", "component"]);
            let reporting = object::text(object, &["reportingComponent"]);
            if component.is_empty() { reporting } else { component }.to_owned()
        }
        ("status.podIPs", Some(Value::Array(list))) => {
            let ips: Vec<&str> = list.iter().map(|ip| object::text(ip, &["ip"])).collect();
            ips.join(",")
        }
        (_, Some(Value::String(text))) => text.clone(),
        ("spec.unschedulable" | "spec.hostNetwork", None) => "false".to_owned(),
        ("status.replicas" | "status.successful", None) => "0".to_owned(),
        (_, Some(Value::Null) | None) => String::new(),
        (_, Some(other)) => other.to_string(),
    }
}
