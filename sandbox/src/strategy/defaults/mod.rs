//! Defaults of built-in kinds, as `pkg/apis/*/v1/defaults.go` and the generated defaulters of Kubernetes set them:
//! tables where a field simply has a default, code where it depends on others.

mod cluster;
mod image;
mod pod;
mod service;
mod workload;

use crate::kinds::Resource;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use serde_json::{Map, Value, json};

/// What a field is when nobody gave it.
#[derive(Debug, Clone, Copy)]
enum Preset {
    Text(&'static str),
    Number(i64),
    /// A number that is never zero: zero stands for none given.
    Positive(i64),
    Flag(bool),
    /// An empty structure.
    Empty,
}

use Preset::{Empty, Flag, Number, Positive, Text};

/// A path of keys and its default; `[]` after a key stands for every item of that list. Structures on the way are not made.
type Rule = (&'static str, Preset);

impl From<Preset> for Value {
    fn from(preset: Preset) -> Self {
        match preset {
            Text(text) => text.into(),
            Number(number) | Positive(number) => number.into(),
            Flag(flag) => flag.into(),
            Empty => Self::Object(Map::new()),
        }
    }
}

/// Sets the defaults of an object that [`super::shape`] has shaped.
pub(super) fn set(resource: &Resource, object: &mut Value) {
    match (resource.gvr.group.as_str(), resource.kind.as_str()) {
        ("", kind) => core(kind, object),
        ("apps" | "batch" | "autoscaling" | "policy", kind) => {
            workload::set(&resource.gvr.version, kind, object);
        }
        (group, kind) => cluster::set(group, kind, object),
    }
}

fn core(kind: &str, object: &mut Value) {
    match kind {
        "Pod" => pod::pod(object),
        "PodTemplate" => pod::template(object, "template"),
        "ReplicationController" => workload::replication_controller(object),
        "Service" => service::set(object),
        "Secret" => secret(object),
        "Endpoints" => fill(object, &[("subsets[].ports[].protocol", Text("TCP"))]),
        "Namespace" => namespace(object),
        "Node" => node(object),
        "PersistentVolume" => persistent_volume(object),
        "PersistentVolumeClaim" => {
            fill(object, &[("status.phase", Text("Pending")), ("spec.volumeMode", Text("Filesystem"))]);
            round_resources(object, &["spec.resources.limits", "spec.resources.requests", "status.capacity"]);
        }
        "ResourceQuota" => round_resources(object, &["spec.hard", "status.hard", "status.used"]),
        "LimitRange" => limit_range(object),
        _ => {}
    }
}

/// Applies a table of defaults.
fn fill(root: &mut Value, rules: &[Rule]) {
    for (path, preset) in rules {
        visit(root, path, &mut |owner, key| {
            let zero = |value: &Value| matches!(preset, Positive(_)) && value.as_i64() == Some(0);
            let missing = owner.get(key).is_none_or(|value| value.is_null() || value == "" || zero(value));
            if missing {
                owner.insert(key.to_owned(), (*preset).into());
            }
        });
    }
}

/// Calls `then` with each map that holds the last key of `path`, and that key.
fn visit(value: &mut Value, path: &str, then: &mut impl FnMut(&mut Map<String, Value>, &str)) {
    let Some((step, rest)) = path.split_once('.') else {
        if let Value::Object(map) = value {
            then(map, path);
        }
        return;
    };
    match step.strip_suffix("[]") {
        Some(list) => {
            for item in value.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                visit(item, rest, then);
            }
        }
        None => {
            if let Some(inner) = value.get_mut(step) {
                visit(inner, rest, then);
            }
        }
    }
}

/// `SetDefaults_ResourceList`: quantities are rounded up to thousandths.
fn round_resources(object: &mut Value, paths: &[&str]) {
    const MILLI: i32 = -3;
    for path in paths {
        visit(object, path, &mut |owner, key| {
            let list = owner.get_mut(key).and_then(Value::as_object_mut);
            for value in list.into_iter().flat_map(Map::values_mut) {
                if let Some(mut quantity) = quantity(value) {
                    quantity.round_up(MILLI);
                    *value = quantity.to_string().into();
                }
            }
        });
    }
}

fn quantity(value: &Value) -> Option<crate::object::quantity::Quantity> {
    value.as_str().and_then(|text| crate::object::quantity::Quantity::parse(text).ok())
}

fn namespace(object: &mut Value) {
    let name = crate::object::name(object).to_owned();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        && !name.is_empty()
    {
        crate::object::map_mut(metadata, "labels")
            .insert("kubernetes.io/metadata.name".to_owned(), name.into());
    }
    fill(object, &[("status.phase", Text("Active"))]);
}

/// `SetDefaults_Secret`, and the texts that stand for data.
fn secret(object: &mut Value) {
    fill(object, &[("type", Text("Opaque"))]);
    let Value::Object(secret) = object else { return };
    if let Some(Value::Object(texts)) = secret.remove("stringData") {
        let data = crate::object::map_mut(secret, "data");
        for (key, text) in texts {
            let encoded = BASE64.encode(text.as_str().unwrap_or_default());
            data.insert(key, encoded.into());
        }
    }
}

fn node(object: &mut Value) {
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut)
        && let Some(capacity) = status.get("capacity").cloned()
    {
        status.entry("allocatable").or_insert(capacity);
    }
    round_resources(object, &["status.capacity", "status.allocatable"]);
}

fn persistent_volume(object: &mut Value) {
    let rules: &[Rule] = &[
        ("status.phase", Text("Pending")),
        ("spec.persistentVolumeReclaimPolicy", Text("Retain")),
        ("spec.volumeMode", Text("Filesystem")),
    ];
    fill(object, rules);
    if let Some(spec) = object.get_mut("spec") {
        fill(spec, pod::SOURCES);
    }
    round_resources(object, &["spec.capacity"]);
}

fn limit_range(object: &mut Value) {
    for item in object.pointer_mut("/spec/limits").and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(item) = item else { continue };
        if item.get("type").is_some_and(|kind| kind == "Container") {
            inherit(item, "max", "default");
            inherit(item, "default", "defaultRequest");
            inherit(item, "min", "defaultRequest");
        }
    }
    let lists = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];
    let paths = lists.map(|list| format!("spec.limits[].{list}"));
    round_resources(object, &paths.each_ref().map(String::as_str));
}

/// Copies the quantities of the list `from` that the list `to` lacks.
fn inherit(owner: &mut Map<String, Value>, from: &str, to: &str) {
    let Some(source) =
        owner.get(from).and_then(Value::as_object).filter(|source| !source.is_empty()).cloned()
    else {
        return;
    };
    let target = crate::object::map_mut(owner, to);
    for (name, quantity) in source {
        target.entry(name).or_insert(quantity);
    }
}

/// The labels of a workload without labels are its template's.
fn labels_of_template(object: &mut Value, template: &str) {
    let labels = object.pointer(&format!("{template}/metadata/labels")).cloned();
    if let (Some(labels @ Value::Object(_)), Some(metadata)) =
        (labels, object.get_mut("metadata").and_then(Value::as_object_mut))
    {
        metadata.entry("labels").or_insert(labels);
    }
}

/// Whether a field has this text.
fn is(object: &Value, pointer: &str, text: &str) -> bool {
    object.pointer(pointer).is_some_and(|value| value == text)
}

/// The default metrics of a HorizontalPodAutoscaler.
fn cpu_utilization() -> Value {
    json!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}])
}
