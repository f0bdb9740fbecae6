//! Whether a schema is structural: `apiserver/schema.ValidateStructural` and `NewStructural`.

use crate::{
    crd::{
        path,
        props::{Items, Logic, Odd, Props},
    },
    field::Error,
};
use skiff_compact::Order;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// What keeps a schema from being read as a structural one at all.
pub(super) fn unsupported(schema: &Props) -> Option<&'static str> {
    let own = schema.odd.as_deref().and_then(|odd: &Odd| {
        let keys = [
            (odd.id, "OpenAPIV3Schema 'id' is not supported"),
            (odd.schema_url, "OpenAPIV3Schema 'schema' is not supported"),
            (odd.reference, "OpenAPIV3Schema '$ref' is not supported"),
            (odd.pattern_properties, "OpenAPIV3Schema 'patternProperties' is not supported"),
            (odd.dependencies, "OpenAPIV3Schema 'dependencies' is not supported"),
            (odd.additional_items, "OpenAPIV3Schema 'additionalItems' is not supported"),
            (odd.definitions, "OpenAPIV3Schema 'definitions' is not supported"),
        ];
        keys.into_iter().find(|(given, _)| *given).map(|(_, text)| text)
    });
    let kept = || {
        (schema.preserve == Some(false))
            .then_some("internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined")
    };
    let many = || {
        matches!(schema.items.as_deref(), Some(Items::Many(all)) if !all.is_empty())
            .then_some("OpenAPIV3Schema 'items' must be a schema, but is an array")
    };
    own.or_else(kept).or_else(many).or_else(|| schema.inner().find_map(unsupported))
}

/// The errors of a schema, sorted by their texts.
pub(super) fn validate(at: &str, schema: &Props) -> Vec<Error> {
    let mut errors = Vec::new();
    invariants(schema, Level::Root, at, &mut errors);
    completeness(schema.logic.as_deref(), Some(schema), at, at, &mut errors);
    errors.order_by_key(ToString::to_string);
    errors
}

fn invariants(schema: &Props, level: Level, at: &str, errors: &mut Vec<Error>) {
    let below = |key: &str| path::child(at, key);
    let field = |key: &str| path::key(&path::child(at, "properties"), key);
    match schema.item() {
        Some(items) => invariants(items, Level::Item, &below("items"), errors),
        None if schema.kind.as_ref() == "array" => {
            errors.push(Error::required(below("items"), "must be specified"));
        }
        None => {}
    }
    for (key, property) in &schema.properties {
        invariants(property, Level::Field, &field(key), errors);
    }
    if schema.additional.is_some() {
        if level == Level::Root {
            errors.push(Error::forbidden(below("additionalProperties"), "must not be used at the root"));
        }
        if let Some(values) = schema.values() {
            invariants(values, Level::Field, &below("additionalProperties"), errors);
        }
    }
    if schema.int_or_string && schema.preserves() {
        let detail = "must be false if x-kubernetes-int-or-string is true";
        errors.push(Error::invalid(below("x-kubernetes-preserve-unknown-fields"), true, detail));
    }
    if schema.int_or_string && schema.embedded {
        let detail = "must be false if x-kubernetes-int-or-string is true";
        errors.push(Error::invalid(below("x-kubernetes-embedded-resource"), true, detail));
    }
    let skip_any = int_or_string(schema.any_of());
    let skip_all = schema.all_of().first().is_some_and(|first| int_or_string(first.any_of()));
    value_validation(schema, skip_any, skip_all, at, errors);
    types(schema, level, at, errors);
    meta(schema, level, at, errors);
    if schema.embedded && !schema.preserves() && schema.properties.is_empty() {
        let detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        errors.push(Error::required(below("properties"), detail));
    }
}

