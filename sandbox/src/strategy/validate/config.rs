//! ConfigMaps, Secrets, LimitRanges, ResourceQuotas and others of the core group.

use super::pod;
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, IMMUTABLE},
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use serde_json::Value;
use skiff_compact::Order;

/// A ConfigMap or Secret may hold so many bytes, `MaxSecretSize`.
const MAX_SIZE: usize = 1024 * 1024;
const WHEN_SET: &str = "field is immutable when `immutable` is set";

/// `ValidateConfigMap`, beyond metadata.
pub(super) fn config_map(object: &At<'_>, errors: &mut Errors) {
    let (data, binary) = (object.get("data"), object.get("binaryData"));
    let mut size = 0;
    for (key, value) in data.entries() {
        let faults = names::config_key(key).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&value.path, key, fault)));
        if binary.key(key).is_set() {
            errors.push(Error::invalid(&value.path, key, "duplicate of key present in binaryData"));
        }
        size += value.len();
    }
    for (key, value) in binary.entries() {
        let faults = names::config_key(key).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&value.path, key, fault)));
        size += bytes(value.text()).len();
    }
    if size > MAX_SIZE {
        errors.push(Error::too_long("", 1024 * 1024));
    }
}

fn bytes(text: &str) -> Vec<u8> {
    // What is no base64 was refused when the body was read.
    BASE64.decode(text).unwrap_or_default()
}

/// What of an immutable object changed.
pub(super) fn frozen(new: &At<'_>, old: &At<'_>, keys: &[&str], errors: &mut Errors) {
    if !old.get("immutable").is_true() {
        return;
    }
    if !new.get("immutable").is_true() {
        errors.push(new.get("immutable").forbidden(WHEN_SET));
    }
    for key in keys {
        if new.get(key).value != old.get(key).value {
            errors.push(new.get(key).forbidden(WHEN_SET));
        }
    }
}

/// `ValidateSecret`, beyond metadata.
pub(super) fn secret(object: &At<'_>, errors: &mut Errors) {
    let data = object.get("data");
    let mut size = 0;
    for (key, value) in data.entries() {
        let faults = names::config_key(key).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&value.path, key, fault)));
        size += bytes(value.text()).len();
    }
    if size > MAX_SIZE {
        errors.push(Error::too_long("data", 1024 * 1024));
    }
    let need = |keys: &[&str], errors: &mut Errors| {
        for key in keys.iter().filter(|key| !data.key(key).is_set()) {
            errors.push(data.key(key).required(""));
        }
    };
    match object.get("type").text() {
        "kubernetes.io/service-account-token" => {
            let account = object.at("metadata.annotations").key("kubernetes.io/service-account.name");
            if account.is_empty() {
                errors.push(account.required(""));
            }
        }
        "kubernetes.io/dockercfg" => registry_secret(&data.key(".dockercfg"), errors),
        "kubernetes.io/dockerconfigjson" => registry_secret(&data.key(".dockerconfigjson"), errors),
        "kubernetes.io/basic-auth" if !data.key("username").is_set() && !data.key("password").is_set() => {
            need(&["username", "password"], errors);
        }
        "kubernetes.io/ssh-auth" if data.key("ssh-privatekey").is_empty() => {
            errors.push(data.key("ssh-privatekey").required(""));
        }
        "kubernetes.io/tls" => need(&["tls.crt", "tls.key"], errors),
        _ => {}
    }
}

fn registry_secret(at: &At<'_>, errors: &mut Errors) {
    const HIDDEN: &str = "<secret contents redacted>";
    if !at.is_set() {
        return errors.push(at.required(""));
    }
    let content = bytes(at.text());
    let detail = match serde_json::from_slice::<Value>(&content) {
        Ok(Value::Object(_) | Value::Null) => return,
        Ok(other) => {
            let kind = match other {
                Value::Array(_) => "array",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "number",
            };
            format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")
        }
        Err(_) if content.is_empty() => "unexpected end of JSON input".to_owned(),
        Err(error) if error.is_eof() => "unexpected end of JSON input".to_owned(),
        Err(_) => {
            let first = content.iter().copied().find(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
            format!("invalid character '{}' looking for beginning of value", char::from(first))
        }
    };
    errors.push(Error::invalid(&at.path, HIDDEN, detail));
}

/// `ValidateSecretUpdate`, before what creation checks too.
pub(super) fn secret_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let kind = new.get("type");
    if kind.text() != old.get("type").text() {
        errors.push(kind.invalid_text(IMMUTABLE));
    }
    frozen(new, old, &["data"], errors);
}

