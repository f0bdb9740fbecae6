//! Values against OpenAPI v3 schemas, as `kube-openapi/pkg/validation/validate` checks and words them.

use super::{
    correlate::Pair,
    formats,
    numbers::number,
    outcome::{Found, Outcome, What},
    props::{Additional, Items, Limits, Props},
};
use crate::field::{self, Error};
use serde_json::Value;

/// The errors of `value`, whose path is `at`, in the order of the real server; fields come in the order of their
/// names, where the real server's order is chance. With `pair`, errors in unchanged parts do not count.
pub(crate) fn validate(at: &str, value: &Value, schema: &Props, pair: Option<Pair<'_>>) -> Vec<Error> {
    let outcome = check(value, schema, "", Correlation::of(pair));
    outcome.errors.into_iter().map(|error| error.located(at)).collect()
}

/// Whether an old value is known for the value at hand.
#[derive(Clone, Copy)]
enum Correlation<'a> {
    None,
    With(Pair<'a>),
}

impl<'a> Correlation<'a> {
    fn of(pair: Option<Pair<'a>>) -> Self {
        pair.map_or(Self::None, Self::With)
    }

    fn key(self, key: &str, path: &str) -> Self {
        match self {
            // Type fields show no change, since old and new are converted to the same version.
            Self::With(_) if path.is_empty() && matches!(key, "kind" | "apiVersion") => Self::None,
            Self::With(pair) => Self::of(pair.key(key)),
            Self::None => Self::None,
        }
    }

    fn index(self, place: usize) -> Self {
        match self {
            Self::With(pair) => Self::of(pair.index(place)),
            Self::None => Self::None,
        }
    }
}

/// A node of its own: what did not change is forgiven as a whole.
fn check(value: &Value, schema: &Props, path: &str, old: Correlation<'_>) -> Outcome {
    let outcome = parts(value, schema, path, old);
    match old {
        Correlation::With(pair) if !outcome.valid() && pair.unchanged() => {
            Outcome { errors: Vec::new(), matched: outcome.matched }
        }
        _ => outcome,
    }
}

fn parts(value: &Value, schema: &Props, path: &str, old: Correlation<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if value.is_null() {
        outcome.merge(kind(value, schema, path));
        outcome.merge(common(value, schema, path));
        return outcome;
    }
    let has_kind = !types(schema).is_empty() || !format_of(schema).is_empty();
    let mut apply = |part: Outcome| {
        outcome.merge(part);
        outcome.matched += 1;
    };
    if has_kind {
        apply(kind(value, schema, path));
    }
    apply(logic(value, schema, path, old));
    match value {
        Value::String(text) => {
            apply(string(text, schema, path));
            let format = format_of(schema);
            if formats::known(format) {
                apply(format_check(text, format, path));
            }
        }
        Value::Number(digits) => apply(number(digits, schema, path)),
        Value::Array(items) => apply(list(items, schema, path, old)),
        _ => {}
    }
    apply(common(value, schema, path));
    if let Value::Object(fields) = value {
        apply(object(fields, schema, path, old));
    }
    outcome.matched += 1;
    outcome
}

/// The types that a schema allows.
pub(super) fn types(schema: &Props) -> Vec<&str> {
    match (schema.int_or_string, schema.kind.as_ref()) {
        (true, _) => vec!["integer", "string"],
        (false, "") => vec![],
        (false, kind) => vec![kind],
    }
}

/// The format, where the server of this version knows it for the type.
pub(super) fn format_of(schema: &Props) -> &str {
    let format = schema.format();
    let supported = match types(schema).as_slice() {
        [] | ["string"] | [_, _] => formats::supported(format),
        ["integer"] => matches!(format, "int32" | "int64"),
        ["number"] => matches!(format, "float" | "double"),
        _ => false,
    };
    if supported { format } else { "" }
}

fn kind(value: &Value, schema: &Props, path: &str) -> Outcome {
    let types = types(schema);
    let format = format_of(schema);
    let done = || Outcome { errors: Vec::new(), matched: 1 };
    let wrong = |expected: &str, actual: &str| {
        let message = format!("{path} in body must be of type {expected}: {}", field::go_quote(actual));
        Outcome::one(Found { path: path.to_owned(), message, what: What::Type(actual.into()) })
    };
    let (name, own_format) = match value {
        Value::Null => {
            let fine = types.is_empty() || types.contains(&"null") || schema.nullable;
            return if fine { done() } else { wrong(&types.join(","), "null") };
        }
        Value::Bool(_) => ("boolean", ""),
        Value::String(_) => ("string", ""),
        Value::Array(_) => ("array", ""),
        Value::Object(_) => ("object", ""),
        Value::Number(number) if number.is_i64() => ("integer", "int64"),
        Value::Number(_) => ("number", "float64"),
    };
    let float = match value {
        Value::Number(number) if !number.is_i64() => number.as_f64(),
        _ => None,
    };
    let whole = float.is_some_and(is_json_integer) && types.contains(&"integer");
    let widened = name == "integer" && types.contains(&"number");
    let sequence = value.is_string() || value.is_array();
    let matches = types.contains(&name);
    let formatted = sequence || format.is_empty() || own_format == format;
    if !(formatted || matches || whole || widened) {
        return wrong(format, own_format);
    }
    let numeric = types.contains(&"number") || types.contains(&"integer");
    if !numeric && !format.is_empty() && sequence {
        return done();
    }
    if matches || whole || widened { done() } else { wrong(&types.join(","), name) }
}

