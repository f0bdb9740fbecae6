//! What updates of pods may change: `ValidatePodUpdate` and `ValidatePodStatusUpdate`.

use super::super::difference;
use crate::{
    field::Error,
    object::names,
    strategy::{
        check::{At, Errors, IMMUTABLE},
        meta,
    },
};
use serde_json::Value;

/// What the specification of a pod may change, as the message lists it: `updatablePodSpecFields`.
const MUTABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// `ValidatePodUpdate`.
pub(in super::super) fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    meta::validate_update(&new.get("metadata"), &old.get("metadata"), errors);
    super::validate(new, errors);
    annotations(&new.at("metadata.annotations"), &old.at("metadata.annotations"), errors);
    let (spec, before) = (new.get("spec"), old.get("spec"));
    for list in ["containers", "initContainers"] {
        if !containers(&spec.get(list), &before.get(list), errors) {
            return;
        }
    }
    if !deadline(&spec.get("activeDeadlineSeconds"), &before.get("activeDeadlineSeconds"), errors) {
        return;
    }
    added_tolerations(&spec.get("tolerations"), &before.get("tolerations"), errors);
    removed_gates(&spec.get("schedulingGates"), &before.get("schedulingGates"), errors);
    if spec.value == before.value {
        return;
    }
    let munged = munged(spec.value, before.value);
    if munged != *before.value {
        let shown = difference::between("core.PodSpec", before.value, &munged);
        let detail = format!("pod updates may not change fields other than {MUTABLE}\n{shown}");
        errors.push(spec.forbidden(detail));
    }
}

/// `ValidatePodSpecificAnnotationUpdates`, without those of AppArmor.
fn annotations(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    let (now, before) = (new.key(MIRROR), old.key(MIRROR));
    if before.is_set() && now.value != before.value {
        errors.push(now.forbidden("may not remove or update mirror pod annotation"));
    } else if now.is_set() && !before.is_set() {
        errors.push(now.forbidden("may not add mirror pod annotation"));
    }
}

/// `ValidateContainerUpdates`; answers whether the check goes on.
fn containers(new: &At<'_>, old: &At<'_>, errors: &mut Errors) -> bool {
    if new.len() != old.len() {
        errors.push(new.forbidden("pod updates may not add or remove containers"));
        return false;
    }
    for container in new.items() {
        if container.get("image").is_empty() {
            errors.push(container.get("image").required(""));
        }
        super::container::image_is_trimmed(&container, errors);
    }
    true
}

fn deadline(new: &At<'_>, old: &At<'_>, errors: &mut Errors) -> bool {
    match (new.value.as_i64(), old.value.as_i64()) {
        (Some(seconds), _) if !(0..=i64::from(i32::MAX)).contains(&seconds) => {
            new.between(0, i32::MAX.into(), errors);
            return false;
        }
        (Some(seconds), Some(before)) if before < seconds => {
            errors.push(new.invalid("must be less than or equal to previous value"));
            return false;
        }
        (None, Some(_)) => {
            errors.push(new.invalid("must not update from a positive integer to nil value"));
        }
        _ => {}
    }
    true
}

/// `validateOnlyAddedTolerations`: those that were there stay, but for how long they hold.
fn added_tolerations(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let untimed = |toleration: &At<'_>| {
        let mut value = toleration.value.clone();
        if let Value::Object(map) = &mut value {
            map.remove("tolerationSeconds");
        }
        value
    };
    let now: Vec<Value> = new.items().iter().map(untimed).collect();
    for toleration in old.items() {
        if !now.contains(&untimed(&toleration)) {
            errors
                .push(new.forbidden("existing toleration can not be modified except its tolerationSeconds"));
            return;
        }
    }
    super::schedule::tolerations(new, errors);
}

/// `validateOnlyDeletedSchedulingGates`.
fn removed_gates(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let known: Vec<&str> = old.items().iter().map(|gate| gate.get("name").text()).collect();
    for (index, gate) in new.items().iter().enumerate() {
        let name = gate.get("name").text();
        if !known.contains(&name) {
            let detail = format!("only deletion is allowed, but found new scheduling gate '{name}'");
            errors.push(Error::forbidden(format!("{}[{index}]", new.path), detail));
        }
    }
}

/// The new specification with everything that may change put back.
fn munged(new: &Value, old: &Value) -> Value {
    let mut spec = new.clone();
    let Value::Object(map) = &mut spec else { return spec };
    for list in ["containers", "initContainers"] {
        let before = old.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        let now = map.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for (container, before) in now.zip(before) {
            if let (Value::Object(container), Some(image)) = (container, before.get("image")) {
                container.insert("image".to_owned(), image.clone());
            }
        }
    }
    let mut keys = vec!["activeDeadlineSeconds", "schedulingGates", "tolerations"];
    let grace = "terminationGracePeriodSeconds";
    let negative = old.get(grace).and_then(Value::as_i64).is_some_and(|seconds| seconds < 0);
    if negative && map.get(grace).and_then(Value::as_i64) == Some(1) {
        keys.push(grace);
    }
    if old.get("schedulingGates").and_then(Value::as_array).is_some_and(|gates| !gates.is_empty()) {
        keys.push("nodeSelector");
    }
    for key in keys {
        match old.get(key) {
            Some(value) => map.insert(key.to_owned(), value.clone()),
            None => map.remove(key),
        };
    }
    spec
}

/// `ValidatePodStatusUpdate`, as far as users and this node get it wrong.
pub(in super::super) fn validate_status_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    meta::validate_update(&new.get("metadata"), &old.get("metadata"), errors);
    let status = new.get("status");
    for condition in status.get("conditions").items() {
        if condition.get("observedGeneration").number() < 0 {
            let detail = "must be a non-negative integer";
            errors.push(condition.get("observedGeneration").invalid(detail));
        }
    }
    let nominated = status.get("nominatedNodeName");
    if !nominated.is_empty() && nominated.value != old.at("status.nominatedNodeName").value {
        nominated.obeys(names::dns_subdomain, errors);
    }
    let quality = status.get("qosClass");
    if quality.value != old.at("status.qosClass").value {
        errors.push(quality.invalid_text(IMMUTABLE));
    }
    for address in status.get("podIPs").items() {
        let at = At { value: address.get("ip").value, path: address.path.clone() };
        super::super::address::legacy_ip(&at, errors);
    }
}
