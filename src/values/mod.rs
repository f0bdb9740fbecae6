//! Values: sources, strvals, coalescing, conditions, schemas.
//!
//! Everything here is a function of values: nothing prints, and what Helm would log comes back as data.

pub mod coalesce;
pub mod conditions;
pub mod documents;
pub mod gotext;
mod imports;
mod path;
pub mod schema;
pub mod sources;
pub mod strvals;

use serde_json::{Map, Value};

/// Helm's `MergeMaps`: `from` over `into`; tables are merged, all else is replaced.
pub fn merge_maps(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge_maps(into, from),
            (Some(there), value) => *there = value,
            (None, value) => {
                into.insert(key, value);
            }
        }
    }
}
