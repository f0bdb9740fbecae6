//! The order of merged lists: `$setElementOrder` before the patch's own order before the target's.

use super::{
    DIRECTIVE, Error, SET_ORDER, behind,
    lists::{MAP, item_kind, merge_list},
    meta, without_directives,
};
use crate::{patch::shown::go_value, schema::TypeRef};
use serde_json::{Map, Value};
use skiff_compact::Order;
use std::collections::BTreeMap;

/// Lists longer than this are not sorted by Go's algorithm where some items have no place in the order.
const MAX_UNPLACED: usize = 1_000;

/// What tells items apart: the value below a merge key, or the item itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'a>(pub(super) Option<&'a str>);

impl Keys<'_> {
    /// The text by which an item is found. Go finds maps without the key by its absence.
    fn text(self, item: &Value) -> String {
        match self.0 {
            Some(key) => item.get(key).unwrap_or(&Value::Null).to_string(),
            None => item.to_string(),
        }
    }

    /// The first place of each key.
    fn places(self, list: &[Value]) -> BTreeMap<String, usize> {
        let mut places = BTreeMap::new();
        for (index, item) in list.iter().enumerate() {
            places.entry(self.text(item)).or_insert(index);
        }
        places
    }

    /// Refuses items that are no maps or lack the key.
    fn check(self, list: &[Value]) -> Result<(), Error> {
        let Some(key) = self.0 else { return Ok(()) };
        for item in list {
            let Value::Object(map) = item else { return Err(Error::wrong_kind(MAP, item)) };
            if !map.contains_key(key) {
                return Err(Error::no_merge_key(map, key));
            }
        }
        Ok(())
    }
}

/// Merges the lists for which the patch gives an order, and orders them; what is done with is taken out of the patch.
pub(super) fn set_orders(
    target: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    of: TypeRef<'_>,
) -> Result<(), Error> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let order = match patch.remove(&directive) {
            Some(Value::Array(order)) => order,
            other => return Err(Error::wrong_kind(LIST, &other.unwrap_or_default())),
        };
        let key = behind(&directive, SET_ORDER, Error::SetElementOrder)?;
        if let Some(list) = set_order(target.get(&key), patch.get(&key), &order, of, &key)? {
            target.insert(key.clone(), Value::Array(list));
            patch.remove(&key);
        }
    }
    Ok(())
}

/// The Go type of lists.
const LIST: &str = "[]interface {}";

fn list(value: Option<&Value>) -> Result<Option<Vec<Value>>, Error> {
    match value {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items.clone())),
        Some(other) => Err(Error::wrong_kind(LIST, other)),
    }
}

/// The merged and ordered list of one `$setElementOrder`; none where neither side has the list.
fn set_order(
    target: Option<&Value>,
    patch: Option<&Value>,
    order: &[Value],
    of: TypeRef<'_>,
    key: &str,
) -> Result<Option<Vec<Value>>, Error> {
    let (target, patch) = (list(target)?, list(patch)?);
    let field = meta::lookup_list(of, key)?;
    let keys = Keys((!field.merge_key.is_empty()).then_some(field.merge_key));
    check_order(patch.as_deref().unwrap_or_default(), order, keys)?;
    let (merged, target, patch) = match (target, patch) {
        (None, None) => return Ok(None),
        (Some(target), None) => (target.clone(), target, Vec::new()),
        (None, Some(patch)) => {
            let merged = patch.iter().cloned().filter_map(without_directives).collect();
            (merged, Vec::new(), patch)
        }
        (Some(target), Some(patch)) => {
            let merged = merge_list(target, patch.clone(), &field, false)?;
            (merged.list, merged.left_behind, patch)
        }
    };
    let (from_patch, others) = partition(merged, order, keys)?;
    if item_kind(&target, &patch)? == MAP && keys.0.is_none() {
        return Err(Error::panics("an order for maps that no key tells apart"));
    }
    normalize(from_patch, others, order, &target, keys).map(Some)
}

