//! Choosing a node for a pod, and saying why there is none, in the real scheduler's words.

use crate::object::edit::{deleting, flag, int, list, map};
use crate::object::select::selects;
use crate::object::{at, label, name, namespace, pod, text, uid};
use serde_json::{Map, Value};
use skiff_compact::Order;
use std::collections::BTreeMap;

/// What becomes of a pod that waits for a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is bound to the node of this name.
    Bind(String),
    /// It stays pending, for this reason.
    Wait(String),
    /// It has scheduling gates.
    Gated,
}

/// Why a node does not take a pod, and whether evicting others could help.
struct Refusal {
    reasons: Vec<String>,
    resolvable: bool,
}

/// Chooses a node. `others` are the pods that are bound to some node; `claims` those claims of the pod's namespace
/// that it mounts and that exist.
#[must_use]
pub fn choose(one: &Value, nodes: &[Value], others: &[Value], claims: &[Value]) -> Verdict {
    if !list(one, &["spec", "schedulingGates"]).is_empty() {
        return Verdict::Gated;
    }
    if let Some(reason) = super::faults::unschedulable(one) {
        let reason =
            if reason == "true" || reason.is_empty() { "node(s) were unschedulable" } else { reason };
        let fit = format!("0/{} nodes are available: {} {reason}.", nodes.len(), nodes.len());
        return Verdict::Wait(fit);
    }
    if nodes.is_empty() {
        return Verdict::Wait("no nodes available to schedule pods".to_owned());
    }
    if let Some(problem) = claim_problem(one, claims) {
        return Verdict::Wait(format!("0/{} nodes are available: {problem}. not found", nodes.len()));
    }
    let mut histogram: BTreeMap<String, usize> = BTreeMap::new();
    let (mut helpless, mut hopeful) = (0, 0);
    for node in nodes {
        match refusal(one, node, nodes, others) {
            None => return Verdict::Bind(name(node).to_owned()),
            Some(refusal) => {
                for reason in refusal.reasons {
                    *histogram.entry(reason).or_default() += 1;
                }
                *(if refusal.resolvable { &mut hopeful } else { &mut helpless }) += 1;
            }
        }
    }
    let join = |counts: &mut dyn Iterator<Item = (usize, &str)>| {
        let mut texts: Vec<String> = counts.map(|(count, reason)| format!("{count} {reason}")).collect();
        texts.order();
        texts.join(", ")
    };
    let total = nodes.len();
    let reasons = join(&mut histogram.iter().map(|(reason, count)| (*count, reason.as_str())));
    let preemption = [
        (hopeful, "No preemption victims found for incoming pod"),
        (helpless, "Preemption is not helpful for scheduling"),
    ];
    let preemption = join(&mut preemption.into_iter().filter(|(count, _)| *count > 0));
    Verdict::Wait(format!(
        "0/{total} nodes are available: {reasons}. no new claims to deallocate, preemption: 0/{total} nodes are available: {preemption}."
    ))
}

/// The names of the claims that a pod mounts, those of its ephemeral volumes too.
#[must_use]
pub fn claim_names(one: &Value) -> Vec<String> {
    list(one, &["spec", "volumes"])
        .iter()
        .filter_map(|volume| match volume.get("ephemeral") {
            Some(Value::Object(_)) => Some(format!("{}-{}", name(one), text(volume, &["name"]))),
            _ => {
                let claim = text(volume, &["persistentVolumeClaim", "claimName"]);
                (!claim.is_empty()).then(|| claim.to_owned())
            }
        })
        .collect()
}

fn claim_problem(one: &Value, claims: &[Value]) -> Option<String> {
    let mut unbound = false;
    for wanted in claim_names(one) {
        match claims.iter().find(|claim| name(claim) == wanted) {
            None => return Some(format!("persistentvolumeclaim {wanted:?} not found")),
            Some(claim) if deleting(claim) => {
                return Some(format!("persistentvolumeclaim {wanted:?} is being deleted"));
            }
            Some(claim) => {
                unbound |= text(claim, &["status", "phase"]) != "Bound";
            }
        }
    }
    unbound.then(|| "pod has unbound immediate PersistentVolumeClaims".to_owned())
}

