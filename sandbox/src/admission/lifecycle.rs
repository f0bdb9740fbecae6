//! NamespaceLifecycle: nothing is made in namespaces that are not there, or that go.

use super::request::{Lookup, Request};
use crate::{kinds::Gvr, object, status::Status};
use serde_json::{Value, json};

/// Namespaces that cannot be deleted.
const IMMORTAL: [&str; 3] = ["default", "kube-public", "kube-system"];

/// `Admit` of the plugin.
///
/// # Errors
/// What the namespace's state forbids.
pub(crate) fn admit(request: &Request<'_>, object: &Value, lookup: &dyn Lookup) -> Result<(), Status> {
    let namespaces = Gvr::new("", "v1", "namespaces");
    let about_namespace = request.resource.group.is_empty() && request.resource.resource == "namespaces";
    if request.operation == "DELETE" {
        let immortal = about_namespace && IMMORTAL.contains(&request.name);
        return if immortal {
            Err(request.forbidden(&Value::Null, "this namespace may not be deleted"))
        } else {
            Ok(())
        };
    }
    if about_namespace
        || request.namespace.is_empty()
        || request.resource.resource == "localsubjectaccessreviews"
    {
        return Ok(());
    }
    let Some(namespace) = lookup.get(&namespaces, "", request.namespace) else {
        return Err(Status::not_found("", "namespaces", request.namespace));
    };
    if !request.creates() || object::text(&namespace, &["status", "phase"]) != "Terminating" {
        return Ok(());
    }
    let name = request.namespace;
    let why = format!("unable to create new content in namespace {name} because it is being terminated");
    let mut refusal = request.forbidden(object, &why);
    if let Some(details) = &mut refusal.details {
        details["causes"] = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {name} is being terminated"),
            "field": "metadata.namespace",
        }]);
    }
    Err(refusal)
}
