//! Volumes, and how containers mount them.

use super::{Pod, container, ephemeral_claim};
use crate::{
    field::Error,
    object::{names, quantity::Quantity},
    strategy::check::{At, Errors},
};
use serde_json::Value;

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";
const MORE: &str = "may not specify more than 1 volume type";
const VOLUME_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// What the environment of a container may take from its pod.
pub(super) const ENVIRONMENT_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
/// The sources of volumes, in the order in which they are looked at.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// `ValidateVolumes`; answers those that are right in themselves.
pub(super) fn validate<'a>(
    volumes: &At<'a>,
    pod: Option<&str>,
    errors: &mut Errors,
) -> Vec<(&'a str, &'a Value)> {
    let mut known: Vec<(&str, &Value)> = Vec::new();
    for volume in volumes.items() {
        let name = volume.get("name");
        let before = errors.len();
        source(&volume, pod, errors);
        name.named(names::dns_label, errors);
        if known.iter().any(|(other, _)| *other == name.text()) {
            errors.push(name.duplicate());
        }
        if errors.len() == before {
            known.push((name.text(), volume.value));
        }
    }
    known
}

/// `validateVolumeSource`.
fn source(volume: &At<'_>, pod: Option<&str>, errors: &mut Errors) {
    let mut found = false;
    for key in SOURCES {
        let at = volume.get(key);
        if !at.is_set() {
            continue;
        }
        if found {
            // Two of the paths are misspelt there.
            let path = match key {
                "downwardAPI" => "downwarAPI",
                "cephfs" => "cephFS",
                key => key,
            };
            errors.push(volume.get(path).forbidden(MORE));
            continue;
        }
        found = true;
        one_source(key, &at, pod, errors);
    }
    if !found {
        errors.push(volume.required("must specify a volume type"));
    }
}

fn one_source(key: &str, at: &At<'_>, pod: Option<&str>, errors: &mut Errors) {
    match key {
        "emptyDir" => {
            if at.get("sizeLimit").quantity().is_some_and(|limit| limit.sign() < 0) {
                let detail = "SizeLimit field must be a valid resource quantity";
                errors.push(at.get("sizeLimit").forbidden(detail));
            }
        }
        "hostPath" => host_path(at, errors),
        "secret" => files(at, "secretName", errors),
        "configMap" => files(at, "name", errors),
        "nfs" => nfs(at, errors),
        "persistentVolumeClaim" => need(at, "claimName", errors),
        "downwardAPI" => {
            mode(&at.get("defaultMode"), errors);
            for file in at.get("items").items() {
                // The path there names no item.
                downward_file(&At { value: file.value, path: at.path.clone() }, errors);
            }
        }
        "projected" => projected(at, errors),
        "csi" => driver_name(&at.get("driver"), errors),
        "ephemeral" => ephemeral_claim(at, errors),
        "image" => {
            if pod.is_some() {
                need(at, "reference", errors);
            }
            container::pull_policy(&at.get("pullPolicy"), errors);
        }
        key => others(key, at, errors),
    }
}

/// Sources of storage that is reached over the network; what they need is all that is looked at.
fn others(key: &str, at: &At<'_>, errors: &mut Errors) {
    let needed: &[&str] = match key {
        "gitRepo" => &["repository"],
        "gcePersistentDisk" => &["pdName"],
        "awsElasticBlockStore" | "portworxVolume" | "cinder" => &["volumeID"],
        "iscsi" => &["targetPortal", "iqn"],
        "glusterfs" => &["endpoints", "path"],
        "rbd" => &["monitors", "image"],
        "cephfs" => &["monitors"],
        "flexVolume" => &["driver"],
        "azureFile" => &["secretName", "shareName"],
        "vsphereVolume" => &["volumePath"],
        "photonPersistentDisk" => &["pdID"],
        "azureDisk" => &["diskName", "diskURI"],
        "scaleIO" => &["gateway", "system", "volumeName"],
        _ => &[],
    };
    for key in needed {
        need(at, key, errors);
    }
}

fn need(at: &At<'_>, key: &str, errors: &mut Errors) {
    if at.get(key).is_empty() {
        errors.push(at.get(key).required(""));
    }
}

