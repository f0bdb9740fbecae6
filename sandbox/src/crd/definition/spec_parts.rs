//! The parts of a definition beside its schemas: names, conversion, subresources, columns, selectable fields.

use super::field_path::{self, Found};
use crate::{
    crd::{names, path, props::Props},
    field::Error,
    object,
};
use serde_json::Value;

/// `ValidateCustomResourceDefinitionNames`.
pub(super) fn names(names: Option<&Value>, at: &str) -> Vec<Error> {
    let mut errors = Vec::new();
    let empty = Value::Null;
    let given = names.unwrap_or(&empty);
    for (key, mixed) in [("plural", false), ("singular", false), ("kind", true), ("listKind", true)] {
        let name = object::text(given, &[key]);
        let wrong =
            if mixed { names::dns1035_label(&name.to_lowercase()) } else { names::dns1035_label(name) };
        if name.is_empty() || wrong.is_empty() {
            continue;
        }
        let prefix = if mixed { "may have mixed case, but should otherwise match: " } else { "" };
        errors.push(Error::invalid(path::child(at, key), name, format!("{prefix}{}", wrong.join(","))));
    }
    let list = |key: &str, errors: &mut Vec<Error>| {
        let list = given.get(key).and_then(Value::as_array).into_iter().flatten();
        for (number, name) in list.filter_map(Value::as_str).enumerate() {
            let wrong = names::dns1035_label(name);
            if !wrong.is_empty() {
                let at = path::index(&path::child(at, key), number);
                errors.push(Error::invalid(at, name, wrong.join(",")));
            }
        }
    };
    list("shortNames", &mut errors);
    let (kind, list_kind) = (object::text(given, &["kind"]), object::text(given, &["listKind"]));
    if !kind.is_empty() && kind == list_kind {
        let detail = "kind and listKind may not be the same";
        errors.push(Error::invalid(path::child(at, "listKind"), list_kind, detail));
    }
    list("categories", &mut errors);
    errors
}

/// `validateCustomResourceConversion`.
pub(super) fn conversion(definition: &Value) -> Vec<Error> {
    const AT: &str = "spec.conversion";
    let Some(conversion) = definition.pointer("/spec/conversion").filter(|value| value.is_object()) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    let strategy = object::text(conversion, &["strategy"]);
    match strategy {
        "" => errors.push(Error::required("spec.conversion.strategy", "")),
        "None" | "Webhook" => {}
        other => {
            let allowed = ["None", "Webhook"];
            errors.push(Error::not_supported("spec.conversion.strategy", other, &allowed));
        }
    }
    let client = conversion.pointer("/webhook/clientConfig").filter(|value| value.is_object());
    let versions = conversion.pointer("/webhook/conversionReviewVersions").and_then(Value::as_array);
    if strategy != "Webhook" {
        let detail = "should not be set when strategy is not set to Webhook";
        if client.is_some() {
            errors.push(Error::forbidden(format!("{AT}.webhookClientConfig"), detail));
        }
        if versions.is_some_and(|versions| !versions.is_empty()) {
            errors.push(Error::forbidden(format!("{AT}.conversionReviewVersions"), detail));
        }
        return errors;
    }
    match client {
        None => {
            let at = format!("{AT}.webhookClientConfig");
            errors.push(Error::required(at, "required when strategy is set to Webhook"));
        }
        Some(client) => {
            let given = |key: &str| client.get(key).is_some_and(|value| !value.is_null());
            if given("url") == given("service") {
                let at = format!("{AT}.webhookClientConfig");
                errors.push(Error::required(at, "exactly one of url or service is required"));
            }
        }
    }
    let names: Vec<&str> = versions.into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() {
        errors.push(Error::required(format!("{AT}.conversionReviewVersions"), ""));
    } else if !names.iter().any(|name| matches!(*name, "v1" | "v1beta1")) {
        let shown: Value = names.iter().copied().map(Value::from).collect();
        let detail = "must include at least one of v1, v1beta1";
        errors.push(Error::invalid(format!("{AT}.conversionReviewVersions"), shown, detail));
    }
    errors
}

