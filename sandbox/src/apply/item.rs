//! Values as parts of sets tell them apart: equality, order, the element of a list's item.

use super::{
    set::Element,
    types::{Keys, List, Type},
};
use crate::field::{go_number, go_quote};
use serde_json::{Map, Number, Value};
use skiff_compact::Order;
use std::{cmp::Ordering, rc::Rc};

/// A whole number where a float has no fraction, as in `80.0`.
pub(super) fn whole(value: Value) -> Value {
    /// Floats are exact below.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match &value {
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "it was looked at before")]
            Some(float) if float.fract() == 0.0 && float.abs() < EXACT => Value::from(float as i64),
            _ => value,
        },
        _ => value,
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Ordering {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.as_f64().unwrap_or_default().total_cmp(&right.as_f64().unwrap_or_default()),
    }
}

/// The order of values: `value.Compare`.
pub(super) fn compare_values(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => {
            let pairs = left.iter().zip(right).map(|(left, right)| compare_values(left, right));
            pairs.fold(Ordering::Equal, Ordering::then).then(left.len().cmp(&right.len()))
        }
        (Value::Object(left), Value::Object(right)) => {
            let pairs = left.iter().zip(right).map(|((left_key, left), (right_key, right))| {
                left_key.cmp(right_key).then_with(|| compare_values(left, right))
            });
            pairs.fold(Ordering::Equal, Ordering::then).then(left.len().cmp(&right.len()))
        }
        (left, right) => rank(left).cmp(&rank(right)),
    }
}

/// Equality of values: `value.Equals`. Whole numbers and floats are equal where their values are.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((left_key, left), (right_key, right))| left_key == right_key && equal(left, right))
        }
        (left, right) => left == right,
    }
}

/// A value inside a path as messages show it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Number(number) => go_number(number),
        Value::String(text) => go_quote(text),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        Value::Object(map) => map.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect(),
    }
}

/// The element of a list's item.
///
/// # Errors
/// Items that cannot be told apart.
pub(super) fn element(list: &List<'_>, item: &Value) -> Result<Element, String> {
    if list.atomic {
        return Err("invalid indexing of non-associative list".to_owned());
    }
    match list.keys {
        Keys::None => set_element(item),
        keys => key_element(list.items, keys, item),
    }
}

fn set_element(item: &Value) -> Result<Element, String> {
    match item {
        Value::Object(_) => Err("associative list without keys has an element that's a map type".to_owned()),
        Value::Array(_) => Err("not supported: associative list with lists as elements".to_owned()),
        Value::Null => Err("associative list without keys has an element that's an explicit null".to_owned()),
        scalar => Ok(Element::Value(Rc::new(scalar.clone()))),
    }
}

fn key_element(items: Type<'_>, keys: Keys<'_>, item: &Value) -> Result<Element, String> {
    let map: &Map<String, Value> = match item {
        Value::Object(map) => map,
        Value::Null => return Err("associative list with keys may not have a null element".to_owned()),
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    };
    let mut fields: Vec<(Rc<str>, Value)> = Vec::new();
    for name in keys.iter() {
        if let Some(value) = map.get(name) {
            fields.push((name.into(), value.clone()));
        } else if let Some(default) = items.default_of(name) {
            fields.push((name.into(), default.clone()));
        }
    }
    if fields.is_empty() {
        let names: Vec<String> = keys.iter().map(go_quote).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any \
             key fields)",
            names.join(" ")
        ));
    }
    fields.order_by(|(left, _), (right, _)| left.cmp(right));
    Ok(Element::Key(Rc::new(fields)))
}