/// `validateHostPathVolumeSource`.
pub(in super::super) fn host_path(at: &At<'_>, errors: &mut Errors) {
    const TYPES: [&str; 8] =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    let path = at.get("path");
    if path.is_empty() {
        return errors.push(path.required(""));
    }
    no_backsteps(&path, errors);
    at.get("type").one_of(&TYPES, errors);
}

/// `validateNFSVolumeSource`.
pub(in super::super) fn nfs(at: &At<'_>, errors: &mut Errors) {
    need(at, "server", errors);
    need(at, "path", errors);
    if !at.get("path").text().starts_with('/') {
        errors.push(at.get("path").invalid_text("must be an absolute path"));
    }
}

/// `ValidateCSIDriverName`.
pub(in super::super) fn driver_name(name: &At<'_>, errors: &mut Errors) {
    const MAX: usize = 63;
    if name.is_empty() {
        return errors.push(name.required(""));
    }
    if name.len() > MAX {
        errors.push(Error::too_long(&name.path, 63));
    }
    let faults = names::dns_subdomain(&name.text().to_lowercase()).into_iter();
    errors.extend(faults.map(|fault| name.invalid(fault)));
}

fn mode(mode: &At<'_>, errors: &mut Errors) {
    if mode.is_set() && !(0..=0o777).contains(&mode.number()) {
        errors.push(mode.invalid(MODE));
    }
}

/// Secrets and config maps as volumes.
fn files(at: &At<'_>, name: &str, errors: &mut Errors) {
    need(at, name, errors);
    mode(&at.get("defaultMode"), errors);
    for item in at.get("items").items() {
        key_to_path(&item, errors);
    }
}

fn key_to_path(item: &At<'_>, errors: &mut Errors) {
    need(item, "key", errors);
    need(item, "path", errors);
    local_path(&item.get("path"), errors);
    mode(&item.get("mode"), errors);
}

/// `ValidateLocalNonReservedPath`.
fn local_path(path: &At<'_>, errors: &mut Errors) {
    descending(path, errors);
    if path.text().starts_with("..") && !path.text().starts_with("../") {
        errors.push(path.invalid("must not start with '..'"));
    }
}

/// `validateLocalDescendingPath`.
pub(super) fn descending(path: &At<'_>, errors: &mut Errors) {
    if path.text().starts_with('/') {
        errors.push(path.invalid("must be a relative path"));
    }
    no_backsteps(path, errors);
}

/// `validatePathNoBacksteps`.
pub(in super::super) fn no_backsteps(path: &At<'_>, errors: &mut Errors) {
    if path.text().split('/').any(|part| part == "..") {
        errors.push(path.invalid("must not contain '..'"));
    }
}

fn downward_file(file: &At<'_>, errors: &mut Errors) {
    need(file, "path", errors);
    local_path(&file.get("path"), errors);
    let (field, resource) = (file.get("fieldRef"), file.get("resourceFieldRef"));
    if field.is_set() {
        field_reference(&field, &VOLUME_FIELDS, errors);
        if resource.is_set() {
            let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
            errors.push(Error::invalid(&file.path, "resource", detail));
        }
    } else if resource.is_set() {
        resource_reference(&resource, true, errors);
    } else {
        errors.push(file.required("one of fieldRef and resourceFieldRef is required"));
    }
    mode(&file.get("mode"), errors);
}

/// `validateObjectFieldSelector`.
pub(super) fn field_reference(reference: &At<'_>, allowed: &[&str], errors: &mut Errors) {
    let field = reference.get("fieldPath");
    if field.is_empty() {
        return errors.push(field.required(""));
    }
    if let Some((path, key)) = field.text().strip_suffix("']").and_then(|text| text.split_once("['")) {
        let rule = |key: &str| names::qualified(key).into_iter().collect::<Vec<_>>();
        let faults = match path {
            "metadata.annotations" => rule(&key.to_lowercase()),
            "metadata.labels" => rule(key),
            _ => {
                let detail = format!(
                    "error converting fieldPath: field label does not support subscript: {}",
                    field.text()
                );
                return errors.push(field.invalid(detail));
            }
        };
        errors.extend(faults.into_iter().map(|fault| Error::invalid(&reference.path, key, fault)));
        return;
    }
    let known = VOLUME_FIELDS.contains(&field.text())
        || ENVIRONMENT_FIELDS.contains(&field.text())
        || matches!(field.text(), "spec.restartPolicy" | "spec.schedulerName" | "status.phase" | "spec.host");
    if !known {
        let detail = format!("error converting fieldPath: field label not supported: {}", field.text());
        errors.push(field.invalid(detail));
    } else if !allowed.contains(&field.text()) {
        errors.push(field.not_supported(allowed));
    }
}

