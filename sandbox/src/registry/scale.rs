//! `autoscaling/v1 Scale`: replicas of an object seen and changed through its `scale` subresource.

use super::{Served, meta};
use crate::{apply, field, object, status::Status};
use serde_json::{Map, Value, json};
use skiff_compact::Order;

/// Where built-in kinds keep their replicas.
const REPLICAS: [&str; 2] = ["spec", "replicas"];

/// What a scale is, for decoding and applying.
#[must_use]
pub fn served() -> Served {
    Served::sent(("autoscaling", "v1", "Scale"))
}

/// The path of the replicas in a resource's objects.
fn path(served: &Served) -> Vec<&str> {
    match served.custom.as_ref().and_then(|custom| custom.scale.as_ref()) {
        Some(scale) => scale.spec.trim_start_matches('.').split('.').collect(),
        None => REPLICAS.to_vec(),
    }
}

/// The scale of an object.
///
/// # Errors
/// 500 where a custom object has no number of replicas.
pub(super) fn read(served: &Served, object: &Value) -> Result<Value, Status> {
    match served.custom.as_ref().and_then(|custom| custom.scale.as_ref()) {
        Some(custom) => custom.read(object),
        None => Ok(built_in(object)),
    }
}

/// The scale of an object with its managers, which answers do not show.
///
/// # Errors
/// As [`read`].
pub(super) fn managed(served: &Served, object: &Value) -> Result<Value, Status> {
    let mut scale = read(served, object)?;
    apply::to_scale(object, &path(served), &mut scale);
    Ok(scale)
}

fn built_in(object: &Value) -> Value {
    let mut metadata = Map::new();
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object::at(object, &["metadata", key]) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": {}, "status": {},
    });
    let replicas = object::at(object, &REPLICAS).and_then(Value::as_i64).unwrap_or_default();
    if replicas != 0 {
        scale["spec"]["replicas"] = replicas.into();
    }
    let seen = object::at(object, &["status", "replicas"]).and_then(Value::as_i64).unwrap_or_default();
    scale["status"]["replicas"] = seen.into();
    let selector = selector(object::at(object, &["spec", "selector"]));
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    scale
}

/// A selector as a text: `metav1.FormatLabelSelector`, also of the plain maps of replication controllers.
fn selector(selector: Option<&Value>) -> String {
    let Some(Value::Object(selector)) = selector else { return String::new() };
    let structured = selector.contains_key("matchLabels") || selector.contains_key("matchExpressions");
    let labels =
        if structured { selector.get("matchLabels").and_then(Value::as_object) } else { Some(selector) };
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        parts.push((key.clone(), format!("{key}={}", value.as_str().unwrap_or_default())));
    }
    let expressions = selector.get("matchExpressions").filter(|_| structured).and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        let key = object::text(expression, &["key"]);
        let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
        let mut values: Vec<&str> = values.filter_map(Value::as_str).collect();
        values.order();
        let values = values.join(",");
        let text = match object::text(expression, &["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        };
        parts.push((key.to_owned(), text));
    }
    parts.order_by(|a, b| a.0.cmp(&b.0));
    let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    texts.join(",")
}

/// An object with the replicas, the version and the managers of its changed scale.
///
/// # Errors
/// 422 for replicas below zero.
pub(super) fn write(served: &Served, object: &Value, scale: &Value) -> Result<Value, Status> {
    let mut new = object.clone();
    let replicas = object::at(scale, &REPLICAS).and_then(Value::as_i64).unwrap_or_default();
    match served.custom.as_ref().and_then(|custom| custom.scale.as_ref()) {
        Some(custom) => custom.write(&mut new, scale)?,
        None => {
            if replicas < 0 {
                let why = "must be greater than or equal to 0";
                let error = field::Error::invalid("spec.replicas", replicas, why);
                return Err(Status::invalid("autoscaling", "Scale", object::name(scale), &[error]));
            }
            new["spec"]["replicas"] = replicas.into();
        }
    }
    let version = object::at(scale, &["metadata", "resourceVersion"]).cloned();
    meta::set(&mut new, "resourceVersion", version);
    apply::from_scale(&mut new, &served.gvr.api_version(), &path(served), scale);
    Ok(new)
}