fn refusal(one: &Value, node: &Value, nodes: &[Value], others: &[Value]) -> Option<Refusal> {
    let stuck = |reason: &str| Some(Refusal { reasons: vec![reason.to_owned()], resolvable: false });
    let open = |reason: &str| Some(Refusal { reasons: vec![reason.to_owned()], resolvable: true });
    let tolerated = |taint: &Value| tolerates(one, taint);
    let unschedulable =
        serde_json::json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
    if flag(node, &["spec", "unschedulable"]) && !tolerated(&unschedulable) {
        return stuck("node(s) were unschedulable");
    }
    let hard = |taint: &&Value| matches!(text(taint, &["effect"]), "NoSchedule" | "NoExecute");
    if list(node, &["spec", "taints"]).iter().filter(hard).any(|taint| !tolerated(taint)) {
        return stuck("node(s) had untolerated taint(s)");
    }
    if !matches_node(one, node) {
        return stuck("node(s) didn't match Pod's node affinity/selector");
    }
    let here: Vec<&Value> =
        others.iter().filter(|other| pod::node(other) == name(node) && !pod::terminal(other)).collect();
    if here.iter().any(|other| ports_clash(one, other)) {
        return open("node(s) didn't have free ports for the requested pod ports");
    }
    if let Some(refusal) = too_small(one, node, &here) {
        return Some(refusal);
    }
    affinity_refusal(one, node, nodes, others)
}

/// Whether a toleration of the pod covers the taint.
#[must_use]
pub fn tolerates(one: &Value, taint: &Value) -> bool {
    list(one, &["spec", "tolerations"]).iter().any(|toleration| {
        let (key, effect) = (text(toleration, &["key"]), text(toleration, &["effect"]));
        let exists = text(toleration, &["operator"]) == "Exists";
        (effect.is_empty() || effect == text(taint, &["effect"]))
            && (if key.is_empty() { exists } else { key == text(taint, &["key"]) })
            && (exists || text(toleration, &["value"]) == text(taint, &["value"]))
    })
}

/// Whether `nodeSelector` and the required node affinity of a pod accept the node.
#[must_use]
pub fn matches_node(one: &Value, node: &Value) -> bool {
    let selector = map(one, &["spec", "nodeSelector"]);
    let plain =
        selector.is_none_or(|wanted| wanted.iter().all(|(key, value)| label(node, key) == value.as_str()));
    let required =
        at(one, &["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    plain
        && required.filter(|required| !required.is_null()).is_none_or(|required| {
            list(required, &["nodeSelectorTerms"]).iter().any(|term| term_matches(term, node))
        })
}

fn term_matches(term: &Value, node: &Value) -> bool {
    let labels = list(term, &["matchExpressions"]);
    let fields = list(term, &["matchFields"]);
    // A term without requirements matches nothing.
    !(labels.is_empty() && fields.is_empty())
        && labels.iter().all(|one| requirement(one, label(node, text(one, &["key"]))))
        && fields.iter().all(|one| {
            let value = (text(one, &["key"]) == "metadata.name").then(|| name(node));
            requirement(one, value)
        })
}

fn requirement(requirement: &Value, found: Option<&str>) -> bool {
    let values = list(requirement, &["values"]);
    let among = || found.is_some_and(|found| values.iter().any(|value| value == found));
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let bound = || values.first().and_then(Value::as_str);
    match text(requirement, &["operator"]) {
        "In" => among(),
        "NotIn" => !among(),
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => number(found).zip(number(bound())).is_some_and(|(found, bound)| found > bound),
        "Lt" => number(found).zip(number(bound())).is_some_and(|(found, bound)| found < bound),
        _ => false,
    }
}

fn host_ports(one: &Value) -> impl Iterator<Item = (i64, &str, &str)> {
    list(one, &["spec", "containers"]).iter().flat_map(|container| {
        list(container, &["ports"]).iter().filter_map(|port| {
            let number = int(port, &["hostPort"]).filter(|number| *number > 0)?;
            let protocol = text(port, &["protocol"]);
            Some((number, if protocol.is_empty() { "TCP" } else { protocol }, text(port, &["hostIP"])))
        })
    })
}

fn ports_clash(one: &Value, other: &Value) -> bool {
    let any = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
    host_ports(one).any(|(number, protocol, ip)| {
        host_ports(other).any(|(n, p, i)| n == number && p == protocol && (i == ip || any(i) || any(ip)))
    })
}

/// A quantity in thousandths; what is malformed counts as nothing.
#[must_use]
pub fn thousandths(quantity: &Value) -> i128 {
    let text = match quantity {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return 0,
    };
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let (Ok(whole), Ok(fraction)) = (whole.parse::<i64>(), fraction.parse::<i64>()) else { return 0 };
    let scale: i128 = match unit {
        "" => 1000,
        "m" => 1,
        "k" => 1000 * 1000,
        "M" => 1000 * 1_000_000,
        "G" => 1000 * 1_000_000_000,
        "T" => 1000 * 1_000_000_000_000,
        "P" => 1000 * 1_000_000_000_000_000,
        "Ki" => 1000 << 10,
        "Mi" => 1000 << 20,
        "Gi" => 1000 << 30,
        "Ti" => 1000 << 40,
        "Pi" => 1000 << 50,
        _ => match unit.strip_prefix(['e', 'E']).and_then(|power| power.parse::<u32>().ok()) {
            Some(power) if power <= 18 => 1000 * 10i128.pow(power),
            _ => return 0,
        },
    };
    i128::from(whole) * scale + i128::from(fraction) * scale / 1_000_000_000
}

/// What a pod asks of a node, by resource, in thousandths: its containers together, or its largest init container
/// (with the sidecars before it), whichever is more, and its overhead.
#[must_use]
pub fn requests(one: &Value) -> BTreeMap<String, i128> {
    let of = |container: &Value| -> BTreeMap<String, i128> {
        map(container, &["resources", "requests"])
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), thousandths(value)))
            .collect()
    };
    let add = |to: &mut BTreeMap<String, i128>, more: &BTreeMap<String, i128>| {
        for (key, value) in more {
            *to.entry(key.clone()).or_default() += value;
        }
    };
    let mut sum = BTreeMap::new();
    for container in list(one, &["spec", "containers"]) {
        add(&mut sum, &of(container));
    }
    let (mut sidecars, mut largest) = (BTreeMap::new(), BTreeMap::<String, i128>::new());
    for container in list(one, &["spec", "initContainers"]) {
        let mut wanted = of(container);
        if text(container, &["restartPolicy"]) == "Always" {
            add(&mut sidecars, &wanted);
            wanted = sidecars.clone();
        } else {
            add(&mut wanted, &sidecars);
        }
        for (key, value) in wanted {
            let most = largest.entry(key).or_default();
            *most = (*most).max(value);
        }
    }
    add(&mut sum, &sidecars);
    for (key, value) in largest {
        let most = sum.entry(key).or_default();
        *most = (*most).max(value);
    }
    let overhead: BTreeMap<String, i128> = map(one, &["spec", "overhead"])
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), thousandths(value)))
        .collect();
    add(&mut sum, &overhead);
    sum
}

