//! `serviceaccounts/NAME/token`: a token for a service account.

use super::{AUDIENCE, Issuer, Objects, service_account};
use crate::{field, kinds::Gvr, object, status::Status};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

const GROUP: &str = "authentication.k8s.io";
/// How long a token lasts that does not say.
const DEFAULT_SECONDS: i64 = 3600;
const MIN_SECONDS: i64 = 600;
const MAX_SECONDS: i64 = 1 << 32;
/// A pod's usual token lasts a year, so that what never reads it again goes on working:
/// `WarnOnlyBoundTokenExpirationSeconds` and `ExpirationExtensionSeconds`.
const POD_SECONDS: i64 = 3607;
const EXTENDED_SECONDS: i64 = 24 * 365 * 3600;

/// Answers a `TokenRequest` for the service account `namespace`/`name`.
///
/// # Errors
/// As the real server: 404 without the account or the bound object, 409 for other uids, 422 for bad times.
pub fn token(
    issuer: &Issuer,
    objects: &dyn Objects,
    (namespace, name): (&str, &str),
    request: &Value,
    now: Timestamp,
) -> Result<Value, Status> {
    for (key, wanted) in [("name", name), ("namespace", namespace)] {
        let given = object::text(request, &["metadata", key]);
        if !given.is_empty() && given != wanted {
            let why = format!("must match the service account {key} if specified");
            let error = field::Error::invalid(format!("metadata.{key}"), given, why);
            return Err(Status::invalid(GROUP, "TokenRequest", name, &[error]));
        }
    }
    let account = required(objects, "serviceaccounts", namespace, name)?;
    let (given, uid) = (object::uid(request), object::uid(&account));
    if !given.is_empty() && given != uid {
        let why = format!(
            "the UID in the token request ({given}) does not match the UID of the service account ({uid})"
        );
        return Err(Status::conflict(GROUP, "TokenRequest", name, &why));
    }
    let spec = request.get("spec").cloned().unwrap_or_default();
    let seconds = spec.get("expirationSeconds").and_then(Value::as_i64).unwrap_or(DEFAULT_SECONDS);
    valid(seconds)?;
    let mut audiences = spec.get("audiences").cloned().unwrap_or_default();
    if audiences.as_array().is_none_or(Vec::is_empty) {
        audiences = json!([AUDIENCE]);
    }
    let reference = spec.get("boundObjectRef").filter(|reference| !reference.is_null());
    let mut private = Map::new();
    private.insert("namespace".to_owned(), namespace.into());
    private.insert("serviceaccount".to_owned(), json!({"name": name, "uid": uid}));
    if let Some(reference) = reference {
        bind(objects, reference, (namespace, name), &mut private)?;
    }
    let lasts = lasting(seconds, &audiences, &mut private, now);
    let at = now.as_second();
    let claims = json!({
        "aud": audiences, "exp": at + lasts, "iat": at, "nbf": at, "jti": unique()?,
        "sub": service_account::username(namespace, name), "kubernetes.io": private,
    });
    let token = issuer.sign(claims).map_err(Status::internal)?;
    let until = now.checked_add(SignedDuration::from_secs(seconds)).map_err(Status::internal)?;
    let mut metadata =
        json!({"name": name, "namespace": namespace, "uid": uid, "creationTimestamp": whole(now)});
    if let Some(managers) = object::at(request, &["metadata", "managedFields"]) {
        metadata["managedFields"] = managers.clone();
    }
    Ok(json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata,
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": reference},
        "status": {"token": token, "expirationTimestamp": whole(until)},
    }))
}

/// A time without fractions, as the API writes it.
pub(super) fn whole(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn valid(seconds: i64) -> Result<(), Status> {
    let why = if seconds < MIN_SECONDS {
        "may not specify a duration less than 10 minutes"
    } else if seconds > MAX_SECONDS {
        "may not specify a duration larger than 2^32 seconds"
    } else {
        return Ok(());
    };
    let error = field::Error::invalid("spec.expirationSeconds", seconds, why);
    Err(Status::invalid(GROUP, "TokenRequest", "", &[error]))
}

/// How long the token really lasts; says in it from when on its use is to be warned of.
fn lasting(seconds: i64, audiences: &Value, private: &mut Map<String, Value>, now: Timestamp) -> i64 {
    let own = audiences.as_array().is_some_and(|all| all.iter().all(|audience| audience == AUDIENCE));
    if seconds != POD_SECONDS || !own || !private.contains_key("pod") {
        return seconds;
    }
    private.insert("warnafter".to_owned(), (now.as_second() + seconds).into());
    EXTENDED_SECONDS
}

/// Puts the object that the token is bound to into its claims.
fn bind(
    objects: &dyn Objects,
    reference: &Value,
    (namespace, account): (&str, &str),
    private: &mut Map<String, Value>,
) -> Result<(), Status> {
    let text = |key: &str| object::text(reference, &[key]);
    let (version, kind, name) = (text("apiVersion"), text("kind"), text("name"));
    let (key, found) = match (version.contains('/'), kind) {
        (false, "Pod") => {
            let pod = required(objects, "pods", namespace, name)?;
            if object::text(&pod, &["spec", "serviceAccountName"]) != account {
                return Err(Status::bad_request(format!(
                    "cannot bind token for serviceaccount {account:?} to pod running with different serviceaccount name."
                )));
            }
            node_of(objects, &pod, private)?;
            ("pod", pod)
        }
        (false, "Node") => ("node", required(objects, "nodes", "", name)?),
        (false, "Secret") => ("secret", required(objects, "secrets", namespace, name)?),
        _ => {
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            return Err(Status::bad_request(format!(
                "cannot bind token to object of type {group}/{version}, Kind={kind}"
            )));
        }
    };
    let (given, uid) = (text("uid"), object::uid(&found));
    if !given.is_empty() && given != uid {
        let why = format!(
            "the UID in the bound object reference ({given}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(Status::conflict("", kind, name, &why));
    }
    private.insert(key.to_owned(), json!({"name": name, "uid": uid}));
    Ok(())
}

/// Says on which node a pod runs.
fn node_of(objects: &dyn Objects, pod: &Value, private: &mut Map<String, Value>) -> Result<(), Status> {
    let name = object::text(pod, &["spec", "nodeName"]);
    if name.is_empty() {
        return Ok(());
    }
    let node = objects.get(&Gvr::new("", "v1", "nodes"), "", name)?;
    let uid = node.as_ref().map(object::uid).unwrap_or_default();
    let claim = if uid.is_empty() { json!({"name": name}) } else { json!({"name": name, "uid": uid}) };
    private.insert("node".to_owned(), claim);
    Ok(())
}

fn required(objects: &dyn Objects, resource: &str, namespace: &str, name: &str) -> Result<Value, Status> {
    objects
        .get(&Gvr::new("", "v1", resource), namespace, name)?
        .ok_or_else(|| Status::not_found("", resource, name))
}

/// A random UUID.
fn unique() -> Result<String, Status> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(Status::internal)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}
