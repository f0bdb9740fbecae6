//! Durations: Sprig's two functions and Helm's own helpers.

use super::{DurationObject, as_time, now};
use crate::{
    exec::{Call, FuncError},
    quote::quoted,
    time::Duration,
    value::{IntKind, Type, Value},
};

pub(super) const DURATION: Type = Type::Named("time.Duration", &Type::INT64);
pub(super) const HOUR: i64 = 3_600_000_000_000;
const NANOS_PER_SECOND: f64 = 1e9;

fn value(duration: Duration) -> Value {
    Value::object(DurationObject(duration))
}

// strconv.ParseInt without its error: the nearest number when out of range, 0 when it is none.
fn parse_int(text: &[u8]) -> i64 {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    let limit = if negative { i64::MIN } else { i64::MAX };
    let mut value = 0u64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return 0;
        }
        // Beyond 64 bits nothing more is read.
        match value.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0'))) {
            Some(next) => value = next,
            None => return limit,
        }
    }
    i64::try_from(value).map_or(limit, |n| if negative { -n } else { n })
}

/// `duration`: seconds in an int64 or a string; anything else is 0.
pub(super) fn duration(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let seconds = match args.first() {
        Some(Value::Str(text)) => parse_int(text),
        Some(Value::Int(IntKind::Int64, n)) => *n,
        _ => 0,
    };
    Ok(Duration::seconds(seconds).to_string().into())
}

/// `durationRound`: the largest unit alone.
pub(super) fn duration_round(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let duration = match args.first() {
        Some(Value::Str(text)) => Duration::parse(text.as_bytes()).unwrap_or(Duration(0)),
        Some(Value::Int(IntKind::Int64, n)) => Duration(*n),
        Some(date) => as_time(date).map_or(Duration(0), |date| now(call).since(date)),
        None => Duration(0),
    };
    const UNITS: [(u64, &str); 6] = [(8760, "y"), (720, "mo"), (24, "d"), (1, "h"), (0, "m"), (0, "s")];
    let nanos = duration.0.unsigned_abs();
    for (hours, name) in UNITS {
        let unit = match name {
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            _ => hours * HOUR.unsigned_abs(),
        };
        if nanos > unit {
            return Ok(format!("{}{name}", nanos / unit).into());
        }
    }
    Ok("0s".into())
}

/// Helm's reading of anything as a duration: its own text, or a number of seconds.
fn as_duration(value: &Value) -> Result<Duration, FuncError> {
    match value {
        Value::Nil => Err(FuncError::new("invalid duration")),
        Value::Str(text) => from_text(text),
        Value::Int(_, seconds) => seconds
            .checked_mul(1_000_000_000)
            .map(Duration)
            .ok_or_else(|| FuncError::new(format!("duration seconds overflow: {seconds}"))),
        Value::Uint(_, seconds) => i64::try_from(*seconds)
            .ok()
            .and_then(|n| n.checked_mul(1_000_000_000))
            .map(Duration)
            .ok_or_else(|| FuncError::new(format!("duration seconds overflow: {seconds}"))),
        Value::Float(_, seconds) => from_seconds(*seconds),
        Value::Object(object) => match object.as_any().downcast_ref::<DurationObject>() {
            Some(duration) => Ok(duration.0),
            None => Err(unsupported(value)),
        },
        _ => Err(unsupported(value)),
    }
}

fn unsupported(value: &Value) -> FuncError {
    FuncError::new(format!("unsupported duration type {}", value.type_name().unwrap_or("<nil>".into())))
}

fn from_text(text: &[u8]) -> Result<Duration, FuncError> {
    let unreadable = || FuncError::new(format!("could not parse duration {}", quoted(text)));
    let Ok(trimmed) = std::str::from_utf8(text) else { return Err(unreadable()) };
    let trimmed = trimmed.trim();
    if trimmed.is_empty() {
        return Err(FuncError::new("empty duration"));
    }
    if let Ok(duration) = Duration::parse(trimmed) {
        return Ok(duration);
    }
    crate::quote::parse_float(trimmed).map_or_else(|| Err(unreadable()), from_seconds)
}

fn from_seconds(seconds: f64) -> Result<Duration, FuncError> {
    let shown = || crate::fmt::format_float(seconds, b'g', None, 64);
    if !seconds.is_finite() {
        return Err(FuncError::new(format!("invalid duration seconds: {}", shown())));
    }
    let limit = i64::MAX as f64 / NANOS_PER_SECOND;
    if seconds.abs() > limit {
        return Err(FuncError::new(format!("duration seconds overflow: {}", shown())));
    }
    let nanos = seconds * NANOS_PER_SECOND;
    // Go's conversion of 2^63 wraps to the smallest number.
    Ok(Duration(if nanos >= i64::MAX as f64 { i64::MIN } else { nanos as i64 }))
}

/// `mustToDuration`.
pub(super) fn must_to_duration(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    as_duration(args.first().unwrap_or(&Value::Nil)).map(value)
}

fn or_zero(args: &[Value]) -> Duration {
    as_duration(args.first().unwrap_or(&Value::Nil)).unwrap_or(Duration(0))
}

/// A number of units, divided once more.
pub(super) fn in_units(args: &[Value], unit: i64, divisor: f64) -> Value {
    Value::float64(or_zero(args).in_units(unit) / divisor)
}

/// `durationWeeks`.
pub(super) fn weeks(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::float64(or_zero(args).in_units(HOUR) / 24.0 / 7.0))
}

/// Whole units.
pub(super) fn whole(args: &[Value], unit: i64) -> Value {
    Value::int64(or_zero(args).0 / unit)
}

/// `durationRoundTo`, `durationTruncateTo`.
pub(super) fn to_multiple(args: &[Value], how: fn(Duration, Duration) -> Duration) -> Value {
    let duration = or_zero(args);
    if as_duration(args.first().unwrap_or(&Value::Nil)).is_err() {
        return value(Duration(0));
    }
    let unit = as_duration(args.get(1).unwrap_or(&Value::Nil));
    value(unit.map_or(duration, |unit| how(duration, unit)))
}
