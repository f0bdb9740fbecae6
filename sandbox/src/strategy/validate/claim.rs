//! PersistentVolumeClaims and PersistentVolumes.

use super::{difference, pod};
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, IMMUTABLE, selector},
};
use serde_json::{Map, Value};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES: [&str; 2] = ["Block", "Filesystem"];
/// What of a PersistentVolume's specification says where its storage is.
const SOURCES: [&str; 22] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

fn access_modes(spec: &At<'_>, errors: &mut Errors) {
    let modes = spec.get("accessModes");
    let (mut single, mut other) = (false, false);
    for mode in modes.items() {
        At { value: mode.value, path: modes.path.clone() }.one_of(&MODES, errors);
        single |= mode.text() == "ReadWriteOncePod";
        other |= MODES.contains(&mode.text()) && mode.text() != "ReadWriteOncePod";
    }
    if single && other {
        errors.push(modes.forbidden("may not use ReadWriteOncePod with other access modes"));
    }
}

fn positive(at: &At<'_>, errors: &mut Errors) -> bool {
    let positive = at.quantity().is_some_and(|quantity| quantity.sign() > 0);
    if !positive {
        errors.push(at.invalid("must be greater than zero"));
    }
    positive
}

/// `ValidatePersistentVolumeClaimSpec`.
pub(super) fn spec(spec: &At<'_>, errors: &mut Errors) {
    if spec.get("accessModes").is_empty() {
        errors.push(spec.get("accessModes").required("at least 1 access mode is required"));
    }
    selector(&spec.get("selector"), errors);
    access_modes(spec, errors);
    // The path leaves out `requests`, as there.
    let storage = At {
        value: spec.at("resources.requests.storage").value,
        path: spec.get("resources").key("storage").path,
    };
    if storage.is_set() {
        positive(&storage, errors);
    } else {
        errors.push(storage.required(""));
    }
    for key in ["storageClassName", "volumeAttributesClassName"] {
        if key == "volumeAttributesClassName" && spec.get("volumeMode").is_set() {
            spec.get("volumeMode").one_of(&VOLUME_MODES, errors);
        }
        if !spec.get(key).is_empty() {
            spec.get(key).obeys(names::dns_subdomain, errors);
        }
    }
    for key in ["dataSource", "dataSourceRef"] {
        if spec.get(key).is_set() {
            source(&spec.get(key), errors);
        }
    }
}

fn source(source: &At<'_>, errors: &mut Errors) {
    let group = source.get("apiGroup");
    for key in ["name", "kind"] {
        if source.get(key).is_empty() {
            errors.push(source.get(key).required(""));
        }
    }
    let group_name = group.text();
    if group_name.is_empty() && source.get("kind").text() != "PersistentVolumeClaim" {
        let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.push(Error::invalid(&source.path, source.get("kind").text(), detail));
    }
    if !group_name.is_empty() {
        group.obeys(names::dns_subdomain, errors);
    }
}

/// `ValidatePersistentVolumeClaimUpdate`, beyond metadata.
pub(super) fn update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    self::spec(&new.get("spec"), errors);
    let bound = new.at("status.phase").text() == "Bound";
    let mut clone = new.get("spec").value.clone();
    let mut before = old.get("spec").value.clone();
    if old.at("spec.volumeName").is_empty() {
        take(&mut before, &clone, "volumeName");
    }
    if old.at("spec.storageClassName").value.is_null() && old.at("metadata.annotations").key(CLASS).is_set() {
        take(&mut clone, &before, "storageClassName");
    }
    if bound {
        if let (Some(Value::Object(requests)), Some(size)) =
            (clone.pointer_mut("/resources/requests"), before.pointer("/resources/requests/storage"))
        {
            requests.insert("storage".to_owned(), size.clone());
        }
        take(&mut clone, &before, "volumeAttributesClassName");
    }
    if clone != before {
        let shown = difference::between("core.PersistentVolumeClaimSpec", &before, &clone);
        let detail = format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{shown}"
        );
        errors.push(Error::forbidden("spec", detail));
    }
    let size = |object: &At<'_>, keys: &str| object.at(keys).quantity();
    let (now, was) =
        (size(new, "spec.resources.requests.storage"), size(old, "spec.resources.requests.storage"));
    if let (Some(now), Some(was)) = (now, was)
        && now.compare(&was).is_lt()
        && size(old, "status.capacity.storage").is_some_and(|capacity| now.compare(&capacity).is_le())
    {
        errors.push(Error::forbidden(
            "spec.resources.requests.storage",
            "field can not be less than status.capacity",
        ));
    }
    let mode = new.at("spec.volumeMode");
    if mode.value != old.at("spec.volumeMode").value {
        errors.push(Error::invalid("volumeMode", mode.value.clone(), IMMUTABLE));
    }
}

