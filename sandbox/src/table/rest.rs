//! Everything else.

use super::look::{Look, at_most, human, int_or_string};
use serde_json::Value;
use std::collections::BTreeSet;

/// The cells of all other kinds that have columns of their own.
pub(super) fn cells(group: &str, plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    match group {
        "" => core(plural, look),
        "events.k8s.io" => Some(event(look)),
        "autoscaling" => Some(autoscaler(look)),
        "rbac.authorization.k8s.io" => binding(plural, look),
        "admissionregistration.k8s.io" => admission(plural, look),
        "flowcontrol.apiserver.k8s.io" => flow(plural, look),
        _ => others(group, plural, look),
    }
}

fn core(plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    Some(match plural {
        "configmaps" => vec![look.name(), (look.size("/data") + look.size("/binaryData")).into(), look.age()],
        "secrets" => vec![look.name(), look.text("/type").into(), look.size("/data").into(), look.age()],
        "serviceaccounts" => vec![look.name(), look.age()],
        "namespaces" => vec![look.name(), look.text("/status/phase").into(), look.age()],
        "nodes" => node(look),
        "events" => event(look),
        _ => return None,
    })
}

fn others(group: &str, plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    Some(match (group, plural) {
        ("policy", "poddisruptionbudgets") => {
            let amount =
                |pointer: &str| int_or_string(look.at(pointer)).unwrap_or_else(|| "N/A".to_owned()).into();
            let allowed = look.number("/status/disruptionsAllowed").into();
            vec![
                look.name(),
                amount("/spec/minAvailable"),
                amount("/spec/maxUnavailable"),
                allowed,
                look.age(),
            ]
        }
        ("scheduling.k8s.io", _) => vec![
            look.name(),
            look.number("/value").into(),
            look.flag("/globalDefault").into(),
            look.age(),
            look.text("/preemptionPolicy").into(),
        ],
        ("coordination.k8s.io", "leases") => {
            vec![look.name(), look.text("/spec/holderIdentity").into(), look.age()]
        }
        ("node.k8s.io", _) => vec![look.name(), look.text("/handler").into(), look.age()],
        ("certificates.k8s.io", _) => signing(look),
        ("apiregistration.k8s.io", _) => vec![look.name(), service(look), available(look).into(), look.age()],
        ("resource.k8s.io", "resourceclaims") => vec![look.name(), claim(look).into(), look.age()],
        ("resource.k8s.io", "resourceslices") => vec![
            look.name(),
            look.text("/spec/nodeName").into(),
            look.text("/spec/driver").into(),
            look.text("/spec/pool/name").into(),
            look.age(),
        ],
        ("resource.k8s.io", _) => vec![look.name(), look.age()],
        _ => return None,
    })
}

