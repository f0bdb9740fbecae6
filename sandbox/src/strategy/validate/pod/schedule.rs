//! Where pods may run: affinity, tolerations, spread.

use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, selector, texts},
};

/// `validateAffinity`.
pub(super) fn affinity(affinity: &At<'_>, errors: &mut Errors) {
    let node = affinity.get("nodeAffinity");
    let required = node.get("requiredDuringSchedulingIgnoredDuringExecution");
    if required.is_set() {
        node_selector(&required, errors);
    }
    for term in node.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
        weight(&term, errors);
        node_term(&term.get("preference"), false, errors);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.get(kind);
        for term in pods.get("requiredDuringSchedulingIgnoredDuringExecution").items() {
            pod_term(&term, errors);
        }
        for term in pods.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
            weight(&term, errors);
            pod_term(&term.get("podAffinityTerm"), errors);
        }
    }
}

fn weight(term: &At<'_>, errors: &mut Errors) {
    let weight = term.get("weight");
    if !(1..=100).contains(&weight.number()) {
        errors.push(weight.invalid("must be in the range 1-100"));
    }
}

/// `ValidateNodeSelector`.
pub(in super::super) fn node_selector(selector: &At<'_>, errors: &mut Errors) {
    let terms = selector.get("nodeSelectorTerms");
    if terms.is_empty() {
        return errors.push(terms.required("must have at least one node selector term"));
    }
    for term in terms.items() {
        node_term(&term, true, errors);
    }
}

fn node_term(term: &At<'_>, strict: bool, errors: &mut Errors) {
    for requirement in term.get("matchExpressions").items() {
        let values = requirement.get("values");
        match (requirement.get("operator").text(), values.len()) {
            ("In" | "NotIn", 0) => {
                errors.push(values.required("must be specified when `operator` is 'In' or 'NotIn'"));
            }
            ("Exists" | "DoesNotExist", 1..) => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.push(values.forbidden(detail));
            }
            ("Gt" | "Lt", count) if count != 1 => {
                let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.push(values.required(detail));
            }
            ("In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt", _) => {}
            _ => errors.push(requirement.get("operator").invalid_text("not a valid selector operator")),
        }
        requirement.get("key").obeys(names::qualified, errors);
        if strict {
            for value in values.items() {
                value.obeys(names::label_value, errors);
            }
        }
    }
    for requirement in term.get("matchFields").items() {
        let (operator, values) = (requirement.get("operator"), requirement.get("values"));
        match operator.text() {
            "In" | "NotIn" => {
                if values.len() != 1 {
                    let detail =
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                    errors.push(values.required(detail));
                }
            }
            _ => errors.push(operator.invalid_text("not a valid selector operator")),
        }
        if requirement.get("key").text() == "metadata.name" {
            for value in values.items() {
                value.obeys(names::dns_subdomain, errors);
            }
        } else {
            errors.push(requirement.get("key").invalid_text("not a valid field selector key"));
        }
    }
}

/// `validatePodAffinityTerm`.
fn pod_term(term: &At<'_>, errors: &mut Errors) {
    selector(&term.get("labelSelector"), errors);
    selector(&term.get("namespaceSelector"), errors);
    for name in term.get("namespaces").items() {
        At { value: name.value, path: term.get("namespace").path }.obeys(names::dns_label, errors);
    }
    label_keys(term, errors);
    let key = term.get("topologyKey");
    if key.is_empty() {
        errors.push(key.required("can not be empty"));
    }
    key.obeys(names::qualified, errors);
}