/// Where the class of a claim once stood.
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn take(into: &mut Value, from: &Value, key: &str) {
    if let Value::Object(map) = into {
        match from.get(key) {
            Some(value) => map.insert(key.to_owned(), value.clone()),
            None => map.remove(key),
        };
    }
}

/// `ValidatePersistentVolumeSpec`.
pub(super) fn volume(spec: &At<'_>, errors: &mut Errors) {
    if spec.get("accessModes").is_empty() {
        errors.push(spec.get("accessModes").required(""));
    }
    access_modes(spec, errors);
    let capacity = spec.get("capacity");
    if capacity.is_empty() {
        errors.push(capacity.required(""));
    }
    if !capacity.key("storage").is_set() || capacity.len() > 1 {
        let shown = capacity.map().cloned().map_or(Value::Null, Value::Object);
        errors.push(Error::not_supported(&capacity.path, shown, &["storage"]));
    }
    for (_, amount) in capacity.entries() {
        positive(&amount, errors);
    }
    let policy = spec.get("persistentVolumeReclaimPolicy");
    if !policy.is_empty() {
        policy.one_of(&["Delete", "Recycle", "Retain"], errors);
    }
    let affinity = spec.get("nodeAffinity");
    if affinity.is_set() {
        if affinity.get("required").is_set() {
            pod::node_selector(&affinity.get("required"), errors);
        } else {
            errors.push(affinity.get("required").required("must specify required node constraints"));
        }
    }
    storage(spec, errors);
    if !spec.get("storageClassName").is_empty() {
        spec.get("storageClassName").obeys(names::dns_subdomain, errors);
    }
    if spec.get("volumeMode").is_set() {
        spec.get("volumeMode").one_of(&VOLUME_MODES, errors);
    }
}

fn storage(spec: &At<'_>, errors: &mut Errors) {
    let mut found = false;
    for key in SOURCES {
        let at = spec.get(key);
        if !at.is_set() {
            continue;
        }
        if found {
            let path = if key == "cephfs" { "cephFS" } else { key };
            errors.push(spec.get(path).forbidden("may not specify more than 1 volume type"));
            continue;
        }
        found = true;
        match key {
            "hostPath" => pod::host_path(&at, errors),
            "nfs" => pod::nfs(&at, errors),
            "local" => {
                if at.get("path").is_empty() {
                    errors.push(at.get("path").required(""));
                } else {
                    pod::no_backsteps(&at.get("path"), errors);
                }
                if !spec.get("nodeAffinity").is_set() {
                    errors.push(spec.get("nodeAffinity").required("Local volume requires node affinity"));
                }
            }
            "csi" => {
                pod::driver_name(&at.get("driver"), errors);
                if at.get("volumeHandle").is_empty() {
                    errors.push(at.get("volumeHandle").required(""));
                }
            }
            _ => {}
        }
    }
    if !found {
        errors.push(spec.required("must specify a volume type"));
    }
}

/// `ValidatePersistentVolumeUpdate`, after what creation checks too.
pub(super) fn volume_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let sources = |at: &At<'_>| -> Map<String, Value> {
        let mut map = at.map().cloned().unwrap_or_default();
        map.retain(|key, _| SOURCES.contains(&key.as_str()));
        map
    };
    let (now, was) = (sources(new), sources(old));
    if now != was {
        let shown = difference::between("core.PersistentVolumeSource", &was.into(), &now.into());
        let detail = format!("spec.persistentvolumesource is immutable after creation\n{shown}");
        errors.push(Error::forbidden("spec.persistentvolumesource", detail));
    }
    if new.get("volumeMode").value != old.get("volumeMode").value {
        errors.push(Error::invalid("volumeMode", new.get("volumeMode").value.clone(), IMMUTABLE));
    }
}
