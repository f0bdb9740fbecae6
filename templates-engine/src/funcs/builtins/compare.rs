//! `eq ne lt le gt ge`: Go's rules for what can be compared with what.

use crate::{
    exec::FuncError,
    fmt,
    funcs::dates::TimeObject,
    value::{Object, ObjectRef, Value},
};
use std::cmp::Ordering;

/// text/template's basic kinds, within which values compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Bool,
    Complex,
    Int,
    Float,
    String,
    Uint,
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Bool,
        Value::Int(..) => Kind::Int,
        Value::Uint(..) => Kind::Uint,
        Value::Float(..) => Kind::Float,
        Value::Complex(..) => Kind::Complex,
        Value::Str(_) => Kind::String,
        Value::Nil | Value::List(_) | Value::Map(_) | Value::Object(_) => Kind::Invalid,
    }
}

/// The plain value of a named type.
fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::Object(object) => object.underlying().filter(|inner| kind(inner) != Kind::Invalid),
        _ => None,
    }
}

fn incompatible(a: &Value, b: &Value) -> FuncError {
    let name = |value: &Value| value.type_name().unwrap_or("<nil>".into()).into_owned();
    FuncError::new(format!("incompatible types for comparison: {} and {}", name(a), name(b)))
}

/// `a == b || a == c || …`
pub(super) fn eq<'v>(a: &Value, others: impl Iterator<Item = &'v Value>) -> Result<bool, FuncError> {
    let mut others = others.peekable();
    if others.peek().is_none() {
        return Err(FuncError::new("missing argument for comparison"));
    }
    for b in others {
        if equal(a, b)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Value, b: &Value) -> Result<bool, FuncError> {
    let (inner_a, inner_b) = (plain(a), plain(b));
    let (left, right) = (inner_a.as_ref().unwrap_or(a), inner_b.as_ref().unwrap_or(b));
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Complex(re, im), Value::Complex(re2, im2)) => Ok(re == re2 && im == im2),
        (Value::Float(_, a), Value::Float(_, b)) => Ok(a == b),
        (Value::Int(_, a), Value::Int(_, b)) => Ok(a == b),
        (Value::Uint(_, a), Value::Uint(_, b)) => Ok(a == b),
        (Value::Int(_, a), Value::Uint(_, b)) | (Value::Uint(_, b), Value::Int(_, a)) => {
            Ok(u64::try_from(*a).is_ok_and(|a| a == *b))
        }
        (Value::Str(a), Value::Str(b)) => Ok(a == b),
        _ if kind(left) != kind(right) => {
            if a.is_nil() || b.is_nil() {
                Ok(false)
            } else {
                Err(incompatible(a, b))
            }
        }
        _ => equal_composite(a, b),
    }
}

fn is_nil(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        Value::Object(object) => object.kind_name() == "ptr" && !object.truth(),
        _ => false,
    }
}

fn equal_composite(a: &Value, b: &Value) -> Result<bool, FuncError> {
    let shown = |verb: &[u8], value: &Value| {
        String::from_utf8_lossy(&fmt::sprintf(verb, std::slice::from_ref(value))).into_owned()
    };
    let name = |value: &Value| value.type_name().unwrap_or("<nil>".into()).into_owned();
    if a.kind_name() != b.kind_name() && !a.is_nil() && !b.is_nil() {
        let (text_a, text_b) = (shown(b"%s", a), shown(b"%v", b));
        let message = format!("non-comparable types {text_a}: {}, {}: {text_b}", name(a), name(b));
        return Err(FuncError::new(message));
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) == is_nil(b));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if !matches!(b.kind_name(), "map" | "slice" | "func") => {
            Ok(a.same(b) || same_struct(a, b))
        }
        _ => Err(FuncError::new(format!("non-comparable type {}: {}", shown(b"%s", b), name(b)))),
    }
}

/// Go's `==` on structs: one type, and equal fields.
fn same_struct(a: &ObjectRef, b: &ObjectRef) -> bool {
    let (a, b): (&dyn Object, &dyn Object) = (&**a, &**b);
    if a.kind_name() == "ptr" || a.type_name() != b.type_name() {
        return false;
    }
    let times = (a.as_any().downcast_ref::<TimeObject>(), b.as_any().downcast_ref::<TimeObject>());
    if let (Some(a), Some(b)) = times {
        return a.is_same(b);
    }
    let (left, right) = (a.fields(), b.fields());
    !left.is_empty()
        && left.len() == right.len()
        && left.iter().zip(&right).all(|((_, x), (_, y))| equal(x, y).unwrap_or(false))
}

pub(super) fn ne(a: &Value, b: &Value) -> Result<bool, FuncError> {
    equal(a, b).map(|same| !same)
}

/// `a < b`
pub(super) fn lt(a: &Value, b: &Value) -> Result<bool, FuncError> {
    let bad = || FuncError::new("invalid type for comparison");
    let (inner_a, inner_b) = (plain(a), plain(b));
    let (left, right) = (inner_a.as_ref().unwrap_or(a), inner_b.as_ref().unwrap_or(b));
    if kind(left) == Kind::Invalid || kind(right) == Kind::Invalid {
        return Err(bad());
    }
    match (left, right) {
        (Value::Float(_, a), Value::Float(_, b)) => Ok(a.partial_cmp(b) == Some(Ordering::Less)),
        (Value::Int(_, a), Value::Int(_, b)) => Ok(a < b),
        (Value::Uint(_, a), Value::Uint(_, b)) => Ok(a < b),
        (Value::Int(_, a), Value::Uint(_, b)) => Ok(u64::try_from(*a).map_or(true, |a| a < *b)),
        (Value::Uint(_, a), Value::Int(_, b)) => Ok(u64::try_from(*b).is_ok_and(|b| *a < b)),
        (Value::Str(a), Value::Str(b)) => Ok(a < b),
        _ if kind(left) == kind(right) => Err(bad()),
        _ => Err(incompatible(a, b)),
    }
}

/// `a <= b`: less, or equal.
pub(super) fn le(a: &Value, b: &Value) -> Result<bool, FuncError> {
    Ok(lt(a, b)? || equal(a, b)?)
}
