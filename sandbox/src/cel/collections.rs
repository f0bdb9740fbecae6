//! Functions of lists and maps: Kubernetes' lists library, and the lists and sets extensions of cel-go.

use super::{
    eval::MAX_SIZE,
    functions::{comparable, overflow, some},
    text,
    types::Order,
    value::{Fail, Result, Val},
};
use std::cmp::Ordering;

/// A function of a list.
pub(crate) fn member<'a>(
    target: &Val<'a>,
    name: &str,
    args: &[Val<'a>],
    cost: &mut usize,
) -> Result<Val<'a>> {
    let items = target.items().ok_or_else(Fail::overload)?;
    *cost += items.len();
    match (name, args) {
        ("isSorted", []) => {
            comparable(&items)?;
            let sorted = items.is_sorted_by(|a, b| order(a, b) != Ordering::Greater);
            Ok(Val::Bool(sorted))
        }
        ("sum", []) => sum(&items),
        ("min", []) => extreme(&items, "min", Ordering::Less),
        ("max", []) => extreme(&items, "max", Ordering::Greater),
        ("indexOf", [item]) => Ok(place(items.iter().position(|other| other.equals(item)))),
        ("lastIndexOf", [item]) => Ok(place(items.iter().rposition(|other| other.equals(item)))),
        ("join", []) => text::join(&items, ""),
        ("join", [Val::Text(separator)]) => text::join(&items, separator),
        ("slice", [Val::Int(from), Val::Int(to)]) => slice(&items, *from, *to),
        ("flatten", []) => flatten(&items, 1, cost).map(Val::list),
        ("flatten", [Val::Int(depth)]) if *depth < 0 => Err(Fail::new("level must be non-negative")),
        ("flatten", [Val::Int(depth)]) => flatten(&items, *depth, cost).map(Val::list),
        ("distinct", []) => {
            *cost += items.len().saturating_mul(items.len()) / 2;
            if *cost > MAX_SIZE {
                return Err(super::eval::out_of_fuel());
            }
            let mut kept: Vec<Val<'a>> = Vec::new();
            for item in items {
                if !kept.iter().any(|known| known.equals(&item)) {
                    kept.push(item);
                }
            }
            Ok(Val::list(kept))
        }
        ("sort", []) => {
            comparable(&items)?;
            let mut items = items;
            items.sort_by(order);
            Ok(Val::list(items))
        }
        ("reverse", []) => Ok(Val::list(items.into_iter().rev().collect())),
        ("first", []) => Ok(items.first().cloned().map_or(Val::Optional(None), some)),
        ("last", []) => Ok(items.last().cloned().map_or(Val::Optional(None), some)),
        _ => Err(Fail::overload()),
    }
}

fn order(a: &Val<'_>, b: &Val<'_>) -> Ordering {
    a.compare(b).ok().flatten().unwrap_or(Ordering::Equal)
}

fn place<'a>(found: Option<usize>) -> Val<'a> {
    Val::Int(found.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1))
}

fn sum<'a>(items: &[Val<'a>]) -> Result<Val<'a>> {
    let mut total: Option<Val<'a>> = None;
    for item in items {
        total = Some(match (total, item) {
            (None, item) => item.clone(),
            (Some(Val::Int(a)), Val::Int(b)) => Val::Int(a.checked_add(*b).ok_or_else(overflow)?),
            (Some(Val::Uint(a)), Val::Uint(b)) => {
                Val::Uint(a.checked_add(*b).ok_or_else(|| Fail::new("unsigned integer overflow"))?)
            }
            (Some(Val::Double(a)), Val::Double(b)) => Val::Double(a + b),
            (Some(Val::Duration(a)), Val::Duration(b)) => {
                Val::Duration(a.checked_add(*b).ok_or_else(|| Fail::new("duration overflow"))?)
            }
            _ => return Err(Fail::overload()),
        });
    }
    Ok(total.unwrap_or(Val::Int(0)))
}

