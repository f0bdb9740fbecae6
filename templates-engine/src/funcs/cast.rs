//! Sprig's conversions: spf13/cast for numbers, `strval` for text, and what counts as empty.

use super::args;
use crate::{
    fmt,
    value::{ObjectRef, Str, Type, Value},
};
use std::num::IntErrorKind;

/// `cast.ToInt64`: what cannot be converted is 0.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(_, n) => *n,
        Value::Uint(_, n) => *n as i64,
        Value::Float(_, f) => truncate(*f),
        Value::Bool(b) => i64::from(*b),
        Value::Object(object) => counted(object).unwrap_or(0),
        Value::Str(s) => {
            std::str::from_utf8(trim_zero_decimal(s)).ok().and_then(crate::parse::parse_int).unwrap_or(0)
        }
        _ => 0,
    }
}

/// `cast` knows two named integers.
fn counted(object: &ObjectRef) -> Option<i64> {
    match object.underlying() {
        Some(Value::Int(_, n)) if matches!(object.type_name(), "time.Month" | "time.Weekday") => Some(n),
        _ => None,
    }
}

/// Go's conversion to int64 on amd64: beyond the range it yields the smallest integer.
pub(super) fn truncate(f: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&f) { f as i64 } else { i64::MIN }
}

/// Cuts `.0`, `.00`, …
fn trim_zero_decimal(text: &[u8]) -> &[u8] {
    let zeros = text.iter().rev().take_while(|b| **b == b'0').count();
    match text[..text.len() - zeros] {
        [ref whole @ .., b'.'] if zeros > 0 => whole,
        _ => text,
    }
}

/// `strconv.ParseInt(text, base, 64)` for one given base: a sign and digits, nothing else.
/// What does not fit is the nearest integer and the error, as in Go.
pub(super) fn parse_radix(text: &[u8], base: u32) -> Result<i64, i64> {
    let text = std::str::from_utf8(text).map_err(|_| 0)?;
    i64::from_str_radix(text, base).map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow => i64::MAX,
        IntErrorKind::NegOverflow => i64::MIN,
        _ => 0,
    })
}

/// `strconv.ParseFloat(text, 64)`.
fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    crate::parse::parse_float(text)
}

/// `cast.ToFloat64`: what cannot be converted is 0.
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(_, n) => *n as f64,
        Value::Uint(_, n) => *n as f64,
        Value::Float(_, f) => *f,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Object(object) => counted(object).unwrap_or(0) as f64,
        Value::Str(s) => parse_float(s).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Sprig's `strval`.
pub(super) fn strval(value: &Value) -> Str {
    match value {
        Value::Str(s) => s.clone(),
        Value::List(list) if *list.elem() == Type::BYTE => Str::from(list.as_bytes().unwrap_or_default()),
        _ => Str::from(fmt::sprint(std::slice::from_ref(value))),
    }
}

/// Sprig's `strslice`: a list's items that are not nil, as text; anything else alone.
pub(super) fn strslice(value: &Value) -> Vec<Str> {
    match args::as_list(value) {
        Some(list) => list.iter().filter(|item| !item.is_nil()).map(strval).collect(),
        None if value.is_nil() => Vec::new(),
        None => vec![strval(value)],
    }
}

/// Sprig's `empty`: the zero value of its type; structs never are.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.truth()
}
