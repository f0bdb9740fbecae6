//! The Common Expression Language with Kubernetes' libraries, as rules of custom resources, admission policies and
//! match conditions use it.
//!
//! The parser is the crate `cel`'s. Checking and running are our own: the checker words failures as cel-go's does, and
//! the machine reads objects where they lie and counts its steps, so that no expression runs for ever.

mod check;
mod collections;
mod convert;
mod eval;
mod format;
mod formats;
mod functions;
mod net;
mod program;
mod quantities;
mod signatures;
#[cfg(test)]
mod tests;
mod text;
mod time;
pub(crate) mod types;
mod value;

pub(crate) use program::Program;
pub(crate) use value::Val;

/// What one expression may cost, as `celconfig.PerCallLimit`.
pub(crate) const PER_CALL: i64 = 1_000_000;
/// What all rules of an object may cost together, as `celconfig.RuntimeCELCostBudget`.
pub(crate) const PER_OBJECT: i64 = 10_000_000;
