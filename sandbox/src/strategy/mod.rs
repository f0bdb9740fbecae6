//! What the API knows of built-in kinds beyond their types: defaults, what users may not set, validation, warnings, and
//! the addresses and ports of services. Everything here is a function of values.
//!
//! The order in which a request uses them is the real server's:
//! create: [`default`] (when decoded), [`prepare_for_create`], [`validate_create`], [`warnings`];
//! update: [`default`], [`prepare_for_update`], [`validate_update`], [`warnings`].

pub mod autoscaler;
mod check;
mod defaults;
mod meta;
mod prepare;
pub mod service;
mod shape;
mod validate;
mod warnings;

pub use prepare::Part;
pub use shape::shape;

use crate::{field, kinds::Resource};
use serde_json::Value;

/// Brings a decoded object into the shape of its version's Go type and sets its defaults, as the real server does when it
/// decodes a request's body. Objects that are no built-in ones only get their metadata put into shape.
pub fn default(resource: &Resource, object: &mut Value) {
    shape::decoded(&resource.type_name, object);
    defaults::set(resource, object);
    prepare::convert(resource, object);
}

/// Resets what users may not set on creation, and sets what the server alone sets: `PrepareForCreate` of the kind's strategy.
/// `metadata` must have its uid and creationTimestamp already.
pub fn prepare_for_create(resource: &Resource, object: &mut Value) {
    prepare::create(resource, object);
    shape::shape(&resource.type_name, object);
}

/// Keeps what this `part` of an object may not change, and counts generations: the first half of `rest.BeforeUpdate`.
pub fn prepare_for_update(resource: &Resource, part: Part, new: &mut Value, old: &Value) {
    prepare::update(resource, part, new, old);
    shape::shape(&resource.type_name, new);
}

/// The errors of an object's `labels` or `annotations` (`field` says which), by themselves.
#[must_use]
pub fn label_errors(field: &str, map: &Value) -> Vec<field::Error> {
    meta::of_map(field, map)
}

/// The errors of an object to be created, in the real server's order; none means that it is valid.
#[must_use]
pub fn validate_create(resource: &Resource, object: &Value) -> Vec<field::Error> {
    validate::create(resource, object)
}

/// The errors of an object that is to take the place of `old`.
#[must_use]
pub fn validate_update(resource: &Resource, part: Part, new: &Value, old: &Value) -> Vec<field::Error> {
    validate::update(resource, part, new, old)
}

/// What is worth a warning in a valid object, each text once. `old` is the object that it takes the place of.
#[must_use]
pub fn warnings(resource: &Resource, new: &Value, old: Option<&Value>) -> Vec<String> {
    warnings::of(resource, new, old)
}

/// `metadata` as messages show it whose value it is.
#[must_use]
pub fn metadata_text(metadata: &Value) -> String {
    validate::internal::text("v1.ObjectMeta", metadata)
}

/// The warning that every request for a resource gets that is to go away.
#[must_use]
pub fn deprecation(resource: &Resource) -> Option<&'static str> {
    warnings::deprecation(resource)
}
