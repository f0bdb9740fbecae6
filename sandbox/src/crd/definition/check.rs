//! Whether a definition is well formed: `apiextensions/validation.ValidateCustomResourceDefinition`.

use super::{schema_check, spec_parts as parts};
use crate::{
    crd::{names, path, props::Props},
    field::Error,
    object,
};
use serde_json::Value;

/// The errors of a new definition. `metadata` holds those of its metadata; the name's own rules are checked here.
#[must_use]
pub fn validate_create(definition: &Value, metadata: Vec<Error>) -> Vec<Error> {
    let mut errors = metadata;
    for error in validate_name(definition) {
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors.extend(spec(definition));
    errors.extend(status(definition));
    errors.extend(stored_versions(definition));
    errors.extend(parts::approval(definition, None));
    if definition.pointer("/spec/preserveUnknownFields") == Some(&Value::Bool(true)) {
        let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        errors.push(Error::invalid("spec.preserveUnknownFields", true, detail));
    }
    errors
}

/// The errors of a definition's name, which its plural and group make up.
fn validate_name(definition: &Value) -> Vec<Error> {
    let name = object::text(definition, &["metadata", "name"]);
    let plural = object::text(definition, &["spec", "names", "plural"]);
    let group = object::text(definition, &["spec", "group"]);
    let mut wrong = names::dns1123_subdomain(name);
    if name != format!("{plural}.{group}") {
        wrong.push("must be spec.names.plural+\".\"+spec.group".to_owned());
    }
    wrong.into_iter().map(|wrong| Error::invalid("metadata.name", name, wrong)).collect()
}

/// The errors of a changed definition. `metadata` holds those of its metadata.
#[must_use]
pub fn validate_update(new: &Value, old: &Value, metadata: Vec<Error>) -> Vec<Error> {
    let mut errors = metadata;
    errors.extend(spec(new));
    let immutable = |path: &[&str], errors: &mut Vec<Error>| {
        let (was, is) = (object::at(old, path), object::at(new, path));
        if was != is {
            let value = is.cloned().unwrap_or_else(|| "".into());
            errors.push(Error::invalid(path.join("."), value, "field is immutable"));
        }
    };
    if crate::crd::catalogue::condition(old, "Established") {
        immutable(&["spec", "scope"], &mut errors);
        immutable(&["spec", "names", "kind"], &mut errors);
    }
    immutable(&["spec", "group"], &mut errors);
    immutable(&["spec", "names", "plural"], &mut errors);
    errors.extend(status(new));
    errors.extend(stored_versions(new));
    errors.extend(parts::approval(new, Some(old)));
    errors
}

/// The errors of a changed status. `metadata` holds those of its metadata.
#[must_use]
pub fn validate_status_update(new: &Value, metadata: Vec<Error>) -> Vec<Error> {
    let mut errors = metadata;
    errors.extend(status(new));
    errors
}

/// What a writer is warned of: formats that nothing checks, where the change brings them in.
#[must_use]
pub fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    let known = old.map(unknown_formats).unwrap_or_default();
    unknown_formats(new)
        .into_iter()
        .filter(|format| !known.contains(format))
        .map(|format| format!("unrecognized format {}", crate::field::go_quote(&format)))
        .collect()
}

fn unknown_formats(definition: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for schema in schemas(definition) {
        collect_formats(&schema, &mut found);
    }
    found
}

fn collect_formats(schema: &Props, found: &mut Vec<String>) {
    let format = schema.format();
    let known = match &*schema.kind {
        "" | "string" => crate::crd::formats::supported(format),
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        _ => false,
    };
    if !format.is_empty() && !known {
        found.push(format.to_owned());
    }
    schema.inner().for_each(|inner| collect_formats(inner, found));
}

/// The schemas of all versions.
fn schemas(definition: &Value) -> Vec<Props> {
    versions(definition)
        .iter()
        .filter_map(|version| version.pointer("/schema/openAPIV3Schema"))
        .filter(|schema| schema.is_object())
        .map(Props::read)
        .collect()
}

