//! What changes between two values of a type: `TypedValue.Compare`.

use super::{
    item,
    set::{Element, Set},
    types::{Fields, List, Scalar, Side, Type},
    validate::scalar_error,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The differences of two values.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) removed: Set,
    pub(super) modified: Set,
    pub(super) added: Set,
}

impl Comparison {
    /// Without what an update of this part of the object resets anyway.
    pub(super) fn without(self, reset: &Set) -> Self {
        Self {
            removed: self.removed.recursive_difference(reset),
            modified: self.modified.recursive_difference(reset),
            added: self.added.recursive_difference(reset),
        }
    }
}

/// Compares two values.
///
/// # Errors
/// Items that cannot be told apart.
pub(super) fn compare(left: &Value, right: &Value, of: Type<'_>) -> Result<Comparison, String> {
    let mut walk = Walk { found: Comparison::default(), path: Vec::new(), errors: Vec::new() };
    walk.compare(Some(left), Some(right), of);
    match walk.errors.into_iter().next() {
        None => Ok(walk.found),
        Some(error) => Err(error),
    }
}

struct Walk {
    found: Comparison,
    path: Vec<Element>,
    errors: Vec<String>,
}

impl Walk {
    fn compare(&mut self, left: Option<&Value>, right: Option<&Value>, of: Type<'_>) {
        let leaf = match (left, right) {
            (left, None) => self.side(of.side(left), left, right),
            (None, right) => self.side(of.side(right), left, right),
            (left, right) => {
                let (from_left, from_right) = (of.side(left), of.side(right));
                if !from_left.same(&from_right) {
                    self.side(from_left, left, right);
                }
                self.side(from_right, left, right)
            }
        };
        if !leaf {
            match (left, right) {
                (None, _) => self.found.added.insert(&self.path),
                (_, None) => self.found.removed.insert(&self.path),
                _ => {}
            }
        }
    }

    /// Compares from one side of the type; whether the values are leaves.
    fn side(&mut self, side: Side<'_>, left: Option<&Value>, right: Option<&Value>) -> bool {
        match side {
            Side::Map(fields) => self.maps(fields, left, right),
            Side::Scalar(scalar) => self.scalars(scalar, left, right),
            Side::List(list) => self.lists(list, left, right),
            Side::None => {
                self.errors.push("schema error: invalid atom: inlined".to_owned());
                false
            }
        }
    }

    fn leaf(&mut self, left: Option<&Value>, right: Option<&Value>) -> bool {
        match (left, right) {
            (None, _) => self.found.added.insert(&self.path),
            (_, None) => self.found.removed.insert(&self.path),
            (Some(left), Some(right)) if !item::equal(left, right) => self.found.modified.insert(&self.path),
            _ => {}
        }
        true
    }

    fn scalars(&mut self, scalar: Scalar, left: Option<&Value>, right: Option<&Value>) -> bool {
        let wrong = |value: Option<&Value>| value.and_then(|value| scalar_error(scalar, value));
        if let (Some(left), Some(_)) = (wrong(left), wrong(right)) {
            self.errors.push(format!("lhs: {left}"));
            return false;
        }
        self.leaf(left, right)
    }

    fn maps(&mut self, fields: Fields<'_>, left: Option<&Value>, right: Option<&Value>) -> bool {
        let none = Map::new();
        let (from, to) = (left.and_then(Value::as_object), right.and_then(Value::as_object));
        let (from, to) = (from.unwrap_or(&none), to.unwrap_or(&none));
        if fields.atomic || from.is_empty() && to.is_empty() {
            return self.leaf(left, right);
        }
        for (key, value) in from {
            self.step(Element::field(key), Some(value), to.get(key), fields.field(key));
        }
        for (key, value) in to.iter().filter(|(key, _)| !from.contains_key(*key)) {
            self.step(Element::field(key), None, Some(value), fields.field(key));
        }
        false
    }

    fn step(&mut self, element: Element, left: Option<&Value>, right: Option<&Value>, of: Type<'_>) {
        self.path.push(element);
        self.compare(left, right, of);
        self.path.pop();
    }

    fn lists(&mut self, list: List<'_>, left: Option<&Value>, right: Option<&Value>) -> bool {
        let items = |value: Option<&Value>| value.and_then(Value::as_array).map_or(0, Vec::len);
        if list.atomic || items(left) == 0 && items(right) == 0 {
            return self.leaf(left, right);
        }
        let mut pairs: BTreeMap<Element, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for (is_left, value) in [(true, left), (false, right)] {
            for (index, value) in value.and_then(Value::as_array).into_iter().flatten().enumerate() {
                match item::element(&list, value) {
                    Ok(element) => {
                        let pair = pairs.entry(element).or_default();
                        if is_left { pair.0.push(value) } else { pair.1.push(value) }
                    }
                    Err(why) => self.errors.push(format!("element {index}: {why}")),
                }
            }
        }
        for (element, (from, to)) in pairs {
            self.items(element, &from, &to, list.items);
        }
        false
    }

    /// Compares the items of one element; there may be several on either side.
    fn items(&mut self, element: Element, from: &[&Value], to: &[&Value], of: Type<'_>) {
        match (from, to) {
            ([] | [_], [] | [_]) => self.step(element, from.first().copied(), to.first().copied(), of),
            ([_, _, ..], [_, _, ..]) => {
                let equal = from.len() == to.len() && from.iter().zip(to).all(|(l, r)| item::equal(l, r));
                if !equal {
                    self.at(element, |found, path| found.modified.insert(path));
                }
            }
            ([_, _, ..], _) => {
                if let Some(only) = to.first() {
                    self.step(element.clone(), None, Some(only), of);
                }
                self.at(element, |found, path| found.removed.insert(path));
            }
            (_, _) => {
                if let Some(only) = from.first() {
                    self.step(element.clone(), Some(only), None, of);
                }
                self.at(element, |found, path| found.added.insert(path));
            }
        }
    }

    fn at(&mut self, element: Element, change: impl FnOnce(&mut Comparison, &[Element])) {
        self.path.push(element);
        change(&mut self.found, &self.path);
        self.path.pop();
    }
}
