//! Defaults of services: `SetDefaults_Service`.

use super::{Rule, Text, fill, is};
use serde_json::{Value, json};

const SPEC: &[Rule] =
    &[("sessionAffinity", Text("None")), ("type", Text("ClusterIP")), ("ports[].protocol", Text("TCP"))];

/// How long a client stays with a pod, `DefaultClientIPServiceAffinitySeconds`.
const AFFINITY_SECONDS: i64 = 10_800;

pub(super) fn set(object: &mut Value) {
    let Some(spec) = object.get_mut("spec") else { return };
    fill(spec, SPEC);
    affinity(spec);
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let unset = port.get("targetPort").is_none_or(|target| target == &json!(0) || target == "");
        if unset && let Some(number) = port.get("port").cloned() {
            port["targetPort"] = number;
        }
    }
    let load_balancer = is(spec, "/type", "LoadBalancer");
    let outside = load_balancer
        || is(spec, "/type", "NodePort")
        || (is(spec, "/type", "ClusterIP") && spec.get("externalIPs").is_some());
    if outside {
        fill(spec, &[("externalTrafficPolicy", Text("Cluster"))]);
    }
    if ["NodePort", "LoadBalancer", "ClusterIP"].iter().any(|kind| is(spec, "/type", kind)) {
        fill(spec, &[("internalTrafficPolicy", Text("Cluster"))]);
    }
    if load_balancer {
        fill(spec, &[("allocateLoadBalancerNodePorts", super::Flag(true))]);
        let ingress = object.pointer_mut("/status/loadBalancer/ingress").and_then(Value::as_array_mut);
        for address in ingress.into_iter().flatten().filter(|address| address.get("ip").is_some()) {
            fill(address, &[("ipMode", Text("VIP"))]);
        }
    }
}

fn affinity(spec: &mut Value) {
    let by_client = is(spec, "/sessionAffinity", "ClientIP");
    let timed = spec.pointer("/sessionAffinityConfig/clientIP/timeoutSeconds").is_some();
    let Value::Object(spec) = spec else { return };
    if spec.get("sessionAffinity").is_some_and(|affinity| affinity == "None") {
        spec.remove("sessionAffinityConfig");
    }
    if by_client && !timed {
        let config = json!({"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}});
        spec.insert("sessionAffinityConfig".to_owned(), config);
    }
}
