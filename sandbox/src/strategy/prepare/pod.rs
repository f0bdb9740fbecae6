//! What the server sets in pods: phase, quality of service, addresses, selectors that follow labels.

use super::{Part, keep, keep_in_metadata, raise_generation};
use crate::object::{map_mut, quantity::Quantity};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn create(map: &mut Map<String, Value>) {
    let mut status =
        json!({"phase": "Pending", "qosClass": quality(map.get("spec").unwrap_or(&Value::Null))});
    let gates = map.get("spec").and_then(|spec| spec.get("schedulingGates")).and_then(Value::as_array);
    if gates.is_some_and(|gates| !gates.is_empty()) {
        status["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "lastTransitionTime": super::now(),
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]);
    }
    map.insert("status".to_owned(), status);
    let labels = map.get("metadata").and_then(|metadata| metadata.get("labels")).cloned().unwrap_or_default();
    if let Some(spec) = map.get_mut("spec") {
        follow_labels(spec, &labels);
    }
}

/// The status of a pod that its kubelet writes.
pub(super) fn status(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    map_mut(new, "metadata").remove("deletionTimestamp");
    keep_in_metadata(new, old, &["ownerReferences"]);
    let before = old.get("status").and_then(Value::as_object).cloned().unwrap_or_default();
    let status = map_mut(new, "status");
    for key in ["qosClass", "observedGeneration"] {
        if !status.contains_key(key) {
            keep(status, &before, &[key]);
        }
    }
}

/// The parts of a pod's specification that can be changed on their own.
pub(super) fn partly(part: Part, new: &mut Map<String, Value>, old: &Map<String, Value>) {
    let given = new.get("spec").cloned().unwrap_or_default();
    keep(new, old, &["spec", "status"]);
    let reset = ["deletionTimestamp", "generation", "labels", "annotations", "finalizers", "ownerReferences"];
    keep_in_metadata(new, old, &reset);
    let spec = map_mut(new, "spec");
    if part == Part::EphemeralContainers {
        let containers = given.get("ephemeralContainers").cloned();
        match containers {
            Some(containers) => spec.insert("ephemeralContainers".to_owned(), containers),
            None => spec.remove("ephemeralContainers"),
        };
    } else {
        resize(spec, &given);
    }
    if new.get("spec") != old.get("spec") {
        raise_generation(new, old);
    }
}

/// Takes over the resources, and how they are resized, of the containers of the same names.
fn resize(spec: &mut Map<String, Value>, given: &Value) {
    for list in ["containers", "initContainers"] {
        let asked: Vec<&Value> = given.get(list).and_then(Value::as_array).into_iter().flatten().collect();
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let same = asked.iter().find(|other| other.get("name") == container.get("name"));
            let (Some(same), Value::Object(container)) = (same.and_then(|same| same.as_object()), container)
            else {
                continue;
            };
            keep(container, same, &["resources", "resizePolicy"]);
        }
    }
}

/// A pod's first address stands alone too, and the other way round.
pub(super) fn addresses(status: &mut Map<String, Value>) {
    match (
        status.get("podIP").cloned(),
        status.get("podIPs").and_then(|list| list.get(0)?.get("ip")).cloned(),
    ) {
        (Some(ip), None) => {
            status.insert("podIPs".to_owned(), json!([{"ip": ip}]));
        }
        (None, Some(ip)) => {
            status.insert("podIP".to_owned(), ip);
        }
        _ => {}
    }
}

/// A pod's quality of service, `ComputePodQOS`: only the processor and memory count.
fn quality(spec: &Value) -> &'static str {
    let mut whole: Vec<&Value> =
        spec.get("resources").filter(|resources| !resources.is_null()).into_iter().collect();
    let pod_level = !whole.is_empty();
    if !pod_level {
        for list in ["containers", "initContainers"] {
            let containers = spec.get(list).and_then(Value::as_array).into_iter().flatten();
            whole.extend(containers.map(|container| container.get("resources").unwrap_or(&Value::Null)));
        }
    }
    let (mut requests, mut limits) = (BTreeMap::new(), BTreeMap::new());
    let mut guaranteed = true;
    for resources in whole {
        add(&mut requests, resources.get("requests"));
        let limited = add(&mut limits, resources.get("limits"));
        if limited < 2 && !(pod_level && resources.get("limits").is_none()) {
            guaranteed = false;
        }
    }
    if requests.is_empty() && limits.is_empty() {
        "BestEffort"
    } else if guaranteed && requests == limits {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// Adds the processor and memory of a list; answers how many of the two it has.
fn add<'a>(sum: &mut BTreeMap<&'a str, Quantity>, list: Option<&'a Value>) -> usize {
    let mut found = 0;
    for name in ["cpu", "memory"] {
        let text = list.and_then(|list| list.get(name)).and_then(Value::as_str);
        let quantity =
            text.and_then(|text| Quantity::parse(text).ok()).filter(|quantity| quantity.sign() > 0);
        if let Some(quantity) = quantity {
            found += 1;
            let total = sum.get(name).map_or_else(|| quantity.clone(), |before| before.plus(&quantity));
            sum.insert(name, total);
        }
    }
    found
}

/// Selectors of affinities and spreads that name label keys get the pod's own values of them.
fn follow_labels(spec: &mut Value, labels: &Value) {
    for constraint in
        spec.get_mut("topologySpreadConstraints").and_then(Value::as_array_mut).into_iter().flatten()
    {
        select(constraint, labels);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(affinity) = spec.get_mut("affinity").and_then(|affinity| affinity.get_mut(kind)) else {
            continue;
        };
        let preferred = affinity.get_mut("preferredDuringSchedulingIgnoredDuringExecution");
        for term in preferred.and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(term) = term.get_mut("podAffinityTerm") {
                select(term, labels);
            }
        }
        let required = affinity.get_mut("requiredDuringSchedulingIgnoredDuringExecution");
        for term in required.and_then(Value::as_array_mut).into_iter().flatten() {
            select(term, labels);
        }
    }
}

fn select(term: &mut Value, labels: &Value) {
    let mut added = Vec::new();
    for (keys, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        for key in term.get(keys).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if let Some(value) = labels.get(key) {
                added.push(json!({"key": key, "operator": operator, "values": [value]}));
            }
        }
    }
    if let Some(Value::Object(selector)) = term.get_mut("labelSelector")
        && !added.is_empty()
        && let Value::Array(expressions) = selector.entry("matchExpressions").or_insert_with(|| json!([]))
    {
        expressions.append(&mut added);
    }
}
