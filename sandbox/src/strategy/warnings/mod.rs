//! Warnings: `WarningsOnCreate` and `WarningsOnUpdate` of the strategies.

mod pod;

use super::{
    check::At,
    validate::address::{first, range, sloppy},
};
use crate::{kinds::Resource, object::names};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use serde_json::Value;

/// What the server says of every request for a resource that is to go away.
pub(super) fn deprecation(resource: &Resource) -> Option<&'static str> {
    match (resource.gvr.group.as_str(), resource.gvr.version.as_str(), resource.kind.as_str()) {
        ("", "v1", "Endpoints") => {
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        }
        ("", "v1", "ComponentStatus") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}

/// All that is worth a warning, each text once.
pub(super) fn of(resource: &Resource, new: &Value, old: Option<&Value>) -> Vec<String> {
    let at = At::new(new, "");
    let mut warnings = Vec::new();
    let generation = |object: &Value| object.pointer("/metadata/generation").cloned();
    let changed = old.is_none_or(|old| generation(old) != generation(new));
    if old.is_none() {
        host_name(resource, &at, &mut warnings);
    }
    match (resource.gvr.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") if old.is_none() => pod::template(&at, &mut warnings),
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet")
        | ("batch", "Job")
        | ("", "ReplicationController")
            if changed =>
        {
            pod::template(&at.at("spec.template"), &mut warnings);
        }
        ("batch", "CronJob") if changed => {
            pod::template(&at.at("spec.jobTemplate.spec.template"), &mut warnings);
        }
        ("", kind) => core(kind, &at, &mut warnings),
        ("networking.k8s.io", "Ingress") if old.is_none() => ingress(&at, &mut warnings),
        ("networking.k8s.io", "NetworkPolicy") => policy(&at, &mut warnings),
        _ => {}
    }
    if resource.kind == "StatefulSet" {
        stateful_set(&at, old.is_some(), &mut warnings);
    }
    let mut seen = Vec::new();
    warnings.retain(|warning| {
        let new = !seen.contains(warning);
        seen.push(warning.clone());
        new
    });
    warnings
}

/// Names that are hosts' names too.
fn host_name(resource: &Resource, at: &At<'_>, warnings: &mut Vec<String>) {
    let used = match (resource.gvr.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => "the Pod's hostname",
        ("apps", "Deployment" | "ReplicaSet")
        | ("batch", "Job" | "CronJob")
        | ("", "ReplicationController") => "Pod names and hostnames",
        _ => return,
    };
    let faults = names::dns_label(at.at("metadata.name").text());
    if !faults.is_empty() {
        warnings.push(format!(
            "metadata.name: this is used in {used}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            faults.join(" ")
        ));
    }
}

fn core(kind: &str, at: &At<'_>, warnings: &mut Vec<String>) {
    match kind {
        "Service" => service(at, warnings),
        "PersistentVolumeClaim" => {
            let class = at.at("metadata.annotations").key("volume.beta.kubernetes.io/storage-class");
            if class.is_set() {
                warnings.push(format!(
                    "{}: deprecated since v1.8; use \"storageClassName\" attribute instead",
                    class.path
                ));
            }
            claim(&at.get("spec"), warnings);
        }
        "PersistentVolume" => {
            let policy = at.at("spec.persistentVolumeReclaimPolicy");
            if policy.text() == "Recycle" {
                warnings.push(format!(
                    "{}: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
                    policy.path
                ));
            }
        }
        "Secret" if at.get("type").text() == "kubernetes.io/tls" => certificate(at, warnings),
        "ServiceAccount" => {
            let enforced = at.at("metadata.annotations").key("kubernetes.io/enforce-mountable-secrets");
            if enforced.is_set() {
                warnings.push(format!(
                    "{}: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets",
                    enforced.path
                ));
            }
        }
        _ => {}
    }
}

/// The first thing that is wrong with a key pair, as far as its form goes: `tls.X509KeyPair`.
fn certificate(at: &At<'_>, warnings: &mut Vec<String>) {
    for (key, what) in [("tls.crt", "certificate"), ("tls.key", "key")] {
        let content = BASE64.decode(at.get("data").key(key).text()).unwrap_or_default();
        let marked = content.windows(11).any(|window| window == b"-----BEGIN ");
        if !marked {
            warnings.push(format!("tls: failed to find any PEM data in {what} input"));
            return;
        }
    }
}

/// Amounts of bytes that are not whole.
pub(super) fn fraction(at: &At<'_>, warnings: &mut Vec<String>) {
    if let Some(quantity) = at.quantity().filter(|quantity| quantity.milli() % 1000 != 0) {
        warnings.push(format!(
            "{}: fractional byte value \"{quantity}\" is invalid, must be an integer",
            at.path
        ));
    }
}

