//! HorizontalPodAutoscalers and PodDisruptionBudgets.

use super::internal;
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, NEGATIVE, at_most_all, count_or_percent, selector},
};

const SOURCES: [(&str, &str); 5] = [
    ("object", "Object"),
    ("external", "External"),
    ("pods", "Pods"),
    ("resource", "Resource"),
    ("containerResource", "ContainerResource"),
];
const TYPES: [&str; 5] = ["ContainerResource", "External", "Object", "Pods", "Resource"];
const EITHER: &str = "must set either a target raw value or a target utilization";
const NOT_BOTH: &str = "may not set both a target raw value and a target utilization";

/// `validateHorizontalPodAutoscalerSpec`.
pub(super) fn autoscaler(spec: &At<'_>, errors: &mut Errors) {
    let (least, most) = (spec.get("minReplicas"), spec.get("maxReplicas"));
    if least.is_set() && least.number() < 1 {
        errors.push(least.invalid("must be greater than or equal to 1"));
    }
    if most.number() == 0 {
        errors.push(most.required("must be set and greater than 0"));
    } else if most.number() < 0 {
        errors.push(most.invalid("must be greater than or equal to 1"));
    }
    if least.is_set() && most.number() < least.number() {
        errors.push(most.invalid("must be greater than or equal to `minReplicas`"));
    }
    target_reference(&spec.get("scaleTargetRef"), true, errors);
    metrics(spec, errors);
    for direction in ["scaleUp", "scaleDown"] {
        let rules = spec.at("behavior").get(direction);
        if rules.is_set() {
            scaling_rules(&rules, errors);
        }
    }
}

/// `ValidateCrossVersionObjectReference`.
fn target_reference(reference: &At<'_>, needs_group: bool, errors: &mut Errors) {
    for key in ["kind", "name"] {
        reference.get(key).named(names::path_segment, errors);
    }
    let version = reference.get("apiVersion");
    match version.text().matches('/').count() {
        0 if needs_group => errors.push(version.invalid_text("apiVersion must specify API group")),
        0 | 1 => {}
        _ => {
            let detail = format!("unexpected GroupVersion string: {}", version.text());
            errors.push(version.invalid(detail));
        }
    }
}

fn metrics(spec: &At<'_>, errors: &mut Errors) {
    let metrics = spec.get("metrics");
    let mut external = false;
    for metric in metrics.items() {
        self::metric(&metric, errors);
        external |= matches!(metric.get("type").text(), "Object" | "External");
    }
    let least = spec.get("minReplicas");
    if least.is_set() && least.number() == 0 && !external {
        let detail =
            "must specify at least one Object or External metric to support scaling to zero replicas";
        errors.push(metrics.forbidden(detail));
    }
}

fn metric(metric: &At<'_>, errors: &mut Errors) {
    let kind = metric.get("type");
    if kind.is_empty() {
        errors.push(kind.required("must specify a metric source type"));
    }
    if !TYPES.contains(&kind.text()) {
        errors.push(kind.not_supported(&TYPES));
    }
    let present: Vec<&str> =
        SOURCES.iter().map(|(key, _)| *key).filter(|key| metric.get(key).is_set()).collect();
    if let Some(first) = present.first() {
        source(first, &metric.get(first), errors);
    }
    let expected = SOURCES.iter().find(|(_, name)| *name == kind.text()).map(|(key, _)| *key);
    match expected {
        Some(key) if !metric.get(key).is_set() => {
            let detail = "must populate information for the given metric source";
            errors.push(metric.get(key).required(detail));
        }
        Some(_) => {}
        None => errors.push(kind.not_supported(&TYPES)),
    }
    if present.len() != 1 {
        for other in present.iter().filter(|other| Some(**other) != expected) {
            errors.push(metric.get(other).forbidden("must populate the given metric source only"));
        }
    }
}

