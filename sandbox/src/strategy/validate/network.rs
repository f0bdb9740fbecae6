//! Ingresses, IngressClasses, NetworkPolicies, EndpointSlices, Endpoints: `pkg/apis/networking/validation` and others.

use super::{address, internal, pod, service};
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, selector},
};

const ONE_BACKEND: &str = "resource or service backend is required";

/// `ValidateIngressSpec`.
pub(super) fn ingress(spec: &At<'_>, errors: &mut Errors) {
    let (rules, backend) = (spec.get("rules"), spec.get("defaultBackend"));
    if rules.is_empty() && !backend.is_set() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.push(Error::invalid(&spec.path, serde_json::Value::Null, detail));
    }
    if backend.is_set() {
        self::backend(&backend, errors);
    }
    for rule in rules.items() {
        host(&rule.get("host"), true, errors);
        let http = rule.get("http");
        if !http.is_set() {
            continue;
        }
        if http.get("paths").is_empty() {
            errors.push(http.get("paths").required(""));
        }
        for path in http.get("paths").items() {
            self::path(&path, errors);
        }
    }
    for tls in spec.get("tls").items() {
        for name in tls.get("hosts").items() {
            host(&name, false, errors);
        }
        let secret = tls.get("secretName");
        if !secret.is_empty() {
            secret.obeys(names::dns_subdomain, errors);
        }
    }
    if spec.get("ingressClassName").is_set() {
        spec.get("ingressClassName").obeys(names::dns_subdomain, errors);
    }
}

/// The host of a rule, which may be left out, or of a certificate.
fn host(host: &At<'_>, of_rule: bool, errors: &mut Errors) {
    if of_rule && host.is_empty() {
        return;
    }
    if of_rule && address::sloppy(host.text()).is_some() {
        errors.push(host.invalid("must be a DNS name, not an IP address"));
    }
    if host.text().contains('*') {
        host.obeys(names::wildcard_subdomain, errors);
    } else {
        host.obeys(names::dns_subdomain, errors);
    }
}

