//! Defaults of pods and of pod templates.

use super::{Empty, Flag, Number, Rule, Text, fill, image, quantity, round_resources, visit};
use crate::object::map_mut;
use serde_json::{Map, Value};

/// Of a pod's specification.
const SPEC: &[Rule] = &[
    ("dnsPolicy", Text("ClusterFirst")),
    ("restartPolicy", Text("Always")),
    ("securityContext", Empty),
    ("terminationGracePeriodSeconds", Number(30)),
    ("schedulerName", Text("default-scheduler")),
];

/// Of sources that volumes and PersistentVolumes share.
pub(super) const SOURCES: &[Rule] = &[
    ("hostPath.type", Text("")),
    ("iscsi.iscsiInterface", Text("default")),
    ("rbd.pool", Text("rbd")),
    ("rbd.user", Text("admin")),
    ("rbd.keyring", Text("/etc/ceph/keyring")),
    ("azureDisk.cachingMode", Text("ReadWrite")),
    ("azureDisk.fsType", Text("ext4")),
    ("azureDisk.readOnly", Flag(false)),
    ("azureDisk.kind", Text("Shared")),
    ("scaleIO.storageMode", Text("ThinProvisioned")),
    ("scaleIO.fsType", Text("xfs")),
];

/// Of volumes.
const VOLUME: &[Rule] = &[
    ("secret.defaultMode", Number(0o644)),
    ("configMap.defaultMode", Number(0o644)),
    ("downwardAPI.defaultMode", Number(0o644)),
    ("downwardAPI.items[].fieldRef.apiVersion", Text("v1")),
    ("projected.defaultMode", Number(0o644)),
    ("projected.sources[].downwardAPI.items[].fieldRef.apiVersion", Text("v1")),
    ("projected.sources[].serviceAccountToken.expirationSeconds", Number(3600)),
    ("ephemeral.volumeClaimTemplate.spec.volumeMode", Text("Filesystem")),
];

/// Of containers of all sorts.
const CONTAINER: &[Rule] = &[
    ("terminationMessagePath", Text("/dev/termination-log")),
    ("terminationMessagePolicy", Text("File")),
    ("ports[].protocol", Text("TCP")),
    ("env[].valueFrom.fieldRef.apiVersion", Text("v1")),
    ("env[].valueFrom.fileKeyRef.optional", Flag(false)),
    ("lifecycle.postStart.httpGet.path", Text("/")),
    ("lifecycle.postStart.httpGet.scheme", Text("HTTP")),
    ("lifecycle.preStop.httpGet.path", Text("/")),
    ("lifecycle.preStop.httpGet.scheme", Text("HTTP")),
];

/// Of probes.
const PROBE: &[Rule] = &[
    ("timeoutSeconds", Number(1)),
    ("periodSeconds", Number(10)),
    ("successThreshold", Number(1)),
    ("failureThreshold", Number(3)),
    ("httpGet.path", Text("/")),
    ("httpGet.scheme", Text("HTTP")),
    ("grpc.service", Text("")),
];

const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// A pod's defaults, `SetObjectDefaults_Pod`.
pub(super) fn pod(object: &mut Value) {
    let Some(spec) = object.get_mut("spec") else { return };
    for list in ["containers[].resources", "initContainers[].resources"] {
        visit(spec, &format!("{list}.limits"), &mut |resources, _| {
            super::inherit(resources, "limits", "requests")
        });
    }
    pod_level_requests(spec);
    fill(spec, &[("enableServiceLinks", Flag(true))]);
    self::spec(spec);
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        for list in ["containers", "initContainers"] {
            visit(spec, &format!("{list}[].ports[].hostPort"), &mut host_port);
        }
    }
}

/// The defaults of the template below `pointer`, whose names are separated by dots.
pub(super) fn template(object: &mut Value, pointer: &str) {
    if let Some(spec) = object.pointer_mut(&format!("/{}/spec", pointer.replace('.', "/"))) {
        self::spec(spec);
    }
}

fn host_port(port: &mut Map<String, Value>, _key: &str) {
    if let Some(number) = port.get("containerPort").filter(|number| number.as_i64() != Some(0)).cloned() {
        port.entry("hostPort").or_insert(number);
    }
}

fn spec(spec: &mut Value) {
    fill(spec, SPEC);
    service_account(spec);
    for volume in spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
        self::volume(volume);
    }
    for list in CONTAINERS {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            self::container(container);
        }
    }
    round_resources(spec, &["overhead", "resources.limits", "resources.requests"]);
}

