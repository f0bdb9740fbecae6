//! Custom resources between their versions, by the webhooks that their definitions name: `webhookConverter` of
//! `k8s.io/apiextensions-apiserver/pkg/apiserver/conversion`.

use crate::{
    crd::Custom,
    kinds::Gvr,
    object, patch,
    registry::{Converter, Later, Registry},
    status::Status,
    strategy, webhook,
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Weak},
};

/// The webhooks of all definitions.
#[derive(Debug)]
pub struct Webhooks {
    registry: Weak<Registry>,
    services: webhook::Services,
}

impl Webhooks {
    /// Webhooks, for the objects of a registry. `services` tells where the Services (`namespace/name`) of webhooks
    /// answer: no process stands behind a Service here.
    #[must_use]
    pub fn new(registry: &Arc<Registry>, services: BTreeMap<String, SocketAddr>) -> Self {
        Self { registry: Arc::downgrade(registry), services }
    }

    /// The cluster address of a service.
    fn address(&self, namespace: &str, name: &str) -> Option<String> {
        let registry = self.registry.upgrade()?;
        let services = registry.resource(&Gvr::new("", "v1", "services")).ok()?;
        let found = registry.get(&services, namespace, name).ok()?;
        Some(object::text(&found, &["spec", "clusterIP"]).to_owned())
    }

    async fn ask(&self, conversion: &Value, wanted: &str, original: &Value) -> Result<Value, String> {
        let of = gvk(original);
        let failed = |why: String| format!("conversion webhook for {of} failed: {why}");
        let uid = object::fresh::uid();
        let (version, review) = review(conversion, wanted, original, &uid)?;
        let webhook = json!({
            "clientConfig": conversion.get("clientConfig"), "timeoutSeconds": webhook::MAX_TIMEOUT,
        });
        let address = |namespace: &str, name: &str| self.address(namespace, name);
        let reach = webhook::Reach { services: &self.services, address: &address };
        let mut answer = webhook::post(&webhook, &review, &reach).await.map_err(failed)?;
        let objects = objects(&mut answer, version, &uid).map_err(failed)?;
        let [converted] = <[Value; 1]>::try_from(objects).map_err(|objects| {
            format!("conversion webhook for {of} returned {} objects, expected 1", objects.len())
        })?;
        restored(original, wanted, converted, &of)
    }
}

impl Converter for Webhooks {
    fn convert<'a>(&'a self, to: &'a Custom, object: &'a Value) -> Later<'a, Result<Value, Status>> {
        Box::pin(async move {
            let wanted = to.resource.gvr.api_version();
            let conversion = to.conversion.as_deref().unwrap_or(&Value::Null);
            self.ask(conversion, &wanted, object).await.map_err(|why| Status::new(500, "", why))
        })
    }
}

/// How Go prints what an object is.
fn gvk(object: &Value) -> String {
    format!("{}, Kind={}", object::text(object, &["apiVersion"]), object::text(object, &["kind"]))
}

/// The review to send, in the first version of reviews that the webhook and we know.
fn review(
    conversion: &Value,
    wanted: &str,
    object: &Value,
    uid: &str,
) -> Result<(&'static str, Value), String> {
    let versions = conversion.get("conversionReviewVersions").and_then(Value::as_array);
    let mut known =
        versions.into_iter().flatten().filter_map(Value::as_str).filter_map(|version| match version {
            "v1" => Some("v1"),
            "v1beta1" => Some("v1beta1"),
            _ => None,
        });
    let version = known.next().ok_or("no supported conversion review versions")?;
    let review = json!({
        "kind": "ConversionReview", "apiVersion": format!("apiextensions.k8s.io/{version}"),
        "request": {"uid": uid, "desiredAPIVersion": wanted, "objects": [object]},
    });
    Ok((version, review))
}

