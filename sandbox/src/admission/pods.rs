//! What admission adds to pods: service account and token, priority, runtime class, tolerations.

use super::request::{Lookup, Request};
use crate::{kinds::Gvr, object, status::Status};
use serde_json::{Value, json};

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const MIRROR: &str = "kubernetes.io/config.mirror";

/// ServiceAccount: the account and its token.
///
/// # Errors
/// An account that is not there.
pub(crate) fn service_account(
    request: &Request<'_>,
    pod: &mut Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    if !request.is("", "pods") || !request.creates() {
        return Ok(());
    }
    if pod.pointer("/metadata/annotations").is_some_and(|all| all.get(MIRROR).is_some()) {
        return match object::text(pod, &["spec", "serviceAccountName"]) {
            "" => Ok(()),
            _ => Err(request.forbidden(pod, "a mirror pod may not reference service accounts")),
        };
    }
    let name = match object::text(pod, &["spec", "serviceAccountName"]) {
        "" => "default".to_owned(),
        name => name.to_owned(),
    };
    let accounts = Gvr::new("", "v1", "serviceaccounts");
    let account = lookup.get(&accounts, request.namespace, &name);
    // A controller makes every namespace's default account, and the real server waits for it.
    let Some(account) = account.or_else(|| (name == "default").then(|| json!({}))) else {
        let namespace = request.namespace;
        let why =
            format!("error looking up service account {namespace}/{name}: serviceaccount {name:?} not found");
        return Err(request.forbidden(pod, &why));
    };
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else { return Ok(()) };
    spec.insert("serviceAccountName".into(), name.as_str().into());
    spec.insert("serviceAccount".into(), name.into());
    let own = spec.get("automountServiceAccountToken").and_then(Value::as_bool);
    let its = account.get("automountServiceAccountToken").and_then(Value::as_bool);
    let secrets = spec.get("imagePullSecrets").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    let given = account.get("imagePullSecrets").and_then(Value::as_array).filter(|all| !all.is_empty());
    if let (false, Some(given)) = (secrets, given) {
        spec.insert("imagePullSecrets".into(), given.clone().into());
    }
    if own.or(its).unwrap_or(true) {
        mount_token(pod);
    }
    Ok(())
}

/// Mounts a projected token into every container that has nothing at its path.
fn mount_token(pod: &mut Value) {
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let volumes = spec.get("volumes").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_token = |volume: &&Value| object::text(volume, &["name"]).starts_with("kube-api-access-");
    let known = volumes.iter().find(is_token).map(|volume| object::text(volume, &["name"]).to_owned());
    let name = known.clone().unwrap_or_else(|| format!("kube-api-access-{}", suffix()));
    let mut needed = false;
    for key in ["initContainers", "containers"] {
        for container in spec.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(container) = container.as_object_mut() else { continue };
            let mounts = container.entry("volumeMounts").or_insert_with(|| json!([]));
            let Some(mounts) = mounts.as_array_mut() else { continue };
            if mounts.iter().any(|mount| object::text(mount, &["mountPath"]) == TOKEN_PATH) {
                continue;
            }
            mounts.push(json!({"name": name, "readOnly": true, "mountPath": TOKEN_PATH}));
            needed = true;
        }
    }
    if !needed || known.is_some() {
        return;
    }
    let volume = json!({"name": name, "projected": {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            ]}},
        ],
    }});
    let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
    if let Some(volumes) = volumes.as_array_mut() {
        volumes.push(volume);
    }
}

/// Five letters as `utilrand.String` draws them.
fn suffix() -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut bytes = [0u8; 5];
    // Without randomness, the name is still valid: every pod has but one such volume.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = [0; 5];
    }
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().map_or('x', char::from);
    bytes.iter().map(letter).collect()
}

/// Priority: the number of the priority class.
///
/// # Errors
/// A class that is not there, and a number that is not the class's.
pub(crate) fn priority(request: &Request<'_>, pod: &mut Value, lookup: &dyn Lookup) -> Result<(), Status> {
    if request.is("scheduling.k8s.io", "priorityclasses") {
        return Ok(());
    }
    if !request.is("", "pods") || !matches!(request.operation, "CREATE" | "UPDATE") {
        return Ok(());
    }
    if let Some(old) = request.old {
        // The fields are immutable: what an update leaves out stays.
        for key in ["priority", "preemptionPolicy"] {
            let old = old.pointer(&format!("/spec/{key}")).cloned();
            if let (Some(spec), Some(old)) = (pod.get_mut("spec").and_then(Value::as_object_mut), old) {
                spec.entry(key).or_insert(old);
            }
        }
        return Ok(());
    }
    let classes = Gvr::new("scheduling.k8s.io", "v1", "priorityclasses");
    let wanted = object::text(pod, &["spec", "priorityClassName"]).to_owned();
    let (name, value, policy) = if wanted.is_empty() {
        let default = lookup
            .list(&classes, "")
            .into_iter()
            .filter(|class| class.get("globalDefault") == Some(&Value::Bool(true)))
            .min_by_key(|class| class.get("value").and_then(Value::as_i64));
        default.map_or((String::new(), 0, None), |class| of_class(&class))
    } else {
        match lookup
            .get(&classes, "", &wanted)
            .map(|class| of_class(&class))
            .or_else(|| system_class(&wanted))
        {
            Some(found) => found,
            None => {
                let why = format!("no PriorityClass with name {wanted} was found");
                return Err(request.forbidden(pod, &why));
            }
        }
    };
    let given = pod.pointer("/spec/priority").and_then(Value::as_i64);
    if let Some(given) = given.filter(|given| *given != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller \
             computed {value} from the given PriorityClass name"
        );
        return Err(request.forbidden(pod, &why));
    }
    let policy = policy.unwrap_or_else(|| "PreemptLowerPriority".to_owned());
    let own = object::text(pod, &["spec", "preemptionPolicy"]).to_owned();
    if !own.is_empty() && own != policy {
        let why = format!(
            "the string value of PreemptionPolicy ({own}) must not be provided in pod spec; priority admission controller \
             computed {policy} from the given PriorityClass name"
        );
        return Err(request.forbidden(pod, &why));
    }
    if let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) {
        if !name.is_empty() {
            spec.insert("priorityClassName".into(), name.into());
        }
        spec.insert("priority".into(), value.into());
        spec.insert("preemptionPolicy".into(), policy.into());
    }
    Ok(())
}