/// `validateDeprecationWarning`.
pub(super) fn deprecation(version: &Value, at: &str) -> Vec<Error> {
    let Some(warning) = version.get("deprecationWarning").and_then(Value::as_str) else { return Vec::new() };
    let at = path::child(at, "deprecationWarning");
    let mut wrong = Vec::new();
    if version.get("deprecated") != Some(&Value::Bool(true)) {
        wrong.push("can only be set for deprecated versions".to_owned());
    } else {
        if warning.len() > 256 {
            wrong.push("must be <= 256 characters long".to_owned());
        }
        if warning.is_empty() {
            wrong.push("must not be an empty string".to_owned());
        }
        if let Some((place, _)) = warning.char_indices().find(|(_, c)| c.is_control()) {
            wrong.push(format!(
                "must only contain printable UTF-8 characters; non-printable character found at index {place}"
            ));
        }
    }
    wrong.into_iter().map(|wrong| Error::invalid(at.as_str(), warning, wrong)).collect()
}

/// `ValidateCustomResourceDefinitionSubresources`.
pub(super) fn subresources(subresources: Option<&Value>, at: &str) -> Vec<Error> {
    let mut errors = Vec::new();
    let Some(scale) = subresources.and_then(|all| all.get("scale")).filter(|scale| scale.is_object()) else {
        return errors;
    };
    let checks: [(&str, &[&str], &str, bool); 3] = [
        ("specReplicasPath", &[".spec."], "should be a json path under .spec", true),
        ("statusReplicasPath", &[".status."], "should be a json path under .status", true),
        (
            "labelSelectorPath",
            &[".spec.", ".status."],
            "should be a json path under either .spec or .status",
            false,
        ),
    ];
    for (key, prefixes, detail, required) in checks {
        let given = object::text(scale, &[key]);
        let at = format!("{at}.scale.{key}");
        if given.is_empty() {
            if required {
                errors.push(Error::required(at, ""));
            }
            continue;
        }
        if !simple_path(given, &at, &mut errors) {
            continue;
        }
        if !prefixes.iter().any(|prefix| given.starts_with(prefix)) {
            errors.push(Error::invalid(at, given, detail));
        }
    }
    errors
}

fn simple_path(given: &str, at: &str, errors: &mut Vec<Error>) -> bool {
    let fine = given.starts_with('.');
    if !fine {
        errors.push(Error::invalid(at, given, "must be a simple json path starting with ."));
    }
    fine
}

/// `ValidateCustomResourceColumnDefinition`.
pub(super) fn column(column: &Value, at: &str) -> Vec<Error> {
    const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
    const FORMATS: [&str; 8] = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
    let mut errors = Vec::new();
    if object::text(column, &["name"]).is_empty() {
        errors.push(Error::required(path::child(at, "name"), ""));
    }
    let detail = format!("must be one of {}", TYPES.join(","));
    match object::text(column, &["type"]) {
        "" => errors.push(Error::required(path::child(at, "type"), detail)),
        kind if TYPES.contains(&kind) => {}
        kind => errors.push(Error::invalid(path::child(at, "type"), kind, detail)),
    }
    let format = object::text(column, &["format"]);
    if !format.is_empty() && !FORMATS.contains(&format) {
        let detail = format!("must be one of {}", FORMATS.join(","));
        errors.push(Error::invalid(path::child(at, "format"), format, detail));
    }
    let at = path::child(at, "JSONPath");
    match object::text(column, &["jsonPath"]) {
        "" => errors.push(Error::required(at, "")),
        given => {
            simple_path(given, &at, &mut errors);
        }
    }
    errors
}

