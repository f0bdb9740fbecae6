//! LimitRanger: defaults and bounds of what containers ask for.

use super::request::{Lookup, Request, aggregate};
use crate::{kinds::Gvr, object, object::quantity::Quantity, status::Status};
use serde_json::{Map, Value, json};
use skiff_compact::Order;
use std::collections::BTreeMap;

fn ranges(request: &Request<'_>, lookup: &dyn Lookup) -> Vec<Value> {
    let ranges = Gvr::new("", "v1", "limitranges");
    lookup.list(&ranges, request.namespace)
}

fn limits(range: &Value) -> impl Iterator<Item = &Value> {
    range.pointer("/spec/limits").and_then(Value::as_array).into_iter().flatten()
}

/// Puts defaults into the containers of a new pod.
///
/// # Errors
/// What the namespace's ranges forbid.
pub(crate) fn admit(request: &Request<'_>, object: &mut Value, lookup: &dyn Lookup) -> Result<(), Status> {
    if request.is("", "pods") && request.creates() {
        for range in ranges(request, lookup) {
            defaults(object, &range);
        }
    }
    Ok(())
}

fn defaults(pod: &mut Value, range: &Value) {
    let (mut requests, mut bounds) = (Map::new(), Map::new());
    for limit in limits(range).filter(|limit| object::text(limit, &["type"]) == "Container") {
        let take = |key: &str, into: &mut Map<String, Value>| {
            into.extend(limit.get(key).and_then(Value::as_object).cloned().into_iter().flatten());
        };
        take("defaultRequest", &mut requests);
        take("default", &mut bounds);
    }
    let mut notes = Vec::new();
    for (key, what) in [("containers", "container"), ("initContainers", "init container")] {
        let list = pod.pointer_mut(&format!("/spec/{key}")).and_then(Value::as_array_mut);
        for container in list.into_iter().flatten() {
            let name = object::text(container, &["name"]).to_owned();
            for (key, word, wanted) in [("requests", "request", &requests), ("limits", "limit", &bounds)] {
                let added = fill(container, key, wanted);
                if !added.is_empty() {
                    notes.push(format!("{} {word} for {what} {name}", added.join(", ")));
                }
            }
        }
    }
    if notes.is_empty() {
        return;
    }
    if let Some(metadata) = pod.get_mut("metadata").and_then(Value::as_object_mut) {
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        annotations["kubernetes.io/limit-ranger"] =
            format!("LimitRanger plugin set: {}", notes.join("; ")).into();
    }
}

/// Adds what is missing; returns its names, sorted.
fn fill(container: &mut Value, key: &str, wanted: &Map<String, Value>) -> Vec<String> {
    let mut added = Vec::new();
    let Some(container) = container.as_object_mut().filter(|_| !wanted.is_empty()) else { return added };
    let resources = container.entry("resources").or_insert_with(|| json!({}));
    let Some(resources) = resources.as_object_mut() else { return added };
    let list = resources.entry(key).or_insert_with(|| json!({}));
    let Some(list) = list.as_object_mut() else { return added };
    for (name, quantity) in wanted {
        if !list.contains_key(name) {
            list.insert(name.clone(), quantity.clone());
            added.push(name.clone());
        }
    }
    added.order();
    added
}

/// Checks what pods and claims ask for.
///
/// # Errors
/// What the namespace's ranges forbid.
pub(crate) fn validate(request: &Request<'_>, object: &Value, lookup: &dyn Lookup) -> Result<(), Status> {
    let pod = request.is("", "pods") && request.creates();
    let claim = request.is("", "persistentvolumeclaims") && matches!(request.operation, "CREATE" | "UPDATE");
    if !pod && !claim {
        return Ok(());
    }
    for range in ranges(request, lookup) {
        let mut reasons = Vec::new();
        for limit in limits(&range) {
            let kind = object::text(limit, &["type"]);
            match kind {
                "Container" if pod => {
                    for key in ["containers", "initContainers"] {
                        let list = object.pointer(&format!("/spec/{key}")).and_then(Value::as_array);
                        for container in list.into_iter().flatten() {
                            check(limit, kind, &asked(container), &mut reasons);
                        }
                    }
                }
                "Pod" if pod => check(limit, kind, &whole_pod(object), &mut reasons),
                "PersistentVolumeClaim" if claim => {
                    let requests = quantities(object.pointer("/spec/resources/requests"));
                    claim_bounds(limit, &requests, &mut reasons);
                }
                _ => {}
            }
        }
        if !reasons.is_empty() {
            return Err(request.forbidden(object, &aggregate(&reasons)));
        }
    }
    Ok(())
}

type Quantities = BTreeMap<String, Quantity>;

