//! Storage drivers, what they have on nodes, and aggregated APIs: `pkg/apis/storage/validation` and
//! `apiregistration/validation`.

use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, IMMUTABLE, NEGATIVE, selector, texts},
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};

/// A CSIDriver, new or in the place of an old one.
pub(super) fn driver(object: &At<'_>, old: Option<&At<'_>>, errors: &mut Errors) {
    let spec = object.get("spec");
    if old.is_none() {
        driver_name(&object.at("metadata.name"), errors);
    }
    let policy = spec.get("fsGroupPolicy");
    if policy.is_set() {
        policy.one_of(&["File", "None", "ReadWriteOnceWithFSType"], errors);
    }
    let requests = spec.get("tokenRequests");
    let mut audiences: Vec<&str> = Vec::new();
    for request in requests.items() {
        let (audience, lasts) = (request.get("audience"), request.get("expirationSeconds"));
        if audiences.contains(&audience.text()) {
            errors.push(audience.duplicate());
            continue;
        }
        audiences.push(audience.text());
        if lasts.is_set() && lasts.number() < 600 {
            errors.push(lasts.invalid("may not specify a duration less than 10 minutes"));
        }
        if lasts.number() > 1 << 32 {
            errors.push(lasts.invalid("may not specify a duration larger than 2^32 seconds"));
        }
    }
    let modes = spec.get("volumeLifecycleModes");
    for mode in texts(&modes).iter().filter(|mode| !["Persistent", "Ephemeral"].contains(mode)) {
        errors.push(Error::not_supported(&modes.path, *mode, &["Persistent", "Ephemeral"]));
    }
    let period = spec.get("nodeAllocatableUpdatePeriodSeconds");
    if period.is_set() && period.number() < 10 {
        errors.push(period.invalid("must be greater than or equal to 10 seconds"));
    }
    let secrets = spec.get("serviceAccountTokenInSecrets");
    if secrets.is_set() && requests.is_empty() {
        let why = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
        errors.push(secrets.invalid(why));
    }
    if let Some(old) = old {
        let (attach, before) = (spec.get("attachRequired"), old.at("spec.attachRequired"));
        if attach.value != before.value {
            errors.push(Error::invalid("spec.attachedRequired", attach.value.clone(), IMMUTABLE));
        }
        modes.immutable(&old.at("spec.volumeLifecycleModes"), errors);
    }
}

/// `ValidateCSIDriverName`.
fn driver_name(name: &At<'_>, errors: &mut Errors) {
    if name.is_empty() {
        return errors.push(name.required(""));
    }
    if name.len() > 63 {
        errors.push(Error::too_long(&name.path, 63));
    }
    if name.path != "metadata.name" {
        let faults = names::dns_subdomain(&name.text().to_lowercase()).into_iter();
        errors.extend(faults.map(|fault| name.invalid_text(fault)));
    }
}

/// A CSINode.
pub(super) fn node(object: &At<'_>, errors: &mut Errors) {
    let mut known: Vec<&str> = Vec::new();
    for driver in object.at("spec.drivers").items() {
        let (name, id) = (driver.get("name"), driver.get("nodeID"));
        driver_name(&name, errors);
        if id.is_empty() {
            errors.push(id.required(""));
        }
        if id.len() > 256 {
            errors.push(Error::invalid(&id.path, id.text(), "must be 256 characters or less"));
        }
        let count = driver.at("allocatable.count");
        if count.number() < 0 {
            errors.push(count.invalid(NEGATIVE));
        }
        if known.contains(&name.text()) {
            errors.push(name.duplicate());
        }
        known.push(name.text());
        let mut keys: Vec<&str> = Vec::new();
        for key in texts(&driver.get("topologyKeys")) {
            if key.is_empty() {
                errors.push(driver.required(""));
            }
            if keys.contains(&key) {
                errors.push(Error::duplicate(&driver.path, key));
            }
            keys.push(key);
            let faults = names::qualified(key).into_iter();
            errors.extend(faults.map(|fault| Error::invalid(&driver.path, key, fault)));
        }
    }
}

/// A VolumeAttachment.
pub(super) fn attachment(object: &At<'_>, old: Option<&At<'_>>, errors: &mut Errors) {
    let spec = object.get("spec");
    driver_name(&spec.get("attacher"), errors);
    let source = spec.get("source");
    let (inline, named) = (source.get("inlineVolumeSpec"), source.get("persistentVolumeName"));
    const ONE: &str = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (inline.is_set(), named.is_set()) {
        (false, false) => errors.push(source.required(ONE)),
        (true, true) => errors.push(source.forbidden(ONE)),
        (false, true) if named.is_empty() => {
            errors.push(named.required("must specify non empty persistentVolumeName"));
        }
        _ => {}
    }
    spec.get("nodeName").obeys(names::dns_subdomain, errors);
    if named.is_set() {
        named.obeys(names::dns_subdomain, errors);
    }
    if let Some(old) = old
        && spec.value != old.get("spec").value
    {
        errors.push(spec.invalid(IMMUTABLE));
    }
}

/// A CSIStorageCapacity.
pub(super) fn capacity(object: &At<'_>, old: Option<&At<'_>>, errors: &mut Errors) {
    let (topology, class) = (object.get("nodeTopology"), object.get("storageClassName"));
    if let Some(old) = old {
        topology.immutable(&old.get("nodeTopology"), errors);
        return class.immutable(&old.get("storageClassName"), errors);
    }
    selector(&topology, errors);
    class.obeys(names::dns_subdomain, errors);
    let capacity = object.get("capacity");
    if capacity.text().starts_with('-') {
        errors.push(capacity.invalid(NEGATIVE));
    }
}

/// An APIService.
pub(super) fn api_service(object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    let (name, group, version) = (object.at("metadata.name"), spec.get("group"), spec.get("version"));
    let wanted = format!("{}.{}", version.text(), group.text());
    if name.text() != wanted {
        errors.push(name.invalid(format!("must be `spec.version+\".\"+spec.group`: {wanted:?}")));
    }
    if group.is_empty() {
        if version.text() != "v1" {
            errors.push(group.required("only v1 may have an empty group and it better be legacy kube"));
        }
    } else {
        group.obeys(names::dns_subdomain, errors);
    }
    version.obeys(names::dns_1035_label, errors);
    for (key, most) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1000)] {
        let number = spec.get(key);
        if !(1..=most).contains(&number.number()) {
            errors.push(number.invalid(format!("must be positive and less than {most}")));
        }
    }
    let (service, bundle, insecure) =
        (spec.get("service"), spec.get("caBundle"), spec.get("insecureSkipTLSVerify"));
    if !service.is_set() {
        if !bundle.is_empty() {
            let length = BASE64.decode(bundle.text()).map_or(0, |bytes| bytes.len());
            let why = "local APIServices may not have a caBundle";
            errors.push(Error::invalid(&bundle.path, format!("{length} bytes"), why));
        }
        if insecure.is_true() {
            errors.push(insecure.invalid("local APIServices may not have insecureSkipTLSVerify"));
        }
        return;
    }
    for key in ["namespace", "name"] {
        if service.get(key).is_empty() {
            errors.push(service.get(key).required(""));
        }
    }
    let port = service.get("port");
    let faults = names::port_number(port.number());
    if !faults.is_empty() {
        errors.push(port.invalid(format!("port is not valid: {}", faults.join(", "))));
    }
    if insecure.is_true() && !bundle.is_empty() {
        errors.push(insecure.invalid("may not be true if caBundle is present"));
    }
}
