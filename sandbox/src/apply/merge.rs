//! A configuration merged into a live value: `TypedValue.Merge`.

use super::{
    item,
    set::Element,
    types::{Fields, List, Side, Type},
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Merges `config` into `live`. Nothing is taken away.
///
/// # Errors
/// Items that cannot be told apart, or that `config` has twice.
pub(super) fn merge(live: &Value, config: &Value, of: Type<'_>) -> Result<Value, String> {
    Ok(both(Some(live), Some(config), of)?.unwrap_or(Value::Null))
}

/// The merged value; none where maps or lists that merge come out empty.
fn both(live: Option<&Value>, config: Option<&Value>, of: Type<'_>) -> Result<Option<Value>, String> {
    // Without a change of sorts both sides are the same one.
    match of.side(config.or(live)) {
        Side::Map(fields) => maps(fields, live, config),
        Side::List(list) => lists(list, live, config),
        Side::Scalar(_) => Ok(config.or(live).cloned()),
        Side::None => Err("schema error: invalid atom: inlined".to_owned()),
    }
}

fn maps(fields: Fields<'_>, live: Option<&Value>, config: Option<&Value>) -> Result<Option<Value>, String> {
    let none = Map::new();
    let (from, to) = (live.and_then(Value::as_object), config.and_then(Value::as_object));
    let (from, to) = (from.unwrap_or(&none), to.unwrap_or(&none));
    if fields.atomic || from.is_empty() && to.is_empty() {
        return Ok(config.or(live).cloned());
    }
    let mut merged = Map::new();
    for (key, value) in from {
        let value = match to.get(key) {
            // Nothing to merge: what is live stays as it is.
            None => Some(value.clone()),
            Some(config) => both(Some(value), Some(config), fields.field(key))?,
        };
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    for (key, value) in to.iter().filter(|(key, _)| !from.contains_key(*key)) {
        let value = both(None, Some(value), fields.field(key))?;
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    Ok((!merged.is_empty()).then_some(Value::Object(merged)))
}

/// A list's items by their elements.
struct Indexed<'a> {
    order: Vec<(Element, &'a Value)>,
    /// None for items that are there several times: they are not merged with.
    by_element: BTreeMap<Element, Option<&'a Value>>,
}

fn index<'a>(list: &List<'_>, value: Option<&'a Value>, duplicates: bool) -> Result<Indexed<'a>, String> {
    let mut indexed = Indexed { order: Vec::new(), by_element: BTreeMap::new() };
    for (place, value) in value.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let element = item::element(list, value).map_err(|why| format!("element {place}: {why}"))?;
        if let Some(known) = indexed.by_element.get_mut(&element) {
            if !duplicates {
                return Err(format!("duplicate entries for key {element}"));
            }
            *known = None;
        } else {
            indexed.by_element.insert(element.clone(), Some(value));
        }
        indexed.order.push((element, value));
    }
    Ok(indexed)
}

fn lists(list: List<'_>, live: Option<&Value>, config: Option<&Value>) -> Result<Option<Value>, String> {
    let len = |value: Option<&Value>| value.and_then(Value::as_array).map_or(0, Vec::len);
    if list.atomic || len(live) == 0 && len(config) == 0 {
        return Ok(config.or(live).cloned());
    }
    let config = index(&list, config, false)?;
    let live = index(&list, live, true)?;
    let merged = interleaved(&list, &live, &config)?;
    Ok((!merged.is_empty()).then_some(Value::Array(merged)))
}

/// The items of both lists. The configuration's order counts for its own items, the live order for the others; where both have an
/// item, they meet there.
fn interleaved(list: &List<'_>, live: &Indexed<'_>, config: &Indexed<'_>) -> Result<Vec<Value>, String> {
    let mut merged = Vec::with_capacity(live.order.len().max(config.order.len()));
    let mut shared = config.order.iter().map(|(element, _)| element);
    let mut next_shared = shared.find(|element| live.by_element.contains_key(*element));
    let mut done: BTreeSet<&Element> = BTreeSet::new();
    let take = |element: &Element, value: &Value, merged: &mut Vec<Value>| {
        // A live item that is there several times counts as null.
        let current = live.by_element.get(element).map(|value| value.unwrap_or(&Value::Null));
        merged.extend(both(current, Some(value), list.items)?);
        Ok::<(), String>(())
    };
    let (mut l, mut c) = (0, 0);
    while l < live.order.len() || c < config.order.len() {
        if let (Some((element, _)), Some((wanted, value))) = (live.order.get(l), config.order.get(c)) {
            if element == wanted {
                done.insert(wanted);
                take(wanted, value, &mut merged)?;
                l += 1;
                c += 1;
                next_shared = shared.find(|element| live.by_element.contains_key(*element));
                continue;
            }
            let other_first = next_shared.is_some_and(|next| next != element);
            if other_first && config.by_element.contains_key(element) {
                l += 1;
                continue;
            }
        }
        if let Some((element, value)) = live.order.get(l) {
            if !config.by_element.contains_key(element) {
                merged.extend(both(Some(value), None, list.items)?);
                l += 1;
                continue;
            } else if done.contains(element) {
                l += 1;
            }
        }
        if let Some((element, value)) = config.order.get(c) {
            done.insert(element);
            take(element, value, &mut merged)?;
            c += 1;
            if next_shared == Some(element) {
                next_shared = shared.find(|element| live.by_element.contains_key(*element));
            }
        }
    }
    Ok(merged)
}