fn quantities(list: Option<&Value>) -> Quantities {
    let read = |(name, value): (&String, &Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((name.clone(), Quantity::parse(&text).ok()?))
    };
    list.and_then(Value::as_object).into_iter().flatten().filter_map(read).collect()
}

/// Requests and limits.
struct Asked {
    requests: Quantities,
    limits: Quantities,
}

fn asked(container: &Value) -> Asked {
    Asked {
        requests: quantities(container.pointer("/resources/requests")),
        limits: quantities(container.pointer("/resources/limits")),
    }
}

/// What a pod asks for: its containers together, or the largest init container where that is more.
fn whole_pod(pod: &Value) -> Asked {
    let list = |key: &str| -> Vec<Asked> {
        let list = pod.pointer(&format!("/spec/{key}")).and_then(Value::as_array);
        list.into_iter().flatten().map(asked).collect()
    };
    let (containers, init) = (list("containers"), list("initContainers"));
    let total = |part: fn(&Asked) -> &Quantities| {
        let mut sum = Quantities::new();
        for container in &containers {
            for (name, quantity) in part(container) {
                let known = sum.get(name).map_or_else(|| quantity.clone(), |known| known.plus(quantity));
                sum.insert(name.clone(), known);
            }
        }
        for container in &init {
            for (name, quantity) in part(container) {
                if sum.get(name).is_none_or(|known| quantity.compare(known).is_gt()) {
                    sum.insert(name.clone(), quantity.clone());
                }
            }
        }
        sum
    };
    Asked { requests: total(|asked| &asked.requests), limits: total(|asked| &asked.limits) }
}

fn check(limit: &Value, kind: &str, asked: &Asked, reasons: &mut Vec<String>) {
    for (name, bound) in quantities(limit.get("min")) {
        let open = format!("minimum {name} usage per {kind} is {bound}");
        match (asked.requests.get(&name), asked.limits.get(&name)) {
            (None, _) => reasons.push(format!("{open}.  No request is specified")),
            (Some(request), _) if request.compare(&bound).is_lt() => {
                reasons.push(format!("{open}, but request is {request}"));
            }
            (_, Some(limit)) if limit.compare(&bound).is_lt() => {
                reasons.push(format!("{open}, but limit is {limit}"));
            }
            _ => {}
        }
    }
    for (name, bound) in quantities(limit.get("max")) {
        let open = format!("maximum {name} usage per {kind} is {bound}");
        match (asked.requests.get(&name), asked.limits.get(&name)) {
            (_, None) => reasons.push(format!("{open}.  No limit is specified")),
            (_, Some(limit)) if limit.compare(&bound).is_gt() => {
                reasons.push(format!("{open}, but limit is {limit}"));
            }
            (Some(request), _) if request.compare(&bound).is_gt() => {
                reasons.push(format!("{open}, but request is {request}"));
            }
            _ => {}
        }
    }
    for (name, bound) in quantities(limit.get("maxLimitRequestRatio")) {
        ratio(&name, &bound, kind, asked, reasons);
    }
}

#[expect(clippy::cast_precision_loss, reason = "as the real server divides")]
fn ratio(name: &str, bound: &Quantity, kind: &str, asked: &Asked, reasons: &mut Vec<String>) {
    let open = format!("{name} max limit to request ratio per {kind} is {bound}");
    let milli = |quantity: Option<&Quantity>| quantity.map_or(0, Quantity::milli);
    let (request, limit) = (milli(asked.requests.get(name)), milli(asked.limits.get(name)));
    if request == 0 {
        return reasons.push(format!("{open}, but no request is specified or request is 0"));
    }
    if limit == 0 {
        return reasons.push(format!("{open}, but no limit is specified or limit is 0"));
    }
    let ratio = limit as f64 / request as f64;
    if ratio * 1000.0 > bound.milli() as f64 {
        reasons.push(format!("{open}, but provided ratio is {ratio:.6}"));
    }
}

fn claim_bounds(limit: &Value, requests: &Quantities, reasons: &mut Vec<String>) {
    const KIND: &str = "PersistentVolumeClaim";
    for (key, word) in [("min", "minimum"), ("max", "maximum")] {
        for (name, bound) in quantities(limit.get(key)) {
            let open = format!("{word} {name} usage per {KIND} is {bound}");
            match requests.get(&name) {
                None => reasons.push(format!("{open}.  No request is specified")),
                Some(request)
                    if (key == "min" && request.compare(&bound).is_lt())
                        || (key == "max" && request.compare(&bound).is_gt()) =>
                {
                    reasons.push(format!("{open}, but request is {request}"));
                }
                Some(_) => {}
            }
        }
    }
}