/// Refuses patches whose items are not in the order's order, or not in it at all.
fn check_order(patch: &[Value], order: &[Value], keys: Keys<'_>) -> Result<(), Error> {
    if order.is_empty() || patch.is_empty() {
        return Ok(());
    }
    let mut kept = Vec::new();
    for item in patch {
        match item {
            Value::Object(map) if keys.0.is_some() => {
                if map.get(DIRECTIVE).and_then(Value::as_str) != Some("delete") {
                    kept.push(item);
                }
            }
            other if keys.0.is_some() => return Err(Error::wrong_kind(MAP, other)),
            _ => kept.push(item),
        }
    }
    let (mut item, mut place) = (0, 0);
    while item < kept.len() && place < order.len() {
        if kept[item].get(DIRECTIVE).is_some() {
            item += 1;
            continue;
        }
        if keys.0.is_some() {
            keys.check(std::slice::from_ref(kept[item]))?;
            keys.check(&order[place..=place])?;
        }
        if keys.text(kept[item]) == keys.text(&order[place]) {
            item += 1;
        }
        place += 1;
    }
    if item < kept.len() {
        let [patch, order] = [patch, order].map(|list| go_value(&Value::Array(list.to_vec())));
        return Err(Error::Unexpected(format!(
            "The order in patch list:\n{patch}\n doesn't match {SET_ORDER} list:\n{order}\n"
        )));
    }
    Ok(())
}

/// The items whose keys `by` has, and the others.
pub(super) fn partition(
    list: Vec<Value>,
    by: &[Value],
    keys: Keys<'_>,
) -> Result<(Vec<Value>, Vec<Value>), Error> {
    let places = keys.places(by);
    let stranger = by.iter().position(|item| keys.0.is_some() && !item.is_object());
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for item in list {
        keys.check(std::slice::from_ref(&item))?;
        // Go looks from the front and stops at what is no map.
        let place = places.get(&keys.text(&item)).copied();
        match (place, stranger) {
            (place, Some(stranger)) if place.is_none_or(|place| place > stranger) => {
                return Err(Error::Unexpected(format!("value for key {stranger} is not a map")));
            }
            (Some(_), _) => found.push(item),
            (None, _) => others.push(item),
        }
    }
    Ok((found, others))
}

/// Orders the patch's items by the patch, the others by the server's list, and puts both together so that the server's order holds
/// where it can.
pub(super) fn normalize(
    from_patch: Vec<Value>,
    others: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    keys: Keys<'_>,
) -> Result<Vec<Value>, Error> {
    let server = keys.places(server_order);
    let right = sorted(from_patch, patch_order, &keys.places(patch_order), keys)?;
    let left = sorted(others, server_order, &server, keys)?;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    loop {
        let take_left = match (left.peek(), right.peek()) {
            (None, None) => return Ok(merged),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(l), Some(r)) => match (server.get(&keys.text(l)), server.get(&keys.text(r))) {
                (Some(l), Some(r)) => l < r,
                _ => false,
            },
        };
        merged.extend(if take_left { left.next() } else { right.next() });
    }
}

/// Items by their places in `order`; those to delete come last.
fn sorted(
    list: Vec<Value>,
    order: &[Value],
    places: &BTreeMap<String, usize>,
    keys: Keys<'_>,
) -> Result<Vec<Value>, Error> {
    keys.check(&list)?;
    keys.check(order)?;
    let deleted = |item: &Value| keys.0.is_some() && item.get(DIRECTIVE).is_some_and(|it| it == "delete");
    let (last, list): (Vec<Value>, Vec<Value>) = list.into_iter().partition(deleted);
    let mut placed: Vec<(Option<usize>, Value)> =
        list.into_iter().map(|item| (places.get(&keys.text(&item)).copied(), item)).collect();
    let all = placed.iter().all(|(place, _)| place.is_some());
    if all || placed.len() > MAX_UNPLACED {
        placed.order_by_key(|(place, _)| place.unwrap_or(usize::MAX));
    } else {
        // Go's comparison says "less" for what has no place, so the order comes from its insertion sort.
        for start in 1..placed.len() {
            let mut at = start;
            while at > 0 && placed[at].0.zip(placed[at - 1].0).is_none_or(|(this, before)| this < before) {
                placed.swap(at, at - 1);
                at -= 1;
            }
        }
    }
    Ok(placed.into_iter().map(|(_, item)| item).chain(last).collect())
}