/// `swag.IsFloat64AJSONInteger`.
pub(super) fn is_json_integer(float: f64) -> bool {
    /// 2^53 - 1.
    const MAX: f64 = 9_007_199_254_740_991.0;
    const EPSILON: f64 = 1e-9;
    if !float.is_finite() || float.abs() > MAX {
        return false;
    }
    let (size, whole) = (float.abs(), float.trunc().abs());
    let apart = (float - float.trunc()).abs();
    float == float.trunc() || (size != 0.0 && whole != 0.0 && apart / (size + whole) < EPSILON)
}

fn logic(value: &Value, schema: &Props, path: &str, old: Correlation<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let bare = |message: String| Found { path: path.to_owned(), message, what: What::Bare };
    let quoted = field::go_quote(path);
    let any_of = schema.any_of();
    if !any_of.is_empty() {
        let (first, best) = alternatives(value, any_of, path, old, true);
        if first.is_empty() {
            outcome.add(bare(format!("{quoted} must validate at least one schema (anyOf)")));
        }
        outcome.merge(first.into_iter().next().or(best).unwrap_or_default());
    }
    let one_of = schema.one_of();
    if !one_of.is_empty() {
        let (valid, best) = alternatives(value, one_of, path, old, false);
        let found = match valid.len() {
            1 => None,
            0 => Some("Found none valid".to_owned()),
            count => Some(format!("Found {count} valid alternatives")),
        };
        if let Some(found) = &found {
            let text = format!("{quoted} must validate one and only one schema (oneOf). {found}");
            outcome.add(bare(text));
        }
        match (found, valid.into_iter().next()) {
            (None, Some(first)) => outcome.merge(first),
            (_, None) => outcome.merge(best.unwrap_or_default()),
            _ => {}
        }
    }
    let all_of = schema.all_of();
    if !all_of.is_empty() {
        let results: Vec<Outcome> = all_of.iter().map(|inner| parts(value, inner, path, old)).collect();
        let valid = results.iter().filter(|result| result.valid()).count();
        results.into_iter().for_each(|result| outcome.merge(result));
        if valid != all_of.len() {
            let none = if valid == 0 { ". None validated" } else { "" };
            outcome.add(bare(format!("{quoted} must validate all the schemas (allOf){none}")));
        }
    }
    if schema.not().is_some_and(|not| parts(value, not, path, old).valid()) {
        outcome.add(bare(format!("{quoted} must not validate the schema (not)")));
    }
    outcome.matched += 1;
    outcome
}

/// The valid alternatives (the first alone, if one is enough), and the failure that matched most.
fn alternatives(
    value: &Value,
    schemas: &[Props],
    path: &str,
    old: Correlation<'_>,
    one_is_enough: bool,
) -> (Vec<Outcome>, Option<Outcome>) {
    let mut valid: Vec<Outcome> = Vec::new();
    let mut best: Option<Outcome> = None;
    for schema in schemas {
        let result = parts(value, schema, path, old);
        if result.valid() {
            best = None;
            valid.push(result);
            if one_is_enough {
                break;
            }
        } else if valid.is_empty() && best.as_ref().is_none_or(|best| result.matched > best.matched) {
            best = Some(result);
        }
    }
    (valid, best)
}

fn string(text: &str, schema: &Props, path: &str) -> Outcome {
    let Some(limits) = schema.limits.as_deref() else { return Outcome::default() };
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let found = |message: String, what: What| {
        Outcome::one(Found { path: path.to_owned(), message: format!("{path} in body {message}"), what })
    };
    if let Some(max) = limits.max_length.filter(|max| length > *max) {
        return found(format!("should be at most {max} chars long"), What::TooLong(max));
    }
    if let Some(min) = limits.min_length.filter(|min| length < *min) {
        return found(format!("should be at least {min} chars long"), What::Other(Some(text.into())));
    }
    let Some(pattern) = &limits.pattern else { return Outcome::default() };
    match pattern.compiled() {
        Ok(compiled) if compiled.is_match(text.as_bytes()) => Outcome::default(),
        Ok(_) => found(format!("should match '{}'", pattern.text), What::Other(Some(text.into()))),
        Err(error) => {
            let message = format!("should match '{}, but pattern is invalid: {error}'", pattern.text);
            found(message, What::Other(Some(text.into())))
        }
    }
}

