//! Pods and pod templates: `ValidatePodSpec`, `ValidatePodTemplateSpec`, `ValidatePodCreate`, `ValidatePodUpdate`.

mod container;
mod probe;
mod resources;
mod schedule;
mod security;
mod update;
mod volume;

pub(super) use probe::port;
pub(super) use resources::{is_standard, name_of as resource_name, value as resource_value};
pub(super) use schedule::{node_selector, taint_effect};
pub(super) use update::{validate_status_update, validate_update};
pub(super) use volume::{driver_name, host_path, nfs, no_backsteps};

use super::claim;
use crate::{
    object::names,
    strategy::{
        check::{At, Errors, labels, texts},
        meta,
    },
};
use serde_json::Value;

/// What checks need to know of the pod around them.
pub(super) struct Pod<'a> {
    /// `spec`.
    pub(super) spec: At<'a>,
    /// The names of volumes that are right in themselves, and their sources.
    pub(super) volumes: Vec<(&'a str, &'a Value)>,
    /// Whether this is a pod, and not the template of one.
    pub(super) is_pod: bool,
}

/// A pod's metadata and specification, as creation and update check them.
pub(super) fn validate(pod: &At<'_>, errors: &mut Errors) {
    let metadata = pod.get("metadata");
    meta::validate(&metadata, true, names::dns_subdomain, errors);
    meta::qualified_finalizers(&metadata.get("finalizers"), errors);
    annotations(&metadata.get("annotations"), &pod.get("spec"), errors);
    spec(&pod.get("spec"), Some(metadata.get("name").text()), errors);
    if pod.at("spec.serviceAccountName").is_empty() {
        for volume in pod.at("spec.volumes").items() {
            for source in volume.at("projected.sources").items() {
                let token = source.get("serviceAccountToken");
                if token.is_set() {
                    errors.push(token.forbidden("must not be specified when serviceAccountName is not set"));
                }
            }
        }
    }
    for list in ["spec.containers", "spec.initContainers"] {
        for container in pod.at(list).items() {
            container::image_is_trimmed(&container, errors);
        }
    }
}

/// `ValidatePodCreate`.
pub(super) fn validate_create(pod: &At<'_>, errors: &mut Errors) {
    validate(pod, errors);
    let spec = pod.get("spec");
    if !spec.get("ephemeralContainers").is_empty() {
        errors.push(spec.get("ephemeralContainers").forbidden("cannot be set on create"));
    }
    if !spec.get("nodeName").is_empty() && !spec.get("schedulingGates").is_empty() {
        errors.push(
            spec.get("nodeName").forbidden("cannot be set until all schedulingGates have been cleared"),
        );
    }
}

/// The labels and annotations of a template.
pub(super) fn template_metadata(template: &At<'_>, errors: &mut Errors) {
    let metadata = At { value: template.get("metadata").value, path: template.path.clone() };
    labels(&metadata.get("labels"), errors);
    meta::annotations(&metadata.get("annotations"), errors);
    annotations(&metadata.get("annotations"), &template.get("spec"), errors);
}

/// `ValidatePodTemplateSpec`; the paths of labels and annotations leave out `metadata`, as there.
pub(super) fn template(template: &At<'_>, errors: &mut Errors) {
    template_metadata(template, errors);
    spec(&template.get("spec"), None, errors);
    let ephemeral = template.at("spec.ephemeralContainers");
    if !ephemeral.is_empty() {
        errors.push(ephemeral.forbidden("ephemeral containers not allowed in pod template"));
    }
}

/// `ValidatePodSpecificAnnotations`.
fn annotations(annotations: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    const COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    if annotations.key(MIRROR).is_set() && spec.get("nodeName").is_empty() {
        let detail = "must set spec.nodeName if mirror pod annotation is set";
        errors.push(annotations.key(MIRROR).invalid(detail));
    }
    let cost = annotations.key(COST);
    let canonical =
        |text: &str| text == "0" || !text.trim_start_matches('-').starts_with('0') && !text.starts_with('+');
    if cost.is_set() && !(canonical(cost.text()) && cost.text().parse::<i32>().is_ok()) {
        errors.push(cost.invalid("must be a 32bit integer"));
    }
}

/// `ValidatePodSpec`; `name` is the pod's, where it is one.
fn spec(spec: &At<'_>, name: Option<&str>, errors: &mut Errors) {
    if !spec.get("terminationGracePeriodSeconds").is_set() {
        errors.push(spec.get("terminationGracePeriodSeconds").required(""));
    }
    let volumes = volume::validate(&spec.get("volumes"), name, errors);
    let pod = Pod { spec: spec.clone(), volumes, is_pod: name.is_some() };
    container::regular(&pod, errors);
    container::initial(&pod, errors);
    container::ephemeral(&pod, errors);
    resources::of_pod(spec, errors);
    host_network(&pod, errors);
    policies(spec, errors);
    labels(&spec.get("nodeSelector"), errors);
    security::of_pod(&spec.get("securityContext"), spec, errors);
    schedule::affinity(&spec.get("affinity"), errors);
    dns(spec, errors);
    gates(spec, errors);
    schedule::spread(&spec.get("topologySpreadConstraints"), errors);
    names_of_others(spec, errors);
    schedule::tolerations(&spec.get("tolerations"), errors);
    rest(spec, errors);
}