fn types(schema: &Props, level: Level, at: &str, errors: &mut Vec<Error>) {
    let below = |key: &str| path::child(at, key);
    let kind = schema.kind.as_ref();
    if schema.embedded && kind != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        errors.push(match kind {
            "" => Error::required(below("type"), detail),
            kind => Error::invalid(below("type"), kind, detail),
        });
    } else if kind.is_empty() && !schema.int_or_string && !schema.preserves() {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        errors.push(Error::required(below("type"), detail));
    }
    if schema.embedded && schema.additional.is_some() {
        let detail = "must not be used if x-kubernetes-embedded-resource is set";
        errors.push(Error::forbidden(below("additionalProperties"), detail));
    }
    if level == Level::Root && !kind.is_empty() && kind != "object" {
        errors.push(Error::invalid(below("type"), kind, "must be object at the root"));
    }
}

fn meta(schema: &Props, level: Level, at: &str, errors: &mut Vec<Error>) {
    let checked = level == Level::Root || schema.embedded;
    let field = |key: &str| path::key(&path::child(at, "properties"), key);
    for key in ["kind", "apiVersion"] {
        if let Some(property) = schema.property(key).filter(|property| checked && &*property.kind != "string")
        {
            let detail = "must be string";
            errors.push(Error::invalid(path::child(&field(key), "type"), &*property.kind, detail));
        }
    }
    let Some(metadata) = schema.property("metadata") else { return };
    if checked && &*metadata.kind != "object" {
        let at = path::child(&field("metadata"), "type");
        errors.push(Error::invalid(at, &*metadata.kind, "must be object"));
    }
    if level == Level::Root && !only_names(metadata) {
        let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        errors.push(Error::forbidden(field("metadata"), detail));
    }
}

/// A schema of the root's metadata may say something of the names alone.
fn only_names(schema: &Props) -> bool {
    let names = schema.properties.iter().all(|(key, _)| matches!(key.as_ref(), "name" | "generateName"));
    let odd = schema
        .odd
        .as_deref()
        .is_none_or(|odd| !(odd.described || odd.titled || odd.documented || odd.example));
    names
        && odd
        && schema.additional.is_none()
        && schema.items.is_none()
        && schema.required.is_empty()
        && !schema.nullable
        && schema.preserve.is_none()
        && !schema.embedded
        && !schema.int_or_string
        && schema.list_type.is_none()
        && schema.map_keys.is_empty()
        && schema.map_type.is_none()
        && schema.limits.is_none()
        && schema.logic.is_none()
        && schema.rules.is_empty()
}

/// `[{type: integer}, {type: string}]`: what int-or-string fields may say beside the extension.
fn int_or_string(schemas: &[Props]) -> bool {
    let bare = |schema: &Props, kind: &str| {
        &*schema.kind == kind
            && schema.limits.is_none()
            && schema.logic.is_none()
            && schema.odd.is_none()
            && schema.properties.is_empty()
            && schema.items.is_none()
            && schema.required.is_empty()
            && schema.default.is_none()
            && !schema.nullable
    };
    matches!(schemas, [first, second] if bare(first, "integer") && bare(second, "string"))
}

fn value_validation(schema: &Props, skip_any: bool, skip_all_any: bool, at: &str, errors: &mut Vec<Error>) {
    let place = |key: &str, place: usize| path::index(&path::child(at, key), place);
    if !skip_any {
        for (number, inner) in schema.any_of().iter().enumerate() {
            nested(inner, false, &place("anyOf", number), errors);
        }
    }
    for (number, inner) in schema.all_of().iter().enumerate() {
        nested(inner, skip_all_any && number == 0, &place("allOf", number), errors);
    }
    for (number, inner) in schema.one_of().iter().enumerate() {
        nested(inner, false, &place("oneOf", number), errors);
    }
    if let Some(inner) = schema.not() {
        nested(inner, false, &path::child(at, "not"), errors);
    }
    let pattern = schema.limits.as_deref().and_then(|limits| limits.pattern.as_ref());
    if let Some((pattern, Err(error))) = pattern.map(|pattern| (pattern, pattern.compiled())) {
        let detail = format!("must be a valid regular expression, but isn't: {error}");
        errors.push(Error::invalid(path::child(at, "pattern"), &*pattern.text, detail));
    }
}

