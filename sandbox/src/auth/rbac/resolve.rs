//! Which rules apply to a user: `DefaultRuleResolver`.

use super::{GROUP, gvr, rule::Rule};
use crate::{
    auth::{Objects, service_account},
    object,
    registry::User,
    status::Status,
};
use serde_json::Value;

/// Shows `visitor` each rule of a user, with the binding that gives it, until it says `false`. Bindings of the whole
/// cluster come first, then those of the namespace. Returns what could not be found.
pub(super) fn visit(
    objects: &dyn Objects,
    user: &User,
    namespace: &str,
    visitor: &mut dyn FnMut(&str, &Rule) -> bool,
) -> Vec<String> {
    let mut errors = Vec::new();
    let places = [("clusterrolebindings", "", None), ("rolebindings", namespace, Some(namespace))];
    for (resource, namespace, within) in places {
        if within == Some("") {
            continue;
        }
        let bindings = objects.list(&gvr(resource), within).unwrap_or_else(|status| {
            errors.push(status.message);
            Vec::new()
        });
        for binding in &bindings {
            let Some(subject) = subject(binding, user, namespace) else { continue };
            let reference = &binding["roleRef"];
            match referenced(objects, reference, namespace) {
                Err(error) => errors.push(error),
                Ok(rules) => {
                    let source = source(binding, subject, namespace);
                    if rules.iter().any(|rule| !visitor(&source, rule)) {
                        return errors;
                    }
                }
            }
        }
    }
    errors
}

/// The rules of the role that a binding in `namespace` refers to.
pub(super) fn referenced(
    objects: &dyn Objects,
    reference: &Value,
    namespace: &str,
) -> Result<Vec<Rule>, String> {
    let (kind, name) = (object::text(reference, &["kind"]), object::text(reference, &["name"]));
    let (resource, singular, namespace) = match kind {
        "Role" => ("roles", "role", namespace),
        "ClusterRole" => ("clusterroles", "clusterrole", ""),
        _ => return Err(format!("unsupported role reference kind: {kind:?}")),
    };
    let found = objects.get(&gvr(resource), namespace, name).map_err(|status| status.message)?;
    found.map(|role| Rule::all(&role)).ok_or_else(|| Status::not_found(GROUP, singular, name).message)
}

/// The first subject of a binding that is the user.
fn subject<'a>(binding: &'a Value, user: &User, namespace: &str) -> Option<&'a Value> {
    let subjects = binding.get("subjects")?.as_array()?;
    subjects.iter().find(|subject| {
        let name = object::text(subject, &["name"]);
        match object::text(subject, &["kind"]) {
            "User" => user.name == name,
            "Group" => user.groups.iter().any(|group| group == name),
            "ServiceAccount" => {
                let given = object::text(subject, &["namespace"]);
                let namespace = if given.is_empty() { namespace } else { given };
                !namespace.is_empty() && user.name == service_account::username(namespace, name)
            }
            _ => false,
        }
    })
}

/// `ClusterRoleBinding "b" of ClusterRole "r" to Group "g"`.
fn source(binding: &Value, subject: &Value, namespace: &str) -> String {
    let mut name = object::name(binding).to_owned();
    let mut kind = "ClusterRoleBinding";
    if !namespace.is_empty() {
        kind = "RoleBinding";
        name = format!("{name}/{namespace}");
    }
    let (role_kind, role) =
        (object::text(binding, &["roleRef", "kind"]), object::text(binding, &["roleRef", "name"]));
    let subject_kind = object::text(subject, &["kind"]);
    let mut who = object::text(subject, &["name"]).to_owned();
    if subject_kind == "ServiceAccount" {
        let given = object::text(subject, &["namespace"]);
        who = format!("{who}/{}", if given.is_empty() { namespace } else { given });
    }
    format!("{kind} {name:?} of {role_kind} {role:?} to {subject_kind} {who:?}")
}
