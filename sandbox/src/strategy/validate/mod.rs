//! Validation of built-in kinds: `pkg/apis/*/validation` of Kubernetes, in its order and with its texts.

mod access;
pub(super) mod address;
mod batch;
mod certificates;
mod claim;
mod cluster;
mod config;
mod cron;
mod difference;
mod drivers;
mod event;
mod flow;
pub(super) mod internal;
mod network;
mod pod;
mod scale;
pub(super) mod service;
mod workload;

use super::{
    Part,
    check::{At, Errors, IMMUTABLE},
    meta,
};
use crate::{kinds::Resource, object::names};
use serde_json::Value;

/// The errors of a new object. The kind's own rules come first; the rules of all metadata are asked where those find nothing.
pub(super) fn create(resource: &Resource, object: &Value) -> Errors {
    let at = At::new(object, "");
    let (group, kind) = (resource.gvr.group.as_str(), resource.kind.as_str());
    let mut errors = Errors::new();
    if !matches!((group, kind), ("", "Pod") | ("policy", "PodDisruptionBudget")) {
        meta::validate(&at.get("metadata"), resource.namespaced, name_rule(group, kind), &mut errors);
        own_finalizers(group, &at, &mut errors);
    }
    match (group, kind) {
        ("", "Pod") => pod::validate_create(&at, &mut errors),
        ("apps", "StatefulSet") => {
            workload::stateful_set(&at.get("spec"), workload::Extent::New, &mut errors)
        }
        ("batch", "Job") => batch::job(&at, &mut errors),
        _ => contents(group, kind, &at, None, &mut errors),
    }
    match (group, kind) {
        ("batch", "CronJob") => batch::cron_job_name(&at, &mut errors),
        ("networking.k8s.io", "Ingress") => network::new_ingress(&at, &mut errors),
        _ => {}
    }
    if errors.is_empty() {
        meta::validate(&at.get("metadata"), resource.namespaced, names::path_segment, &mut errors);
    }
    errors
}

/// The errors of an update. The rules of all metadata come first, then the kind's own.
pub(super) fn update(resource: &Resource, part: Part, new: &Value, old: &Value) -> Errors {
    let (new, old) = (At::new(new, ""), At::new(old, ""));
    let (group, kind) = (resource.gvr.group.as_str(), resource.kind.as_str());
    let mut errors = Errors::new();
    let (metadata, before) = (new.get("metadata"), old.get("metadata"));
    meta::validate(&metadata, resource.namespaced, names::path_segment, &mut errors);
    meta::validate_update(&metadata, &before, &mut errors);
    match part {
        Part::Status => status(group, kind, &new, &old, &mut errors),
        Part::Main | Part::Scale | Part::EphemeralContainers | Part::Resize => {
            main(resource, part, &new, &old, &mut errors);
        }
        Part::Approval => certificates::status(&new, &old, true, &mut errors),
        Part::Finalize => {}
    }
    errors
}

/// What the strategies of these kinds check again of metadata, besides the rules for all: some look at all of it.
fn main(resource: &Resource, part: Part, new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (group, kind) = (resource.gvr.group.as_str(), resource.kind.as_str());
    if (group, kind) == ("", "Pod") {
        return match part {
            Part::EphemeralContainers | Part::Resize => pod::validate(new, errors),
            _ => pod::validate_update(new, old, errors),
        };
    }
    let (metadata, before) = (new.get("metadata"), old.get("metadata"));
    let rule = name_rule(group, kind);
    let rbac = group == "rbac.authorization.k8s.io";
    if rbac || (group, kind) == ("", "PersistentVolume") {
        meta::validate(&metadata, resource.namespaced, rule, errors);
    }
    if !rbac && (group, kind) != ("", "PersistentVolume") {
        meta::validate_update(&metadata, &before, errors);
    }
    before_contents(group, kind, new, old, errors);
    match (group, kind) {
        ("apps", "StatefulSet") => workload::stateful_set_update(&new.get("spec"), &old.get("spec"), errors),
        ("batch", "Job") => batch::job_update(new, old, errors),
        ("", "PersistentVolumeClaim") => {
            meta::validate(&metadata, true, rule, errors);
            claim::update(new, old, errors);
        }
        _ => contents(group, kind, new, Some(old), errors),
    }
    if rbac {
        meta::validate_update(&metadata, &before, errors);
    }
    after_contents(group, kind, new, old, errors);
}

fn before_contents(group: &str, kind: &str, new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    match (group, kind) {
        ("", "Service") => service::update(&new.get("spec"), &old.get("spec"), errors),
        ("", "Secret") => {
            config::secret_update(new, old, errors);
            meta::validate(&new.get("metadata"), true, names::dns_subdomain, errors);
        }
        ("", "ConfigMap") => {
            config::frozen(new, old, &["data", "binaryData"], errors);
            meta::validate(&new.get("metadata"), true, names::dns_subdomain, errors);
        }
        ("apps", "DaemonSet") => new.at("spec.selector").immutable(&old.at("spec.selector"), errors),
        ("networking.k8s.io", "IngressClass") => {
            new.at("spec.controller").immutable(&old.at("spec.controller"), errors);
        }
        ("networking.k8s.io", "Ingress") => {
            meta::validate(&new.get("metadata"), true, names::dns_subdomain, errors);
        }
        _ => {}
    }
}

