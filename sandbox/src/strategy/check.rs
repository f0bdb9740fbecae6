//! The vocabulary of validation: a value with its path, and the checks that many kinds share.

use crate::{
    field::Error,
    object::{
        names::{self, Faults},
        quantity::Quantity,
    },
};
use serde_json::{Map, Value};

/// The errors of an object, in the order in which the real server finds them.
pub(super) type Errors = Vec<Error>;

/// What immutable fields answer.
pub(super) const IMMUTABLE: &str = "field is immutable";
/// What negative numbers answer.
pub(super) const NEGATIVE: &str = "must be greater than or equal to 0";

static NULL: Value = Value::Null;

/// A value inside an object, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<'a> {
    pub(super) value: &'a Value,
    pub(super) path: String,
}

impl<'a> At<'a> {
    /// A whole object, or a part of one that messages name `path`.
    pub(super) fn new(value: &'a Value, path: &str) -> Self {
        Self { value, path: path.to_owned() }
    }

    /// The field `key`; null where it is missing.
    pub(super) fn get(&self, key: &str) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { value: self.value.get(key).unwrap_or(&NULL), path }
    }

    /// Several steps of [`At::get`], dots between them.
    pub(super) fn at(&self, keys: &str) -> Self {
        keys.split('.').fold(self.clone(), |at, key| at.get(key))
    }

    /// The value of a map's key: `labels[app]`.
    pub(super) fn key(&self, key: &str) -> Self {
        Self { value: self.value.get(key).unwrap_or(&NULL), path: format!("{}[{key}]", self.path) }
    }

    /// A list's items.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Self { value, path: format!("{}[{index}]", self.path) }).collect()
    }

    /// A map's entries: keys, and the values with their paths.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries
            .map(|(key, value)| (key.as_str(), Self { value, path: format!("{}[{key}]", self.path) }))
            .collect()
    }

    /// The text, empty where there is none.
    pub(super) fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    /// The number, zero where there is none.
    pub(super) fn number(&self) -> i64 {
        self.value.as_i64().unwrap_or_default()
    }

    /// Whether it is true.
    pub(super) fn is_true(&self) -> bool {
        self.value.as_bool().unwrap_or_default()
    }

    /// Whether there is a value at all.
    pub(super) fn is_set(&self) -> bool {
        !self.value.is_null()
    }

    /// How many items or entries it has.
    pub(super) fn len(&self) -> usize {
        match self.value {
            Value::Array(items) => items.len(),
            Value::Object(map) => map.len(),
            Value::String(text) => text.len(),
            _ => 0,
        }
    }

    /// Whether it is missing, or an empty text, list or map.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0 && !matches!(self.value, Value::Number(_) | Value::Bool(_))
    }

    /// The map, where it is one.
    pub(super) fn map(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// The quantity; the zero one where there is none.
    pub(super) fn quantity(&self) -> Option<Quantity> {
        Quantity::parse(self.value.as_str()?).ok()
    }

    pub(super) fn invalid(&self, detail: impl Into<String>) -> Error {
        Error::invalid(&self.path, self.value.clone(), detail)
    }

    /// The same of a text that is empty where the field is missing.
    pub(super) fn invalid_text(&self, detail: impl Into<String>) -> Error {
        Error::invalid(&self.path, self.text(), detail)
    }

    pub(super) fn required(&self, detail: &str) -> Error {
        Error::required(&self.path, detail)
    }

    pub(super) fn forbidden(&self, detail: impl Into<String>) -> Error {
        Error::forbidden(&self.path, detail)
    }

    pub(super) fn duplicate(&self) -> Error {
        Error::duplicate(&self.path, self.value.clone())
    }

    pub(super) fn not_supported(&self, allowed: &[&str]) -> Error {
        let value = if self.is_set() { self.value.clone() } else { "".into() };
        Error::not_supported(&self.path, value, allowed)
    }

    /// The value must not be negative: `ValidateNonnegativeField`.
    pub(super) fn non_negative(&self, errors: &mut Errors) {
        if self.number() < 0 {
            errors.push(self.invalid(NEGATIVE));
        }
    }

    /// The value must be what it was: `ValidateImmutableField`.
    pub(super) fn immutable(&self, old: &Self, errors: &mut Errors) {
        if self.value != old.value {
            errors.push(self.invalid(IMMUTABLE));
        }
    }

    /// The text must be one of these, and given.
    pub(super) fn one_of(&self, allowed: &[&str], errors: &mut Errors) {
        if !allowed.contains(&self.text()) {
            errors.push(self.not_supported(allowed));
        }
    }

    /// The text must obey a rule for names.
    pub(super) fn obeys(&self, rule: fn(&str) -> Faults, errors: &mut Errors) {
        errors.extend(rule(self.text()).into_iter().map(|fault| self.invalid_text(fault)));
    }

    /// The text must be given, and obey a rule.
    pub(super) fn named(&self, rule: fn(&str) -> Faults, errors: &mut Errors) {
        if self.text().is_empty() {
            errors.push(self.required(""));
        } else {
            self.obeys(rule, errors);
        }
    }

    /// The number must lie between these.
    pub(super) fn between(&self, least: i64, most: i64, errors: &mut Errors) {
        let faults = names::range(self.number(), least, most).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&self.path, self.number(), fault)));
    }
}