/// The account's name stands under two keys; the newer one wins. (`Convert_v1_PodSpec_To_core_PodSpec`.)
fn service_account(spec: &mut Value) {
    let Value::Object(spec) = spec else { return };
    if let Some(name) = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount")).cloned() {
        spec.insert("serviceAccountName".to_owned(), name.clone());
        spec.insert("serviceAccount".to_owned(), name);
    }
}

fn volume(volume: &mut Value) {
    let Value::Object(map) = volume else { return };
    if map.keys().all(|key| key == "name") {
        map.insert("emptyDir".to_owned(), Value::Object(Map::new()));
    }
    fill(volume, SOURCES);
    fill(volume, VOLUME);
    if let Some(source) = volume.get_mut("image").and_then(Value::as_object_mut) {
        let reference = source.get("reference").and_then(Value::as_str).unwrap_or_default();
        let policy = image::pull_policy(reference);
        source.entry("pullPolicy").or_insert(policy.into());
    }
    let claim = "ephemeral.volumeClaimTemplate.spec.resources";
    round_resources(volume, &[&format!("{claim}.limits"), &format!("{claim}.requests")]);
}

fn container(container: &mut Value) {
    let Value::Object(map) = container else { return };
    let policy = image::pull_policy(map.get("image").and_then(Value::as_str).unwrap_or_default());
    map.entry("imagePullPolicy").or_insert(policy.into());
    fill(container, CONTAINER);
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            fill(probe, PROBE);
        }
    }
    round_resources(container, &["resources.limits", "resources.requests"]);
}

/// The resources that a pod as a whole may have.
fn is_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

/// `defaultHugePagePodLimits` and `defaultPodRequests`: what a pod as a whole asks for where its containers do.
fn pod_level_requests(spec: &mut Value) {
    let given = |list: &str, spec: &Value| {
        spec.pointer(list).and_then(Value::as_object).is_some_and(|list| !list.is_empty())
    };
    let (limits, requests) = (given("/resources/limits", spec), given("/resources/requests", spec));
    if limits || requests {
        let pages = aggregate(spec, "limits");
        let resources = spec.get_mut("resources").and_then(Value::as_object_mut);
        if let Some(resources) = resources {
            let asked = resources.get("requests").cloned().unwrap_or_default();
            for (name, quantity) in pages {
                if name.starts_with("hugepages-") && asked.get(&name).is_none() {
                    map_mut(resources, "limits").entry(name).or_insert(quantity);
                }
            }
        }
    }
    if !limits {
        return;
    }
    let containers = aggregate(spec, "requests");
    let Some(resources) = spec.get_mut("resources").and_then(Value::as_object_mut) else { return };
    for (name, quantity) in containers {
        if is_pod_level(&name) && !name.starts_with("hugepages-") {
            map_mut(resources, "requests").entry(name).or_insert(quantity);
        }
    }
    for (name, quantity) in resources.get("limits").and_then(Value::as_object).cloned().into_iter().flatten()
    {
        if is_pod_level(&name) {
            map_mut(resources, "requests").entry(name).or_insert(quantity);
        }
    }
}

/// The containers' resources together: those that run at once are summed, those that run before them count by their
/// greatest. (`AggregateContainerRequests`.)
fn aggregate(spec: &Value, list: &str) -> Map<String, Value> {
    let mut total = Map::new();
    let lists = |key: &str| spec.get(key).and_then(Value::as_array).into_iter().flatten().collect::<Vec<_>>();
    let add = |total: &mut Map<String, Value>, container: &Value, most: bool| {
        let resources = container.pointer(&format!("/resources/{list}")).and_then(Value::as_object);
        for (name, value) in resources.into_iter().flatten() {
            let before = total.get(name).and_then(quantity);
            let Some(own) = quantity(value) else { continue };
            let sum = match before {
                Some(before) if most && before.compare(&own).is_ge() => before,
                Some(before) if !most => before.plus(&own),
                _ => own,
            };
            total.insert(name.clone(), sum.to_string().into());
        }
    };
    for container in lists("containers") {
        add(&mut total, container, false);
    }
    for container in lists("initContainers") {
        let beside = container.get("restartPolicy").is_some_and(|policy| policy == "Always");
        add(&mut total, container, !beside);
    }
    total
}