/// `spec.versions`.
pub(super) fn versions(definition: &Value) -> &[Value] {
    definition.pointer("/spec/versions").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn spec(definition: &Value) -> Vec<Error> {
    let mut errors = Vec::new();
    let group = object::text(definition, &["spec", "group"]);
    if group.is_empty() {
        errors.push(Error::required("spec.group", ""));
    } else {
        let wrong = names::dns1123_subdomain(group);
        if !wrong.is_empty() {
            errors.push(Error::invalid("spec.group", group, wrong.join(",")));
        } else if !group.contains('.') {
            errors.push(Error::invalid("spec.group", group, "should be a domain with at least one dot"));
        }
    }
    match object::text(definition, &["spec", "scope"]) {
        "" => errors.push(Error::required("spec.scope", "")),
        "Cluster" | "Namespaced" => {}
        other => errors.push(Error::not_supported("spec.scope", other, &["Cluster", "Namespaced"])),
    }
    let versions = versions(definition);
    for (number, version) in versions.iter().enumerate() {
        if !version.pointer("/schema/openAPIV3Schema").is_some_and(Value::is_object) {
            errors.push(Error::required(format!("spec.versions[{number}].schema.openAPIV3Schema"), ""));
        }
    }
    // What all versions say alike stands at the top in the server's own form, and its errors tell that place.
    let shared = |key: &str| {
        let first = versions.first().and_then(|version| version.get(key)).filter(|value| !value.is_null());
        first.filter(|first| versions.iter().all(|version| version.get(key) == Some(*first)))
    };
    for (number, version) in versions.iter().enumerate() {
        let at = format!("spec.versions[{number}]");
        let name = object::text(version, &["name"]);
        let wrong = names::dns1035_label(name);
        if !wrong.is_empty() {
            errors.push(Error::invalid(path::child(&at, "name"), name, wrong.join(",")));
        }
        errors.extend(parts::deprecation(version, &at));
        let has_status = version.pointer("/subresources/status").is_some_and(Value::is_object);
        let own = |key: &str| version.get(key).filter(|_| shared(key).is_none());
        errors.extend(schema(own("schema"), has_status, &path::child(&at, "schema")));
        errors.extend(parts::subresources(own("subresources"), &path::child(&at, "subresources")));
        errors
            .extend(columns(own("additionalPrinterColumns"), &path::child(&at, "additionalPrinterColumns")));
        let fields = own("selectableFields");
        errors.extend(selectable(fields, version.get("schema"), &path::child(&at, "selectableFields")));
    }
    version_set(definition, &mut errors);
    for key in ["plural", "singular", "kind", "listKind"] {
        if object::text(definition, &["spec", "names", key]).is_empty() {
            errors.push(Error::required(format!("spec.names.{key}"), ""));
        }
    }
    errors.extend(parts::names(definition.pointer("/spec/names"), "spec.names"));
    let any_status =
        versions.iter().any(|version| version.pointer("/subresources/status").is_some_and(Value::is_object));
    errors.extend(schema(shared("schema"), any_status, "spec.validation"));
    errors.extend(parts::subresources(shared("subresources"), "spec.subresources"));
    errors.extend(columns(shared("additionalPrinterColumns"), "spec.additionalPrinterColumns"));
    let first_schema = versions.first().and_then(|version| version.get("schema"));
    errors.extend(selectable(shared("selectableFields"), first_schema, "spec.selectableFields"));
    errors.extend(parts::conversion(definition));
    errors
}

fn schema(given: Option<&Value>, has_status: bool, at: &str) -> Vec<Error> {
    let raw = given.and_then(|schema| schema.get("openAPIV3Schema")).filter(|schema| schema.is_object());
    raw.map(|raw| schema_check::validate(raw, &Props::read(raw), has_status, at)).unwrap_or_default()
}

fn columns(given: Option<&Value>, at: &str) -> Vec<Error> {
    let columns = given.and_then(Value::as_array).into_iter().flatten().enumerate();
    columns.flat_map(|(number, column)| parts::column(column, &path::index(at, number))).collect()
}

fn selectable(given: Option<&Value>, schema: Option<&Value>, at: &str) -> Vec<Error> {
    let fields = given.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if fields.is_empty() {
        return Vec::new();
    }
    let raw = schema.and_then(|schema| schema.get("openAPIV3Schema")).filter(|schema| schema.is_object());
    match raw.map(Props::read) {
        Some(props) => parts::selectable(fields, &props, at),
        None => {
            let detail = "may only be set when `version.schema.openAPIV3Schema` is not included";
            vec![Error::invalid(at, "", detail)]
        }
    }
}

/// Versions have different names, and one of them is stored.
fn version_set(definition: &Value, errors: &mut Vec<Error>) {
    let versions = versions(definition);
    let shown = || parts::internal_versions(versions);
    let mut seen = std::collections::BTreeSet::new();
    if !versions.iter().all(|version| seen.insert(object::text(version, &["name"]))) {
        errors.push(parts::invalid_shown("spec.versions", &shown(), "must contain unique version names"));
    }
    let stored = versions.iter().filter(|version| version.get("storage") == Some(&Value::Bool(true)));
    if stored.count() != 1 {
        let detail = "must have exactly one version marked as storage version";
        errors.push(parts::invalid_shown("spec.versions", &shown(), detail));
    }
}

fn status(definition: &Value) -> Vec<Error> {
    parts::names(definition.pointer("/status/acceptedNames"), "status.acceptedNames")
}

fn stored_versions(definition: &Value) -> Vec<Error> {
    const AT: &str = "status.storedVersions";
    let stored = definition.pointer("/status/storedVersions").cloned().unwrap_or(Value::Null);
    let stored = if stored.as_array().is_some_and(Vec::is_empty) { Value::Null } else { stored };
    let list: Vec<&str> = stored.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if list.is_empty() {
        return vec![Error::invalid(AT, stored, "must have at least one stored version")];
    }
    let mut errors = Vec::new();
    for version in versions(definition) {
        let name = object::text(version, &["name"]);
        if version.get("storage") == Some(&Value::Bool(true)) && !list.contains(&name) {
            let detail = format!("must have the storage version {name}");
            errors.push(Error::invalid(AT, stored.clone(), detail));
        }
    }
    let known: Vec<&str> =
        versions(definition).iter().map(|version| object::text(version, &["name"])).collect();
    for (number, name) in list.iter().enumerate().filter(|(_, name)| !known.contains(name)) {
        let detail = format!(
            "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions \
             until a storage migration ensures no data remains persisted in {name} and removes {name} from \
             status.storedVersions"
        );
        errors.push(Error::invalid(path::index(AT, number), *name, detail));
    }
    errors
}
