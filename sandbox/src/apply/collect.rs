//! Sets from values: which fields a configuration names, and sets brought in line with a type.

use super::{
    item,
    set::{Element, Node, Set},
    types::{Fields, List, Side, Type},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Every leaf and item that a value names: `TypedValue.ToFieldSet`.
pub(super) fn field_set(value: &Value, of: Type<'_>) -> Set {
    let mut set = Set::default();
    below(value, of, &mut set);
    set
}

/// Adds what is below a value; whether the value is a leaf itself.
fn below(value: &Value, of: Type<'_>, set: &mut Set) -> bool {
    match of.side(Some(value)) {
        Side::Map(fields) if fields.atomic => true,
        Side::List(list) if list.atomic => true,
        Side::Scalar(_) => true,
        Side::Map(fields) => {
            map(value, fields, set);
            false
        }
        Side::List(list) => {
            items(value, list, set);
            false
        }
        Side::None => false,
    }
}

fn map(value: &Value, fields: Fields<'_>, set: &mut Set) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        let declared = fields.declared(key);
        let mut inner = Set::default();
        let leaf = below(value, declared.unwrap_or(fields.others), &mut inner);
        let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        let member = leaf || empty || declared.is_none();
        set.add(Node { element: Element::field(key), member, below: inner });
    }
}

fn items(value: &Value, list: List<'_>, set: &mut Set) {
    let Value::Array(items) = value else { return };
    let mut counted: BTreeMap<Element, usize> = BTreeMap::new();
    let elements: Vec<Option<Element>> = items.iter().map(|item| item::element(&list, item).ok()).collect();
    for element in elements.iter().flatten() {
        *counted.entry(element.clone()).or_default() += 1;
    }
    for (item, element) in items.iter().zip(elements) {
        let Some(element) = element else { continue };
        let mut inner = Set::default();
        // Of items that are there several times only the element counts.
        if counted.get(&element) == Some(&1) {
            below(item, list.items, &mut inner);
        }
        set.add(Node { element, member: true, below: inner });
    }
}

/// The set with all declared fields that it has something below of: `EnsureNamedFieldsAreMembers`.
pub(super) fn with_named(set: &Set, of: Type<'_>) -> Set {
    let sides = of.sides();
    let mut out = Set::default();
    for node in set.nodes() {
        let (named, inner) = match (&node.element, sides.map, sides.list) {
            (Element::Field(name), Some(fields), _) => {
                let declared = fields.declared(name);
                (declared.is_some() && node.has_below(), declared.unwrap_or(fields.others))
            }
            (Element::Key(_), _, Some(list)) => (false, list.items),
            _ => (false, Type::Nothing),
        };
        out.add(Node {
            element: node.element.clone(),
            member: node.member || named,
            below: with_named(&node.below, inner),
        });
    }
    out
}

/// The set once more where types that merged before are replaced as a whole now; none where nothing changes:
/// `ReconcileFieldSetWithSchema`.
pub(super) fn reconciled(set: &Set, of: Type<'_>) -> Option<Set> {
    let (mut roots, mut path) = (Set::default(), Vec::new());
    find_roots(Some(set), false, of, &mut path, &mut roots);
    (!roots.is_empty()).then(|| set.recursive_difference(&roots).union(&roots))
}

/// Finds the parts that are atomic now and below which the set has something.
fn find_roots(set: Option<&Set>, leaf: bool, of: Type<'_>, path: &mut Vec<Element>, roots: &mut Set) {
    match of.side(None) {
        Side::Map(fields) => {
            if fields.says_nothing() {
                return;
            }
            if fields.atomic {
                if !leaf && set.is_some_and(|set| !set.is_empty()) {
                    roots.insert(path);
                }
                return;
            }
            for node in set.into_iter().flat_map(Set::nodes) {
                let inner = match &node.element {
                    Element::Field(name) => fields.field(name),
                    _ => fields.others,
                };
                if !matches!(inner, Type::Nothing) {
                    visit(node, inner, path, roots);
                }
            }
        }
        Side::List(list) => {
            if list.atomic {
                if !leaf {
                    roots.insert(path);
                }
                return;
            }
            for node in set.into_iter().flat_map(Set::nodes) {
                visit(node, list.items, path, roots);
            }
        }
        Side::Scalar(_) | Side::None => {}
    }
}

fn visit(node: &Node, of: Type<'_>, path: &mut Vec<Element>, roots: &mut Set) {
    path.push(node.element.clone());
    let inner = node.has_below().then_some(&node.below);
    find_roots(inner, node.member && !node.has_below(), of, path, roots);
    path.pop();
}