fn after_contents(group: &str, kind: &str, new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    match (group, kind) {
        ("apps", "Deployment" | "ReplicaSet") => {
            new.at("spec.selector").immutable(&old.at("spec.selector"), errors);
        }
        ("", "PersistentVolume") => claim::volume_update(&new.get("spec"), &old.get("spec"), errors),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            access::binding_update(new, old, errors);
        }
        ("storage.k8s.io", "StorageClass") => cluster::storage_class_update(new, old, errors),
        ("scheduling.k8s.io", "PriorityClass") => cluster::priority_class_update(new, old, errors),
        ("node.k8s.io", "RuntimeClass") => new.get("handler").immutable(&old.get("handler"), errors),
        ("discovery.k8s.io", "EndpointSlice") => {
            new.get("addressType").immutable(&old.get("addressType"), errors);
        }
        ("apps", "ControllerRevision") if new.get("data").value != old.get("data").value => {
            errors.push(new.get("data").invalid(IMMUTABLE));
        }
        _ => {}
    }
}

/// What creation and updates check alike.
fn contents(group: &str, kind: &str, object: &At<'_>, old: Option<&At<'_>>, errors: &mut Errors) {
    let spec = object.get("spec");
    match (group, kind) {
        ("", "Event") => event::validate(object, old, false, errors),
        ("", kind) => core(kind, object, errors),
        ("apps", "Deployment") => workload::deployment(&spec, errors),
        ("apps", "ReplicaSet") => workload::replica_set(&spec, errors),
        ("apps", "DaemonSet") => workload::daemon_set(&spec, errors),
        ("apps", "ControllerRevision") => cluster::revision(object, errors),
        ("batch", "CronJob") => batch::cron_job(&spec, old.map(|old| old.get("spec")).as_ref(), errors),
        ("autoscaling", "HorizontalPodAutoscaler") => scale::autoscaler(&spec, errors),
        ("policy", "PodDisruptionBudget") => scale::budget(&spec, errors),
        ("networking.k8s.io", "Ingress") => network::ingress(&spec, errors),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(&spec, errors),
        ("networking.k8s.io", "NetworkPolicy") => network::policy(&spec, errors),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(object, errors),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            access::role(object, kind == "Role", errors);
        }
        ("rbac.authorization.k8s.io", _) => access::binding(object, kind == "RoleBinding", errors),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration") => {
            cluster::webhooks(object, false, errors);
        }
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") => {
            cluster::webhooks(object, true, errors);
        }
        ("admissionregistration.k8s.io", _) => cluster::admission_policy(object, kind, errors),
        ("storage.k8s.io", "StorageClass") => cluster::storage_class(object, errors),
        ("scheduling.k8s.io", "PriorityClass") if old.is_none() => cluster::priority_class(object, errors),
        ("node.k8s.io", "RuntimeClass") => cluster::runtime_class(object, errors),
        ("coordination.k8s.io", "Lease") => cluster::lease(&spec, errors),
        ("certificates.k8s.io", "CertificateSigningRequest") if old.is_none() => {
            certificates::request(object, errors);
        }
        ("storage.k8s.io", "CSIDriver") => drivers::driver(object, old, errors),
        ("storage.k8s.io", "CSINode") => drivers::node(object, errors),
        ("storage.k8s.io", "VolumeAttachment") => drivers::attachment(object, old, errors),
        ("storage.k8s.io", "CSIStorageCapacity") => drivers::capacity(object, old, errors),
        ("apiregistration.k8s.io", "APIService") => drivers::api_service(object, errors),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => flow::schema(object, errors),
        ("flowcontrol.apiserver.k8s.io", _) => flow::level(object, errors),
        ("events.k8s.io", "Event") => event::validate(object, old, true, errors),
        _ => {}
    }
}

fn core(kind: &str, object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    match kind {
        "Service" => service::validate(object, errors),
        "ConfigMap" => config::config_map(object, errors),
        "Secret" => config::secret(object, errors),
        "PersistentVolumeClaim" => claim::spec(&spec, errors),
        "PersistentVolume" => claim::volume(&spec, errors),
        "ReplicationController" => workload::replication_controller(&spec, errors),
        "PodTemplate" => pod::template(&object.get("template"), errors),
        "ResourceQuota" => config::quota(&spec, errors),
        "LimitRange" => config::limits(&spec, errors),
        "Node" => network::node(object, errors),
        "Endpoints" => network::endpoints(object, errors),
        _ => {}
    }
}

fn status(group: &str, kind: &str, new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (status, before) = (new.get("status"), old.get("status"));
    match (group, kind) {
        ("", "Pod") => pod::validate_status_update(new, old, errors),
        ("apps", _) | ("", "ReplicationController") => {
            meta::validate_update(&new.get("metadata"), &old.get("metadata"), errors);
            workload::status(kind, &status, &before, errors);
        }
        ("policy", "PodDisruptionBudget") => scale::budget_status(&status, errors),
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            certificates::status(new, old, false, errors);
        }
        ("autoscaling", _) => scale::autoscaler_status(&status, errors),
        _ => {}
    }
}

/// The core's stricter rule for finalizers, which most kinds use.
fn own_finalizers(group: &str, object: &At<'_>, errors: &mut Errors) {
    if group != "admissionregistration.k8s.io" {
        meta::qualified_finalizers(&object.at("metadata.finalizers"), errors);
    }
}

/// The rule for the names of a kind.
fn name_rule(group: &str, kind: &str) -> meta::NameRule {
    match (group, kind) {
        ("apps", "StatefulSet") | ("", "Service") => names::dns_label,
        ("admissionregistration.k8s.io", _) => names::dns_subdomain,
        _ => meta::name_rule(group, kind),
    }
}
