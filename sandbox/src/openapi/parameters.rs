//! Parameters of operations: their texts are recorded from the real server.

use serde_json::{Value, json};

const TABLE: &str = include_str!("../../tables/parameters.tsv");

/// What lists take.
pub(super) const LIST: [&str; 11] = [
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "shardSelector",
    "timeoutSeconds",
    "watch",
];
/// What the deletion of a collection takes.
pub(super) const DELETE_COLLECTION: [&str; 14] = [
    "continue",
    "dryRun",
    "fieldSelector",
    "gracePeriodSeconds",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "labelSelector",
    "limit",
    "orphanDependents",
    "propagationPolicy",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "shardSelector",
    "timeoutSeconds",
];
/// What the deletion of an object takes.
pub(super) const DELETE: [&str; 5] = [
    "dryRun",
    "gracePeriodSeconds",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "orphanDependents",
    "propagationPolicy",
];
/// What creation and replacement take.
pub(super) const WRITE: [&str; 3] = ["dryRun", "fieldManager", "fieldValidation"];
/// What patches take.
pub(super) const PATCH: [&str; 4] = ["dryRun", "fieldManager of patches", "fieldValidation", "force"];

/// A parameter as OpenAPI v3 writes it; nothing for names that the table lacks.
pub(super) fn parameter(name: &str) -> Option<Value> {
    let row = TABLE.lines().map(|line| line.split('\t').collect::<Vec<_>>()).find(|row| row[1] == name)?;
    let text: Value = serde_json::from_str(&format!("\"{}\"", row.get(4)?)).ok()?;
    let mut parameter = json!({
        "name": name.trim_end_matches(" of patches"), "in": row[0], "description": text,
        "schema": {"type": row[2], "uniqueItems": true},
    });
    if row[3] == "1" {
        parameter["required"] = true.into();
    }
    Some(parameter)
}

/// The object's name in paths.
pub(super) fn name_of(kind: &str) -> Value {
    json!({
        "name": "name", "in": "path", "description": format!("name of the {kind}"), "required": true,
        "schema": {"type": "string", "uniqueItems": true},
    })
}
