//! Probes and hooks of containers.

use crate::{
    object::names,
    strategy::check::{At, Errors},
};
use serde_json::Value;

/// A probe; `kind` is its key.
pub(super) fn validate(probe: &At<'_>, kind: &str, grace: Option<i64>, errors: &mut Errors) {
    if !probe.is_set() {
        return;
    }
    handler(probe, grace, errors);
    for key in
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
    {
        probe.get(key).non_negative(errors);
    }
    let own_grace = probe.get("terminationGracePeriodSeconds");
    if own_grace.is_set() && own_grace.number() <= 0 {
        errors.push(own_grace.invalid("must be greater than 0"));
    }
    if kind == "readinessProbe" {
        if own_grace.is_set() {
            errors.push(own_grace.invalid("must not be set for readinessProbes"));
        }
    } else if probe.get("successThreshold").number() != 1 {
        errors.push(probe.get("successThreshold").invalid("must be 1"));
    }
}

/// `validateLifecycle`.
pub(super) fn lifecycle(lifecycle: &At<'_>, grace: Option<i64>, errors: &mut Errors) {
    for key in ["postStart", "preStop"] {
        let hook = lifecycle.get(key);
        if hook.is_set() {
            handler(&hook, grace, errors);
        }
    }
}

/// `validateHandler`.
fn handler(handler: &At<'_>, grace: Option<i64>, errors: &mut Errors) {
    let mut found = false;
    for key in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let action = handler.get(key);
        if !action.is_set() {
            continue;
        }
        if found {
            errors.push(action.forbidden("may not specify more than 1 handler type"));
            continue;
        }
        found = true;
        match key {
            "exec" if action.get("command").is_empty() => errors.push(action.get("command").required("")),
            "httpGet" => http(&action, errors),
            "tcpSocket" | "grpc" => port(&action.get("port"), errors),
            "sleep" => sleep(&action, grace, errors),
            _ => {}
        }
    }
    if !found {
        errors.push(handler.required("must specify a handler type"));
    }
}

fn sleep(action: &At<'_>, grace: Option<i64>, errors: &mut Errors) {
    let seconds = action.get("seconds").number();
    if let Some(grace) = grace.filter(|grace| seconds < 0 || seconds > *grace) {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.push(crate::field::Error::invalid(&action.path, seconds, detail));
    }
}

fn http(action: &At<'_>, errors: &mut Errors) {
    if action.get("path").is_empty() {
        errors.push(action.get("path").required(""));
    }
    port(&action.get("port"), errors);
    action.get("scheme").one_of(&["HTTP", "HTTPS"], errors);
    for header in action.get("httpHeaders").items() {
        let name = At { value: header.get("name").value, path: action.get("httpHeaders").path };
        name.obeys(names::header_name, errors);
    }
}

/// `ValidatePortNumOrName`.
pub(in super::super) fn port(port: &At<'_>, errors: &mut Errors) {
    match port.value {
        Value::String(_) => port.obeys(names::port_name, errors),
        _ => port.between(1, 65535, errors),
    }
}
