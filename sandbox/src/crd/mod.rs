//! CustomResourceDefinitions and the resources that they define.
//!
//! [`definition`] is about the definitions themselves: defaults, validation, names and conditions. [`Catalogue`] holds
//! what they define; a [`Custom`] decodes, defaults and validates objects of one version.

mod catalogue;
mod columns;
pub(crate) mod correlate;
mod custom;
pub mod definition;
pub(crate) mod formats;
mod jsonpath;
pub(crate) mod lists;
pub(crate) mod meta;
mod names;
mod numbers;
mod outcome;
pub(crate) mod path;
pub(crate) mod props;
pub(crate) mod prune;
mod rule_types;
pub(crate) mod rules;
mod scale;
#[cfg(test)]
mod tests;
pub(crate) mod value;
pub mod version;

pub use catalogue::Catalogue;
pub use columns::Column;
pub use custom::{Custom, Origin, Part, Verdict};
pub use scale::Scale;

/// Whether a definition's resource is served.
pub(crate) fn is_established(definition: &serde_json::Value) -> bool {
    catalogue::condition(definition, "Established")
}