/// `validatePodHostNetworkDeps`.
fn host_network(pod: &Pod<'_>, errors: &mut Errors) {
    if !pod.spec.get("hostNetwork").is_true() {
        return;
    }
    for port in pod.spec.get("containers").items().iter().flat_map(|container| container.get("ports").items())
    {
        let (host, own) = (port.get("hostPort"), port.get("containerPort").number());
        if (pod.is_pod || host.number() != 0) && host.number() != own {
            let detail = "must match `containerPort` when `hostNetwork` is true";
            errors.push(crate::field::Error::invalid(&host.path, host.number(), detail));
        }
    }
}

fn policies(spec: &At<'_>, errors: &mut Errors) {
    let lists: [(&str, &[&str]); 2] = [
        ("restartPolicy", &["Always", "OnFailure", "Never"]),
        ("dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    ];
    for (key, allowed) in lists {
        let policy = spec.get(key);
        if policy.is_empty() {
            errors.push(policy.required(""));
        } else {
            policy.one_of(allowed, errors);
        }
    }
}

/// `validatePodDNSConfig`.
fn dns(spec: &At<'_>, errors: &mut Errors) {
    const MAX_NAMESERVERS: usize = 3;
    const MAX_SEARCHES: usize = 32;
    const MAX_SEARCH_CHARACTERS: usize = 2048;
    let config = spec.get("dnsConfig");
    let (servers, searches) = (config.get("nameservers"), config.get("searches"));
    if spec.get("dnsPolicy").text() == "None" {
        if !config.is_set() {
            return errors.push(config.required("must provide `dnsConfig` when `dnsPolicy` is None"));
        }
        if servers.is_empty() {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return errors.push(servers.required(detail));
        }
    }
    if servers.len() > MAX_NAMESERVERS {
        errors.push(servers.invalid(format!("must not have more than {MAX_NAMESERVERS} nameservers")));
    }
    for server in servers.items() {
        super::address::legacy_ip(&server, errors);
    }
    if searches.len() > MAX_SEARCHES {
        errors.push(searches.invalid(format!("must not have more than {MAX_SEARCHES} search paths")));
    }
    if texts(&searches).join(" ").len() > MAX_SEARCH_CHARACTERS {
        let detail = format!(
            "must not have more than {MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list"
        );
        errors.push(searches.invalid(detail));
    }
    for search in searches.items().iter().filter(|search| search.text() != ".") {
        let name = search.text().strip_suffix('.').unwrap_or(search.text());
        let faults = names::dns_subdomain_with_underscore(name).into_iter();
        errors.extend(faults.map(|fault| crate::field::Error::invalid(&search.path, name, fault)));
    }
    for option in config.get("options").items() {
        if option.get("name").is_empty() {
            errors.push(option.required("must not be empty"));
        }
    }
}

fn gates(spec: &At<'_>, errors: &mut Errors) {
    for gate in spec.get("readinessGates").items() {
        gate.get("conditionType").obeys(names::qualified, errors);
    }
    let mut seen = Vec::new();
    for gate in spec.get("schedulingGates").items() {
        let name = At { value: gate.get("name").value, path: gate.path.clone() };
        name.obeys(names::qualified, errors);
        if seen.contains(&name.text()) {
            errors.push(name.duplicate());
        }
        seen.push(name.text());
    }
}

fn names_of_others(spec: &At<'_>, errors: &mut Errors) {
    for key in ["serviceAccountName", "nodeName"] {
        let name = spec.get(key);
        if !name.is_empty() {
            name.obeys(names::dns_subdomain, errors);
        }
    }
    let deadline = spec.get("activeDeadlineSeconds");
    if deadline.is_set() {
        deadline.between(1, i32::MAX.into(), errors);
    }
    for key in ["hostname", "subdomain"] {
        if !spec.get(key).is_empty() {
            spec.get(key).obeys(names::dns_label, errors);
        }
    }
}

fn rest(spec: &At<'_>, errors: &mut Errors) {
    for alias in spec.get("hostAliases").items() {
        super::address::legacy_ip(&alias.get("ip"), errors);
        for name in alias.get("hostnames").items() {
            name.obeys(names::dns_subdomain, errors);
        }
    }
    if !spec.get("priorityClassName").is_empty() {
        spec.get("priorityClassName").obeys(names::dns_subdomain, errors);
    }
    if spec.get("runtimeClassName").is_set() {
        spec.get("runtimeClassName").obeys(names::dns_subdomain, errors);
    }
    let preemption = spec.get("preemptionPolicy");
    if preemption.is_set() {
        preemption.one_of(&["PreemptLowerPriority", "Never"], errors);
    }
    let overhead = spec.get("overhead");
    if overhead.is_set() {
        resources::list(&overhead, &overhead.get("limits"), errors);
    }
}

/// A claim's template in a volume.
pub(super) fn ephemeral_claim(source: &At<'_>, errors: &mut Errors) {
    let template = source.get("volumeClaimTemplate");
    if template.is_set() {
        claim::spec(&template.get("spec"), errors);
    } else {
        errors.push(template.required(""));
    }
}