fn path(path: &At<'_>, errors: &mut Errors) {
    let (kind, text) = (path.get("pathType"), path.get("path"));
    if !kind.is_set() {
        return errors.push(kind.required("pathType must be specified"));
    }
    match kind.text() {
        "Exact" | "Prefix" => {
            if !text.text().starts_with('/') {
                errors.push(text.invalid_text("must be an absolute path"));
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.text().contains(part) {
                    errors.push(text.invalid(format!("must not contain '{part}'")));
                }
            }
            for end in ["/..", "/."] {
                if text.text().ends_with(end) {
                    errors.push(text.invalid(format!("cannot end with '{end}'")));
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.text().starts_with('/') {
                errors.push(text.invalid("must be an absolute path"));
            }
        }
        _ => errors.push(kind.not_supported(&["Exact", "ImplementationSpecific", "Prefix"])),
    }
    backend(&path.get("backend"), errors);
}

fn backend(backend: &At<'_>, errors: &mut Errors) {
    let (resource, service) = (backend.get("resource"), backend.get("service"));
    match (resource.is_set(), service.is_set()) {
        (true, true) => {
            let detail = "cannot set both resource and service backends";
            errors.push(Error::invalid(&backend.path, "", detail));
        }
        (true, false) => reference(&resource, errors),
        (false, true) => {
            service.get("name").named(names::dns_label, errors);
            let (name, number) = (service.at("port.name"), service.at("port.number"));
            match (name.is_empty(), number.number()) {
                (true, 0) => errors.push(backend.required("port name or number is required")),
                (true, _) => number.between(1, 65535, errors),
                (false, 0) => name.obeys(names::port_name, errors),
                (false, _) => {
                    let detail = "cannot set both port name & port number";
                    errors.push(Error::invalid(&backend.path, "", detail));
                }
            }
        }
        (false, false) => errors.push(Error::invalid(&backend.path, "", ONE_BACKEND)),
    }
}

/// A reference to an object of a group, by kind and name.
fn reference(reference: &At<'_>, errors: &mut Errors) {
    if reference.get("apiGroup").is_set() {
        reference.get("apiGroup").obeys(names::dns_subdomain, errors);
    }
    for key in ["kind", "name"] {
        reference.get(key).named(names::path_segment, errors);
    }
}

/// A class named in an annotation and in the specification must be one.
pub(super) fn new_ingress(object: &At<'_>, errors: &mut Errors) {
    let annotation = object.at("metadata.annotations").value.get("kubernetes.io/ingress.class");
    let class = object.at("spec.ingressClassName");
    if let Some(annotation) = annotation
        && class.is_set()
        && annotation != class.value
    {
        let detail = "must match `ingressClassName` when both are specified";
        errors.push(Error::invalid("annotations.kubernetes.io/ingress.class", annotation.clone(), detail));
    }
}

/// `validateIngressClassSpec`.
pub(super) fn ingress_class(spec: &At<'_>, errors: &mut Errors) {
    const MAX_CONTROLLER: usize = 250;
    let controller = spec.get("controller");
    if controller.len() > MAX_CONTROLLER {
        errors.push(Error::too_long(&controller.path, 250));
    }
    domain_prefixed(&controller, errors);
    let parameters = spec.get("parameters");
    if !parameters.is_set() {
        return;
    }
    reference(&parameters, errors);
    let (scope, namespace) = (parameters.get("scope"), parameters.get("namespace"));
    scope.one_of(&["Cluster", "Namespace"], errors);
    match (scope.text(), namespace.is_set()) {
        ("Namespace", false) => {
            errors.push(namespace.required("`parameters.scope` is set to 'Namespace'"));
        }
        ("Cluster", true) => {
            errors.push(namespace.forbidden("`parameters.scope` is set to 'Cluster'"));
        }
        _ => {}
    }
}

/// `IsDomainPrefixedPath`.
pub(super) fn domain_prefixed(at: &At<'_>, errors: &mut Errors) {
    if at.is_empty() {
        return errors.push(at.required(""));
    }
    match at.text().split_once('/') {
        Some((host, path)) if !host.is_empty() && !path.is_empty() => {
            let faults = names::dns_subdomain(host).into_iter();
            errors.extend(faults.map(|fault| Error::invalid(&at.path, host, fault)));
        }
        _ => errors.push(at.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")")),
    }
}

/// `ValidateNetworkPolicySpec`.
pub(super) fn policy(spec: &At<'_>, errors: &mut Errors) {
    selector(&spec.get("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(direction).items() {
            for port in rule.get("ports").items() {
                policy_port(&port, errors);
            }
            for peer in rule.get(peers).items() {
                self::peer(&peer, errors);
            }
        }
    }
    let types = spec.get("policyTypes");
    if types.len() > 2 {
        return errors.push(types.invalid("may not specify more than two policyTypes"));
    }
    for kind in types.items() {
        kind.one_of(&["Ingress", "Egress"], errors);
    }
}

fn policy_port(port: &At<'_>, errors: &mut Errors) {
    let (own, end, protocol) = (port.get("port"), port.get("endPort"), port.get("protocol"));
    if protocol.is_set() {
        protocol.one_of(&["TCP", "UDP", "SCTP"], errors);
    }
    if own.value.is_string() {
        if end.is_set() {
            errors.push(end.invalid("may not be specified when `port` is non-numeric"));
        }
        own.obeys(names::port_name, errors);
    } else if own.is_set() {
        own.between(1, 65535, errors);
        if end.is_set() {
            if end.number() < own.number() {
                let detail = "must be greater than or equal to `port`";
                errors.push(Error::invalid(&end.path, own.number(), detail));
            }
            end.between(1, 65535, errors);
        }
    } else if end.is_set() {
        errors.push(end.invalid("may not be specified when `port` is not specified"));
    }
}

fn peer(peer: &At<'_>, errors: &mut Errors) {
    let mut count = 0;
    for key in ["podSelector", "namespaceSelector"] {
        if peer.get(key).is_set() {
            count += 1;
            selector(&peer.get(key), errors);
        }
    }
    let block = peer.get("ipBlock");
    if block.is_set() {
        count += 1;
        self::block(&block, errors);
    }
    if count == 0 {
        errors.push(peer.required("must specify a peer"));
    } else if count > 1 && block.is_set() {
        errors.push(peer.forbidden("may not specify both ipBlock and another peer"));
    }
}

fn block(block: &At<'_>, errors: &mut Errors) {
    let whole = block.get("cidr");
    if whole.is_empty() {
        return errors.push(whole.required(""));
    }
    address::legacy_range(&whole, errors);
    let Some((first, bits)) = address::range(whole.text()) else { return };
    for except in block.get("except").items() {
        address::legacy_range(&except, errors);
        if let Some((own, own_bits)) = address::range(except.text())
            && (!address::within(own, first, bits) || bits >= own_bits)
        {
            errors.push(except.invalid("must be a strict subset of `cidr`"));
        }
    }
}

/// `ValidateEndpointSlice`, beyond metadata.
pub(super) fn endpoint_slice(slice: &At<'_>, errors: &mut Errors) {
    const MAX_ENDPOINTS: usize = 1000;
    const MAX_ADDRESSES: usize = 100;
    let kind = slice.get("addressType");
    if kind.is_empty() {
        errors.push(kind.required(""));
    } else {
        kind.one_of(&["FQDN", "IPv4", "IPv6"], errors);
    }
    slice_ports(&slice.get("ports"), errors);
    let endpoints = slice.get("endpoints");
    if endpoints.len() > MAX_ENDPOINTS {
        return errors.push(Error::too_many(&endpoints.path, i64::try_from(endpoints.len()).ok(), 1000));
    }
    for endpoint in endpoints.items() {
        let addresses = endpoint.get("addresses");
        if addresses.is_empty() {
            errors.push(addresses.required("must contain at least 1 address"));
        } else if addresses.len() > MAX_ADDRESSES {
            errors.push(Error::too_many(&addresses.path, i64::try_from(addresses.len()).ok(), 100));
        }
        for at in addresses.items() {
            slice_address(&at, kind.text(), errors);
        }
        if endpoint.get("nodeName").is_set() {
            endpoint.get("nodeName").obeys(names::dns_subdomain, errors);
        }
        if endpoint.get("hostname").is_set() {
            endpoint.get("hostname").obeys(names::dns_label, errors);
        }
    }
}

fn slice_address(at: &At<'_>, kind: &str, errors: &mut Errors) {
    match kind {
        "IPv4" | "IPv6" => {
            let before = errors.len();
            address::legacy_ip(at, errors);
            if errors.len() > before {
                return;
            }
            let six = address::sloppy(at.text()).is_some_and(|own| own.is_ipv6());
            if six != (kind == "IPv6") {
                // This message names the list.
                let list = at.path.rsplit_once('[').map_or(at.path.as_str(), |(list, _)| list);
                errors.push(Error::invalid(list, at.text(), format!("must be an {kind} address")));
            }
            service::reachable(at, errors);
        }
        "FQDN" => at.obeys(names::dns_subdomain, errors),
        _ => {}
    }
}

fn slice_ports(ports: &At<'_>, errors: &mut Errors) {
    let mut known: Vec<&str> = Vec::new();
    for port in ports.items() {
        let name = port.get("name");
        if !name.is_empty() {
            name.obeys(names::dns_label, errors);
        }
        if known.contains(&name.text()) {
            errors.push(name.duplicate());
        }
        known.push(name.text());
        if !port.get("protocol").is_set() {
            errors.push(port.get("protocol").required(""));
        } else {
            port.get("protocol").one_of(&["SCTP", "TCP", "UDP"], errors);
        }
        if port.get("appProtocol").is_set() {
            port.get("appProtocol").obeys(names::qualified, errors);
        }
    }
}

/// `ValidateEndpoints`, beyond metadata.
pub(super) fn endpoints(object: &At<'_>, errors: &mut Errors) {
    for subset in object.get("subsets").items() {
        if subset.get("addresses").is_empty() && subset.get("notReadyAddresses").is_empty() {
            errors.push(subset.required("must specify `addresses` or `notReadyAddresses`"));
        }
        for list in ["addresses", "notReadyAddresses"] {
            for own in subset.get(list).items() {
                address::legacy_ip(&own.get("ip"), errors);
                if !own.get("hostname").is_empty() {
                    own.get("hostname").obeys(names::dns_label, errors);
                }
                service::reachable(&own.get("ip"), errors);
            }
        }
        let ports = subset.get("ports");
        for port in ports.items() {
            if port.get("name").is_empty() {
                if ports.len() > 1 {
                    errors.push(port.get("name").required(""));
                }
            } else {
                port.get("name").obeys(names::dns_label, errors);
            }
            port.get("port").between(1, 65535, errors);
            port.get("protocol").one_of(&["SCTP", "TCP", "UDP"], errors);
        }
    }
}

/// `ValidateNode`: its taints.
pub(super) fn node(object: &At<'_>, errors: &mut Errors) {
    let mut known: Vec<(&str, &str)> = Vec::new();
    for taint in At::new(object.at("spec.taints").value, "metadata.taints").items() {
        let (key, effect) = (taint.get("key"), taint.get("effect"));
        key.obeys(names::qualified, errors);
        let faults = names::label_value(taint.get("value").text());
        if !faults.is_empty() {
            errors.push(taint.get("value").invalid_text(faults.join(";")));
        }
        if effect.is_empty() {
            errors.push(effect.required(""));
        } else {
            pod::taint_effect(&effect, errors);
        }
        let own = (key.text(), effect.text());
        if known.contains(&own) {
            let detail = "taints must be unique by key and effect pair";
            errors.push(internal::duplicate(&taint, "core.Taint", detail));
        }
        known.push(own);
    }
}
