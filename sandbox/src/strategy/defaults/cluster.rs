//! Defaults of the kinds of networking, storage, access and administration.

use super::{Empty, Flag, Number, Positive, Rule, Text, fill, visit};
use serde_json::{Map, Value, json};

const WEBHOOK: &[Rule] = &[
    ("webhooks[].failurePolicy", Text("Fail")),
    ("webhooks[].matchPolicy", Text("Equivalent")),
    ("webhooks[].namespaceSelector", Empty),
    ("webhooks[].objectSelector", Empty),
    ("webhooks[].timeoutSeconds", Number(10)),
    ("webhooks[].rules[].scope", Text("*")),
    ("webhooks[].clientConfig.service.port", Number(443)),
];
const POLICY: &[Rule] = &[("spec.failurePolicy", Text("Fail"))];
/// Below `spec.matchConstraints` or `spec.matchResources`.
const MATCH: &[Rule] = &[
    ("matchPolicy", Text("Equivalent")),
    ("namespaceSelector", Empty),
    ("objectSelector", Empty),
    ("resourceRules[].scope", Text("*")),
    ("excludeResourceRules[].scope", Text("*")),
];
const CSI_DRIVER: &[Rule] = &[
    ("spec.attachRequired", Flag(true)),
    ("spec.podInfoOnMount", Flag(false)),
    ("spec.storageCapacity", Flag(false)),
    ("spec.fsGroupPolicy", Text("ReadWriteOnceWithFSType")),
    ("spec.requiresRepublish", Flag(false)),
    ("spec.seLinuxMount", Flag(false)),
];
const PRIORITY_LEVEL: &[Rule] = &[
    ("spec.limited.nominalConcurrencyShares", Number(30)),
    ("spec.limited.lendablePercent", Number(0)),
    ("spec.limited.limitResponse.queuing.queues", Positive(64)),
    ("spec.limited.limitResponse.queuing.handSize", Positive(8)),
    ("spec.limited.limitResponse.queuing.queueLengthLimit", Positive(50)),
    ("spec.exempt.nominalConcurrencyShares", Number(0)),
    ("spec.exempt.lendablePercent", Number(0)),
];
const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn set(group: &str, kind: &str, object: &mut Value) {
    match (group, kind) {
        ("admissionregistration.k8s.io", kind) => admission(kind, object),
        ("networking.k8s.io", "NetworkPolicy") => network_policy(object),
        ("networking.k8s.io", "IngressClass") => fill(object, &[("spec.parameters.scope", Text("Cluster"))]),
        (GROUP, "RoleBinding" | "ClusterRoleBinding") => binding(object),
        ("scheduling.k8s.io", "PriorityClass") => {
            fill(object, &[("preemptionPolicy", Text("PreemptLowerPriority"))]);
        }
        ("storage.k8s.io", kind) => storage(kind, object),
        ("discovery.k8s.io", "EndpointSlice") => {
            fill(object, &[("ports[].name", Text("")), ("ports[].protocol", Text("TCP"))]);
        }
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => {
            fill(object, &[("spec.matchingPrecedence", Positive(1000))]);
        }
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") => fill(object, PRIORITY_LEVEL),
        ("resource.k8s.io", kind) => claims(kind, object),
        ("node.k8s.io", "RuntimeClass") => super::round_resources(object, &["overhead.podFixed"]),
        ("apiregistration.k8s.io", "APIService") => fill(object, &[("spec.service.port", Number(443))]),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        ("authentication.k8s.io", "TokenRequest") => {
            fill(object, &[("spec.expirationSeconds", Number(3600))])
        }
        _ => {}
    }
}

fn admission(kind: &str, object: &mut Value) {
    match kind {
        "ValidatingWebhookConfiguration" => fill(object, WEBHOOK),
        "MutatingWebhookConfiguration" => {
            fill(object, WEBHOOK);
            fill(object, &[("webhooks[].reinvocationPolicy", Text("Never"))]);
        }
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => fill(object, POLICY),
        _ => {}
    }
    for matched in ["/spec/matchConstraints", "/spec/matchResources"] {
        if let Some(matched) = object.pointer_mut(matched) {
            fill(matched, MATCH);
        }
    }
}

fn network_policy(object: &mut Value) {
    let protocols: &[Rule] =
        &[("spec.ingress[].ports[].protocol", Text("TCP")), ("spec.egress[].ports[].protocol", Text("TCP"))];
    fill(object, protocols);
    let Some(Value::Object(spec)) = object.get_mut("spec") else { return };
    let outgoing = spec.get("egress").is_some();
    let types = if outgoing { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    spec.entry("policyTypes").or_insert(types);
}

fn binding(object: &mut Value) {
    fill(object, &[("roleRef.apiGroup", Text(GROUP))]);
    visit(object, "subjects[].apiGroup", &mut |subject: &mut Map<String, Value>, key| {
        let person = subject.get("kind").is_some_and(|kind| kind == "User" || kind == "Group");
        if person && !subject.contains_key(key) {
            subject.insert(key.to_owned(), GROUP.into());
        }
    });
}

fn storage(kind: &str, object: &mut Value) {
    match kind {
        "StorageClass" => {
            fill(object, &[("reclaimPolicy", Text("Delete")), ("volumeBindingMode", Text("Immediate"))])
        }
        "CSIDriver" => {
            fill(object, CSI_DRIVER);
            if let Some(Value::Object(spec)) = object.get_mut("spec") {
                spec.entry("volumeLifecycleModes").or_insert(json!(["Persistent"]));
            }
        }
        "VolumeAttachment" => {
            if let Some(spec) = object.pointer_mut("/spec/source/inlineVolumeSpec") {
                fill(spec, super::pod::SOURCES);
            }
        }
        _ => {}
    }
}

fn claims(kind: &str, object: &mut Value) {
    let requests = match kind {
        "ResourceClaim" => "spec.devices.requests[]",
        "ResourceClaimTemplate" => "spec.spec.devices.requests[]",
        _ => return,
    };
    for request in ["exactly.count", "firstAvailable[].count"] {
        visit(object, &format!("{requests}.{request}"), &mut |request: &mut Map<String, Value>, _| {
            request.entry("allocationMode").or_insert("ExactCount".into());
            if request.get("allocationMode").is_some_and(|mode| mode == "ExactCount") {
                request.entry("count").or_insert(1.into());
            }
        });
    }
}

/// `SetDefaults_CustomResourceDefinition`.
fn definition(object: &mut Value) {
    fill(object, &[("spec.conversion", Empty), ("spec.conversion.strategy", Text("None"))]);
    fill(object, &[("spec.conversion.webhook.clientConfig.service.port", Number(443))]);
    let singular = object.pointer("/spec/names/kind").and_then(Value::as_str).map(str::to_lowercase);
    if let Some(Value::Object(names)) = object.pointer_mut("/spec/names") {
        let kind = names.get("kind").and_then(Value::as_str).unwrap_or_default();
        let list = if kind.is_empty() { String::new() } else { format!("{kind}List") };
        if let Some(singular) = singular.filter(|singular| !singular.is_empty()) {
            names.entry("singular").or_insert(singular.into());
        }
        if !list.is_empty() {
            names.entry("listKind").or_insert(list.into());
        }
    }
    let versions = object.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    let mut storage = versions.filter(|version| version.get("storage") == Some(&Value::Bool(true)));
    let name = storage.next().and_then(|version| version.get("name")).cloned();
    if let (Some(name), Some(Value::Object(status))) = (name, object.get_mut("status"))
        && status.get("storedVersions").is_none_or(Value::is_null)
    {
        status.insert("storedVersions".to_owned(), json!([name]));
    }
}
