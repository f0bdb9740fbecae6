//! Dates with Go's layouts and zones, and Helm's duration helpers.

mod durations;
mod objects;

pub use objects::{DurationObject, TimeObject};

use super::FuncSpec;
use crate::{
    exec::{Call, FuncError},
    time::{Duration, Time, Zone},
    value::{IntKind, Type, Value},
};

pub(super) const TIME: Type = Type::Opaque("time.Time");
const FORMAT: &[Type] = &[Type::STRING, Type::Any];
const FORMAT_IN: &[Type] = &[Type::STRING, Type::Any, Type::STRING];
const MODIFY: &[Type] = &[Type::STRING, TIME];
const PARSE: &[Type] = &[Type::STRING, Type::STRING];

type Body = fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError>;

pub(super) const fn row(name: &'static str, params: &'static [Type], returns: Type, call: Body) -> FuncSpec {
    FuncSpec { name, params, variadic: false, returns, call }
}

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    row("now", &[], TIME, |call, _| Ok(time(now(call).with_monotonic(call.host().uptime_nanos())))),
    row("ago", &[Type::Any], Type::STRING, ago),
    row("date", FORMAT, Type::STRING, date),
    row("date_in_zone", FORMAT_IN, Type::STRING, date_in_zone),
    row("dateInZone", FORMAT_IN, Type::STRING, date_in_zone),
    row("htmlDate", &[Type::Any], Type::STRING, html_date),
    row("htmlDateInZone", &[Type::Any, Type::STRING], Type::STRING, html_date_in_zone),
    row("date_modify", MODIFY, TIME, date_modify),
    row("dateModify", MODIFY, TIME, date_modify),
    row("must_date_modify", MODIFY, TIME, must_date_modify),
    row("mustDateModify", MODIFY, TIME, must_date_modify),
    row("toDate", PARSE, TIME, |call, args| Ok(time(parse(call, args).unwrap_or_else(|_| Time::zero())))),
    row("mustToDate", PARSE, TIME, |call, args| parse(call, args).map(time)),
    row("unixEpoch", &[TIME], Type::STRING, |_, args| {
        Ok(argument(args, 0)?.unix_seconds().to_string().into())
    }),
    row("duration", &[Type::Any], Type::STRING, durations::duration),
    row("durationRound", &[Type::Any], Type::STRING, durations::duration_round),
    row("mustToDuration", &[Type::Any], durations::DURATION, durations::must_to_duration),
    row("durationSeconds", &[Type::Any], Type::FLOAT64, |_, args| {
        Ok(durations::in_units(args, 1_000_000_000, 1.0))
    }),
    row("durationMinutes", &[Type::Any], Type::FLOAT64, |_, args| {
        Ok(durations::in_units(args, 60_000_000_000, 1.0))
    }),
    row("durationHours", &[Type::Any], Type::FLOAT64, |_, args| {
        Ok(durations::in_units(args, durations::HOUR, 1.0))
    }),
    row("durationDays", &[Type::Any], Type::FLOAT64, |_, args| {
        Ok(durations::in_units(args, durations::HOUR, 24.0))
    }),
    row("durationWeeks", &[Type::Any], Type::FLOAT64, durations::weeks),
    row("durationMilliseconds", &[Type::Any], Type::INT64, |_, args| Ok(durations::whole(args, 1_000_000))),
    row("durationMicroseconds", &[Type::Any], Type::INT64, |_, args| Ok(durations::whole(args, 1000))),
    row("durationNanoseconds", &[Type::Any], Type::INT64, |_, args| Ok(durations::whole(args, 1))),
    row("durationRoundTo", &[Type::Any, Type::Any], durations::DURATION, |_, args| {
        Ok(durations::to_multiple(args, Duration::round))
    }),
    row("durationTruncateTo", &[Type::Any, Type::Any], durations::DURATION, |_, args| {
        Ok(durations::to_multiple(args, Duration::truncate))
    }),
];

pub(super) fn time(time: Time) -> Value {
    Value::object(TimeObject(time))
}

/// The clock, in the local zone.
pub(super) fn now(call: &Call<'_>) -> Time {
    let now = call.host().now();
    let nanos = now.as_nanosecond();
    let (seconds, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    Time::unix(seconds as i64, rest as u32, local(call))
}

fn local(call: &Call<'_>) -> Zone {
    Zone::Local(call.host().local_zone())
}

fn text(args: &[Value], at: usize) -> &[u8] {
    args.get(at).and_then(Value::as_str).map(|s| s.as_bytes()).unwrap_or_default()
}

/// The `time.Time` at a position.
pub(super) fn as_time(value: &Value) -> Option<&Time> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref::<TimeObject>().map(|time| &time.0),
        _ => None,
    }
}

fn argument(args: &[Value], at: usize) -> Result<&Time, FuncError> {
    let value = args.get(at).unwrap_or(&Value::Nil);
    as_time(value).ok_or_else(|| {
        FuncError::new(format!("wrong type for value; expected time.Time; got {}", value.kind_name()))
    })
}

/// What Sprig takes for a date: a time, or Unix seconds in an int (`int32` only for formatting);
/// anything else, floats and strings among them, is now.
fn moment(call: &Call<'_>, value: &Value, int32: bool) -> Time {
    match value {
        Value::Int(IntKind::Int | IntKind::Int64, seconds) => Time::unix(*seconds, 0, local(call)),
        Value::Int(IntKind::Int32, seconds) if int32 => Time::unix(*seconds, 0, local(call)),
        value => as_time(value).cloned().unwrap_or_else(|| now(call)),
    }
}

fn formatted(call: &Call<'_>, layout: &[u8], date: &Value, zone: &[u8]) -> Value {
    let zone = std::str::from_utf8(zone).ok().and_then(|zone| Zone::load(zone, &call.host().local_zone()));
    let time = moment(call, date, true).within(zone.unwrap_or(Zone::Utc));
    Value::string(time.format(layout))
}

fn date(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(formatted(call, text(args, 0), args.get(1).unwrap_or(&Value::Nil), b"Local"))
}

fn date_in_zone(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(formatted(call, text(args, 0), args.get(1).unwrap_or(&Value::Nil), text(args, 2)))
}

fn html_date(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(formatted(call, b"2006-01-02", args.first().unwrap_or(&Value::Nil), b"Local"))
}

fn html_date_in_zone(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(formatted(call, b"2006-01-02", args.first().unwrap_or(&Value::Nil), text(args, 1)))
}

fn date_modify(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let date = argument(args, 1)?;
    Ok(time(Duration::parse(text(args, 0)).map_or_else(|_| date.clone(), |by| date.add(by))))
}

fn must_date_modify(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let by = Duration::parse(text(args, 0)).map_err(|error| FuncError::new(error.to_string()))?;
    Ok(time(argument(args, 1)?.add(by)))
}

fn parse(call: &Call<'_>, args: &[Value]) -> Result<Time, FuncError> {
    Time::parse(text(args, 0), text(args, 1), &local(call)).map_err(|error| FuncError::new(error.to_string()))
}

fn ago(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let then = moment(call, args.first().unwrap_or(&Value::Nil), false);
    Ok(now(call).since(&then).round(Duration::seconds(1)).to_string().into())
}
