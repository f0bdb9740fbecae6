//! Objects and lists in the shapes that clients ask for.

use super::{
    Body,
    negotiate::{Format, Shape, Wanted, write, write_text},
};
use crate::{
    crd::{Column, Custom},
    kinds::builtin,
    registry::{List, ListOptions, Registry, Served},
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

/// What stands in the store as a list.
pub(super) async fn stored(
    registry: &Registry,
    wanted: Wanted,
    served: &Served,
    namespace: Option<&str>,
    options: &ListOptions,
) -> Result<Response<Body>, Status> {
    if (wanted.shape, wanted.format) == (Shape::Whole, Format::Json) {
        return written(registry, wanted, served, namespace, options).await;
    }
    list(wanted, served, registry.fetch_list(served, namespace, options).await?)
}

/// A list as an answer.
pub(super) fn list(wanted: Wanted, served: &Served, list: List) -> Result<Response<Body>, Status> {
    let about = about(wanted, served, &list);
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
            }
            json!({
                "kind": served.list_kind, "apiVersion": served.gvr.api_version(), "metadata": about, "items": items,
            })
        }
    };
    Ok(write(200, wanted, &shown))
}

/// What a list says of itself.
fn about(wanted: Wanted, served: &Served, list: &List) -> Value {
    let mut about = json!({"resourceVersion": list.resource_version.to_string()});
    if !list.continue_.is_empty() || (served.custom.is_some() && wanted.shape == Shape::Whole) {
        about["continue"] = list.continue_.as_str().into();
    }
    if let Some(remaining) = list.remaining {
        about["remainingItemCount"] = remaining.into();
    }
    about
}

/// A list in JSON, written while it is read: as text it takes a tenth of the memory that its objects take.
async fn written(
    registry: &Registry,
    wanted: Wanted,
    served: &Served,
    namespace: Option<&str>,
    options: &ListOptions,
) -> Result<Response<Body>, Status> {
    let (kind, version) = (Value::from(served.list_kind.as_str()), Value::from(served.gvr.api_version()));
    let mut text = format!("{{\"apiVersion\":{version},\"items\":[").into_bytes();
    let mut failure = None;
    let mut empty = true;
    let mut write = |mut item| {
        if served.custom.is_none() {
            untyped(&mut item);
        }
        if !std::mem::take(&mut empty) {
            text.push(b',');
        }
        failure = failure.take().or(serde_json::to_writer(&mut text, &item).err());
    };
    let list = registry.fetch_each(served, namespace, options, &mut write).await?;
    if let Some(error) = failure {
        return Err(Status::internal(error));
    }
    let about = about(wanted, served, &list);
    text.extend_from_slice(format!("],\"kind\":{kind},\"metadata\":{about}}}").as_bytes());
    Ok(write_text(200, wanted, text))
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
