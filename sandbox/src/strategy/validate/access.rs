//! Roles and bindings: `pkg/apis/rbac/validation`.

use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, selector},
};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The rules of a Role, or of a ClusterRole.
pub(super) fn role(object: &At<'_>, namespaced: bool, errors: &mut Errors) {
    for rule in object.get("rules").items() {
        policy_rule(&rule, namespaced, errors);
    }
    let aggregation = object.get("aggregationRule");
    if aggregation.is_set() && !namespaced {
        let selectors = aggregation.get("clusterRoleSelectors");
        if selectors.is_empty() {
            let detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
            errors.push(selectors.required(detail));
        }
        for one in selectors.items() {
            selector(&one, errors);
        }
    }
}

fn policy_rule(rule: &At<'_>, namespaced: bool, errors: &mut Errors) {
    if rule.get("verbs").is_empty() {
        errors.push(rule.get("verbs").required("verbs must contain at least one value"));
    }
    let urls = rule.get("nonResourceURLs");
    if !urls.is_empty() {
        if namespaced {
            errors.push(urls.invalid("namespaced rules cannot apply to non-resource URLs"));
        }
        if ["apiGroups", "resources", "resourceNames"].iter().any(|key| !rule.get(key).is_empty()) {
            let detail = "rules cannot apply to both regular resources and non-resource URLs";
            errors.push(urls.invalid(detail));
        }
        return;
    }
    if rule.get("apiGroups").is_empty() {
        errors.push(rule.get("apiGroups").required("resource rules must supply at least one api group"));
    }
    if rule.get("resources").is_empty() {
        errors.push(rule.get("resources").required("resource rules must supply at least one resource"));
    }
}

/// A RoleBinding, or a ClusterRoleBinding.
pub(super) fn binding(object: &At<'_>, namespaced: bool, errors: &mut Errors) {
    let role = object.get("roleRef");
    role.get("apiGroup").one_of(&[GROUP], errors);
    if namespaced {
        role.get("kind").one_of(&["Role", "ClusterRole"], errors);
    } else {
        role.get("kind").one_of(&["ClusterRole"], errors);
    }
    role.get("name").named(names::path_segment, errors);
    for subject in object.get("subjects").items() {
        self::subject(&subject, namespaced, errors);
    }
}

fn subject(subject: &At<'_>, namespaced: bool, errors: &mut Errors) {
    let (kind, name, group) = (subject.get("kind"), subject.get("name"), subject.get("apiGroup"));
    if name.is_empty() {
        errors.push(name.required(""));
    }
    match kind.text() {
        "ServiceAccount" => {
            if !name.is_empty() {
                name.obeys(names::dns_subdomain, errors);
            }
            if !group.is_empty() {
                errors.push(group.not_supported(&[""]));
            }
            if !namespaced && subject.get("namespace").is_empty() {
                errors.push(subject.get("namespace").required(""));
            }
        }
        "User" | "Group" => group.one_of(&[GROUP], errors),
        _ => errors.push(kind.not_supported(&["ServiceAccount", "User", "Group"])),
    }
}

/// What a binding binds to stays.
pub(super) fn binding_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let role = new.get("roleRef");
    if role.value != old.get("roleRef").value {
        let text = |key: &str| role.get(key).text().to_owned();
        // The server's own type, with the names of its fields.
        let shown = format!(
            "{{\"APIGroup\":\"{}\",\"Kind\":\"{}\",\"Name\":\"{}\"}}",
            text("apiGroup"),
            text("kind"),
            text("name")
        );
        let detail = format!("{shown}: cannot change roleRef");
        errors.push(Error::invalid(&role.path, "", detail).without_value());
    }
}
