//! Services: `validateService`, `ValidateServiceUpdate`.

use super::{address, internal, pod};
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, labels, texts},
};
use serde_json::json;

/// The most seconds for which a client stays with a pod.
const MAX_AFFINITY_SECONDS: i64 = 86_400;

fn is_headless(spec: &At<'_>) -> bool {
    texts(&spec.get("clusterIPs")) == ["None"]
}

fn is_outside(spec: &At<'_>) -> bool {
    match spec.get("type").text() {
        "NodePort" | "LoadBalancer" => true,
        "ClusterIP" => !spec.get("externalIPs").is_empty(),
        _ => false,
    }
}

/// `ValidateServiceUpdate`, beyond metadata and what creation checks too.
pub(super) fn update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (kind, before) = (new.get("type").text(), old.get("type").text());
    let by_name = kind == "ExternalName" || before == "ExternalName";
    let headless = is_headless(new) && is_headless(old);
    if !by_name && !headless {
        let (addresses, were) = (new.get("clusterIPs"), old.get("clusterIPs"));
        let (now, then) = (texts(&addresses), texts(&were));
        let at = |index: usize| format!("spec.clusterIPs[{index}]");
        if now.is_empty() && !then.is_empty() {
            errors.push(Error::invalid(at(0), json!(now), "primary clusterIP can not be unset"));
        }
        for (index, (now_one, then_one)) in now.iter().zip(&then).enumerate() {
            if now_one != then_one {
                errors.push(Error::invalid(at(index), json!(now), "may not change once set"));
            }
        }
    }
    if !by_name && !is_headless(new) && !is_headless(old) {
        let (now, then) = (texts(&new.get("ipFamilies")), texts(&old.get("ipFamilies")));
        for _ in now.iter().zip(&then).filter(|(now, then)| now != then) {
            errors.push(Error::invalid("spec.ipFamilies[0]", json!(now), "may not change once set"));
        }
    }
    let (class, was) = (new.get("loadBalancerClass"), old.get("loadBalancerClass"));
    if kind == "LoadBalancer" && before == "LoadBalancer" && class.value != was.value {
        errors.push(class.invalid("may not change once set"));
    }
    balancer_class(new, errors);
    if has_health_check(new)
        && has_health_check(old)
        && new.get("healthCheckNodePort").value != old.get("healthCheckNodePort").value
    {
        errors.push(new.get("healthCheckNodePort").forbidden("field is immutable"));
    }
}

fn has_health_check(spec: &At<'_>) -> bool {
    spec.get("type").text() == "LoadBalancer" && spec.get("externalTrafficPolicy").text() == "Local"
}

/// `validateService`.
pub(super) fn validate(service: &At<'_>, errors: &mut Errors) {
    let spec = service.get("spec");
    let kind = spec.get("type").text();
    if spec.get("ports").is_empty() && !is_headless(&spec) && kind != "ExternalName" {
        errors.push(spec.get("ports").required(""));
    }
    by_type(&spec, kind, errors);
    ports(&spec, errors);
    labels(&spec.get("selector"), errors);
    affinity(&spec, errors);
    cluster_addresses(&spec, errors);
    for address in spec.get("externalIPs").items() {
        external_address(&address, errors);
    }
    let kinds = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    spec.get("type").one_of(&kinds, errors);
    port_conflicts(&spec, kind, errors);
    source_ranges(&spec, kind, errors);
    let automatic = spec.get("allocateLoadBalancerNodePorts");
    if automatic.is_set() && kind != "LoadBalancer" {
        errors.push(automatic.forbidden("may only be used when `type` is 'LoadBalancer'"));
    }
    balancer_class(&spec, errors);
    traffic(&spec, kind, errors);
}

fn by_type(spec: &At<'_>, kind: &str, errors: &mut Errors) {
    match kind {
        "LoadBalancer" | "NodePort" if is_headless(spec) => {
            let detail = format!("may not be set to 'None' for {kind} services");
            errors.push(Error::invalid("spec.clusterIPs[0]", "None", detail));
        }
        "ExternalName" => {
            for key in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if !spec.get(key).is_empty() {
                    errors.push(spec.get(key).forbidden("may not be set for ExternalName services"));
                }
            }
            let name = spec.get("externalName");
            let host = name.text().strip_suffix('.').unwrap_or(name.text());
            if host.is_empty() {
                errors.push(name.required(""));
            } else {
                let faults = names::dns_subdomain(host).into_iter();
                errors.extend(faults.map(|fault| Error::invalid(&name.path, host, fault)));
            }
        }
        _ => {}
    }
}