/// The keys and values of labels: `ValidateLabels`.
pub(super) fn labels(labels: &At<'_>, errors: &mut Errors) {
    for (key, value) in labels.entries() {
        let faults = names::qualified(key).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&labels.path, key, fault)));
        let faults = names::label_value(value.text()).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&labels.path, value.text(), fault)));
    }
}

/// A label selector: `ValidateLabelSelector`.
pub(super) fn selector(selector: &At<'_>, errors: &mut Errors) {
    labels(&selector.get("matchLabels"), errors);
    for requirement in selector.get("matchExpressions").items() {
        let values = requirement.get("values");
        match requirement.get("operator").text() {
            "In" | "NotIn" if values.is_empty() => {
                errors.push(values.required("must be specified when `operator` is 'In' or 'NotIn'"));
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                errors.push(
                    values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
                );
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => errors.push(requirement.get("operator").invalid_text("not a valid selector operator")),
        }
        requirement.get("key").obeys(names::qualified, errors);
        for value in values.items() {
            value.obeys(names::label_value, errors);
        }
    }
}

/// Whether a label selector selects nothing in particular.
pub(super) fn selects_all(selector: &At<'_>) -> bool {
    selector.get("matchLabels").is_empty() && selector.get("matchExpressions").is_empty()
}

/// Whether a label selector matches a map of labels; one that is missing, or with an unknown operator, matches nothing.
pub(super) fn matches(selector: &At<'_>, labels: &At<'_>) -> bool {
    let label = |key: &str| labels.value.get(key).and_then(Value::as_str);
    let equal = selector
        .get("matchLabels")
        .entries()
        .into_iter()
        .all(|(key, value)| label(key) == Some(value.text()));
    selector.is_set()
        && equal
        && selector.get("matchExpressions").items().iter().all(|requirement| {
            let found = label(requirement.get("key").text());
            let listed = requirement.get("values").items().iter().any(|value| found == Some(value.text()));
            match requirement.get("operator").text() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// A number or a percentage: `IsValidPercent` and not negative.
pub(super) fn count_or_percent(at: &At<'_>, errors: &mut Errors) {
    match at.value {
        Value::String(_) => at.obeys(names::percent, errors),
        _ => at.non_negative(errors),
    }
}

/// The number before a percent sign.
pub(super) fn percent(at: &At<'_>) -> Option<i64> {
    at.value.as_str()?.strip_suffix('%')?.parse().ok()
}

/// A percentage of more than a hundred: `IsNotMoreThan100Percent`.
pub(super) fn at_most_all(at: &At<'_>, errors: &mut Errors) {
    if percent(at).is_some_and(|percent| percent > 100) {
        errors.push(at.invalid("must not be greater than 100%"));
    }
}

/// The texts of a list.
pub(super) fn texts<'a>(at: &At<'a>) -> Vec<&'a str> {
    at.value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
