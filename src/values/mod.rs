//! Values: sources, strvals, coalescing, conditions, schemas.
//!
//! Everything here is a function of values: nothing prints, and what Helm would log comes back as data.

pub mod coalesce;
pub mod conditions;
pub mod gotext;
mod imports;
mod path;
pub mod schema;
pub mod strvals;
pub mod warning;
