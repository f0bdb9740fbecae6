//! The functions themselves, by name and the values they are given.

use super::{
    collections, net, quantities, text, time,
    value::{Fail, Result, Val},
};
use std::{borrow::Cow, sync::Arc};

/// What reading an argument costs beyond a step.
pub(crate) fn weight(value: &Val<'_>) -> usize {
    match value {
        Val::Text(text) => text.len() / 10,
        Val::Bytes(bytes) => bytes.len() / 10,
        _ => 0,
    }
}

/// Calls a function. `cost` is what it took beyond its arguments.
pub(crate) fn call<'a>(
    name: &str,
    target: Option<&Val<'a>>,
    args: &[Val<'a>],
    cost: &mut usize,
) -> Result<Val<'a>> {
    if let Some(target) = target {
        return member(name, target, args, cost);
    }
    match (name, args) {
        ("_==_", [a, b]) => {
            *cost += compare_cost(a).min(compare_cost(b));
            Ok(Val::Bool(a.equals(b)))
        }
        ("_!=_", [a, b]) => {
            *cost += compare_cost(a).min(compare_cost(b));
            Ok(Val::Bool(!a.equals(b)))
        }
        ("_<_" | "_<=_" | "_>_" | "_>=_", [a, b]) => {
            let order = a.compare(b)?;
            Ok(Val::Bool(order.is_some_and(|order| match name {
                "_<_" => order.is_lt(),
                "_<=_" => order.is_le(),
                "_>_" => order.is_gt(),
                _ => order.is_ge(),
            })))
        }
        ("!_", [Val::Bool(flag)]) => Ok(Val::Bool(!flag)),
        ("-_", [Val::Int(int)]) => int.checked_neg().map(Val::Int).ok_or_else(overflow),
        ("-_", [Val::Double(float)]) => Ok(Val::Double(-float)),
        ("@in", [item, list]) => {
            if let Some(items) = list.items() {
                *cost += items.len();
                return Ok(Val::Bool(items.iter().any(|other| other.equals(item))));
            }
            let found = list.entries().map(|entries| entries.iter().any(|(key, _)| key.equals(item)));
            found.map(Val::Bool).ok_or_else(Fail::overload)
        }
        ("_[_]", [list, place]) => index(list, place),
        ("_[?_]", [list, place]) => optional_index(list, place),
        ("_+_" | "_-_" | "_*_" | "_/_" | "_%_", [a, b]) => arithmetic(name, a, b, cost),
        ("size", [value]) => size(value),
        ("dyn", [value]) => Ok(value.clone()),
        ("type", [value]) => Ok(Val::Type(Cow::Borrowed(value.kind()))),
        ("matches", [Val::Text(text), Val::Text(pattern)]) => text::matches(text, pattern, cost),
        ("int" | "uint" | "double" | "string" | "bytes" | "bool" | "duration" | "timestamp", [value]) => {
            super::convert::convert(name, value)
        }
        ("optional.of", [value]) => Ok(some(value.clone())),
        ("optional.none", []) => Ok(Val::Optional(None)),
        ("optional.ofNonZeroValue", [value]) => {
            Ok(if is_zero(value) { Val::Optional(None) } else { some(value.clone()) })
        }
        ("strings.quote", [Val::Text(text)]) => Ok(Val::text(crate::field::go_quote(text))),
        (name, args) if name.starts_with("sets.") || name.starts_with("lists.") => {
            collections::global(name, args, cost)
        }
        (name, args) if name.starts_with("format.") => super::formats::global(name, args),
        ("quantity" | "isQuantity" | "semver" | "isSemver", args) => quantities::global(name, args),
        (name, args) => net::global(name, args),
    }
}