fn ports(spec: &At<'_>, errors: &mut Errors) {
    let ports = spec.get("ports").items();
    let mut known: Vec<&str> = Vec::new();
    for port in &ports {
        let name = port.get("name");
        if name.is_empty() {
            if ports.len() > 1 {
                errors.push(name.required(""));
            }
        } else {
            name.obeys(names::dns_label, errors);
            if known.contains(&name.text()) {
                errors.push(name.duplicate());
            } else {
                known.push(name.text());
            }
        }
        port.get("port").between(1, 65535, errors);
        port.get("protocol").one_of(&["SCTP", "TCP", "UDP"], errors);
        pod::port(&port.get("targetPort"), errors);
        if port.get("appProtocol").is_set() {
            port.get("appProtocol").obeys(names::qualified, errors);
        }
    }
}

fn affinity(spec: &At<'_>, errors: &mut Errors) {
    let (affinity, config) = (spec.get("sessionAffinity"), spec.get("sessionAffinityConfig"));
    if affinity.is_empty() {
        errors.push(affinity.required(""));
    } else {
        affinity.one_of(&["ClientIP", "None"], errors);
    }
    let seconds = config.at("clientIP.timeoutSeconds");
    match affinity.text() {
        "ClientIP" if !seconds.is_set() => {
            errors.push(seconds.required("when session affinity type is ClientIP"));
        }
        "ClientIP" if seconds.number() <= 0 || seconds.number() > MAX_AFFINITY_SECONDS => {
            let detail = format!("must be greater than 0 and less than {MAX_AFFINITY_SECONDS}");
            errors.push(seconds.invalid(detail));
        }
        "None" if config.is_set() => {
            errors.push(config.forbidden("must not be set when session affinity is None"));
        }
        _ => {}
    }
}

/// `ValidateServiceClusterIPsRelatedFields`.
pub(in super::super) fn cluster_addresses(spec: &At<'_>, errors: &mut Errors) {
    if spec.get("type").text() == "ExternalName" {
        return;
    }
    let (own, many) = (spec.get("clusterIP"), spec.get("clusterIPs"));
    let list = texts(&many);
    match (own.text(), list.first()) {
        ("", Some(_)) => errors.push(many.invalid("must be empty when `clusterIP` is not specified")),
        ("", None) => {}
        (_, None) => errors.push(many.required("")),
        (own, Some(first)) if own != *first => {
            errors.push(many.invalid("first value must match `clusterIP`"));
        }
        _ => {}
    }
    let families = spec.get("ipFamilies");
    let mut seen: Vec<&str> = Vec::new();
    for family in families.items() {
        family.one_of(&["IPv4", "IPv6"], errors);
        if seen.contains(&family.text()) {
            errors.push(family.duplicate());
        }
        seen.push(family.text());
    }
    if spec.get("ipFamilyPolicy").is_set() {
        let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
        spec.get("ipFamilyPolicy").one_of(&policies, errors);
    }
    let before = errors.len();
    for (index, address) in many.items().iter().enumerate() {
        if index == 0 && address.text() == "None" {
            if list.len() > 1 {
                errors.push(many.invalid("'None' must be the first and only value"));
            }
            continue;
        }
        address::legacy_ip(address, errors);
    }
    let wrong = errors.len() > before;
    if list.len() > 2 {
        errors.push(many.invalid("may only hold up to 2 values"));
    }
    if wrong {
        return;
    }
    let six = |text: &str| address::sloppy(text).is_some_and(|address| address.is_ipv6());
    if let [first, second, ..] = list.as_slice()
        && six(first) == six(second)
    {
        errors.push(many.invalid("may specify no more than one IP for each IP family"));
    }
    if !is_headless(spec) {
        for (index, (address, family)) in many.items().iter().zip(&seen).enumerate() {
            if (*family == "IPv6") != six(address.text()) {
                let detail = format!("expected an {family} value as indicated by `ipFamilies[{index}]`");
                errors.push(address.invalid(detail));
            }
        }
    }
}

