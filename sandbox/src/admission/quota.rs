//! ResourceQuota: how much a namespace may hold, counted when something is made.

use super::request::{Lookup, Request};
use crate::{kinds::Gvr, object, object::quantity::Quantity, status::Status};
use serde_json::Value;
use std::collections::BTreeMap;

/// Objects whose number old quotas name without `count/`.
const COUNTED: [(&str, &str); 8] = [
    ("pods", "pods"),
    ("services", "services"),
    ("configmaps", "configmaps"),
    ("secrets", "secrets"),
    ("persistentvolumeclaims", "persistentvolumeclaims"),
    ("replicationcontrollers", "replicationcontrollers"),
    ("resourcequotas", "resourcequotas"),
    ("limitranges", "limitranges"),
];

/// Checks a new object against the namespace's quotas.
///
/// # Errors
/// A quota that would be exceeded, and a pod that does not say what a quota counts.
pub(crate) fn validate(request: &Request<'_>, object: &Value, lookup: &dyn Lookup) -> Result<(), Status> {
    if !request.creates() || !request.subresource.is_empty() || request.namespace.is_empty() {
        return Ok(());
    }
    let quotas = lookup.list(&Gvr::new("", "v1", "resourcequotas"), request.namespace);
    for quota in quotas.iter().filter(|quota| {
        quota.pointer("/spec/scopes").is_none() && quota.pointer("/spec/scopeSelector").is_none()
    }) {
        one(request, object, quota, lookup)?;
    }
    Ok(())
}

fn one(request: &Request<'_>, object: &Value, quota: &Value, lookup: &dyn Lookup) -> Result<(), Status> {
    let hard = quota.pointer("/spec/hard").and_then(Value::as_object);
    let hard: BTreeMap<&String, Quantity> =
        hard.into_iter().flatten().filter_map(|(name, value)| Some((name, quantity(value)?))).collect();
    let wanted = usage(request.resource, object);
    let mut missing: Vec<&str> = Vec::new();
    if request.is("", "pods") {
        for name in hard.keys().filter(|name| compute(name) && !wanted.contains_key(name.as_str())) {
            missing.push(name);
        }
    }
    let name = object::name(quota);
    if !missing.is_empty() {
        let why = format!("failed quota: {name}: must specify {}", specified(&missing, object));
        return Err(request.forbidden(object, &why));
    }
    let relevant: Vec<(&String, &Quantity, &Quantity)> = hard
        .iter()
        .filter_map(|(name, bound)| wanted.get(name.as_str()).map(|wanted| (*name, bound, wanted)))
        .collect();
    if relevant.is_empty() {
        return Ok(());
    }
    let mut used: BTreeMap<String, Quantity> = BTreeMap::new();
    for other in lookup.list(request.resource, request.namespace) {
        let phase = object::text(&other, &["status", "phase"]);
        if request.is("", "pods") && matches!(phase, "Succeeded" | "Failed") {
            continue;
        }
        for (name, amount) in usage(request.resource, &other) {
            let sum = used.get(&name).map_or_else(|| amount.clone(), |known| known.plus(&amount));
            used.insert(name, sum);
        }
    }
    let zero = Quantity::parse("0").ok();
    let mut exceeded: Vec<Exceeded<'_>> = Vec::new();
    for (name, bound, wanted) in relevant {
        let Some(so_far) = used.get(name.as_str()).cloned().or_else(|| zero.clone()) else { continue };
        if so_far.plus(wanted).compare(bound).is_gt() {
            exceeded.push(Exceeded { name, bound, wanted, used: so_far });
        }
    }
    if exceeded.is_empty() {
        return Ok(());
    }
    let list = |amount: fn(&Exceeded<'_>) -> String| {
        let shown: Vec<String> = exceeded.iter().map(|one| format!("{}={}", one.name, amount(one))).collect();
        shown.join(",")
    };
    let why = format!(
        "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
        list(|one| one.wanted.to_string()),
        list(|one| one.used.to_string()),
        list(|one| one.bound.to_string()),
    );
    Err(request.forbidden(object, &why))
}

/// What a quota has too little of.
struct Exceeded<'a> {
    name: &'a str,
    bound: &'a Quantity,
    wanted: &'a Quantity,
    used: Quantity,
}

fn quantity(value: &Value) -> Option<Quantity> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Quantity::parse(&text).ok()
}

/// Whether a quota's name is about what containers ask for.
fn compute(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage")
        || name.starts_with("requests.") && !name.ends_with("storage")
        || name.starts_with("limits.")
}

/// `limits.cpu for: a,b; requests.memory for: c`.
fn specified(missing: &[&str], pod: &Value) -> String {
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
    let without = |name: &str| {
        let (kind, resource) = match name.split_once('.') {
            Some((kind @ ("requests" | "limits"), resource)) => (kind, resource),
            _ => ("requests", name),
        };
        let lacks = |container: &&Value| {
            container.pointer(&format!("/resources/{kind}")).and_then(|list| list.get(resource)).is_none()
        };
        let names: Vec<&str> = containers
            .into_iter()
            .flatten()
            .filter(lacks)
            .map(|container| object::text(container, &["name"]))
            .collect();
        format!("{name} for: {}", names.join(","))
    };
    missing.iter().map(|name| without(name)).collect::<Vec<_>>().join("; ")
}

/// What an object counts for.
fn usage(resource: &Gvr, object: &Value) -> BTreeMap<String, Quantity> {
    let mut usage = BTreeMap::new();
    let mut add = |name: String, text: &str| {
        if let Ok(quantity) = Quantity::parse(text) {
            let sum =
                usage.get(&name).map_or_else(|| quantity.clone(), |known: &Quantity| known.plus(&quantity));
            usage.insert(name, sum);
        }
    };
    let Gvr { group, resource, .. } = resource;
    let qualified = if group.is_empty() { resource.clone() } else { format!("{resource}.{group}") };
    add(format!("count/{qualified}"), "1");
    if group.is_empty()
        && let Some((_, name)) = COUNTED.iter().find(|(known, _)| known == resource)
    {
        add((*name).to_owned(), "1");
    }
    match (group.as_str(), resource.as_str()) {
        ("", "services") => {
            let ports = object.pointer("/spec/ports").and_then(Value::as_array).map_or(0, Vec::len);
            match object::text(object, &["spec", "type"]) {
                "NodePort" => add("services.nodeports".to_owned(), &ports.to_string()),
                "LoadBalancer" => {
                    add("services.loadbalancers".to_owned(), "1");
                    add("services.nodeports".to_owned(), &ports.to_string());
                }
                _ => {}
            }
        }
        ("", "persistentvolumeclaims") => {
            if let Some(storage) = object.pointer("/spec/resources/requests/storage").and_then(Value::as_str)
            {
                add("requests.storage".to_owned(), storage);
            }
        }
        ("", "pods") => {
            let containers = object.pointer("/spec/containers").and_then(Value::as_array);
            for container in containers.into_iter().flatten() {
                for kind in ["requests", "limits"] {
                    let list = container.pointer(&format!("/resources/{kind}")).and_then(Value::as_object);
                    for (name, value) in list.into_iter().flatten() {
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        add(format!("{kind}.{name}"), &text);
                        if kind == "requests" {
                            add(name.clone(), &text);
                        }
                    }
                }
            }
        }
        _ => {}
    }
    usage
}