/// `ValidateMatchLabelKeysAndMismatchLabelKeys`.
fn label_keys(term: &At<'_>, errors: &mut Errors) {
    for list in ["matchLabelKeys", "mismatchLabelKeys"] {
        let keys = term.get(list);
        if !keys.is_empty() && !term.get("labelSelector").is_set() {
            errors.push(keys.forbidden("must not be specified when labelSelector is not set"));
            continue;
        }
        for key in keys.items() {
            key.obeys(names::qualified, errors);
        }
    }
    let matched = texts(&term.get("matchLabelKeys"));
    let mut known: Vec<&str> =
        term.at("labelSelector.matchLabels").entries().iter().map(|(key, _)| *key).collect();
    for expression in term.at("labelSelector.matchExpressions").items() {
        let key = expression.get("key").text();
        if let Some(index) = matched.iter().position(|other| *other == key).filter(|_| known.contains(&key)) {
            let path = format!("{}[{index}]", term.path);
            errors.push(Error::invalid(path, key, "exists in both matchLabelKeys and labelSelector"));
        }
        known.push(key);
    }
    let mismatched = texts(&term.get("mismatchLabelKeys"));
    for key in term.get("matchLabelKeys").items().iter().filter(|key| mismatched.contains(&key.text())) {
        errors.push(key.invalid("exists in both matchLabelKeys and mismatchLabelKeys"));
    }
}

/// `validateTopologySpreadConstraints`.
pub(super) fn spread(constraints: &At<'_>, errors: &mut Errors) {
    let items = constraints.items();
    for (index, constraint) in items.iter().enumerate() {
        let (skew, key, action) =
            (constraint.get("maxSkew"), constraint.get("topologyKey"), constraint.get("whenUnsatisfiable"));
        positive(&skew, errors);
        if key.is_empty() {
            errors.push(key.required("can not be empty"));
        }
        action.one_of(&["DoNotSchedule", "ScheduleAnyway"], errors);
        let same = |other: &At<'_>| {
            other.get("topologyKey").text() == key.text()
                && other.get("whenUnsatisfiable").text() == action.text()
        };
        if items.iter().skip(index + 1).any(same) {
            let path = format!("{}.{{topologyKey, whenUnsatisfiable}}", constraint.path);
            errors.push(Error::duplicate(path, format!("{{{}, {}}}", key.text(), action.text())));
        }
        let domains = constraint.get("minDomains");
        if domains.is_set() {
            positive(&domains, errors);
            if action.text() != "DoNotSchedule" {
                let detail = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                    action.text()
                );
                errors.push(domains.invalid(detail));
            }
        }
        for key in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if constraint.get(key).is_set() {
                constraint.get(key).one_of(&["Honor", "Ignore"], errors);
            }
        }
        label_keys(constraint, errors);
        selector(&constraint.get("labelSelector"), errors);
    }
}

fn positive(at: &At<'_>, errors: &mut Errors) {
    if at.number() <= 0 {
        errors.push(at.invalid("must be greater than zero"));
    }
}

/// `ValidateTolerations`.
pub(super) fn tolerations(tolerations: &At<'_>, errors: &mut Errors) {
    for toleration in tolerations.items() {
        let get = |key: &str| toleration.get(key);
        let (key, operator, value, effect) = (get("key"), get("operator"), get("value"), get("effect"));
        if !key.is_empty() {
            key.obeys(names::qualified, errors);
        } else if operator.text() != "Exists" {
            let detail =
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.push(operator.invalid_text(detail));
        }
        if get("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            errors.push(effect.invalid_text("effect must be 'NoExecute' when `tolerationSeconds` is set"));
        }
        match operator.text() {
            "" | "Equal" => {
                let faults = names::label_value(value.text());
                if !faults.is_empty() {
                    errors.push(Error::invalid(&operator.path, value.text(), faults.join(";")));
                }
            }
            "Exists" if !value.is_empty() => {
                let detail = "value must be empty when `operator` is 'Exists'";
                errors.push(Error::invalid(&operator.path, value.text(), detail));
            }
            "Exists" => {}
            "Lt" | "Gt" => errors.push(operator.not_supported(&["Equal", "Exists", "Lt", "Gt"])),
            _ => errors.push(operator.not_supported(&["Equal", "Exists"])),
        }
        if !effect.is_empty() {
            taint_effect(&effect, errors);
        }
    }
}

/// `validateTaintEffect`.
pub(in super::super) fn taint_effect(effect: &At<'_>, errors: &mut Errors) {
    effect.one_of(&["NoSchedule", "PreferNoSchedule", "NoExecute"], errors);
}