/// A schema below `allOf` and the like may bound values, but not describe structure.
fn nested(schema: &Props, skip_any: bool, at: &str, errors: &mut Vec<Error>) {
    value_validation(schema, skip_any, false, at, errors);
    let below = |key: &str| path::child(at, key);
    if let Some(items) = schema.item() {
        nested(items, false, &below("items"), errors);
    }
    for (key, property) in &schema.properties {
        nested(property, false, &path::key(&below("properties"), key), errors);
    }
    let mut forbid = |given: bool, key: &str, detail: &str| {
        if given {
            errors.push(Error::forbidden(path::child(at, key), format!("must be {detail} to be structural")));
        }
    };
    let odd = schema.odd.as_deref();
    let allowed = match schema.additional.as_deref() {
        Some(crate::crd::props::Additional::Allowed(allowed)) => *allowed,
        other => other.is_some(),
    };
    forbid(!schema.kind.is_empty(), "type", "empty");
    forbid(allowed, "additionalProperties", "undefined");
    forbid(schema.default.is_some(), "default", "undefined");
    forbid(odd.is_some_and(|odd| odd.titled), "title", "empty");
    forbid(odd.is_some_and(|odd| odd.described), "description", "empty");
    forbid(schema.nullable, "nullable", "false");
    forbid(schema.preserves(), "x-kubernetes-preserve-unknown-fields", "false");
    forbid(schema.embedded, "x-kubernetes-embedded-resource", "false");
    forbid(schema.int_or_string, "x-kubernetes-int-or-string", "false");
    forbid(!schema.map_keys.is_empty(), "x-kubernetes-list-map-keys", "empty");
    forbid(schema.list_type.is_some(), "x-kubernetes-list-type", "undefined");
    forbid(schema.map_type.is_some(), "x-kubernetes-map-type", "undefined");
    forbid(!schema.rules.is_empty(), "x-kubernetes-validations", "empty");
    if schema.property("metadata").is_some() {
        let at = path::key(&below("properties"), "metadata");
        errors.push(Error::forbidden(at, "must not be specified in a nested context"));
    }
}

/// Whatever is bounded must also be described by the structure.
fn completeness(
    logic: Option<&Logic>,
    structure: Option<&Props>,
    at: &str,
    from: &str,
    errors: &mut Vec<Error>,
) {
    let Some(logic) = logic else { return };
    if let Some(not) = &logic.not {
        nested_completeness(not, structure, at, &path::child(from, "not"), errors);
    }
    for (key, list) in [("allOf", &logic.all_of), ("anyOf", &logic.any_of), ("oneOf", &logic.one_of)] {
        for (number, inner) in list.iter().enumerate() {
            let from = path::index(&path::child(from, key), number);
            nested_completeness(inner, structure, at, &from, errors);
        }
    }
}

fn nested_completeness(
    schema: &Props,
    structure: Option<&Props>,
    at: &str,
    from: &str,
    errors: &mut Vec<Error>,
) {
    let Some(structure) = structure else {
        return errors.push(Error::required(at, format!("because it is defined in {from}")));
    };
    completeness(schema.logic.as_deref(), Some(structure), at, from, errors);
    if let Some(items) = schema.item() {
        let (at, from) = (path::child(at, "items"), path::child(from, "items"));
        nested_completeness(items, structure.item(), &at, &from, errors);
    }
    for (key, property) in &schema.properties {
        let at = path::key(&path::child(at, "properties"), key);
        let from = path::key(&path::child(from, "properties"), key);
        match structure.property(key) {
            None => errors.push(Error::required(at, format!("because it is defined in {from}"))),
            found => nested_completeness(property, found, &at, &from, errors),
        }
    }
}
