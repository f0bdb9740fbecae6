//! Objects and lists in the shapes that clients ask for.

use super::{
    Body,
    negotiate::{Shape, Wanted, write},
};
use crate::{
    registry::{List, Served},
    status::Status,
};
use http::Response;
use serde_json::{Value, json};

/// One object as an answer.
pub(super) fn object(
    code: u16,
    wanted: Wanted,
    served: &Served,
    object: Value,
) -> Result<Response<Body>, Status> {
    let shown = match wanted.shape {
        Shape::Whole => object,
        Shape::Metadata => metadata(&object),
        Shape::Table => table(served, std::slice::from_ref(&object), json!({}), true)?,
    };
    Ok(write(code, wanted, &shown))
}

/// A list as an answer.
pub(super) fn list(wanted: Wanted, served: &Served, list: List) -> Result<Response<Body>, Status> {
    let mut about = json!({"resourceVersion": list.resource_version.to_string()});
    if !list.continue_.is_empty() {
        about["continue"] = list.continue_.into();
    }
    if let Some(remaining) = list.remaining {
        about["remainingItemCount"] = remaining.into();
    }
    let shown = match wanted.shape {
        Shape::Table => table(served, &list.items, about, true)?,
        Shape::Metadata => {
            let items: Vec<Value> = list.items.iter().map(metadata).collect();
            json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": about, "items": items,
            })
        }
        Shape::Whole => {
            let mut items = list.items;
            if served.custom.is_none() {
                items.iter_mut().for_each(untyped);
            } else if about.get("continue").is_none() {
                about["continue"] = "".into();
            }
            json!({
                "kind": served.list_kind, "apiVersion": served.gvr.api_version(), "metadata": about, "items": items,
            })
        }
    };
    Ok(write(200, wanted, &shown))
}

/// Items of built-in lists do not say what they are.
fn untyped(item: &mut Value) {
    if let Some(fields) = item.as_object_mut() {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
}

/// `PartialObjectMetadata`.
pub(super) fn metadata(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": object.get("metadata").cloned().unwrap_or_else(|| json!({})),
    })
}

/// A `Table`; watches name the columns only once.
pub(super) fn table(
    _served: &Served,
    objects: &[Value],
    about: Value,
    columns: bool,
) -> Result<Value, Status> {
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let cells = json!([
                crate::object::name(object),
                crate::object::text(object, &["metadata", "creationTimestamp"])
            ]);
            json!({"cells": cells, "object": metadata(object)})
        })
        .collect();
    let definitions = if columns {
        json!([
            {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0},
            {"name": "Created At", "type": "date", "format": "", "description": "", "priority": 0},
        ])
    } else {
        Value::Null
    };
    Ok(json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": about, "columnDefinitions": definitions, "rows": rows,
    }))
}