fn source(kind: &str, source: &At<'_>, errors: &mut Errors) {
    let target = source.get("target");
    let (value, average, utilization) =
        (target.get("value"), target.get("averageValue"), target.get("averageUtilization"));
    match kind {
        "object" => {
            target_reference(&source.get("describedObject"), false, errors);
            identifier(&source.get("metric"), errors);
            self::target(&target, errors);
            if !value.is_set() && !average.is_set() {
                errors.push(average.required("must set either a target value or averageValue"));
            }
        }
        "external" => {
            identifier(&source.get("metric"), errors);
            self::target(&target, errors);
            match (value.is_set(), average.is_set()) {
                (false, false) => {
                    errors.push(
                        average.required("must set either a target value for metric or a per-pod target"),
                    );
                }
                (true, true) => {
                    let detail = "may not set both a target value for metric and a per-pod target";
                    errors.push(value.forbidden(detail));
                }
                _ => {}
            }
        }
        "pods" => {
            identifier(&source.get("metric"), errors);
            self::target(&target, errors);
            if !average.is_set() {
                errors.push(average.required("must specify a positive target averageValue"));
            }
        }
        _ => {
            if source.get("name").is_empty() {
                errors.push(source.get("name").required("must specify a resource name"));
            }
            if kind == "containerResource" {
                let container = source.get("container");
                if container.is_empty() {
                    errors.push(container.required("must specify a container"));
                } else {
                    container.obeys(names::dns_label, errors);
                }
            }
            self::target(&target, errors);
            match (utilization.is_set(), average.is_set()) {
                (false, false) => errors.push(utilization.required(EITHER)),
                (true, true) => errors.push(average.forbidden(NOT_BOTH)),
                _ => {}
            }
        }
    }
}

fn identifier(metric: &At<'_>, errors: &mut Errors) {
    let name = metric.get("name");
    if name.is_empty() {
        errors.push(name.required("must specify a metric name"));
    } else {
        name.obeys(names::path_segment, errors);
    }
}

/// `validateMetricTarget`.
fn target(target: &At<'_>, errors: &mut Errors) {
    let kind = target.get("type");
    if kind.is_empty() {
        errors.push(kind.required("must specify a metric target type"));
    }
    kind.one_of(&["AverageValue", "Utilization", "Value"], errors);
    let positive = |key: &str, errors: &mut Errors| {
        let amount = target.get(key);
        if amount.is_set() && amount.quantity().is_some_and(|quantity| quantity.sign() != 1) {
            errors.push(amount.invalid("must be positive"));
        }
    };
    positive("value", errors);
    let utilization = target.get("averageUtilization");
    if utilization.is_set() && utilization.number() < 1 {
        errors.push(utilization.invalid("must be greater than 0"));
    }
    positive("averageValue", errors);
}

fn scaling_rules(rules: &At<'_>, errors: &mut Errors) {
    const MAX_WINDOW: i64 = 3600;
    const MAX_PERIOD: i64 = 1800;
    let window = rules.get("stabilizationWindowSeconds");
    if window.number() < 0 {
        errors.push(window.invalid("must be greater than or equal to zero"));
    }
    if window.number() > MAX_WINDOW {
        errors.push(window.invalid(format!("must be less than or equal to {MAX_WINDOW}")));
    }
    if rules.get("selectPolicy").is_set() {
        rules.get("selectPolicy").one_of(&["Disabled", "Max", "Min"], errors);
    }
    let policies = rules.get("policies");
    if policies.is_empty() {
        errors.push(policies.required("must specify at least one Policy"));
    }
    for policy in policies.items() {
        policy.get("type").one_of(&["Percent", "Pods"], errors);
        for key in ["value", "periodSeconds"] {
            if policy.get(key).number() <= 0 {
                errors.push(policy.get(key).invalid("must be greater than zero"));
            }
        }
        let period = policy.get("periodSeconds");
        if period.number() > MAX_PERIOD {
            errors.push(period.invalid(format!("must be less than or equal to {MAX_PERIOD}")));
        }
    }
    let tolerance = rules.get("tolerance");
    if tolerance.quantity().is_some_and(|quantity| quantity.sign() < 0) {
        errors.push(tolerance.invalid(NEGATIVE));
    }
}

/// `ValidatePodDisruptionBudgetSpec`.
pub(super) fn budget(spec: &At<'_>, errors: &mut Errors) {
    let (available, unavailable) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    if available.is_set() && unavailable.is_set() {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        errors.push(internal::invalid(spec, "policy.PodDisruptionBudgetSpec", detail));
    }
    for count in [available, unavailable] {
        if count.is_set() {
            count_or_percent(&count, errors);
            at_most_all(&count, errors);
        }
    }
    selector(&spec.get("selector"), errors);
    if spec.get("unhealthyPodEvictionPolicy").is_set() {
        spec.get("unhealthyPodEvictionPolicy").one_of(&["AlwaysAllow", "IfHealthyBudget"], errors);
    }
}

/// The counts in a budget's status.
pub(super) fn budget_status(status: &At<'_>, errors: &mut Errors) {
    for key in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
        status.get(key).non_negative(errors);
    }
}

/// The counts in an autoscaler's status.
pub(super) fn autoscaler_status(status: &At<'_>, errors: &mut Errors) {
    for key in ["currentReplicas", "desiredReplicas"] {
        let count = status.get(key);
        if count.number() < 0 {
            errors.push(Error::invalid(&count.path, count.number(), NEGATIVE));
        }
    }
}