fn node(look: Look<'_>) -> Vec<Value> {
    let mut status = match look.condition("/status/conditions", "Ready") {
        Some("True") => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if look.flag("/spec/unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let labels = look.at("/metadata/labels").as_object().into_iter().flatten();
    let roles: BTreeSet<&str> = labels
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    let roles = roles.into_iter().collect::<Vec<_>>().join(",");
    let address = |kind: &str| {
        let found = look.list("/status/addresses").iter().find(|address| address["type"] == kind);
        found.map_or_else(|| "<none>".into(), |address| address["address"].clone())
    };
    let kernel = look.text_or("/status/nodeInfo/kernelVersion", "<unknown>");
    let kernel = match (kernel.as_str().unwrap_or_default(), look.text("/status/nodeInfo/architecture")) {
        (kernel, "") => kernel.to_owned(),
        (kernel, architecture) => format!("{kernel} ({architecture})"),
    };
    vec![
        look.name(),
        status.into(),
        super::look::or_none(roles),
        look.age(),
        look.text("/status/nodeInfo/kubeletVersion").into(),
        address("InternalIP"),
        address("ExternalIP"),
        look.text_or("/status/nodeInfo/osImage", "<unknown>"),
        kernel.into(),
        look.text_or("/status/nodeInfo/containerRuntimeVersion", "<unknown>"),
    ]
}

/// Events of both groups: the fields of `events.k8s.io` have other names.
fn event(look: Look<'_>) -> Vec<Value> {
    let either = |old: &'static str, new: &'static str| if look.at(old).is_null() { new } else { old };
    let time = |old: &'static str, new: &'static str| {
        let pointer = either(old, new);
        if look.text(pointer).is_empty() { None } else { Some(look.since(pointer)) }
    };
    let first =
        time("/firstTimestamp", "/deprecatedFirstTimestamp").unwrap_or_else(|| look.since("/eventTime"));
    let mut last = time("/lastTimestamp", "/deprecatedLastTimestamp").unwrap_or_else(|| first.clone());
    let mut count = look.number(either("/count", "/deprecatedCount"));
    if look.at("/series").is_object() {
        last = look.since("/series/lastObservedTime");
        count = look.number("/series/count");
    } else if count == 0 {
        count = 1;
    }
    let object = look.at(either("/involvedObject", "/regarding"));
    let of = |key: &str| object[key].as_str().unwrap_or_default();
    let target = match (of("kind").to_lowercase(), of("name")) {
        (kind, "") => kind,
        (kind, name) => format!("{kind}/{name}"),
    };
    let source = look.at(either("/source", "/deprecatedSource"));
    let from = |key: &str, other: [&str; 2]| {
        let candidates = [source[key].as_str().unwrap_or_default(), look.text(other[0]), look.text(other[1])];
        candidates.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    };
    let component = from("component", ["/reportingComponent", "/reportingController"]);
    let source = match from("host", ["/reportingInstance", "/reportingInstance"]) {
        "" => component.to_owned(),
        host => format!("{component}, {host}"),
    };
    vec![
        last.into(),
        look.text("/type").into(),
        look.text("/reason").into(),
        target.into(),
        of("fieldPath").into(),
        source.into(),
        look.text(either("/message", "/note")).trim().into(),
        first.into(),
        count.into(),
        look.name(),
    ]
}

fn autoscaler(look: Look<'_>) -> Vec<Value> {
    let target =
        format!("{}/{}", look.text("/spec/scaleTargetRef/kind"), look.text("/spec/scaleTargetRef/name"));
    let least = look.at("/spec/minReplicas");
    vec![
        look.name(),
        target.into(),
        metrics(look).into(),
        if least.is_null() { "<unset>".into() } else { least.to_string().into() },
        look.number("/spec/maxReplicas").into(),
        look.number("/status/currentReplicas").into(),
        look.age(),
    ]
}

fn metrics(look: Look<'_>) -> String {
    if !look.at("/spec/targetCPUUtilizationPercentage").is_null() {
        // Version 1 knows no other metric.
        let target = look.number("/spec/targetCPUUtilizationPercentage");
        let current = match look.at("/status/currentCPUUtilizationPercentage").as_i64() {
            Some(current) => format!("{current}%"),
            None => "<unknown>".to_owned(),
        };
        return format!("cpu: {current}/{target}%");
    }
    let current = look.list("/status/currentMetrics");
    let texts = look
        .list("/spec/metrics")
        .iter()
        .enumerate()
        .map(|(index, metric)| metric_text(metric, current.get(index).unwrap_or(&Value::Null)));
    at_most(&texts.collect::<Vec<_>>(), 2, ", ", "<none>")
}

fn metric_text(metric: &Value, status: &Value) -> String {
    let key = match metric["type"].as_str().unwrap_or_default() {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return "<unknown type>".to_owned(),
    };
    let (target, current) = (&metric[key]["target"], &status[key]["current"]);
    let text = |value: &Value| value.as_str().unwrap_or("0").to_owned();
    let now = |field: &str| match (status.get(key), &current[field]) {
        (None, _) | (_, Value::Null) => "<unknown>".to_owned(),
        (_, value) => text(value),
    };
    let average = target.get("averageValue");
    match (key, average) {
        ("resource" | "containerResource", _) => {
            let name = metric[key]["name"].as_str().unwrap_or_default();
            if let Some(average) = average {
                return format!("{name}: {}/{}", now("averageValue"), text(average));
            }
            let percent = |value: &Value, none: &str| {
                value.as_i64().map_or(none.to_owned(), |value| format!("{value}%"))
            };
            let (current, target) = (&current["averageUtilization"], &target["averageUtilization"]);
            format!("{name}: {}/{}", percent(current, "<unknown>"), percent(target, "<auto>"))
        }
        ("pods", average) => format!("{}/{}", now("averageValue"), text(average.unwrap_or(&Value::Null))),
        (_, Some(average)) => format!("{}/{} (avg)", now("averageValue"), text(average)),
        (_, None) => format!("{}/{}", now("value"), text(&target["value"])),
    }
}

fn binding(plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    if !plural.ends_with("bindings") {
        return None;
    }
    let subjects = |kind: &str| -> Value {
        let found = look.list("/subjects").iter().filter(|subject| subject["kind"] == kind);
        let names = found.map(|subject| {
            let text = |key: &str| subject[key].as_str().unwrap_or_default();
            match kind {
                "ServiceAccount" => format!("{}/{}", text("namespace"), text("name")),
                _ => text("name").to_owned(),
            }
        });
        names.collect::<Vec<_>>().join(", ").into()
    };
    let role = format!("{}/{}", look.text("/roleRef/kind"), look.text("/roleRef/name"));
    let [users, groups, accounts] = ["User", "Group", "ServiceAccount"].map(subjects);
    Some(vec![look.name(), role.into(), look.age(), users, groups, accounts])
}

fn admission(plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    let kind = || match look.at("/spec/paramKind") {
        Value::Null => "<unset>".to_owned(),
        _ => format!("{}/{}", look.text("/spec/paramKind/apiVersion"), look.text("/spec/paramKind/kind")),
    };
    let count = |pointer: &str| look.list(pointer).len().into();
    Some(match plural {
        "mutatingwebhookconfigurations" | "validatingwebhookconfigurations" => {
            vec![look.name(), count("/webhooks"), look.age()]
        }
        "validatingadmissionpolicies" => {
            vec![look.name(), count("/spec/validations"), kind().into(), look.age()]
        }
        "mutatingadmissionpolicies" => vec![look.name(), count("/spec/mutations"), kind().into(), look.age()],
        _ => {
            let of = match (look.text("/spec/paramRef/name"), look.text("/spec/paramRef/namespace")) {
                ("", _) => "<unset>".to_owned(),
                (name, "") => format!("*/{name}"),
                (name, namespace) => format!("{namespace}/{name}"),
            };
            vec![look.name(), look.text("/spec/policyName").into(), of.into(), look.age()]
        }
    })
}

fn flow(plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    if plural == "flowschemas" {
        return Some(vec![
            look.name(),
            look.text("/spec/priorityLevelConfiguration/name").into(),
            look.number("/spec/matchingPrecedence").into(),
            look.text_or("/spec/distinguisherMethod/type", "<none>"),
            look.age(),
            look.condition("/status/conditions", "Dangling").unwrap_or("?").into(),
        ]);
    }
    let number = |pointer: &str| match look.at(pointer) {
        Value::Null => "<none>".into(),
        number => number.clone(),
    };
    const QUEUING: &str = "/spec/limited/limitResponse/queuing";
    Some(vec![
        look.name(),
        look.text("/spec/type").into(),
        number("/spec/limited/nominalConcurrencyShares"),
        number(&format!("{QUEUING}/queues")),
        number(&format!("{QUEUING}/handSize")),
        number(&format!("{QUEUING}/queueLengthLimit")),
        look.age(),
    ])
}

fn signing(look: Look<'_>) -> Vec<Value> {
    let has = |kind: &str| look.condition("/status/conditions", kind).is_some();
    let mut status = match () {
        () if has("Denied") => "Denied".to_owned(),
        () if has("Approved") => "Approved".to_owned(),
        () => "Pending".to_owned(),
    };
    if has("Failed") {
        status.push_str(",Failed");
    }
    if !look.text("/status/certificate").is_empty() {
        status.push_str(",Issued");
    }
    let duration = match look.at("/spec/expirationSeconds").as_i64() {
        Some(seconds) => human(seconds.saturating_mul(1000)),
        None => "<none>".to_owned(),
    };
    let requestor = look.text("/spec/username").into();
    vec![
        look.name(),
        look.age(),
        look.text_or("/spec/signerName", "<none>"),
        requestor,
        duration.into(),
        status.into(),
    ]
}

fn service(look: Look<'_>) -> Value {
    match look.at("/spec/service") {
        Value::Null => "Local".into(),
        _ => format!("{}/{}", look.text("/spec/service/namespace"), look.text("/spec/service/name")).into(),
    }
}

fn available(look: Look<'_>) -> String {
    let found = look.list("/status/conditions").iter().find(|condition| condition["type"] == "Available");
    let Some(condition) = found else { return "Unknown".to_owned() };
    let text = |key: &str| condition[key].as_str().unwrap_or_default();
    match text("status") {
        "True" => "True".to_owned(),
        status => format!("{status} ({})", text("reason")),
    }
}

fn claim(look: Look<'_>) -> String {
    let mut states = Vec::new();
    if look.deleted() {
        states.push("deleted");
    }
    if look.at("/status/allocation").is_object() {
        states.push("allocated");
        if !look.list("/status/reservedFor").is_empty() {
            states.push("reserved");
        }
    } else if !look.deleted() {
        states.push("pending");
    }
    states.join(",")
}
