//! Objects and lists in the shapes that clients ask for.

use super::{
    Body,
    negotiate::{Shape, Wanted, write},
};
use crate::{
    crd::{Column, Custom},
    kinds::builtin,
    registry::{List, Served},
    status::Status,
    table::{self, Include},
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
        Shape::Table(include) => {
            let about =
                json!({"resourceVersion": crate::object::text(&object, &["metadata", "resourceVersion"])});
            table(served, std::slice::from_ref(&object), about, true, include)
        }
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
        Shape::Table(include) => table(served, &list.items, about, true, include),
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
    served: &Served,
    objects: &[Value],
    about: Value,
    columns: bool,
    include: Include,
) -> Value {
    let now = jiff::Timestamp::now();
    let rows = objects.iter().map(|object| match &served.custom {
        Some(custom) => custom_row(custom, object, now, include),
        None => table::row(served, object, now, include),
    });
    let rows = rows.collect();
    let definitions = match (&served.custom, columns) {
        (_, false) => Value::Null,
        (Some(custom), true) => custom_columns(custom),
        (None, true) => table::columns(served),
    };
    table::table(definitions, rows, about)
}

/// The name, and the columns of the definition.
fn custom_columns(custom: &Custom) -> Value {
    let name = builtin().by_name("", "pods").map(|pods| table::columns(pods)[0].clone());
    let more = custom.columns.iter().map(|column| {
        let text = column.description.as_str().into();
        table::column(&column.name, &column.kind, &column.format, text, column.priority)
    });
    name.into_iter().chain(more).collect()
}

fn custom_row(custom: &Custom, object: &Value, now: jiff::Timestamp, include: Include) -> Value {
    let cell = |column: &Column| match (column.kind.as_str(), column.cell(object)) {
        ("date", Value::String(time)) => table::age(&time, now).into(),
        (_, cell) => cell,
    };
    let cells = std::iter::once(crate::object::name(object).into()).chain(custom.columns.iter().map(cell));
    table::with_object(cells.collect(), None, object, include)
}
