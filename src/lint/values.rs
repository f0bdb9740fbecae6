//! `values.yaml` and its schema.

use super::{Linter, Severity};
use crate::chart::io;
use crate::values::coalesce::coalesce_tables;
use crate::values::schema;
use crate::yaml;
use serde_json::{Map, Value};
use std::mem;
use templates_engine::json::kind_name;

const FILE: &str = "values.yaml";

pub(super) fn check(linter: &mut Linter<'_>, overrides: &mut Map<String, Value>) {
    if io::stat(&linter.dir.join(FILE)).is_err() {
        return linter.add(Severity::Info, FILE, "file does not exist");
    }
    let result = validate(linter, overrides);
    linter.rule(Severity::Error, FILE, result);
}

fn validate(linter: &mut Linter<'_>, overrides: &mut Map<String, Value>) -> Result<(), String> {
    let values = read(linter).map_err(|error| format!("unable to parse YAML: {error}"))?;
    let mut log = Vec::new();
    let coalesced = coalesce(overrides, &values, &mut log);
    let result = validate_schema(linter, &coalesced, &mut log);
    restore(overrides, coalesced);
    log.into_iter().for_each(|record| linter.log.record(record));
    result
}

fn validate_schema(
    linter: &Linter<'_>,
    values: &Map<String, Value>,
    log: &mut Vec<crate::log::Record>,
) -> Result<(), String> {
    let schema = io::read(&linter.dir.join("values.schema.json")).unwrap_or_default();
    if schema.is_empty() || linter.options.skip_schema_validation {
        return Ok(());
    }
    let (result, records) =
        schema::validate(&Value::Object(values.clone()), &schema, &linter.options.documents);
    log.extend(records);
    result
}

fn read(linter: &Linter<'_>) -> Result<Map<String, Value>, String> {
    let text = io::read(&linter.dir.join(FILE)).map_err(|error| error.to_string())?;
    match yaml::to_json(&text).map_err(|error| error.to_string())? {
        Value::Object(values) => Ok(values),
        Value::Null => Ok(Map::new()),
        other => Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type common.Values",
            kind_name(&other)
        )),
    }
}

/// The chart's values below the overrides.
fn coalesce(
    overrides: &mut Map<String, Value>,
    values: &Map<String, Value>,
    log: &mut Vec<crate::log::Record>,
) -> Map<String, Value> {
    let mut coalesced = Map::new();
    for (key, value) in overrides.iter_mut() {
        let value = if value.is_object() { mem::take(value) } else { value.clone() };
        coalesced.insert(key.clone(), value);
    }
    coalesce_tables(&mut coalesced, values, log);
    coalesced
}

/// Gives the overrides their tables back, as they are now: Helm merges into them in place, and its template
/// rules, and the charts that are linted after this one, see what came of it.
fn restore(overrides: &mut Map<String, Value>, mut coalesced: Map<String, Value>) {
    for (key, value) in overrides.iter_mut() {
        if let Some(table @ Value::Object(_)) = coalesced.get_mut(key).map(Value::take) {
            *value = table;
        }
    }
}
