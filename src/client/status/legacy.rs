//! The rules of `--wait=legacy` (`pkg/kube/ready.go` of Helm): yes or no.

use super::field::{is_true, number, text};
use serde_json::Value;

/// Whether an object is ready by itself; other kinds than these always are. Deployments are asked by
/// [`deployment`], Jobs by [`job`].
pub(crate) fn is_ready(object: &Value) -> bool {
    match (super::group(object), object["kind"].as_str().unwrap_or_default()) {
        ("", "Pod") => is_true(object, "Ready"),
        ("", "PersistentVolumeClaim") => text(object, "/status/phase", "") == "Bound",
        ("", "Service") => service(object),
        ("apps", "DaemonSet") => daemon_set(object),
        ("apps", "StatefulSet") => stateful_set(object),
        ("", "ReplicationController") | ("apps", "ReplicaSet") => is_observed(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let names = super::conditions(object).unwrap_or_default();
            is_true(object, "Established") || names.iter().any(|c| c.is("NamesAccepted", "False"))
        }
        _ => true,
    }
}

/// Whether a Job has ended well.
///
/// # Errors
/// When it has failed, in Helm's words.
pub(crate) fn job(object: &Value, namespace: &str, name: &str) -> Result<bool, String> {
    // The server fills the limit in; 6 is what it fills in.
    if number(object, "/status/failed", 0) > number(object, "/spec/backoffLimit", 6) {
        return Err(format!("job is failed: {namespace}/{name}"));
    }
    let completions = object.pointer("/spec/completions").and_then(Value::as_i64);
    Ok(completions.is_none_or(|completions| number(object, "/status/succeeded", 0) >= completions))
}

/// Whether enough Pods of a Deployment are ready, given the ReplicaSets that its selector finds.
pub(crate) fn deployment(object: &Value, replica_sets: &[Value]) -> bool {
    if object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        return true;
    }
    let Some(newest) = new_replica_set(object, replica_sets) else { return false };
    let replicas = number(object, "/spec/replicas", 1);
    is_observed(newest)
        && is_observed(object)
        && number(newest, "/status/readyReplicas", 0)
            >= replicas.saturating_sub(max_unavailable(object, replicas))
}

fn is_observed(object: &Value) -> bool {
    number(object, "/status/observedGeneration", 0) == number(object, "/metadata/generation", 0)
}

/// The oldest ReplicaSet of the Deployment's that has its template.
fn new_replica_set<'a>(deployment: &Value, replica_sets: &'a [Value]) -> Option<&'a Value> {
    let uid = deployment.pointer("/metadata/uid");
    let is_owned = |set: &&Value| {
        let owners = set.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.into_iter().flatten().any(|owner| owner["controller"] == true && owner.get("uid") == uid)
    };
    let template = template(deployment);
    let matching = replica_sets.iter().filter(is_owned).filter(|set| self::template(set) == template);
    matching.min_by_key(|set| {
        let field = |field| crate::client::object::string(set, field);
        (field("creationTimestamp"), field("name"))
    })
}

/// A Pod template without the label that tells ReplicaSets apart.
fn template(object: &Value) -> Option<Value> {
    let mut template = object.pointer("/spec/template")?.clone();
    if let Some(Value::Object(labels)) = template.pointer_mut("/metadata/labels") {
        labels.remove("pod-template-hash");
    }
    Some(template)
}

/// Deployments round the share of Pods that may be missing down, but not to nothing where none may be surplus.
fn max_unavailable(deployment: &Value, replicas: i64) -> i64 {
    if text(deployment, "/spec/strategy/type", "") != "RollingUpdate" || replicas == 0 {
        return 0;
    }
    let limit = |field: &str| deployment.pointer(&format!("/spec/strategy/rollingUpdate/{field}"));
    let surge = scaled(limit("maxSurge"), replicas, true);
    let unavailable = scaled(limit("maxUnavailable"), replicas, false);
    match (surge, unavailable) {
        (Some(0), Some(0)) => 1,
        (Some(_), Some(unavailable)) => unavailable.min(replicas),
        _ => 0,
    }
}

/// A number, or a percentage of a total; nothing where it is neither.
fn scaled(value: Option<&Value>, total: i64, up: bool) -> Option<i64> {
    match value {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) => {
            let share: i64 = text.strip_suffix('%')?.parse().ok()?;
            let product = share.checked_mul(total)?;
            Some(if up { product.checked_add(99)?.div_euclid(100) } else { product.div_euclid(100) })
        }
        Some(value) => value.as_i64(),
    }
}

fn service(object: &Value) -> bool {
    let kind = text(object, "/spec/type", "");
    if kind == "ExternalName" {
        return true;
    }
    let has_any =
        |pointer: &str| object.pointer(pointer).and_then(Value::as_array).is_some_and(|a| !a.is_empty());
    !text(object, "/spec/clusterIP", "").is_empty()
        && (kind != "LoadBalancer" || has_any("/spec/externalIPs") || has_any("/status/loadBalancer/ingress"))
}

fn daemon_set(object: &Value) -> bool {
    if !is_observed(object) {
        return false;
    }
    if text(object, "/spec/updateStrategy/type", "") != "RollingUpdate" {
        return true;
    }
    let wanted = number(object, "/status/desiredNumberScheduled", 0);
    let limit = object.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable");
    let missing = scaled(limit, wanted, true).unwrap_or(wanted);
    number(object, "/status/updatedNumberScheduled", 0) == wanted
        && number(object, "/status/numberReady", 0) >= wanted.saturating_sub(missing)
}

fn stateful_set(object: &Value) -> bool {
    if !is_observed(object) {
        return false;
    }
    if text(object, "/spec/updateStrategy/type", "") != "RollingUpdate" {
        return true;
    }
    let replicas = number(object, "/spec/replicas", 1);
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition", 0);
    let revision = |field: &str| text(object, &format!("/status/{field}Revision"), "").to_owned();
    number(object, "/status/updatedReplicas", 0) >= replicas.saturating_sub(partition)
        && number(object, "/status/readyReplicas", 0) == replicas
        && (partition != 0 || revision("current") == revision("update"))
}