fn too_small(one: &Value, node: &Value, here: &[&Value]) -> Option<Refusal> {
    let empty = Map::new();
    let allocatable = map(node, &["status", "allocatable"]).unwrap_or(&empty);
    let room = |key: &str| allocatable.get(key).map_or(0, thousandths);
    let mut reasons = Vec::new();
    let mut resolvable = true;
    if i128::try_from(here.len()).unwrap_or(i128::MAX) * 1000 + 1000 > room("pods") {
        reasons.push("Too many pods".to_owned());
    }
    let wanted = requests(one);
    let mut used: BTreeMap<String, i128> = BTreeMap::new();
    if wanted.values().any(|amount| *amount > 0) {
        for other in here {
            for (key, value) in requests(other) {
                *used.entry(key).or_default() += value;
            }
        }
    }
    for (key, amount) in wanted.iter().filter(|(_, amount)| **amount > 0) {
        if amount + used.get(key).unwrap_or(&0) > room(key) {
            reasons.push(format!("Insufficient {key}"));
            resolvable &= *amount <= room(key);
        }
    }
    (!reasons.is_empty()).then_some(Refusal { reasons, resolvable })
}

/// The pods that an affinity term means.
fn meant<'a>(one: &Value, term: &Value, others: &'a [Value]) -> Vec<&'a Value> {
    let namespaces = list(term, &["namespaces"]);
    let everywhere = term.get("namespaceSelector").is_some_and(Value::is_object);
    others
        .iter()
        .filter(|other| !pod::terminal(other) && uid(other) != uid(one))
        .filter(|other| {
            everywhere
                || namespaces.iter().any(|wanted| wanted == namespace(other))
                || (namespaces.is_empty() && namespace(other) == namespace(one))
        })
        .filter(|other| selects(&term["labelSelector"], other))
        .collect()
}