/// `ValidateResourceQuotaSpec`.
pub(super) fn quota(spec: &At<'_>, errors: &mut Errors) {
    for (name, amount) in spec.get("hard").entries() {
        resource_name(&amount, name, errors);
        if !name.contains('/') && !is_quota(name) {
            errors.push(Error::invalid(&amount.path, name, "must be a standard resource for quota"));
        }
        pod::resource_value(&amount, name, errors);
    }
    const SCOPES: [&str; 7] = [
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ];
    let scopes = spec.get("scopes");
    let names: Vec<&str> = scopes.items().iter().map(At::text).collect();
    for _ in names.iter().filter(|scope| !SCOPES.contains(scope)) {
        errors.push(scopes.invalid("unsupported scope"));
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| names.contains(scope)) {
            errors.push(scopes.invalid("conflicting scopes"));
        }
    }
}

/// `validateResourceName`.
fn resource_name(at: &At<'_>, name: &str, errors: &mut Errors) {
    let faults = names::qualified(name);
    if faults.is_empty() && !name.contains('/') && !pod::is_standard(name) {
        let detail = "must be a standard resource type or fully qualified";
        errors.push(Error::invalid(&at.path, name, detail));
    }
    errors.extend(faults.into_iter().map(|fault| Error::invalid(&at.path, name, fault)));
}

fn is_quota(name: &str) -> bool {
    pod::is_standard(name) || name.starts_with("count/")
}

/// `ValidateLimitRange`, beyond metadata.
pub(super) fn limits(spec: &At<'_>, errors: &mut Errors) {
    let mut known: Vec<&str> = Vec::new();
    for limit in spec.get("limits").items() {
        let kind = limit.get("type");
        let before = errors.len();
        kind.obeys(names::qualified, errors);
        let standard = ["Pod", "Container", "PersistentVolumeClaim"].contains(&kind.text());
        if errors.len() == before && !kind.text().contains('/') && !standard {
            errors.push(kind.invalid("must be a standard limit type or fully qualified"));
        }
        if known.contains(&kind.text()) {
            errors.push(kind.duplicate());
        }
        known.push(kind.text());
        limit_lists(&limit, errors);
        limit_order(&limit, errors);
    }
}

fn limit_lists(limit: &At<'_>, errors: &mut Errors) {
    let kind = limit.get("type").text();
    let names_of = |list: &str, errors: &mut Errors| {
        for (name, amount) in limit.get(list).entries() {
            if matches!(kind, "Pod" | "Container") {
                pod::resource_name(&amount, name, errors);
            } else {
                resource_name(&amount, name, errors);
            }
        }
    };
    names_of("max", errors);
    names_of("min", errors);
    for list in ["default", "defaultRequest"] {
        if kind != "Pod" {
            names_of(list, errors);
        } else if !limit.get(list).is_empty() {
            errors.push(limit.get(list).forbidden("may not be specified when `type` is 'Pod'"));
        }
    }
    let sized = limit.get("min").key("storage").is_set() || limit.get("max").key("storage").is_set();
    if kind == "PersistentVolumeClaim" && !sized {
        let detail = "either minimum or maximum storage value is required, but neither was provided";
        errors.push(limit.get("limits").required(detail));
    }
    names_of("maxLimitRequestRatio", errors);
}

/// The lists of one limit must fit each other.
fn limit_order(limit: &At<'_>, errors: &mut Errors) {
    let lists = ["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"];
    let mut keys: Vec<&str> =
        lists.iter().flat_map(|list| limit.get(list).entries()).map(|(key, _)| key).collect();
    keys.order();
    keys.dedup();
    // What must not be greater than what, the list that is blamed, the value that is shown, and their names.
    let rules = [
        ("min", "max", "min", "min", "min", "max"),
        ("min", "defaultRequest", "defaultRequest", "defaultRequest", "min", "default request"),
        ("defaultRequest", "max", "defaultRequest", "defaultRequest", "default request", "max"),
        ("defaultRequest", "default", "defaultRequest", "defaultRequest", "default request", "default limit"),
        ("min", "default", "default", "min", "min", "default"),
        ("default", "max", "default", "max", "default", "max"),
    ];
    for key in keys {
        for (low, high, blamed, shown, low_name, high_name) in rules {
            let (Some(less), Some(more)) =
                (limit.get(low).key(key).quantity(), limit.get(high).key(key).quantity())
            else {
                continue;
            };
            if less.compare(&more).is_gt() {
                let detail = format!("{low_name} value {less} is greater than {high_name} value {more}");
                let path = limit.get(blamed).key(key).path;
                errors.push(Error::invalid(path, limit.get(shown).key(key).value.clone(), detail));
            }
        }
        let ratio = limit.get("maxLimitRequestRatio").key(key);
        if let Some(own) = ratio.quantity().filter(|own| own.milli() < 1000) {
            errors.push(ratio.invalid(format!("ratio {own} is less than 1")));
        }
    }
}