fn extreme<'a>(items: &[Val<'a>], name: &str, wanted: Ordering) -> Result<Val<'a>> {
    comparable(items)?;
    let better = |best: Val<'a>, item: &Val<'a>| {
        if order(item, &best) == wanted { item.clone() } else { best }
    };
    let Some(first) = items.first() else {
        return Err(Fail::new(format!("{name} called on empty list")));
    };
    Ok(items.iter().fold(first.clone(), better))
}

fn slice<'a>(items: &[Val<'a>], from: i64, to: i64) -> Result<Val<'a>> {
    let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let wrong = if from < 0 || to < 0 {
        Some("negative indexes not supported".to_owned())
    } else if from > to {
        Some("start index must be less than or equal to end index".to_owned())
    } else if to > size {
        Some(format!("cannot slice({from}, {to}), list is length {size}"))
    } else {
        None
    };
    if let Some(wrong) = wrong {
        return Err(Fail::new(wrong));
    }
    let bound = |place: i64| usize::try_from(place).unwrap_or_default();
    Ok(Val::list(items.get(bound(from)..bound(to)).unwrap_or_default().to_vec()))
}

fn flatten<'a>(items: &[Val<'a>], depth: i64, cost: &mut usize) -> Result<Vec<Val<'a>>> {
    let mut flat = Vec::new();
    for item in items {
        match item.items() {
            Some(inner) if depth > 0 => flat.extend(flatten(&inner, depth - 1, cost)?),
            _ => flat.push(item.clone()),
        }
        *cost += 1;
        text::bounded(flat.len())?;
    }
    Ok(flat)
}

/// `sets.contains` and `lists.range`.
pub(crate) fn global<'a>(name: &str, args: &[Val<'a>], cost: &mut usize) -> Result<Val<'a>> {
    if let ("lists.range", [Val::Int(count)]) = (name, args) {
        let count = usize::try_from(*count).unwrap_or_default();
        text::bounded(count)?;
        *cost += count;
        let numbers = (0..count).filter_map(|number| i64::try_from(number).ok()).map(Val::Int);
        return Ok(Val::list(numbers.collect()));
    }
    let [a, b] = args else { return Err(Fail::overload()) };
    let (a, b) = (a.items().ok_or_else(Fail::overload)?, b.items().ok_or_else(Fail::overload)?);
    *cost += a.len().saturating_mul(b.len());
    if *cost > MAX_SIZE {
        return Err(super::eval::out_of_fuel());
    }
    let holds = |a: &[Val<'a>], b: &[Val<'a>]| b.iter().all(|item| a.iter().any(|other| other.equals(item)));
    Ok(Val::Bool(match name {
        "sets.contains" => holds(&a, &b),
        "sets.equivalent" => holds(&a, &b) && holds(&b, &a),
        "sets.intersects" => a.iter().any(|item| b.iter().any(|other| other.equals(item))),
        _ => return Err(Fail::overload()),
    }))
}

/// `+` of lists; sets and maps join by what makes items the same.
pub(crate) fn join<'a>(a: &Val<'a>, b: &Val<'a>, cost: &mut usize) -> Result<Val<'a>> {
    let (mut items, more) = (a.items().ok_or_else(Fail::overload)?, b.items().ok_or_else(Fail::overload)?);
    text::bounded(items.len() + more.len())?;
    *cost += items.len() + more.len();
    match a.order() {
        Order::Atomic => items.extend(more),
        Order::Set => {
            for item in more {
                if !items.iter().any(|known| known.equals(&item)) {
                    items.push(item);
                }
            }
        }
        Order::Map(keys) => {
            for item in more {
                let key = |key: &str, item: &Val<'a>| item.get(&Val::text(key));
                let same = |known: &Val<'a>| {
                    keys.iter().all(|name| match (key(name, known), key(name, &item)) {
                        (Some(a), Some(b)) => a.equals(&b),
                        (a, b) => a.is_none() && b.is_none(),
                    })
                };
                match items.iter_mut().find(|known| same(known)) {
                    Some(known) => *known = item,
                    None => items.push(item),
                }
            }
        }
    }
    Ok(Val::list(items))
}