fn affinity_refusal(one: &Value, node: &Value, nodes: &[Value], others: &[Value]) -> Option<Refusal> {
    let refuse = |reason: &str, resolvable| Some(Refusal { reasons: vec![reason.to_owned()], resolvable });
    let terms = |object: &'_ Value, kind: &str| -> Vec<Value> {
        list(object, &["spec", "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"]).to_vec()
    };
    let domain = |node_name: &str, key: &str| {
        nodes
            .iter()
            .find(|other| name(other) == node_name)
            .and_then(|other| label(other, key))
            .map(str::to_owned)
    };
    let near = |term: &Value, other: &Value| {
        let key = text(term, &["topologyKey"]);
        let here = label(node, key);
        here.is_some() && domain(pod::node(other), key).as_deref() == here
    };
    for term in terms(one, "podAffinity") {
        let meant = meant(one, &term, others);
        // The first pod of a group that wants to be near itself may start anywhere.
        let first = meant.is_empty() && selects(&term["labelSelector"], one);
        if !first && !meant.iter().any(|other| near(&term, other)) {
            return refuse("node(s) didn't match pod affinity rules", false);
        }
    }
    for term in terms(one, "podAntiAffinity") {
        if meant(one, &term, others).iter().any(|other| near(&term, other)) {
            return refuse("node(s) didn't match pod anti-affinity rules", true);
        }
    }
    let hostile = others.iter().filter(|other| !pod::terminal(other)).any(|other| {
        terms(other, "podAntiAffinity")
            .iter()
            .any(|term| !meant(other, term, std::slice::from_ref(one)).is_empty() && near(term, other))
    });
    if hostile {
        return refuse("node(s) didn't satisfy existing pods anti-affinity rules", true);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node() -> Value {
        json!({"metadata": {"name": "n", "labels": {"kubernetes.io/hostname": "n"}}, "spec": {},
            "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}}})
    }

    fn pending(spec: Value) -> Value {
        let mut object = json!({"metadata": {"name": "p", "namespace": "d", "uid": "p"}, "spec": spec});
        if object["spec"].get("containers").is_none() {
            object["spec"]["containers"] = json!([{"name": "a"}]);
        }
        object
    }

    fn on_node(mut one: Value) -> Value {
        one["spec"]["nodeName"] = "n".into();
        one["metadata"]["uid"] = "other".into();
        one
    }

    /// The texts are those of kube-scheduler 1.36.3 with one node of two cores and 4 GiB.
    #[test]
    fn refusals_are_worded_as_the_real_scheduler_words_them() {
        let not_helpful = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
        let no_victims = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
        let big =
            json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "5", "memory": "10Gi"}}}]});
        let port = json!({"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 8080}]}]});
        let anti = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {}}]}}});
        let near = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"q": "r"}}}]}}});
        let claim = json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "gone"}}]});
        let others = [on_node(pending(port.clone()))];
        let cases = [
            (
                big,
                format!("0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. {not_helpful}"),
            ),
            (
                json!({"nodeSelector": {"x": "y"}}),
                format!(
                    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. {not_helpful}"
                ),
            ),
            (
                port,
                format!(
                    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. {no_victims}"
                ),
            ),
            (
                anti,
                format!(
                    "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules. {no_victims}"
                ),
            ),
            (
                near,
                format!("0/1 nodes are available: 1 node(s) didn't match pod affinity rules. {not_helpful}"),
            ),
            (
                claim,
                "0/1 nodes are available: persistentvolumeclaim \"gone\" not found. not found".to_owned(),
            ),
        ];
        for (spec, expected) in cases {
            assert_eq!(choose(&pending(spec), &[node()], &others, &[]), Verdict::Wait(expected));
        }
        assert_eq!(
            choose(&pending(json!({})), &[], &[], &[]),
            Verdict::Wait("no nodes available to schedule pods".to_owned())
        );
        let mut tainted = node();
        tainted["spec"]["taints"] = json!([{"key": "a", "value": "b", "effect": "NoSchedule"}]);
        let Verdict::Wait(text) = choose(&pending(json!({})), &[tainted.clone()], &[], &[]) else { panic!() };
        assert!(text.starts_with("0/1 nodes are available: 1 node(s) had untolerated taint(s). "));
        let tolerant = pending(json!({"tolerations": [{"key": "a", "operator": "Exists"}]}));
        assert_eq!(choose(&tolerant, &[tainted], &[], &[]), Verdict::Bind("n".to_owned()));
    }

    #[test]
    fn pods_fill_a_node_and_claims_must_be_bound() {
        let one =
            pending(json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "1500m"}}}]}));
        assert_eq!(choose(&one, &[node()], &[], &[]), Verdict::Bind("n".to_owned()));
        let Verdict::Wait(text) = choose(&one, &[node()], &[on_node(one.clone())], &[]) else { panic!() };
        assert!(
            text.contains("1 Insufficient cpu. no new claims") && text.contains("No preemption victims"),
            "{text}"
        );
        let claim = |phase: &str| json!({"metadata": {"name": "c"}, "status": {"phase": phase}});
        let one = pending(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}));
        assert_eq!(choose(&one, &[node()], &[], &[claim("Bound")]), Verdict::Bind("n".to_owned()));
        assert_eq!(
            choose(&one, &[node()], &[], &[claim("Pending")]),
            Verdict::Wait(
                "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
                    .to_owned()
            )
        );
    }

    #[test]
    fn quantities_become_thousandths() {
        let cases = [
            ("1", 1000),
            ("250m", 250),
            ("1.5", 1500),
            ("1Ki", 1_024_000),
            ("2k", 2_000_000),
            ("1e3", 1_000_000),
            ("x", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(thousandths(&json!(text)), expected, "{text}");
        }
    }
}
