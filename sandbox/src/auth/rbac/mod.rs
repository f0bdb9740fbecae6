//! Roles and bindings: `plugin/pkg/auth/authorizer/rbac` and `pkg/registry/rbac` of Kubernetes.

mod aggregate;
mod bootstrap;
mod compact;
mod escalation;
mod gather;
mod resolve;
mod rule;

pub use aggregate::aggregate;
pub use bootstrap::defaults;
pub use escalation::{may_bind, may_write_role};
pub use gather::look_after;

use super::{Attributes, Decision, Objects};
use crate::{kinds::Gvr, registry::User};
use serde_json::{Value, json};

/// The group of roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";

fn gvr(resource: &str) -> Gvr {
    Gvr::new(GROUP, "v1", resource)
}

/// Judges a request by the rules of its user.
#[must_use]
pub(super) fn authorize(objects: &dyn Objects, user: &User, what: &Attributes) -> Decision {
    let mut reason = None;
    let errors = resolve::visit(objects, user, &what.namespace, &mut |source, rule| {
        if rule.allows(what) {
            reason = Some(format!("RBAC: allowed by {source}"));
        }
        reason.is_none()
    });
    match reason {
        Some(reason) => Decision { allowed: true, reason },
        None if errors.is_empty() => Decision::default(),
        None => Decision { allowed: false, reason: format!("RBAC: {}", aggregated(&errors)) },
    }
}

/// The rules of a user in a namespace, as `SelfSubjectRulesReview` lists them.
#[must_use]
pub(super) fn rules_review(objects: &dyn Objects, user: &User, namespace: &str) -> Value {
    let (mut resources, mut paths) = (Vec::new(), Vec::new());
    let errors = resolve::visit(objects, user, namespace, &mut |_, rule| {
        if !rule.resources.is_empty() {
            resources.push(rule.as_resource_rule());
        }
        if !rule.urls.is_empty() {
            paths.push(json!({"verbs": rule.verbs, "nonResourceURLs": rule.urls}));
        }
        true
    });
    let mut status = json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false});
    if !errors.is_empty() {
        status["evaluationError"] = aggregated(&errors).into();
    }
    status
}

/// Several errors as Go's `Aggregate` words them.
fn aggregated(errors: &[String]) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for error in errors {
        if !texts.contains(&error.as_str()) {
            texts.push(error);
        }
    }
    if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{object, status::Status};

    /// Objects in a list.
    #[derive(Default)]
    pub(crate) struct Given(pub(crate) Vec<Value>);

    impl Objects for Given {
        fn get(&self, resource: &Gvr, namespace: &str, name: &str) -> Result<Option<Value>, Status> {
            let named = |object: &&Value| object::name(object) == name;
            Ok(self.list(resource, Some(namespace))?.iter().find(named).cloned())
        }

        fn list(&self, resource: &Gvr, namespace: Option<&str>) -> Result<Vec<Value>, Status> {
            let kind = |object: &&Value| {
                object["kind"]
                    .as_str()
                    .is_some_and(|kind| format!("{}s", kind.to_lowercase()) == resource.resource)
            };
            let here =
                |object: &&Value| namespace.is_none_or(|namespace| object::namespace(object) == namespace);
            Ok(self.0.iter().filter(kind).filter(here).cloned().collect())
        }
    }

    pub(crate) fn jane() -> User {
        User { name: "jane".to_owned(), groups: vec!["team".to_owned()], ..User::default() }
    }

    pub(crate) fn role(name: &str, namespace: &str, rules: Value) -> Value {
        let kind = if namespace.is_empty() { "ClusterRole" } else { "Role" };
        json!({"kind": kind, "metadata": {"name": name, "namespace": namespace}, "rules": rules})
    }

    pub(crate) fn binding(role: (&str, &str), namespace: &str, subject: Value) -> Value {
        let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
        json!({
            "kind": kind, "metadata": {"name": "b", "namespace": namespace},
            "roleRef": {"kind": role.0, "name": role.1}, "subjects": [subject],
        })
    }

    fn asked(verb: &str, resource: &str, namespace: &str, name: &str) -> Attributes {
        let mut what = Attributes::of_resource(verb, "", resource);
        what.namespace = namespace.to_owned();
        what.name = name.to_owned();
        what
    }

    #[test]
    fn a_role_counts_in_its_namespace() {
        let objects = Given(vec![
            role("r", "a", json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])),
            binding(("Role", "r"), "a", json!({"kind": "User", "name": "jane"})),
        ]);
        let allowed = |what| authorize(&objects, &jane(), &what);
        let decision = allowed(asked("get", "pods", "a", "p"));
        assert_eq!(decision.reason, r#"RBAC: allowed by RoleBinding "b/a" of Role "r" to User "jane""#);
        assert!(!allowed(asked("list", "pods", "a", "")).allowed);
        assert!(!allowed(asked("get", "pods", "b", "p")).allowed);
        assert!(!allowed(asked("get", "pods", "", "p")).allowed);
        assert!(!authorize(&objects, &User::default(), &asked("get", "pods", "a", "p")).allowed);
    }

    #[test]
    fn a_binding_to_nothing_names_what_is_missing() {
        let objects = Given(vec![binding(("Role", "none"), "a", json!({"kind": "Group", "name": "team"}))]);
        let decision = authorize(&objects, &jane(), &asked("get", "pods", "a", "p"));
        assert_eq!(decision.reason, r#"RBAC: role.rbac.authorization.k8s.io "none" not found"#);
    }

    #[test]
    fn service_accounts_are_bound_by_name_and_namespace() {
        let rules = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
        let account = User { name: "system:serviceaccount:a:robot".to_owned(), ..User::default() };
        let subject = json!({"kind": "ServiceAccount", "name": "robot"});
        let in_namespace = Given(vec![
            role("all", "", rules.clone()),
            binding(("ClusterRole", "all"), "a", subject.clone()),
        ]);
        assert!(authorize(&in_namespace, &account, &asked("get", "pods", "a", "")).allowed);
        let everywhere = Given(vec![role("all", "", rules), binding(("ClusterRole", "all"), "", subject)]);
        assert!(!authorize(&everywhere, &account, &asked("get", "pods", "a", "")).allowed);
    }
}
