//! AdmissionReviews: questions, and what counts as an answer.

use super::{Failure, Hook, matching::Invocation};
use crate::{admission::request::Request, status::Status};
use base64::Engine as _;
use serde_json::{Map, Value, json};

/// The review to send: its uid, its version, and the JSON.
///
/// # Errors
/// A webhook that knows no version that we do.
pub(super) fn question(
    request: &Request<'_>,
    object: &Value,
    hook: &Hook,
    invocation: &Invocation,
) -> Result<(String, &'static str, Value), Failure> {
    let versions = hook.webhook.get("admissionReviewVersions").and_then(Value::as_array);
    let known = versions.into_iter().flatten().filter_map(Value::as_str).find_map(|version| match version {
        "v1" => Some("v1"),
        "v1beta1" => Some("v1beta1"),
        _ => None,
    });
    let Some(version) = known else {
        let why = "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)";
        return Err(Failure::Call(why.to_owned()));
    };
    let uid = crate::object::fresh::uid();
    let review = json!({
        "kind": "AdmissionReview", "apiVersion": format!("admission.k8s.io/{version}"),
        "request": request_json(request, object, invocation, &uid),
    });
    Ok((uid, version, review))
}

/// `AdmissionRequest`.
pub(crate) fn request_json(
    request: &Request<'_>,
    object: &Value,
    invocation: &Invocation,
    uid: &str,
) -> Value {
    let (group, version, kind) = &invocation.kind;
    let resource = |gvr: &crate::kinds::Gvr| json!({"group": gvr.group, "version": gvr.version, "resource": gvr.resource});
    let own_version =
        if invocation.resource == *request.resource { version } else { &request.resource.version };
    let user = request.user();
    let mut info = Map::new();
    info.insert("username".into(), user.name.as_str().into());
    if !user.uid.is_empty() {
        info.insert("uid".into(), user.uid.as_str().into());
    }
    info.insert("groups".into(), user.groups.clone().into());
    if !user.extra.is_empty() {
        info.insert("extra".into(), json!(user.extra));
    }
    let shown = |object: &Value| if object.is_null() { Value::Null } else { invocation.shown(object) };
    let mut asked = json!({
        "uid": uid,
        "kind": {"group": group, "version": version, "kind": kind},
        "resource": resource(&invocation.resource),
        "requestKind": {"group": group, "version": own_version, "kind": kind},
        "requestResource": resource(request.resource),
        "operation": request.operation,
        "userInfo": info,
        "object": shown(object),
        "oldObject": request.old.map_or(Value::Null, shown),
        "dryRun": request.caller.dry_run,
        "options": request.options,
    });
    let parts = [
        ("name", request.name),
        ("namespace", request.namespace),
        ("subResource", request.subresource),
        ("requestSubResource", request.subresource),
    ];
    for (key, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
        asked[key] = text.into();
    }
    asked
}

/// The response inside an answer: `VerifyAdmissionResponse`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn verify<'a>(
    answer: &'a Value,
    uid: &str,
    version: &str,
    mutating: bool,
) -> Result<&'a Value, String> {
    let Some(response) = answer.get("response").filter(|response| response.is_object()) else {
        return Err("webhook response was absent".to_owned());
    };
    if version == "v1beta1" {
        return Ok(response);
    }
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let given = text(response, "uid");
    if given != uid {
        return Err(format!("expected response.uid={uid:?}, got {given:?}"));
    }
    let (api_version, kind) = (text(answer, "apiVersion"), text(answer, "kind"));
    if api_version != "admission.k8s.io/v1" || kind != "AdmissionReview" {
        return Err(format!(
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {api_version}, Kind={kind}"
        ));
    }
    let patch = !text(response, "patch").is_empty();
    let patch_type = response.get("patchType").filter(|kind| !kind.is_null());
    match (mutating, patch, patch_type) {
        (true, true, None) => Err("webhook returned response.patch but not response.patchType".to_owned()),
        (true, false, Some(_)) => {
            Err("webhook returned response.patchType but not response.patch".to_owned())
        }
        (false, true, _) => Err("validating webhook may not return response.patch".to_owned()),
        (false, false, Some(_)) => Err("validating webhook may not return response.patchType".to_owned()),
        _ => Ok(response),
    }
}

/// The JSON patch of a response, if any.
///
/// # Errors
/// A patch that is not base64, or of an unknown type.
pub(super) fn patch(response: &Value) -> Result<Option<Vec<u8>>, String> {
    let Some(text) = response.get("patch").and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match response.get("patchType").and_then(Value::as_str) {
        None | Some("JSONPatch") => {}
        Some(other) => return Err(format!("unsupported patch type {other:?}")),
    }
    let patch = base64::engine::general_purpose::STANDARD.decode(text).map_err(|error| error.to_string())?;
    match serde_json::from_slice::<Value>(&patch) {
        Ok(Value::Array(operations)) if operations.is_empty() => Ok(None),
        Ok(Value::Null) => Ok(None),
        Ok(Value::Array(_)) => Ok(Some(patch)),
        Ok(other) => Err(crate::webhook::unmarshal(&other, "jsonpatch.Patch")),
        Err(error) => Err(error.to_string()),
    }
}

/// A webhook's refusal: its own status, with words before the message.
pub(super) fn refusal(name: &str, status: Option<&Value>) -> Status {
    let text = |key: &str| {
        status.and_then(|status| status.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let code = status.and_then(|status| status.get("code")).and_then(Value::as_u64).unwrap_or_default();
    let code = u16::try_from(code).ok().filter(|code| (400..600).contains(code)).unwrap_or(400);
    let denied = format!("admission webhook {name:?} denied the request");
    let (message, reason) = (text("message"), text("reason"));
    let message = match (message.as_str(), reason.as_str()) {
        ("", "") => format!("{denied} without explanation"),
        ("", reason) => format!("{denied}: {reason}"),
        (message, _) => format!("{denied}: {message}"),
    };
    let refused = Status::new(code, known_reason(&reason), message);
    match status.and_then(|status| status.get("details")).filter(|details| details.is_object()) {
        Some(details) => refused.with_details(details.clone()),
        None => refused,
    }
}

/// Reasons that `metav1` names; others are left out.
fn known_reason(reason: &str) -> &'static str {
    const REASONS: [&str; 21] = [
        "Unauthorized",
        "Forbidden",
        "NotFound",
        "AlreadyExists",
        "Conflict",
        "Gone",
        "Invalid",
        "ServerTimeout",
        "StoreReadError",
        "Timeout",
        "TooManyRequests",
        "BadRequest",
        "MethodNotAllowed",
        "NotAcceptable",
        "RequestEntityTooLarge",
        "UnsupportedMediaType",
        "InternalError",
        "Expired",
        "ServiceUnavailable",
        "Failure",
        "Unknown",
    ];
    REASONS.iter().find(|known| **known == reason).copied().unwrap_or_default()
}
