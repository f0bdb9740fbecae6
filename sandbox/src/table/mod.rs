//! `meta.k8s.io/v1 Table`: what `kubectl get` shows. Columns are recorded from the real server; cells are worded as
//! `k8s.io/kubernetes/pkg/printers/internalversion` does.

mod claims;
mod look;
mod network;
mod pods;
mod rest;
mod workloads;

use crate::{kinds::Resource, packed::Packed};
use jiff::Timestamp;
use look::Look;
use serde_json::{Value, json};

static COLUMNS: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/columns.tsv.bin")));

/// `includeObject`: what stands beside the cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// The object's metadata.
    #[default]
    Metadata,
    /// The whole object.
    Object,
}

/// The `columnDefinitions` of a built-in resource's table.
///
/// ```
/// use skiff_sandbox::{kinds::builtin, table};
/// let pods = builtin().by_name("", "pods").unwrap();
/// assert_eq!(table::columns(pods)[0]["name"], "Name");
/// ```
#[must_use]
pub fn columns(resource: &Resource) -> Value {
    let rows = || COLUMNS.text().lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let text = |row: &[&str]| -> Value {
        let text = match row.get(7).copied().unwrap_or_default() {
            "=" => rows().find(|first| first[3] == row[3]).and_then(|first| first.get(7).copied()),
            own => Some(own),
        };
        serde_json::from_str(&format!("\"{}\"", text.unwrap_or_default())).unwrap_or_default()
    };
    let gvr = &resource.gvr;
    rows()
        .filter(|row| row[0] == gvr.group && row[1] == gvr.version && row[2] == gvr.resource)
        .map(|row| column(row[3], row[4], row[5], text(&row), row[6].parse().unwrap_or_default()))
        .collect()
}

/// One `columnDefinition`.
#[must_use]
pub fn column(name: &str, kind: &str, format: &str, description: Value, priority: i64) -> Value {
    json!({"name": name, "type": kind, "format": format, "description": description, "priority": priority})
}

/// A built-in object's row. Ages are counted until `now`.
#[must_use]
pub fn row(resource: &Resource, object: &Value, now: Timestamp, include: Include) -> Value {
    let look = Look { object, now };
    let (group, plural) = (resource.gvr.group.as_str(), resource.gvr.resource.as_str());
    let cells = pods::cells(group, plural, look)
        .or_else(|| workloads::cells(group, plural, look))
        .or_else(|| network::cells(group, plural, look))
        .or_else(|| claims::cells(group, plural, look))
        .or_else(|| rest::cells(group, plural, look))
        .unwrap_or_else(|| vec![look.name(), look.created()]);
    with_object(cells, pods::conditions(group, plural, look), object, include)
}

/// A row of these cells.
#[must_use]
pub fn with_object(cells: Vec<Value>, conditions: Option<Value>, object: &Value, include: Include) -> Value {
    let shown = match include {
        Include::None => Value::Null,
        Include::Object => object.clone(),
        Include::Metadata => json!({
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
        }),
    };
    let mut row = json!({"cells": cells, "object": shown});
    if let Some(conditions) = conditions {
        row["conditions"] = conditions;
    }
    row
}

/// A table of rows; `metadata` is the list's.
#[must_use]
pub fn table(columns: Value, rows: Vec<Value>, metadata: Value) -> Value {
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": columns, "rows": rows,
    })
}

/// The age of a time as text, for columns of custom resources of the type `date`; `<unknown>` where it is none.
///
/// ```
/// let now = "2026-01-01T01:05:00Z".parse().unwrap();
/// assert_eq!(skiff_sandbox::table::age("2026-01-01T01:00:00Z", now), "5m");
/// ```
#[must_use]
pub fn age(time: &str, now: Timestamp) -> String {
    look::since(time, now)
}

#[cfg(test)]
mod tests;
