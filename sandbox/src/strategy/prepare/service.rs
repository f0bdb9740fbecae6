//! What a service loses when its type changes and the user did not touch it: `dropTypeDependentFields`.

use serde_json::{Map, Value};

fn text<'a>(spec: &'a Map<String, Value>, key: &str) -> &'a str {
    spec.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn has_node_ports(spec: &Map<String, Value>) -> bool {
    matches!(text(spec, "type"), "NodePort" | "LoadBalancer")
}

fn has_health_check(spec: &Map<String, Value>) -> bool {
    text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local"
}

/// Whether a service is reachable from outside the cluster: `ExternallyAccessible`.
fn is_outside(spec: &Map<String, Value>) -> bool {
    let addresses = spec.get("externalIPs").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    has_node_ports(spec) || (text(spec, "type") == "ClusterIP" && addresses)
}

fn node_ports(spec: &Map<String, Value>) -> Vec<i64> {
    let ports = spec.get("ports").and_then(Value::as_array).into_iter().flatten();
    ports.filter_map(|port| port.get("nodePort")?.as_i64()).filter(|port| *port != 0).collect()
}

pub(super) fn drop_what_the_type_lacks(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    let empty = Map::new();
    let before = old.get("spec").and_then(Value::as_object).unwrap_or(&empty);
    let Some(Value::Object(spec)) = new.get_mut("spec") else { return };
    let same = |spec: &Map<String, Value>, key: &str| spec.get(key) == before.get(key);
    if text(before, "type") != "ExternalName" && text(spec, "type") == "ExternalName" {
        if same(spec, "clusterIP") && same(spec, "clusterIPs") {
            spec.remove("clusterIP");
            spec.remove("clusterIPs");
        }
        for key in ["ipFamilies", "ipFamilyPolicy"] {
            if same(spec, key) {
                spec.remove(key);
            }
        }
    }
    let known = node_ports(before);
    if has_node_ports(before)
        && !has_node_ports(spec)
        && node_ports(spec).iter().all(|port| known.contains(port))
    {
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(port) = port {
                port.remove("nodePort");
            }
        }
    }
    if has_health_check(before) && !has_health_check(spec) && same(spec, "healthCheckNodePort") {
        spec.remove("healthCheckNodePort");
    }
    if text(before, "type") == "LoadBalancer" && text(spec, "type") != "LoadBalancer" {
        for key in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if same(spec, key) {
                spec.remove(key);
            }
        }
    }
    if is_outside(before) && !is_outside(spec) && same(spec, "externalTrafficPolicy") {
        spec.remove("externalTrafficPolicy");
    }
    if text(spec, "type") != "LoadBalancer"
        && let Some(Value::Object(status)) = new.get_mut("status")
    {
        status.remove("loadBalancer");
    }
}

/// Services by name have no traffic of their own: `defaultOnReadInternalTrafficPolicy`.
pub(super) fn drop_policy_of_names(service: &mut Map<String, Value>) {
    if let Some(Value::Object(spec)) = service.get_mut("spec")
        && text(spec, "type") == "ExternalName"
    {
        spec.remove("internalTrafficPolicy");
    }
}
