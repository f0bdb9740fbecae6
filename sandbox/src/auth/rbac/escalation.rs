//! Nobody grants more than they have: the checks before roles and bindings are written.

use super::{GROUP, compact, resolve, rule::Rule};
use crate::{
    auth::{Attributes, MASTERS, Mode, Objects, authenticate, authorize},
    object,
    registry::User,
    status::Status,
};
use serde_json::{Value, json};

/// Whether `user` may write the role `new` in place of `old`; `resource` is `roles` or `clusterroles`.
///
/// # Errors
/// 403 that lists what the user does not have.
pub fn may_write_role(
    mode: Mode,
    objects: &dyn Objects,
    user: &User,
    (resource, namespace): (&str, &str),
    old: Option<&Value>,
    new: &Value,
) -> Result<(), Status> {
    let name = object::name(new);
    let mut what = Attributes::of_resource("escalate", GROUP, resource);
    what.namespace = namespace.to_owned();
    what.name = if old.is_some() { name.to_owned() } else { String::new() };
    if privileged(user) || unchanged(old, new) || authorize(mode, objects, user, &what).allowed {
        return Ok(());
    }
    let refuse = |why: String| Status::forbidden(GROUP, resource, name, &why);
    confirm(objects, user, namespace, &Rule::all(new)).map_err(refuse)?;
    let gathers = |role: &Value| {
        let selectors =
            object::at(role, &["aggregationRule", "clusterRoleSelectors"]).and_then(Value::as_array);
        selectors.is_some_and(|selectors| !selectors.is_empty())
    };
    if gathers(new) || old.is_some_and(gathers) {
        let all = [
            Rule::read(&json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})),
            Rule::read(&json!({"verbs": ["*"], "nonResourceURLs": ["*"]})),
        ];
        let why = "must have cluster-admin privileges to use the aggregationRule";
        confirm(objects, user, namespace, &all).map_err(|_| refuse(why.to_owned()))?;
    }
    Ok(())
}

/// Whether `user` may write the binding `new` in place of `old`; `resource` is `rolebindings` or `clusterrolebindings`.
///
/// # Errors
/// 403 that lists what the user does not have, 404 when there is no such role.
pub fn may_bind(
    mode: Mode,
    objects: &dyn Objects,
    user: &User,
    (resource, namespace): (&str, &str),
    old: Option<&Value>,
    new: &Value,
) -> Result<(), Status> {
    if privileged(user) || unchanged(old, new) {
        return Ok(());
    }
    let reference = &new["roleRef"];
    let role = object::text(reference, &["name"]);
    let kind = if object::text(reference, &["kind"]) == "Role" { "roles" } else { "clusterroles" };
    let mut what = Attributes::of_resource("bind", GROUP, kind);
    what.namespace = namespace.to_owned();
    what.name = role.to_owned();
    if authorize(mode, objects, user, &what).allowed {
        return Ok(());
    }
    let missing = |_| Status::not_found(GROUP, resource, role);
    let rules = resolve::referenced(objects, reference, namespace).map_err(missing)?;
    confirm(objects, user, namespace, &rules)
        .map_err(|why| Status::forbidden(GROUP, resource, object::name(new), &why))
}

fn privileged(user: &User) -> bool {
    user.groups.iter().any(|group| group == MASTERS)
}

/// Whether only what garbage collection needs is written: `IsOnlyMutatingGCFields`.
fn unchanged(old: Option<&Value>, new: &Value) -> bool {
    let Some(old) = old else { return false };
    let stripped = |object: &Value| {
        let mut object = object.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            for key in ["ownerReferences", "finalizers", "managedFields", "resourceVersion"] {
                metadata.remove(key);
            }
        }
        object
    };
    stripped(old) == stripped(new)
}

/// Whether the user has all that `rules` give: `ConfirmNoEscalation`.
fn confirm(objects: &dyn Objects, user: &User, namespace: &str, rules: &[Rule]) -> Result<(), String> {
    let mut owned = Vec::new();
    let errors = resolve::visit(objects, user, namespace, &mut |_, rule| {
        owned.push(rule.clone());
        true
    });
    let atoms = rules.iter().flat_map(Rule::atoms);
    let missing: Vec<Rule> = atoms.filter(|atom| !owned.iter().any(|rule| rule.covers(atom))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = compact::lines(&missing).into_iter().collect();
    let mut why = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        authenticate::listed(&user.groups),
        lines.join("\n")
    );
    if !errors.is_empty() {
        why = format!("{why}; resolution errors: [{}]", super::aggregated(&errors));
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};

    #[test]
    fn nobody_grants_what_they_do_not_have() {
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]);
        let objects = Given(vec![
            role("r", "a", rules.clone()),
            binding(("Role", "r"), "a", json!({"kind": "User", "name": "jane"})),
        ]);
        let write = |rules: Value| {
            let new = role("new", "a", rules);
            may_write_role(Mode::Rbac, &objects, &jane(), ("roles", "a"), None, &new)
        };
        assert_eq!(write(rules), Ok(()));
        let more = json!([{"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["watch", "get"]}]);
        assert_eq!(
            write(more).map_err(|status| status.message),
            Err("roles.rbac.authorization.k8s.io \"new\" is forbidden: user \"jane\" (groups=[\"team\"]) is attempting to grant RBAC permissions not currently held:\n\
                 {APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"watch\" \"get\"]}\n\
                 {APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"watch\"]}"
                .to_owned())
        );
        let admin = User { groups: vec![MASTERS.to_owned()], ..User::default() };
        let all = role("new", "a", json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]));
        assert_eq!(may_write_role(Mode::Rbac, &objects, &admin, ("roles", "a"), None, &all), Ok(()));
    }
}
