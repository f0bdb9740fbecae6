//! Whether a value is of its type, with the errors that `structured-merge-diff/typed` gives.

use super::{
    item,
    set::Element,
    types::{Fields, List, Scalar, Side, Type},
};
use crate::field::{go_json, go_quote};
use crate::patch::go_value;
use serde_json::Value;
use std::collections::BTreeSet;

/// More errors of one value are not looked for.
const MAX_ERRORS: usize = 100;

/// Checks a value.
///
/// # Errors
/// The text of all errors.
pub(super) fn validate(value: &Value, of: Type<'_>, allow_duplicates: bool) -> Result<(), String> {
    let mut check = Check { errors: Vec::new(), path: Vec::new(), allow_duplicates };
    check.value(value, of);
    match check.errors.as_slice() {
        [] => Ok(()),
        [only] => Err(only.clone()),
        many => Err(format!("errors:\n  {}", many.join("\n  "))),
    }
}

struct Check {
    errors: Vec<String>,
    path: Vec<Element>,
    allow_duplicates: bool,
}

impl Check {
    fn error(&mut self, text: impl std::fmt::Display) {
        if self.errors.len() < MAX_ERRORS {
            let path = super::set::shown(&self.path);
            self.errors.push(if path.is_empty() { text.to_string() } else { format!("{path}: {text}") });
        }
    }

    fn value(&mut self, value: &Value, of: Type<'_>) {
        match of.side(Some(value)) {
            Side::Map(fields) => self.map(value, fields),
            Side::List(list) => self.list(value, list),
            Side::Scalar(scalar) => {
                if let Some(error) = scalar_error(scalar, value) {
                    self.error(error);
                }
            }
            Side::None => self.error("schema error: invalid atom: inlined"),
        }
    }

    fn map(&mut self, value: &Value, fields: Fields<'_>) {
        let map = match value {
            Value::Object(map) => map,
            Value::Null => return,
            other => return self.error(format!("expected map, got &{{{}}}", go_value(other))),
        };
        for (key, value) in map {
            let of = fields.field(key);
            self.path.push(Element::field(key));
            if matches!(of, Type::Nothing) {
                self.error("field not declared in schema");
                self.path.pop();
                return;
            }
            self.value(value, of);
            self.path.pop();
        }
    }

    fn list(&mut self, value: &Value, list: List<'_>) {
        let items = match value {
            Value::Array(items) => items,
            Value::Null => return,
            other => return self.error(format!("expected list, got &{{{}}}", go_value(other))),
        };
        let mut seen = BTreeSet::new();
        for (index, value) in items.iter().enumerate() {
            let element = if list.atomic {
                Element::Index(i64::try_from(index).unwrap_or(i64::MAX))
            } else {
                match item::element(&list, value) {
                    Ok(element) => element,
                    Err(why) => return self.error(format!("element {index}: {why}")),
                }
            };
            if !list.atomic && !seen.insert(element.clone()) && !self.allow_duplicates {
                self.error(format!("duplicate entries for key {element}"));
            }
            self.path.push(element);
            self.value(value, list.items);
            self.path.pop();
        }
    }
}

/// What is wrong with a scalar; null is none.
pub(super) fn scalar_error(scalar: Scalar, value: &Value) -> Option<String> {
    match (scalar, value) {
        (_, Value::Null)
        | (Scalar::Numeric, Value::Number(_))
        | (Scalar::String, Value::String(_))
        | (Scalar::Boolean, Value::Bool(_))
        | (Scalar::Untyped, Value::Number(_) | Value::String(_) | Value::Bool(_)) => None,
        (Scalar::Numeric, other) => {
            Some(format!("expected numeric (int or float), got {}", crate::patch::go_type(other)))
        }
        (Scalar::String, other) => {
            Some(format!("expected string, got &value.valueUnstructured{{Value:{}}}", go_syntax(other)))
        }
        (Scalar::Boolean, other) => Some(format!("expected boolean, got &{{{}}}", go_value(other))),
        (Scalar::Untyped, other) => Some(format!("expected any scalar, got &{{{}}}", go_value(other))),
    }
}

/// A value as Go's `%#v` writes it.
fn go_syntax(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => go_quote(text),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", list(items.iter().map(go_syntax).collect()))
        }
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| format!("{}:{}", go_quote(key), go_syntax(value)));
            format!("map[string]interface {{}}{{{}}}", list(fields.collect()))
        }
        other => go_json(other),
    }
}