/// `validateContainerResourceFieldSelector`.
pub(super) fn resource_reference(reference: &At<'_>, in_volume: bool, errors: &mut Errors) {
    let resource = reference.get("resource");
    let huge =
        ["requests.hugepages-", "limits.hugepages-"].iter().any(|start| resource.text().starts_with(start));
    if in_volume && reference.get("containerName").is_empty() {
        errors.push(reference.get("containerName").required(""));
    } else if resource.is_empty() {
        errors.push(resource.required(""));
    } else if !huge {
        resource.one_of(&RESOURCES, errors);
    }
    divisor(reference, errors);
}

fn divisor(reference: &At<'_>, errors: &mut Errors) {
    const SIZES: [&str; 13] =
        ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
    let resource = reference.get("resource").text();
    let Some(divisor) = reference.get("divisor").quantity().filter(|divisor| divisor.sign() != 0) else {
        return;
    };
    let text = Quantity::to_string(&divisor);
    let (allowed, kind): (&[&str], _) = match resource.split_once('.').map_or("", |(_, name)| name) {
        "cpu" => (&["1m", "1"], "cpu"),
        "memory" => (&SIZES, "memory"),
        "ephemeral-storage" => (&SIZES, "local ephemeral storage"),
        name if name.starts_with("hugepages-") => (&SIZES, "hugepages"),
        _ => return,
    };
    if !allowed.contains(&text.as_str()) {
        let list = if kind == "cpu" { "1m and 1".to_owned() } else { SIZES.join(", ") };
        let detail = format!("only divisor's values {list} are supported with the {kind} resource");
        errors.push(Error::invalid(reference.get("divisor").path, resource, detail));
    }
}

/// `validateProjectedVolumeSource`.
fn projected(at: &At<'_>, errors: &mut Errors) {
    mode(&at.get("defaultMode"), errors);
    let mut paths: Vec<&str> = Vec::new();
    for source in at.get("sources").items() {
        let mut count = 0;
        for key in ["secret", "configMap", "downwardAPI"] {
            let own = source.get(key);
            if !own.is_set() {
                continue;
            }
            count += 1;
            if key != "downwardAPI" {
                need(&own, "name", errors);
            }
            for item in own.get("items").items() {
                if key == "downwardAPI" {
                    downward_file(&At { value: item.value, path: own.path.clone() }, errors);
                } else {
                    key_to_path(&item, errors);
                }
                let path = item.get("path").text();
                if paths.contains(&path) && !path.is_empty() {
                    let shown = if key == "downwardAPI" { path } else { own.get("name").text() };
                    errors.push(Error::invalid(&at.path, shown, "conflicting duplicate paths"));
                } else {
                    paths.push(path);
                }
            }
        }
        if source.get("serviceAccountToken").is_set() {
            count += 1;
            token(at, &source.get("serviceAccountToken"), errors);
        }
        count += usize::from(source.get("clusterTrustBundle").is_set());
        if count > 1 {
            errors.push(source.forbidden("may not specify more than 1 volume type per source"));
        }
    }
}

fn token(volume: &At<'_>, token: &At<'_>, errors: &mut Errors) {
    const LEAST_SECONDS: i64 = 600;
    const MOST_SECONDS: i64 = 1 << 32;
    let seconds = token.get("expirationSeconds");
    if seconds.number() < LEAST_SECONDS {
        errors.push(seconds.invalid("may not specify a duration less than 10 minutes"));
    }
    if seconds.number() > MOST_SECONDS {
        errors.push(seconds.invalid("may not specify a duration larger than 2^32 seconds"));
    }
    // The path there names the volume.
    let path = At { value: token.get("path").value, path: volume.get("path").path };
    if path.is_empty() {
        errors.push(path.required(""));
    } else {
        local_path(&path, errors);
    }
}