fn of_class(class: &Value) -> (String, i64, Option<String>) {
    let value = class.get("value").and_then(Value::as_i64).unwrap_or_default();
    let policy = class.get("preemptionPolicy").and_then(Value::as_str).map(str::to_owned);
    (object::name(class).to_owned(), value, policy)
}

/// The classes that every cluster has.
fn system_class(name: &str) -> Option<(String, i64, Option<String>)> {
    let value = match name {
        "system-node-critical" => 2_000_001_000,
        "system-cluster-critical" => 2_000_000_000,
        _ => return None,
    };
    Some((name.to_owned(), value, None))
}

/// RuntimeClass: overhead and scheduling of the class.
///
/// # Errors
/// A class that is not there.
pub(crate) fn runtime_class(
    request: &Request<'_>,
    pod: &mut Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let name = object::text(pod, &["spec", "runtimeClassName"]).to_owned();
    if !request.is("", "pods") || !request.creates() || name.is_empty() {
        return Ok(());
    }
    let classes = Gvr::new("node.k8s.io", "v1", "runtimeclasses");
    let Some(class) = lookup.get(&classes, "", &name) else {
        let why = format!("pod rejected: RuntimeClass {name:?} not found");
        return Err(request.forbidden(pod, &why));
    };
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else { return Ok(()) };
    if let Some(overhead) = class.pointer("/overhead/podFixed") {
        spec.entry("overhead").or_insert_with(|| overhead.clone());
    }
    if let Some(Value::Object(wanted)) = class.pointer("/scheduling/nodeSelector") {
        let selector = spec.entry("nodeSelector").or_insert_with(|| json!({}));
        if let Some(selector) = selector.as_object_mut() {
            for (key, value) in wanted {
                selector.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    if let Some(more) = class.pointer("/scheduling/tolerations").and_then(Value::as_array) {
        let list = spec.entry("tolerations").or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            for toleration in more.iter().filter(|more| !list.contains(more)).cloned().collect::<Vec<_>>() {
                list.push(toleration);
            }
        }
    }
    Ok(())
}

/// DefaultTolerationSeconds: pods stay on troubled nodes for five minutes.
pub(crate) fn tolerations(request: &Request<'_>, pod: &mut Value) {
    let concerned = request.resource.group.is_empty()
        && request.resource.resource == "pods"
        && request.subresource.is_empty()
        && matches!(request.operation, "CREATE" | "UPDATE");
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut).filter(|_| concerned) else { return };
    let given = spec.get("tolerations").and_then(Value::as_array).cloned().unwrap_or_default();
    let tolerated = |taint: &str| {
        given.iter().any(|toleration| {
            let key = object::text(toleration, &["key"]);
            let effect = object::text(toleration, &["effect"]);
            (key == taint || key.is_empty()) && matches!(effect, "NoExecute" | "")
        })
    };
    let missing: Vec<Value> = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        .into_iter()
        .filter(|taint| !tolerated(taint))
        .map(|taint| {
            json!({"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
        })
        .collect();
    if missing.is_empty() {
        return;
    }
    let list = spec.entry("tolerations").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        list.extend(missing);
    }
}

/// TaintNodesByCondition: a new node is not ready until it says so.
pub(crate) fn node_taint(request: &Request<'_>, node: &mut Value) {
    const KEY: &str = "node.kubernetes.io/not-ready";
    if !request.is("", "nodes") || !request.creates() {
        return;
    }
    let Some(spec) = node
        .as_object_mut()
        .map(|node| node.entry("spec").or_insert_with(|| json!({})))
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let taints = spec.entry("taints").or_insert_with(|| json!([]));
    if let Some(taints) = taints.as_array_mut() {
        let known = taints.iter().any(|taint| {
            object::text(taint, &["key"]) == KEY && object::text(taint, &["effect"]) == "NoSchedule"
        });
        if !known {
            taints.push(json!({"key": KEY, "effect": "NoSchedule"}));
        }
    }
}
