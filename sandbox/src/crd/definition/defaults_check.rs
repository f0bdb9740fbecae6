//! Whether defaults are values that the schema allows: `defaulting.ValidateDefaults`.

use crate::{
    crd::{meta, path, props::Props, prune, rules::Rules, value},
    field::Error,
};
use serde_json::Value;

/// The errors of all defaults in a version's schema.
pub(super) fn validate(at: &str, schema: &Props) -> Vec<Error> {
    let mut errors = Vec::new();
    walk(at, schema, true, false, &mut errors);
    errors
}

fn walk(at: &str, schema: &Props, root: bool, inside_meta: bool, errors: &mut Vec<Error>) {
    let embedded = root || schema.embedded;
    let inside_meta = inside_meta && !embedded;
    if let Some(default) = &schema.default {
        one(&path::child(at, "default"), default, schema, embedded, inside_meta, errors);
    }
    if let Some(item) = schema.item() {
        walk(&path::child(at, "items"), item, false, inside_meta, errors);
    }
    for (key, property) in &schema.properties {
        let meta = embedded && prune::META_FIELDS.contains(&key.as_ref());
        let at = path::key(&path::child(at, "properties"), key);
        walk(&at, property, false, inside_meta || meta, errors);
    }
}

fn one(
    at: &str,
    default: &Value,
    schema: &Props,
    embedded: bool,
    inside_meta: bool,
    errors: &mut Vec<Error>,
) {
    let mut pruned = default.clone();
    if !inside_meta {
        prune::prune(&mut pruned, Some(schema), embedded);
        if pruned != *default {
            errors.push(Error::invalid(at, default.clone(), "must not have unknown fields"));
        }
        let mut coerced = default.clone();
        let mut unknown = Vec::new();
        if let Err(error) = meta::coerce_embedded(&mut coerced, schema, embedded, at, &mut unknown) {
            return errors.push(error);
        }
        let before = errors.len();
        meta::validate_embedded(default, schema, embedded, at, errors);
        if errors.len() > before {
            return;
        }
    }
    let wrong = value::validate(at, default, schema, None);
    if !wrong.is_empty() {
        return errors.extend(wrong);
    }
    // A default must hold as an unchanged value and as a new one.
    if let Some(rules) = Rules::of(schema) {
        let (kept, _) = rules.validate(at, default, Some(default), None);
        let wrong = if kept.is_empty() { rules.validate(at, default, None, None).0 } else { kept };
        errors.extend(wrong);
    }
}