/// `ValidateCustomResourceSelectableFields`.
pub(super) fn selectable(fields: &[Value], schema: &Props, at: &str) -> Vec<Error> {
    /// Most fields of one version.
    const MOST: usize = 8;
    let mut errors = Vec::new();
    let mut unique = std::collections::BTreeSet::new();
    for (number, field) in fields.iter().enumerate() {
        let at = format!("{at}[{number}].jsonPath");
        let given = object::text(field, &["jsonPath"]);
        if given.is_empty() {
            errors.push(Error::required(at, ""));
            continue;
        }
        let Found { path, schema } = match field_path::find(given, schema, false) {
            Ok(found) => found,
            Err(why) => {
                errors.push(Error::invalid(at, given, format!("is an invalid path: {why}")));
                continue;
            }
        };
        if path == "metadata" || path.starts_with("metadata.") {
            errors.push(Error::invalid(at.as_str(), given, "must not point to fields in metadata"));
        }
        if !matches!(&*schema.kind, "string" | "boolean" | "integer") {
            let detail = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            errors.push(Error::invalid(at.as_str(), given, detail));
        }
        if !unique.insert(path) {
            errors.push(Error::duplicate(at, given));
        }
    }
    if unique.len() > MOST {
        let (count, most) = (i64::try_from(unique.len()).ok(), i64::try_from(MOST).unwrap_or(8));
        errors.push(Error::too_many(at, count, most));
    }
    errors
}

/// `validateAPIApproval`: groups of the Kubernetes community want a link to their approval.
pub(super) fn approval(new: &Value, old: Option<&Value>) -> Vec<Error> {
    const KEY: &str = "api-approved.kubernetes.io";
    const AT: &str = "metadata.annotations[api-approved.kubernetes.io]";
    let group = object::text(new, &["spec", "group"]);
    let protected = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|domain| group == *domain || group.ends_with(&format!(".{domain}")));
    if !protected {
        return Vec::new();
    }
    let state = |definition: &Value| {
        let given = object::text(definition, &["metadata", "annotations", KEY]).to_owned();
        let kind = match given.as_str() {
            "" => 0,
            text if text.starts_with("unapproved") => 1,
            text if text.starts_with("https://") && text.len() > "https://".len() => 2,
            _ => 3,
        };
        (kind, given)
    };
    let (kind, given) = state(new);
    if old.is_some_and(|old| state(old).0 == kind) {
        return Vec::new();
    }
    match kind {
        0 => vec![Error::required(
            AT,
            format!(
                "protected groups must have approval annotation {KEY:?}, see https://github.com/kubernetes/enhancements/pull/1111"
            ),
        )],
        3 => {
            let detail = format!(
                "protected groups must have approval annotation {KEY:?} with either a URL or a reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111"
            );
            vec![Error::invalid(AT, given, detail)]
        }
        _ => Vec::new(),
    }
}

/// The versions as errors show them: Go's internal type, with its field names in their order.
pub(super) fn internal_versions(versions: &[Value]) -> String {
    if versions.is_empty() {
        return "null".to_owned();
    }
    let first = |key: &str| versions.first().and_then(|first| first.get(key));
    let shared = |key: &str| versions.iter().all(|version| version.get(key) == first(key));
    let fields: [(&str, &str, Value, bool); 9] = [
        ("Name", "name", "".into(), true),
        ("Served", "served", false.into(), true),
        ("Storage", "storage", false.into(), true),
        ("Deprecated", "deprecated", false.into(), true),
        ("DeprecationWarning", "deprecationWarning", Value::Null, true),
        ("Schema", "schema", Value::Null, false),
        ("Subresources", "subresources", Value::Null, false),
        ("AdditionalPrinterColumns", "additionalPrinterColumns", Value::Null, false),
        ("SelectableFields", "selectableFields", Value::Null, false),
    ];
    let version = |version: &Value| {
        let field = |(name, key, missing, own): &(&str, &str, Value, bool)| {
            let value = version.get(*key).filter(|_| *own || !shared(key)).unwrap_or(missing);
            format!("\"{name}\":{}", crate::field::go_json(value))
        };
        let fields: Vec<String> = fields.iter().map(field).collect();
        format!("{{{}}}", fields.join(","))
    };
    let all: Vec<String> = versions.iter().map(version).collect();
    format!("[{}]", all.join(","))
}

/// An invalid value shown as a text of our own making.
pub(super) fn invalid_shown(at: &str, shown: &str, detail: &str) -> Error {
    Error::invalid(at, Value::Null, format!("{shown}: {detail}")).without_value()
}