fn format_check(text: &str, format: &str, path: &str) -> Outcome {
    if formats::valid(format, text) {
        return Outcome::default();
    }
    let message = format!("{path} in body must be of type {format}: {}", field::go_quote(text));
    Outcome::one(Found { path: path.to_owned(), message, what: What::Type(text.into()) })
}

fn list(items: &[Value], schema: &Props, path: &str, old: Correlation<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (place, item) in items.iter().enumerate() {
        let inner = match schema.items.as_deref() {
            Some(Items::One(inner)) => inner,
            Some(Items::Many(all)) => match all.get(place) {
                Some(inner) => inner,
                None => break,
            },
            None => break,
        };
        outcome.merge(check(item, inner, &format!("{path}[{place}]"), old.index(place)));
    }
    if let Some(limits) = schema.limits.as_deref() {
        counts(items, limits, path, &mut outcome);
    }
    outcome.matched += 1;
    outcome
}

fn counts(items: &[Value], limits: &Limits, path: &str, outcome: &mut Outcome) {
    let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let mut add = |message: String, what: What| {
        outcome.add(Found { path: path.to_owned(), message: format!("{path} in body {message}"), what });
    };
    if let Some(min) = limits.min_items.filter(|min| size < *min) {
        add(format!("should have at least {min} items"), What::Other(Some(size.into())));
    }
    if let Some(max) = limits.max_items.filter(|max| size > *max) {
        add(format!("should have at most {max} items"), What::TooMany { actual: size, max });
    }
    let twice = |(place, item): (usize, &Value)| items.iter().take(place).any(|earlier| earlier == item);
    if limits.unique && items.iter().enumerate().any(twice) {
        add("shouldn't contain duplicates".to_owned(), What::Other(None));
    }
}

fn common(value: &Value, schema: &Props, path: &str) -> Outcome {
    let Some(limits) = schema.limits.as_deref().filter(|limits| !limits.allowed.is_empty()) else {
        return Outcome::default();
    };
    // Go converts numbers before it compares; null equals nothing.
    let same = |allowed: &&Value| match (allowed, value) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => **a == *b,
    };
    if limits.allowed.iter().any(|allowed| same(&allowed)) {
        return Outcome::default();
    }
    let shown: Vec<String> = limits.allowed.iter().map(Value::to_string).collect();
    let message = format!("{path} in body should be one of [{}]", shown.join(" "));
    let what = What::Enum { value: value.clone(), allowed: limits.allowed.clone() };
    Outcome::one(Found { path: path.to_owned(), message, what })
}

fn object(
    fields: &serde_json::Map<String, Value>,
    schema: &Props,
    path: &str,
    old: Correlation<'_>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let size = i64::try_from(fields.len()).unwrap_or(i64::MAX);
    let mut add = |path: &str, message: String, what: What| {
        outcome.add(Found { path: path.to_owned(), message, what });
    };
    if let Some(limits) = schema.limits.as_deref() {
        if let Some(min) = limits.min_properties.filter(|min| size < *min) {
            let text = format!("{path} in body should have at least {min} properties");
            add(path, text, What::Other(Some(size.into())));
        }
        if let Some(max) = limits.max_properties.filter(|max| size > *max) {
            let text = format!("{path} in body should have at most {max} properties");
            add(path, text, What::TooMany { actual: size, max });
        }
    }
    for (key, value) in fields {
        if schema.property(key).is_some() {
            continue;
        }
        match schema.additional.as_deref() {
            Some(Additional::Allowed(false)) => outcome.add(Found {
                path: path.to_owned(),
                message: format!("{path}.{key} in body is a forbidden property"),
                what: What::Other(Some(key.as_str().into())),
            }),
            Some(Additional::Schema(values)) => {
                outcome.merge(check(value, values, &format!("{path}.{key}"), old.key(key, path)));
            }
            _ => {}
        }
    }
    for (key, property) in &schema.properties {
        if let Some(value) = fields.get(key.as_ref()) {
            let below = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            outcome.merge(check(value, property, &below, old.key(key, path)));
        }
    }
    for key in schema.required.iter().filter(|key| !fields.contains_key(key.as_ref())) {
        let path = format!("{path}.{key}");
        let message = format!("{path} in body is required");
        outcome.add(Found { path, message, what: What::Required });
    }
    outcome
}
