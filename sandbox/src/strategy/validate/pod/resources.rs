//! Requests and limits: `validateResourceRequirements`.

use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, NEGATIVE},
};

/// Whether the name is one of huge pages: `IsHugePageResourceName`.
fn is_huge(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// Whether Kubernetes itself knows the resource: `IsNativeResource`.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// `IsExtendedResourceName`.
fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::qualified(&format!("requests.{name}")).is_empty()
}

/// Whether requests may be below limits: `IsOvercommitAllowed`.
fn may_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge(name)
}

/// `validateContainerResourceName`.
pub(in super::super) fn name_of(at: &At<'_>, name: &str, errors: &mut Errors) {
    const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
    let invalid = |detail: &str| Error::invalid(&at.path, name, detail);
    let faults = names::qualified(name);
    let qualified = faults.is_empty();
    errors.extend(faults.iter().map(|fault| invalid(fault)));
    if !name.contains('/') {
        if qualified && !is_standard(name) {
            errors.push(invalid("must be a standard resource type or fully qualified"));
        }
        if !STANDARD.contains(&name) && !is_huge(name) {
            errors.push(invalid("must be a standard resource for containers"));
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.push(invalid("doesn't follow extended resource name standard"));
    }
}

/// `IsStandardResourceName`.
pub(in super::super) fn is_standard(name: &str) -> bool {
    const NAMES: [&str; 19] = [
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "storage",
        "requests.storage",
        "services.nodeports",
    ];
    NAMES.contains(&name)
        || name == "services.loadbalancers"
        || is_huge(name)
        || name.starts_with("requests.hugepages-")
}

/// `ValidateResourceQuantityValue`.
pub(in super::super) fn value(at: &At<'_>, name: &str, errors: &mut Errors) {
    const COUNTED: [&str; 9] = [
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ];
    let Some(quantity) = at.quantity() else { return };
    if quantity.sign() < 0 {
        errors.push(at.invalid(NEGATIVE));
    }
    if (COUNTED.contains(&name) || is_extended(name)) && quantity.milli() % 1000 != 0 {
        errors.push(at.invalid("must be an integer"));
    }
}

/// One list of resources, as limits are: names and amounts.
pub(super) fn list(values: &At<'_>, shown: &At<'_>, errors: &mut Errors) {
    for (name, entry) in values.entries() {
        let at = At { value: entry.value, path: shown.key(name).path };
        name_of(&at, name, errors);
        value(&at, name, errors);
    }
}

/// The requests and limits of a container.
pub(super) fn requirements(resources: &At<'_>, errors: &mut Errors) {
    let (limits, requests) = (resources.get("limits"), resources.get("requests"));
    list(&limits, &limits, errors);
    for (name, request) in requests.entries() {
        name_of(&request, name, errors);
        value(&request, name, errors);
        let limit = limits.key(name);
        match (request.quantity(), limit.quantity()) {
            (Some(own), Some(most)) => {
                let order = own.compare(&most);
                let word = match () {
                    () if order.is_ne() && !may_overcommit(name) => "equal to",
                    () if order.is_gt() => "less than or equal to",
                    () => continue,
                };
                let detail = format!("must be {word} {name} limit of {most}");
                errors.push(Error::invalid(&requests.path, own.to_string(), detail));
            }
            (_, None) if !may_overcommit(name) => {
                errors.push(limits.required("Limit must be set for non overcommitable resources"));
            }
            _ => {}
        }
    }
    let has = |wanted: &dyn Fn(&str) -> bool| {
        limits.entries().iter().chain(&requests.entries()).any(|(name, _)| wanted(name))
    };
    if has(&is_huge) && !has(&|name| name == "cpu" || name == "memory") {
        errors.push(resources.forbidden("HugePages require cpu or memory"));
    }
}

/// `validatePodResources`: what a pod as a whole may have, and that its containers fit in.
pub(super) fn of_pod(spec: &At<'_>, errors: &mut Errors) {
    let resources = spec.get("resources");
    if !resources.is_set() {
        return;
    }
    if resources.get("claims").is_set() {
        errors.push(resources.get("claims").forbidden("claims may not be set for Resources at pod-level"));
    }
    for list in ["limits", "requests"] {
        for (name, amount) in resources.get(list).entries() {
            if !matches!(name, "cpu" | "memory") && !is_huge(name) {
                errors.push(Error::not_supported(&amount.path, name, &["cpu", "hugepages-", "memory"]));
            }
            value(&amount, name, errors);
        }
    }
    for (name, request) in resources.get("requests").entries() {
        let limit = resources.get("limits").key(name);
        if let (Some(own), Some(most)) = (request.quantity(), limit.quantity())
            && own.compare(&most).is_gt()
        {
            let detail = format!("must be less than or equal to {name} limit of {most}");
            errors.push(Error::invalid(resources.get("requests").path, own.to_string(), detail));
        }
    }
    for container in spec.get("containers").items() {
        for (name, limit) in container.at("resources.limits").entries() {
            let most = resources.get("limits").key(name).quantity();
            if let (Some(own), Some(most)) = (limit.quantity(), most)
                && own.compare(&most).is_gt()
            {
                let detail = format!("must be less than or equal to pod limits of {most}");
                errors.push(Error::invalid(limit.path, own.to_string(), detail));
            }
        }
    }
}