/// The objects of an answer: `getConvertedObjectsFromResponse`.
fn objects(answer: &mut Value, version: &str, uid: &str) -> Result<Vec<Value>, String> {
    let (given, kind) = (object::text(answer, &["apiVersion"]), object::text(answer, &["kind"]));
    let (group, own) = given.split_once('/').unwrap_or(("", given));
    if kind != "ConversionReview" || group != "apiextensions.k8s.io" {
        return Err(format!(
            "no kind {kind:?} is registered for version {given:?} in scheme \"pkg/runtime/scheme.go:111\""
        ));
    }
    if own != version {
        return Err(format!(
            "expected webhook response of apiextensions.k8s.io/{version}, Kind=ConversionReview, got {given}, Kind={kind}"
        ));
    }
    let response = answer.get_mut("response").filter(|response| response.is_object());
    let response = response.ok_or("no response provided")?;
    let paired = object::text(response, &["uid"]);
    if version == "v1" && paired != uid {
        return Err(format!("expected response.uid={uid:?}, got {paired:?}"));
    }
    let (status, message) =
        (object::text(response, &["result", "status"]), object::text(response, &["result", "message"]));
    if status != "Success" {
        return Err(match message {
            "" => format!("response.result.status was '{status}', not 'Success'"),
            message => message.to_owned(),
        });
    }
    match response.get_mut("convertedObjects").map(Value::take) {
        Some(Value::Array(objects)) => Ok(objects),
        _ => Ok(Vec::new()),
    }
}

/// What was converted, if it is the same object still, with all metadata of the original but labels and annotations:
/// `validateConvertedObject` and `restoreObjectMeta`.
fn restored(original: &Value, wanted: &str, mut converted: Value, of: &str) -> Result<Value, String> {
    let refused =
        |what: &str, why: String| format!("conversion webhook for {of} returned invalid {what}: {why}");
    if !converted.is_object() {
        return Err(webhook::unmarshal(&converted, "map[string]interface {}"));
    }
    let version = object::text(&converted, &["apiVersion"]);
    if version != wanted {
        let why = format!("invalid groupVersion (expected {wanted}, received {version})");
        return Err(refused("object at index 0", why));
    }
    let kinds = (object::text(original, &["kind"]), object::text(&converted, &["kind"]));
    if kinds.0 != kinds.1 {
        let why = format!("invalid kind (expected {}, received {})", kinds.0, kinds.1);
        return Err(refused("object at index 0", why));
    }
    for (name, key) in [("name", "name"), ("namespace", "namespace"), ("UID", "uid")] {
        let (old, new) =
            (object::text(original, &["metadata", key]), object::text(&converted, &["metadata", key]));
        if old != new {
            return Err(refused("object", format!("must have the same {name}: {old} != {new}")));
        }
    }
    let metadata = metadata(original, &converted).map_err(|why| refused("metadata", why))?;
    converted["metadata"] = Value::Object(metadata);
    Ok(converted)
}

fn metadata(original: &Value, converted: &Value) -> Result<Map<String, Value>, String> {
    let given = converted.get("metadata").ok_or("missing metadata in converted object")?;
    let Value::Object(given) = given else {
        return Err(format!("invalid metadata of type {} in converted object", go_type(given)));
    };
    let mut kept = original.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    for field in ["labels", "annotations"] {
        let new = match given.get(field) {
            None | Some(Value::Null) => {
                kept.remove(field);
                continue;
            }
            Some(Value::Object(new)) => new,
            Some(other) => {
                return Err(format!(
                    "invalid metadata.{field} of type {} in converted object",
                    go_type(other)
                ));
            }
        };
        if let Some((key, value)) = new.iter().find(|(_, value)| !value.is_string()) {
            let kind = go_type(value);
            return Err(format!(
                "metadata.{field}[{key}] must be a string, but is {kind} in converted object"
            ));
        }
        if kept.get(field).and_then(Value::as_object) != Some(new) {
            let errors = strategy::label_errors(field, &given[field]);
            match errors.as_slice() {
                [] => {}
                [one] => return Err(one.to_string()),
                all => {
                    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                    return Err(format!("[{}]", all.join(", ")));
                }
            }
        }
        kept.insert(field.to_owned(), Value::Object(new.clone()));
    }
    Ok(kept)
}

/// The Go type of a decoded value, as `%T` shows it.
fn go_type(value: &Value) -> &'static str {
    if value.is_null() { "<nil>" } else { patch::go_type(value) }
}