/// `ValidateVolumeMounts`.
pub(super) fn mounts(pod: &Pod<'_>, container: &At<'_>, errors: &mut Errors) {
    let devices = container.get("volumeDevices").items();
    let list = container.get("volumeMounts");
    let mut paths: Vec<&str> = Vec::new();
    for mount in list.items() {
        let (name, path) = (mount.get("name"), mount.get("mountPath"));
        if name.is_empty() {
            errors.push(name.required(""));
        }
        if !pod.volumes.iter().any(|(known, _)| *known == name.text()) {
            errors.push(container::not_found(&name));
        }
        if path.is_empty() {
            errors.push(path.required(""));
        }
        if paths.contains(&path.text()) {
            errors.push(path.invalid_text("must be unique"));
        }
        paths.push(path.text());
        if devices.iter().any(|device| device.get("name").text() == name.text()) {
            errors.push(name.invalid_text("must not already exist in volumeDevices"));
        }
        if devices.iter().any(|device| device.get("devicePath").text() == path.text()) {
            errors.push(path.invalid_text("must not already exist as a path in volumeDevices"));
        }
        // These paths name no item.
        let (sub, expression) = (mount.get("subPath"), mount.get("subPathExpr"));
        if !sub.is_empty() {
            descending(&At { value: sub.value, path: list.get("subPath").path }, errors);
        }
        if !expression.is_empty() {
            if !sub.is_empty() {
                errors.push(expression.invalid("subPathExpr and subPath are mutually exclusive"));
            }
            descending(&At { value: expression.value, path: list.get("subPathExpr").path }, errors);
        }
        propagation(container, &mount, &list, errors);
    }
}

fn propagation(container: &At<'_>, mount: &At<'_>, list: &At<'_>, errors: &mut Errors) {
    let at = At { value: mount.get("mountPropagation").value, path: list.get("mountPropagation").path };
    if at.is_set() {
        at.one_of(&["Bidirectional", "HostToContainer", "None"], errors);
        if at.text() == "Bidirectional" && !container.at("securityContext.privileged").is_true() {
            let detail = "Bidirectional mount propagation is available only to privileged containers";
            errors.push(at.forbidden(detail));
        }
    }
    let recursive =
        At { value: mount.get("recursiveReadOnly").value, path: list.get("recursiveReadOnly").path };
    if recursive.is_set() {
        recursive.one_of(&["Disabled", "Enabled", "IfPossible"], errors);
        if matches!(recursive.text(), "Enabled" | "IfPossible") && !mount.get("readOnly").is_true() {
            errors.push(recursive.forbidden("may only be specified when readOnly is true"));
        }
    }
}

/// `ValidateVolumeDevices`.
pub(super) fn devices(pod: &Pod<'_>, container: &At<'_>, errors: &mut Errors) {
    let mounts = container.get("volumeMounts").items();
    let (mut paths, mut known): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for device in container.get("volumeDevices").items() {
        let (name, path) = (device.get("name"), device.get("devicePath"));
        let volume = pod.volumes.iter().find(|(known, _)| *known == name.text());
        if name.is_empty() {
            errors.push(name.required(""));
        }
        if known.contains(&name.text()) {
            errors.push(name.invalid_text("must be unique"));
        }
        match volume {
            None => errors.push(container::not_found(&name)),
            Some((_, source))
                if source.get("persistentVolumeClaim").is_none() && source.get("ephemeral").is_none() =>
            {
                let detail =
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.push(name.invalid_text(detail));
            }
            Some(_) => {}
        }
        if path.is_empty() {
            errors.push(path.required(""));
        }
        if paths.contains(&path.text()) {
            errors.push(path.invalid_text("must be unique"));
        }
        if path.text().split('/').any(|part| part == "..") {
            errors.push(path.invalid("can not contain backsteps ('..')"));
        } else {
            paths.push(path.text());
        }
        if mounts.iter().any(|mount| mount.get("name").text() == name.text()) {
            errors.push(name.invalid_text("must not already exist in volumeMounts"));
        }
        // Of mounts of one volume the last one counts there.
        let of_last = |mount: &&At<'_>| {
            mounts
                .iter()
                .rev()
                .find(|other| other.get("name").text() == mount.get("name").text())
                .is_some_and(|last| last.path == mount.path)
        };
        if mounts.iter().filter(of_last).any(|mount| mount.get("mountPath").text() == path.text()) {
            errors.push(path.invalid_text("must not already exist as a path in volumeMounts"));
        }
        known.push(name.text());
    }
}
