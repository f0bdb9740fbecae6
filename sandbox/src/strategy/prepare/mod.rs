//! What users may not set: `PrepareForCreate` and `PrepareForUpdate` of the strategies in Kubernetes' `pkg/registry`.

mod pod;
mod service;

use crate::{kinds::Resource, object::map_mut};
use serde_json::{Map, Value, json};

/// Which part of an object a request writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The object itself: all but its status.
    Main,
    /// `status`.
    Status,
    /// `scale`: the replicas alone; the object has been changed accordingly.
    Scale,
    /// `ephemeralcontainers` of a pod.
    EphemeralContainers,
    /// `resize` of a pod.
    Resize,
    /// `approval` of a CertificateSigningRequest.
    Approval,
    /// `finalize` of a Namespace.
    Finalize,
}

/// What makes a kind's generation rise.
#[derive(Clone, Copy, PartialEq)]
enum Counts {
    /// Its specification.
    Spec,
    /// Its specification or annotations.
    SpecAndAnnotations,
    /// The field of this name.
    Field(&'static str),
    /// Everything but metadata, and the labels.
    Contents,
    /// Nothing after its creation.
    Never,
}

/// The kinds that have a generation.
fn counts(group: &str, kind: &str) -> Option<Counts> {
    Some(match (group, kind) {
        ("apps", "Deployment") => Counts::SpecAndAnnotations,
        ("", "Pod" | "ReplicationController")
        | ("apps", "DaemonSet" | "StatefulSet" | "ReplicaSet")
        | ("batch", "Job" | "CronJob")
        | ("networking.k8s.io", "Ingress" | "NetworkPolicy" | "IngressClass")
        | ("policy", "PodDisruptionBudget")
        | ("flowcontrol.apiserver.k8s.io", "FlowSchema" | "PriorityLevelConfiguration")
        | ("resource.k8s.io", "DeviceClass" | "ResourceSlice")
        | ("apiextensions.k8s.io", "CustomResourceDefinition") => Counts::Spec,
        ("", "PodTemplate") => Counts::Field("template"),
        ("discovery.k8s.io", "EndpointSlice") => Counts::Contents,
        ("scheduling.k8s.io", "PriorityClass") => Counts::Never,
        ("admissionregistration.k8s.io", kind) if kind.ends_with("WebhookConfiguration") => {
            Counts::Field("webhooks")
        }
        ("admissionregistration.k8s.io", _) => Counts::Spec,
        _ => return None,
    })
}

/// The kinds whose status users cannot set with the object: those with a status, but for nodes.
fn has_status(group: &str, kind: &str) -> bool {
    matches!(
        (group, kind),
        (
            "",
            "Pod"
                | "ReplicationController"
                | "Service"
                | "Namespace"
                | "PersistentVolume"
                | "PersistentVolumeClaim"
        ) | ("", "ResourceQuota" | "Node")
            | ("apps", "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet")
            | ("batch", "Job" | "CronJob")
            | ("autoscaling", "HorizontalPodAutoscaler")
            | ("networking.k8s.io", "Ingress" | "ServiceCIDR")
            | ("policy", "PodDisruptionBudget")
            | ("certificates.k8s.io", "CertificateSigningRequest")
            | ("storage.k8s.io", "VolumeAttachment")
            | ("flowcontrol.apiserver.k8s.io", "FlowSchema" | "PriorityLevelConfiguration")
            | ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy")
            | ("resource.k8s.io", "ResourceClaim")
            | ("apiregistration.k8s.io", "APIService")
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
    )
}

/// Where the template's generation of DaemonSets stands in the API.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// What conversion between a version and the internal types changes, whatever the request.
pub(super) fn convert(resource: &Resource, object: &mut Value) {
    if let ("apps", "DaemonSet", Value::Object(map)) =
        (resource.gvr.group.as_str(), resource.kind.as_str(), &mut *object)
    {
        let annotations = map_mut(map_mut(map, "metadata"), "annotations");
        annotations.entry(TEMPLATE_GENERATION).or_insert("0".into());
    }
    if resource.kind == "Pod"
        && let Some(Value::Object(status)) = object.get_mut("status")
    {
        pod::addresses(status);
    }
}

pub(super) fn create(resource: &Resource, object: &mut Value) {
    let Value::Object(map) = object else { return };
    let (group, kind) = (resource.gvr.group.as_str(), resource.kind.as_str());
    if has_status(group, kind) && kind != "Node" {
        map.insert("status".to_owned(), json!({}));
    }
    if counts(group, kind).is_some() {
        map_mut(map, "metadata").insert("generation".to_owned(), 1.into());
    }
    match (group, kind) {
        ("", "Pod") => pod::create(map),
        ("", "Namespace") => namespace(map),
        ("", "PersistentVolume") => {
            let created = map.get("metadata").and_then(|metadata| metadata.get("creationTimestamp")).cloned();
            let created = created.unwrap_or_else(now);
            map.insert("status".to_owned(), json!({"phase": "Pending", "lastPhaseTransitionTime": created}));
        }
        ("", "PersistentVolumeClaim") => {
            map.insert("status".to_owned(), json!({"phase": "Pending"}));
            data_sources(map, None);
        }
        ("", "Service") => service::drop_policy_of_names(map),
        ("", "ServiceAccount") => secrets(map),
        ("apps", "DaemonSet") => template_generation(map, None),
        ("batch", "Job") => job(map),
        ("certificates.k8s.io", _) => requester(map, &Map::new()),
        ("apiregistration.k8s.io", "APIService") => api_service(map),
        _ => {}
    }
}

pub(super) fn update(resource: &Resource, part: Part, new: &mut Value, old: &Value) {
    let (Value::Object(new), Value::Object(old)) = (new, old) else { return };
    let (group, kind) = (resource.gvr.group.as_str(), resource.kind.as_str());
    keep_in_metadata(new, old, &["generation"]);
    match part {
        Part::Main | Part::Scale => main(group, kind, new, old),
        Part::Status => status(group, kind, new, old),
        Part::EphemeralContainers | Part::Resize => pod::partly(part, new, old),
        Part::Approval => {
            let conditions = new.get("status").and_then(|status| status.get("conditions")).cloned();
            keep(new, old, &["spec", "status"]);
            map_mut(new, "status").insert("conditions".to_owned(), conditions.unwrap_or_default());
            stamp_conditions(new, old);
        }
        Part::Finalize => keep(new, old, &["status"]),
    }
    system_fields(new, old);
}

/// What no update changes: the second half of `rest.BeforeUpdate`'s preparation.
fn system_fields(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    let Some(before) = old.get("metadata").and_then(Value::as_object) else { return };
    let metadata = map_mut(new, "metadata");
    for key in ["uid", "deletionGracePeriodSeconds"] {
        if let Some(value) = before.get(key)
            && metadata.get(key).is_none_or(|new| new == "")
        {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    for key in ["creationTimestamp", "deletionTimestamp"] {
        if let Some(value) = before.get(key) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
}

fn main(group: &str, kind: &str, new: &mut Map<String, Value>, old: &Map<String, Value>) {
    if has_status(group, kind) {
        keep(new, old, &["status"]);
    }
    match (group, kind) {
        ("", "Namespace") => keep(new, old, &["spec"]),
        ("", "Service") => {
            service::drop_what_the_type_lacks(new, old);
            service::drop_policy_of_names(new);
        }
        ("", "PersistentVolumeClaim") => data_sources(new, Some(old)),
        ("", "ServiceAccount") => secrets(new),
        ("apps", "DaemonSet") => template_generation(new, Some(old)),
        ("certificates.k8s.io", "CertificateSigningRequest") => keep(new, old, &["spec"]),
        _ => {}
    }
    let differs = |key: &str| new.get(key) != old.get(key);
    let metadata_differs = |key: &str| {
        let of = |object: &Map<String, Value>| {
            object.get("metadata").and_then(|metadata| metadata.get(key)).cloned()
        };
        of(new) != of(old)
    };
    let rises = match (counts(group, kind), kind) {
        (None | Some(Counts::Never), "CSIDriver") => differs("spec"),
        (None | Some(Counts::Never), _) => false,
        (Some(Counts::Spec), _) => differs("spec"),
        (Some(Counts::SpecAndAnnotations), _) => differs("spec") || metadata_differs("annotations"),
        (Some(Counts::Field(name)), _) => differs(name),
        (Some(Counts::Contents), _) => {
            metadata_differs("labels")
                || new.keys().chain(old.keys()).any(|key| key != "metadata" && differs(key))
        }
    };
    if rises {
        raise_generation(new, old);
    }
}

fn raise_generation(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    let before = old.get("metadata").and_then(|metadata| metadata.get("generation")).and_then(Value::as_i64);
    let after = before.unwrap_or_default().saturating_add(1);
    map_mut(new, "metadata").insert("generation".to_owned(), after.into());
}

fn status(group: &str, kind: &str, new: &mut Map<String, Value>, old: &Map<String, Value>) {
    let all_but_status =
        old.keys().filter(|key| !matches!(key.as_str(), "metadata" | "status" | "apiVersion" | "kind"));
    let names: Vec<&str> = all_but_status.map(String::as_str).collect();
    new.retain(|key, _| matches!(key.as_str(), "metadata" | "status" | "apiVersion" | "kind"));
    keep(new, old, &names);
    match (group, kind) {
        ("", "Pod") => pod::status(new, old),
        ("apps", "Deployment") => keep_in_metadata(new, old, &["labels"]),
        ("", "PersistentVolume") => phase_time(new, old),
        ("certificates.k8s.io", _) => stamp_conditions(new, old),
        ("flowcontrol.apiserver.k8s.io", _) => {
            let managed = new.get("metadata").and_then(|metadata| metadata.get("managedFields")).cloned();
            keep(new, old, &["metadata"]);
            map_mut(new, "metadata").insert("managedFields".to_owned(), managed.unwrap_or_default());
        }
        (
            "storage.k8s.io" | "resource.k8s.io" | "admissionregistration.k8s.io" | "apiextensions.k8s.io",
            _,
        ) => {
            let reset =
                ["deletionTimestamp", "generation", "labels", "annotations", "finalizers", "ownerReferences"];
            keep_in_metadata(new, old, &reset);
        }
        ("apiregistration.k8s.io", _) => {
            keep_in_metadata(new, old, &["labels", "annotations", "finalizers", "ownerReferences"]);
        }
        _ => {}
    }
}

/// The fields `keys` become what they were.
fn keep(new: &mut Map<String, Value>, old: &Map<String, Value>, keys: &[&str]) {
    for key in keys {
        match old.get(*key) {
            Some(value) => new.insert((*key).to_owned(), value.clone()),
            None => new.remove(*key),
        };
    }
}

fn keep_in_metadata(new: &mut Map<String, Value>, old: &Map<String, Value>, keys: &[&str]) {
    let empty = Map::new();
    let before = old.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    keep(map_mut(new, "metadata"), before, keys);
}

/// The time now, where the API itself sets one and the request's own time does not do.
fn now() -> Value {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()
}

fn namespace(map: &mut Map<String, Value>) {
    map.insert("status".to_owned(), json!({"phase": "Active"}));
    let finalizers = map_mut(map, "spec").entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(finalizers) = finalizers
        && !finalizers.iter().any(|finalizer| finalizer == "kubernetes")
    {
        finalizers.push("kubernetes".into());
    }
}

/// `EnforceDataSourceBackwardsCompatibility` and `NormalizeDataSources`: the older field of a claim's source mirrors the newer.
fn data_sources(map: &mut Map<String, Value>, old: Option<&Map<String, Value>>) {
    let used = old
        .and_then(|old| old.get("spec"))
        .is_some_and(|spec| spec.get("dataSource").is_some() || spec.get("dataSourceRef").is_some());
    let Some(Value::Object(spec)) = map.get_mut("spec") else { return };
    let pick = |source: &Value| -> Value {
        let keys = ["apiGroup", "kind", "name"];
        keys.iter().filter_map(|key| Some(((*key).to_owned(), source.get(*key)?.clone()))).collect()
    };
    let known = |source: &Value| {
        let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
        let named = !text("name").is_empty();
        (text("kind") == "PersistentVolumeClaim" && text("apiGroup").is_empty() && named)
            || (text("kind") == "VolumeSnapshot" && text("apiGroup") == "snapshot.storage.k8s.io" && named)
    };
    if !used
        && !spec.contains_key("dataSourceRef")
        && spec.get("dataSource").is_some_and(|source| !known(source))
    {
        spec.remove("dataSource");
    }
    match (spec.get("dataSource"), spec.get("dataSourceRef")) {
        (Some(source), None) => {
            let source = pick(source);
            spec.insert("dataSourceRef".to_owned(), source);
        }
        (None, Some(source)) if source.get("namespace").is_none_or(|namespace| namespace == "") => {
            let source = pick(source);
            spec.insert("dataSource".to_owned(), source);
        }
        _ => {}
    }
}

/// `cleanSecretReferences`: of a service account's secrets only the names stay.
fn secrets(map: &mut Map<String, Value>) {
    for secret in map.get_mut("secrets").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = secret.get("name").cloned();
        *secret = name.map_or_else(|| json!({}), |name| json!({"name": name}));
    }
}

/// A DaemonSet counts its template's generations in an annotation.
fn template_generation(map: &mut Map<String, Value>, old: Option<&Map<String, Value>>) {
    let read = |map: &Map<String, Value>| {
        let annotations = map.get("metadata")?.get("annotations")?;
        annotations.get(TEMPLATE_GENERATION)?.as_str()?.parse::<i64>().ok()
    };
    let template = |map: &Map<String, Value>| map.get("spec").and_then(|spec| spec.get("template")).cloned();
    let generation = match old {
        None => read(map).unwrap_or_default().max(1),
        Some(old) => {
            let before = read(old).unwrap_or_default();
            if template(map) == template(old) { before } else { before.saturating_add(1) }
        }
    };
    let annotations = map_mut(map_mut(map, "metadata"), "annotations");
    annotations.insert(TEMPLATE_GENERATION.to_owned(), generation.to_string().into());
}

/// `generateSelectorIfNeeded`: labels that only this Job's pods have.
fn job(map: &mut Map<String, Value>) {
    let metadata = map.get("metadata");
    let text =
        |key: &str| metadata.and_then(|metadata| metadata.get(key)).cloned().unwrap_or_else(|| "".into());
    let (name, uid) = (text("name"), text("uid"));
    let spec = map_mut(map, "spec");
    if spec.get("manualSelector") != Some(&Value::Bool(true)) {
        select_own_pods(spec, &name, &uid);
    }
    let labels = spec.get("template").and_then(|template| template.get("metadata")?.get("labels")).cloned();
    if let Some(labels) = labels {
        map_mut(map, "metadata").entry("labels").or_insert(labels);
    }
}

fn select_own_pods(spec: &mut Map<String, Value>, name: &Value, uid: &Value) {
    let labels = map_mut(map_mut(map_mut(spec, "template"), "metadata"), "labels");
    for (key, value) in [
        ("job-name", name),
        ("batch.kubernetes.io/job-name", name),
        ("controller-uid", uid),
        ("batch.kubernetes.io/controller-uid", uid),
    ] {
        labels.entry(key).or_insert_with(|| value.clone());
    }
    let selected = map_mut(map_mut(spec, "selector"), "matchLabels");
    selected.entry("batch.kubernetes.io/controller-uid").or_insert_with(|| uid.clone());
}

/// Who asks for a certificate is the server's to say: what the body says of it is dropped. The registry fills in the caller.
fn requester(map: &mut Map<String, Value>, caller: &Map<String, Value>) {
    if let Some(Value::Object(spec)) = map.get_mut("spec") {
        keep(spec, caller, &["username", "uid", "groups", "extra"]);
    }
}

fn api_service(map: &mut Map<String, Value>) {
    let local = map.get("spec").and_then(|spec| spec.get("service")).is_none_or(Value::is_null);
    if local {
        let condition = json!({
            "type": "Available", "status": "True", "lastTransitionTime": now(),
            "reason": "Local", "message": "Local APIServices are always available",
        });
        map.insert("status".to_owned(), json!({"conditions": [condition]}));
    }
}

fn phase_time(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    const TIME: &str = "lastPhaseTransitionTime";
    let before = old.get("status").and_then(Value::as_object).cloned().unwrap_or_default();
    let status = map_mut(new, "status");
    let same_phase = status.get("phase") == before.get("phase");
    let given = status.get(TIME);
    if same_phase && given.is_none() {
        keep(status, &before, &[TIME]);
    } else if !same_phase && (given.is_none() || given == before.get(TIME)) {
        status.insert(TIME.to_owned(), now());
    }
}

/// `populateConditionTimestamps` of certificate requests.
fn stamp_conditions(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    let before = old.get("status").and_then(|status| status.get("conditions")).cloned().unwrap_or_default();
    let conditions =
        new.get_mut("status").and_then(|status| status.get_mut("conditions")).and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
        if condition.get("lastUpdateTime").is_none_or(Value::is_null) {
            condition.insert("lastUpdateTime".to_owned(), now());
        }
        if condition.get("lastTransitionTime").is_none_or(Value::is_null) {
            let same = |other: &&Value| {
                other.get("type") == condition.get("type") && other.get("status") == condition.get("status")
            };
            let known = before.as_array().into_iter().flatten().find(same);
            let time = known.and_then(|known| known.get("lastTransitionTime")).cloned().unwrap_or_else(now);
            condition.insert("lastTransitionTime".to_owned(), time);
        }
    }
}