/// A claim's specification.
fn claim(spec: &At<'_>, warnings: &mut Vec<String>) {
    for list in ["requests", "limits"] {
        fraction(&spec.get("resources").get(list).key("storage"), warnings);
    }
}

fn stateful_set(at: &At<'_>, update: bool, warnings: &mut Vec<String>) {
    for claim_template in at.at("spec.volumeClaimTemplates").items() {
        let mut spec = claim_template.get("spec");
        // The paths there are not those of the fields.
        spec.path =
            if update { format!("{}.Spec", claim_template.path) } else { claim_template.path.clone() };
        claim(&spec, warnings);
    }
    if at.at("spec.revisionHistoryLimit").number() < 0 {
        warnings.push(
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
                .to_owned(),
        );
    }
}

fn ingress(at: &At<'_>, warnings: &mut Vec<String>) {
    const CLASS: &str = "kubernetes.io/ingress.class";
    if at.at("metadata.annotations").key(CLASS).is_set() && !at.at("spec.ingressClassName").is_set() {
        warnings
            .push(format!("annotation {CLASS:?} is deprecated, please use 'spec.ingressClassName' instead"));
    }
}

fn policy(at: &At<'_>, warnings: &mut Vec<String>) {
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for peer in at.get("spec").get(direction).items().iter().flat_map(|rule| rule.get(peers).items()) {
            let block = peer.get("ipBlock");
            if block.is_set() {
                network(&block.get("cidr"), warnings);
                block.get("except").items().iter().for_each(|except| network(except, warnings));
            }
        }
    }
}

/// A range whose address is not its first one, `GetWarningsForCIDR`.
fn network(at: &At<'_>, warnings: &mut Vec<String>) {
    let Some((address, bits)) = range(at.text()) else { return };
    let first = first(address, bits);
    let most = if address.is_ipv4() { 32 } else { 128 };
    if first != address {
        warnings.push(format!(
            "{}: CIDR value {:?} is ambiguous in this context (should be \"{first}/{bits}\" or \"{address}/{most}\"?)",
            at.path,
            at.text()
        ));
    }
}

/// An address in a form that other programs may read otherwise, `GetWarningsForIP`.
pub(super) fn address(at: &At<'_>, warnings: &mut Vec<String>) {
    let Some(own) = sloppy(at.text()) else { return };
    let text = at.text();
    if text.parse::<std::net::IpAddr>().is_err() {
        warnings.push(format!("{}: non-standard IP address {text:?} is invalid: use \"{own}\"", at.path));
    } else if own.is_ipv6() && own.to_string() != text {
        warnings.push(format!(
            "{}: IPv6 address {text:?} should be in RFC 5952 canonical format (\"{own}\")",
            at.path
        ));
    }
}

fn service(at: &At<'_>, warnings: &mut Vec<String>) {
    let spec = at.get("spec");
    let kind = spec.get("type").text();
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    if at.at("metadata.annotations").key(HINTS).is_set() {
        warnings.push(format!(
            "annotation {HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead"
        ));
    }
    let headless = kind == "ClusterIP" && spec.get("clusterIP").text() == "None";
    if !headless {
        spec.get("clusterIPs").items().iter().for_each(|own| address(own, warnings));
    }
    let outside = spec.get("externalIPs");
    let mut say = |when: bool, text: &str| {
        if when {
            warnings.push(text.to_owned());
        }
    };
    if headless {
        say(!spec.get("loadBalancerIP").is_empty(), "spec.loadBalancerIP is ignored for headless services");
        say(!outside.is_empty(), "spec.externalIPs is ignored for headless services");
        let affine = spec.get("sessionAffinity").text() != "None";
        say(affine, "spec.SessionAffinity is ignored for headless services");
    }
    outside.items().iter().for_each(|own| address(own, warnings));
    let by_name = kind == "ExternalName";
    let mut say = |when: bool, text: &str| {
        if when {
            warnings.push(text.to_owned());
        }
    };
    say(
        !outside.is_empty() && !headless && !by_name,
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    );
    if !spec.get("loadBalancerIP").is_empty() {
        address(&spec.get("loadBalancerIP"), warnings);
    }
    for own in spec.get("loadBalancerSourceRanges").items() {
        network(&own, warnings);
    }
    let mut say = |when: bool, text: &str| {
        if when {
            warnings.push(text.to_owned());
        }
    };
    say(by_name && !outside.is_empty(), "spec.externalIPs is ignored when spec.type is \"ExternalName\"");
    let named = !spec.get("externalName").is_empty();
    say(!by_name && named, "spec.externalName is ignored when spec.type is not \"ExternalName\"");
    say(
        spec.get("trafficDistribution").text() == "PreferClose",
        "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"",
    );
}