/// An address of a service outside the cluster.
fn external_address(at: &At<'_>, errors: &mut Errors) {
    let before = errors.len();
    address::legacy_ip(at, errors);
    if errors.len() == before {
        reachable(at, errors);
    }
}

/// `ValidateEndpointIP`: some addresses cannot be reached from elsewhere.
pub(super) fn reachable(at: &At<'_>, errors: &mut Errors) {
    let Some(address) = address::sloppy(at.text()) else { return };
    let (local, linked) = match address {
        std::net::IpAddr::V4(own) => (own.is_link_local(), own.octets().starts_with(&[224, 0, 0])),
        std::net::IpAddr::V6(own) => (own.is_unicast_link_local(), own.octets().starts_with(&[0xff, 0x02])),
    };
    let mut refuse = |wrong: bool, detail: &str| {
        if wrong {
            errors.push(at.invalid(detail));
        }
    };
    refuse(address.is_unspecified(), &format!("may not be unspecified ({})", at.text()));
    refuse(address.is_loopback(), "may not be in the loopback range (127.0.0.0/8, ::1/128)");
    refuse(local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    refuse(linked, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

fn port_conflicts(spec: &At<'_>, kind: &str, errors: &mut Errors) {
    let ports = spec.get("ports").items();
    if kind == "ClusterIP" {
        for port in ports.iter().filter(|port| port.get("nodePort").number() != 0) {
            errors.push(port.get("nodePort").forbidden("may not be used when `type` is 'ClusterIP'"));
        }
    }
    let mut known: Vec<(&str, i64)> = Vec::new();
    for port in ports.iter().filter(|port| port.get("nodePort").number() != 0) {
        let key = (port.get("protocol").text(), port.get("nodePort").number());
        if known.contains(&key) {
            errors.push(port.get("nodePort").duplicate());
        }
        known.push(key);
    }
    known.clear();
    for port in &ports {
        let key = (port.get("protocol").text(), port.get("port").number());
        if known.contains(&key) {
            errors.push(internal::duplicate_port(port, key.0, key.1));
        }
        known.push(key);
    }
}

fn source_ranges(spec: &At<'_>, kind: &str, errors: &mut Errors) {
    let ranges = spec.get("loadBalancerSourceRanges");
    if ranges.is_empty() {
        return;
    }
    let shown = spec.get("LoadBalancerSourceRanges");
    if kind != "LoadBalancer" {
        errors.push(shown.forbidden("may only be used when `type` is 'LoadBalancer'"));
    }
    for (index, range) in ranges.items().iter().enumerate() {
        let text = json!(range.text().trim());
        address::legacy_range(&At { value: &text, path: format!("{}[{index}]", shown.path) }, errors);
    }
}

fn balancer_class(spec: &At<'_>, errors: &mut Errors) {
    let class = spec.get("loadBalancerClass");
    if !class.is_set() {
        return;
    }
    if spec.get("type").text() == "LoadBalancer" {
        class.obeys(names::qualified, errors);
    } else {
        errors.push(class.forbidden("may only be used when `type` is 'LoadBalancer'"));
    }
}

fn traffic(spec: &At<'_>, kind: &str, errors: &mut Errors) {
    let external = spec.get("externalTrafficPolicy");
    if is_outside(spec) {
        if external.is_empty() {
            errors.push(external.required(""));
        } else {
            external.one_of(&["Cluster", "Local"], errors);
        }
    } else if !external.is_empty() {
        errors.push(external.invalid("may only be set for externally-accessible services"));
    }
    let health = spec.get("healthCheckNodePort");
    match (has_health_check(spec), health.number()) {
        (false, 0) => {}
        (false, _) => {
            let detail =
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            errors.push(health.invalid(detail));
        }
        (true, 0) => errors.push(health.required("")),
        (true, _) => health.between(1, 65535, errors),
    }
    let inner = spec.get("internalTrafficPolicy");
    if inner.is_set() {
        inner.one_of(&["Cluster", "Local"], errors);
    } else if matches!(kind, "NodePort" | "LoadBalancer" | "ClusterIP") {
        errors.push(inner.required(""));
    }
    let distribution = spec.get("trafficDistribution");
    if distribution.is_set() {
        distribution.one_of(&["PreferClose", "PreferSameZone", "PreferSameNode"], errors);
    }
}