fn member<'a>(name: &str, target: &Val<'a>, args: &[Val<'a>], cost: &mut usize) -> Result<Val<'a>> {
    match (target, name, args) {
        (target, "size", []) => size(target),
        (Val::Optional(inner), name, args) => optional(inner.as_ref(), name, args),
        (Val::Text(text), name, args) => text::member(text, name, args, cost),
        (Val::Timestamp(at), name, []) => time::timestamp_part(name, *at, "UTC"),
        (Val::Timestamp(at), name, [Val::Text(zone)]) => time::timestamp_part(name, *at, zone),
        (Val::Duration(nanos), name, []) => {
            time::duration_part(name, *nanos).map(Val::Int).ok_or_else(Fail::overload)
        }
        (Val::Quantity(_) | Val::Semver(_), name, args) => quantities::member(target, name, args),
        (Val::Ip(_) | Val::Cidr(..) | Val::Url(_), name, args) => net::member(target, name, args),
        (Val::Format(format), "validate", [Val::Text(text)]) => Ok(super::formats::validate(format, text)),
        (target, name, args) => collections::member(target, name, args, cost),
    }
}

/// The text of cel-go for integers that do not fit.
pub(crate) fn overflow() -> Fail {
    Fail::new("integer overflow")
}

fn compare_cost(value: &Val<'_>) -> usize {
    value.size().unwrap_or_default() / 4
}

/// An optional with a value.
pub(crate) fn some(value: Val<'_>) -> Val<'_> {
    Val::Optional(Some(Arc::new(value)))
}

fn size<'a>(value: &Val<'a>) -> Result<Val<'a>> {
    let size = value.size().ok_or_else(Fail::overload)?;
    i64::try_from(size).map(Val::Int).map_err(|_| overflow())
}

fn is_zero(value: &Val<'_>) -> bool {
    match value {
        Val::Null
        | Val::Bool(false)
        | Val::Int(0)
        | Val::Uint(0)
        | Val::Duration(0)
        | Val::Optional(None) => true,
        Val::Double(float) => *float == 0.0,
        other => other.size() == Some(0),
    }
}

fn index<'a>(list: &Val<'a>, place: &Val<'a>) -> Result<Val<'a>> {
    if let Val::Optional(inner) = list {
        return match inner {
            Some(inner) => optional_index(inner, place),
            None => Ok(Val::Optional(None)),
        };
    }
    if let Some(items) = list.items() {
        let place = match place {
            Val::Int(place) => *place,
            Val::Uint(place) => i64::try_from(*place).unwrap_or(i64::MAX),
            _ => return Err(Fail::overload()),
        };
        let found = usize::try_from(place).ok().and_then(|place| items.get(place).cloned());
        return found.ok_or_else(|| Fail::new(format!("index out of bounds: {place}")));
    }
    if !list.selectable() {
        return Err(Fail::overload());
    }
    list.get(place).ok_or_else(|| {
        let shown = super::convert::display(place).unwrap_or_default();
        Fail::new(format!("no such key: {shown}"))
    })
}

fn optional_index<'a>(list: &Val<'a>, place: &Val<'a>) -> Result<Val<'a>> {
    if let Val::Optional(inner) = list {
        return inner.as_ref().map_or(Ok(Val::Optional(None)), |inner| optional_index(inner, place));
    }
    match index(list, place) {
        Ok(value) => Ok(some(value)),
        Err(fail) if fail.text == "no such overload" => Err(fail),
        Err(_) => Ok(Val::Optional(None)),
    }
}

/// `target.?name`.
pub(crate) fn optional_select<'a>(target: &Val<'a>, name: &str) -> Result<Val<'a>> {
    match target {
        Val::Optional(None) => Ok(Val::Optional(None)),
        Val::Optional(Some(inner)) => optional_select(inner, name),
        target if target.selectable() => Ok(Val::Optional(target.select(name).map(Arc::new))),
        _ => Err(Fail::overload()),
    }
}

fn optional<'a>(inner: Option<&Arc<Val<'a>>>, name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    match (name, args, inner) {
        ("hasValue", [], inner) => Ok(Val::Bool(inner.is_some())),
        ("value", [], Some(inner)) => Ok(inner.as_ref().clone()),
        ("value", [], None) => Err(Fail::new("optional.none() dereference")),
        ("or", [_], Some(inner)) => Ok(Val::Optional(Some(Arc::clone(inner)))),
        ("or", [other @ Val::Optional(_)], None) => Ok(other.clone()),
        ("orValue", [_], Some(inner)) => Ok(inner.as_ref().clone()),
        ("orValue", [other], None) => Ok(other.clone()),
        _ => Err(Fail::overload()),
    }
}

fn arithmetic<'a>(name: &str, a: &Val<'a>, b: &Val<'a>, cost: &mut usize) -> Result<Val<'a>> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => {
            let result = match name {
                "_+_" => a.checked_add(*b),
                "_-_" => a.checked_sub(*b),
                "_*_" => a.checked_mul(*b),
                "_/_" if *b == 0 => return Err(Fail::new("division by zero")),
                "_/_" => a.checked_div(*b),
                _ if *b == 0 => return Err(Fail::new("modulus by zero")),
                _ => a.checked_rem(*b),
            };
            result.map(Val::Int).ok_or_else(overflow)
        }
        (Val::Uint(a), Val::Uint(b)) => {
            let result = match name {
                "_+_" => a.checked_add(*b),
                "_-_" => a.checked_sub(*b),
                "_*_" => a.checked_mul(*b),
                "_/_" if *b == 0 => return Err(Fail::new("division by zero")),
                "_/_" => a.checked_div(*b),
                _ if *b == 0 => return Err(Fail::new("modulus by zero")),
                _ => a.checked_rem(*b),
            };
            result.map(Val::Uint).ok_or_else(|| Fail::new("unsigned integer overflow"))
        }
        (Val::Double(a), Val::Double(b)) => Ok(Val::Double(match name {
            "_+_" => a + b,
            "_-_" => a - b,
            "_*_" => a * b,
            "_/_" => a / b,
            _ => return Err(Fail::overload()),
        })),
        (Val::Text(a), Val::Text(b)) if name == "_+_" => {
            text::bounded(a.len() + b.len())?;
            *cost += (a.len() + b.len()) / 10;
            Ok(Val::text(format!("{a}{b}")))
        }
        (Val::Bytes(a), Val::Bytes(b)) if name == "_+_" => {
            text::bounded(a.len() + b.len())?;
            *cost += (a.len() + b.len()) / 10;
            Ok(Val::Bytes([a.as_ref(), b.as_ref()].concat().into()))
        }
        (Val::Duration(_) | Val::Timestamp(_), _) => times(name, a, b),
        _ if name == "_+_" => collections::join(a, b, cost),
        _ => Err(Fail::overload()),
    }
}

fn times<'a>(name: &str, a: &Val<'a>, b: &Val<'a>) -> Result<Val<'a>> {
    let nanos = |nanos: i64| jiff::SignedDuration::from_nanos(nanos);
    let range = || Fail::new("timestamp overflow");
    match (name, a, b) {
        ("_+_", Val::Duration(a), Val::Duration(b)) => {
            a.checked_add(*b).map(Val::Duration).ok_or_else(|| Fail::new("duration overflow"))
        }
        ("_-_", Val::Duration(a), Val::Duration(b)) => {
            a.checked_sub(*b).map(Val::Duration).ok_or_else(|| Fail::new("duration overflow"))
        }
        ("_+_", Val::Timestamp(at), Val::Duration(by)) | ("_+_", Val::Duration(by), Val::Timestamp(at)) => {
            at.checked_add(nanos(*by)).map(Val::Timestamp).map_err(|_| range())
        }
        ("_-_", Val::Timestamp(at), Val::Duration(by)) => {
            at.checked_sub(nanos(*by)).map(Val::Timestamp).map_err(|_| range())
        }
        ("_-_", Val::Timestamp(a), Val::Timestamp(b)) => {
            let apart = a.duration_since(*b).as_nanos();
            i64::try_from(apart).map(Val::Duration).map_err(|_| Fail::new("duration overflow"))
        }
        _ => Err(Fail::overload()),
    }
}

/// Whether values can be put in order with each other.
pub(crate) fn comparable(values: &[Val<'_>]) -> Result<()> {
    values.windows(2).try_for_each(|pair| match pair {
        [a, b] => a.compare(b).map(|_| ()),
        _ => Ok(()),
    })
}
