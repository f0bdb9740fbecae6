//! `time.Time`, `time.Duration`, `time.Month`, `time.Weekday` and `*time.Location` as templates see them.

use crate::{
    exec::{Call, FuncError},
    time::{Duration, MONTHS, RFC3339_NANO, Time, WEEKDAYS, Weekday, Zone},
    value::{IntKind, List, Object, Signature, Type, Value},
};
use std::{any::Any, cmp::Ordering};

use super::{TIME, durations::DURATION};

const LOCATION: Type = Type::Opaque("*time.Location");

/// A `time.Time`.
#[derive(Clone, Debug)]
pub struct TimeObject(pub Time);

/// A `time.Duration`.
#[derive(Clone, Copy, Debug)]
pub struct DurationObject(pub Duration);

/// A named integer with a `String` method.
#[derive(Debug)]
struct Named {
    type_name: &'static str,
    number: i64,
}

impl Named {
    /// What `String` gives; beyond the names Go shows the number.
    fn text(&self) -> String {
        let name = match self.type_name {
            "time.Month" => self.number.checked_sub(1).and_then(|at| MONTHS.get(usize::try_from(at).ok()?)),
            _ => WEEKDAYS.get(usize::try_from(self.number).unwrap_or(usize::MAX)),
        };
        let kind = self.type_name.trim_start_matches("time.");
        name.map_or_else(|| format!("%!{kind}({})", self.number), |name| (*name).to_owned())
    }
}

/// A `*time.Location`.
#[derive(Debug)]
struct Location(Zone);

fn time_argument<'a>(method: &str, args: &'a [Value]) -> Result<&'a Time, FuncError> {
    args.first().and_then(super::as_time).filter(|_| args.len() == 1).ok_or_else(|| wrong(method, args, 1))
}

fn wrong(method: &str, args: &[Value], want: usize) -> FuncError {
    if args.len() != want {
        return FuncError::new(format!("wrong number of args for {method}: want {want} got {}", args.len()));
    }
    let got = args.first().and_then(Value::type_name).unwrap_or("nil".into()).into_owned();
    FuncError::new(format!("wrong type for value in call of {method}: got {got}"))
}

fn duration_argument(method: &str, args: &[Value]) -> Result<Duration, FuncError> {
    match args {
        [Value::Int(_, nanos)] => Ok(Duration(*nanos)),
        [Value::Object(object)] => object
            .as_any()
            .downcast_ref::<DurationObject>()
            .map(|d| d.0)
            .ok_or_else(|| wrong(method, args, 1)),
        _ => Err(wrong(method, args, 1)),
    }
}

fn duration(duration: Duration) -> Value {
    Value::object(DurationObject(duration))
}

fn weekday(day: Weekday) -> Value {
    Value::object(Named { type_name: "time.Weekday", number: i64::from(day.number()) })
}

fn month(number: u32) -> Value {
    Value::object(Named { type_name: "time.Month", number: i64::from(number) })
}

/// The methods of `time.Time`; those that give several results are there to be refused.
fn time_method(name: &str) -> Option<Signature> {
    const DATE: &[Type] = &[Type::INT, Type::INT, Type::INT];
    Some(match name {
        "Year" | "Day" | "Hour" | "Minute" | "Second" | "Nanosecond" | "YearDay" => {
            Signature::fixed(&[], Type::INT)
        }
        "Unix" | "UnixMilli" | "UnixMicro" | "UnixNano" => Signature::fixed(&[], Type::INT64),
        "Month" => Signature::fixed(&[], Type::Opaque("time.Month")),
        "Weekday" => Signature::fixed(&[], Type::Opaque("time.Weekday")),
        "IsZero" | "IsDST" => Signature::fixed(&[], Type::Bool),
        "Location" => Signature::fixed(&[], LOCATION),
        "String" => Signature::fixed(&[], Type::String),
        "UTC" | "Local" => Signature::fixed(&[], TIME),
        "Format" => Signature::fixed(&[Type::String], Type::String),
        "Add" | "Round" | "Truncate" => Signature::fixed(&[DURATION], TIME),
        "Sub" => Signature::fixed(&[TIME], DURATION),
        "AddDate" => Signature::fixed(DATE, TIME),
        "After" | "Before" | "Equal" => Signature::fixed(&[TIME], Type::Bool),
        "Compare" => Signature::fixed(&[TIME], Type::INT),
        "In" => Signature::fixed(&[LOCATION], TIME),
        "Date" => {
            Signature::fixed(&[], Type::Unusable("function Date has 3 return values; should be 1 or 2"))
        }
        "Clock" => {
            Signature::fixed(&[], Type::Unusable("function Clock has 3 return values; should be 1 or 2"))
        }
        "ISOWeek" => Signature::fixed(
            &[],
            Type::Unusable(
                "invalid function signature for ISOWeek: second return value should be error; is int",
            ),
        ),
        "Zone" => Signature::fixed(
            &[],
            Type::Unusable(
                "invalid function signature for Zone: second return value should be error; is int",
            ),
        ),
        "ZoneBounds" => Signature::fixed(
            &[],
            Type::Unusable(
                "invalid function signature for ZoneBounds: second return value should be error; is time.Time",
            ),
        ),
        "MarshalJSON" | "MarshalText" | "MarshalBinary" | "GobEncode" => Signature::fixed(&[], Type::BYTES),
        "AppendText" | "AppendBinary" => Signature::fixed(&[Type::BYTES], Type::BYTES),
        "AppendFormat" => Signature::fixed(&[Type::BYTES, Type::String], Type::BYTES),
        "GoString" => Signature::fixed(&[], Type::String),
        _ => return None,
    })
}

fn duration_method(name: &str) -> Option<Signature> {
    Some(match name {
        "Hours" | "Minutes" | "Seconds" => Signature::fixed(&[], Type::FLOAT64),
        "Milliseconds" | "Microseconds" | "Nanoseconds" => Signature::fixed(&[], Type::INT64),
        "Abs" => Signature::fixed(&[], DURATION),
        "Round" | "Truncate" => Signature::fixed(&[DURATION], DURATION),
        "String" => Signature::fixed(&[], Type::String),
        _ => return None,
    })
}

/// The first argument's bytes with more behind them, as Go's `Append…` methods give them.
fn bytes(args: &[Value], more: &[u8]) -> Value {
    let before = args.first().and_then(Value::as_list).and_then(List::as_bytes).unwrap_or_default();
    Value::List(List::bytes(&[&before, more].concat()))
}

/// The fields of the struct, which templates cannot reach.
const LOCATION_FIELDS: &[&str] = &["name", "zone", "tx", "extend", "cacheStart", "cacheEnd", "cacheZone"];
const FIELDS: &[&str] = &["wall", "ext", "loc"];

impl TimeObject {
    /// Go's `==`: the same instant, the same reading of the clock, the same location.
    pub(in crate::funcs) fn is_same(&self, other: &Self) -> bool {
        self.0.text() == other.0.text() && self.0.zone().name() == other.0.zone().name()
    }

    /// RFC 3339, which has four digits for the year; `method` is who says so.
    fn rfc3339(&self, method: &str) -> Result<String, FuncError> {
        if !(0..=9999).contains(&self.0.clock().year) {
            return Err(FuncError::new(format!("Time.{method}: year outside of range [0,9999]")));
        }
        Ok(String::from_utf8_lossy(&self.0.format(RFC3339_NANO)).into_owned())
    }

    fn arithmetic(&self, call: &Call<'_>, name: &str, args: &[Value]) -> Result<Value, FuncError> {
        let time = &self.0;
        let argument = || time_argument(name, args);
        Ok(match name {
            "Add" => super::time(time.add(duration_argument(name, args)?)),
            "Sub" => duration(time.since(argument()?)),
            "Round" => super::time(time.rounded(duration_argument(name, args)?, true)),
            "Truncate" => super::time(time.rounded(duration_argument(name, args)?, false)),
            "AddDate" => match args {
                [Value::Int(_, years), Value::Int(_, months), Value::Int(_, days)] => {
                    super::time(time.add_date(*years, *months, *days))
                }
                _ => return Err(wrong(name, args, 3)),
            },
            "After" => (time.compare(argument()?) == Ordering::Greater).into(),
            "Before" => (time.compare(argument()?) == Ordering::Less).into(),
            "Equal" => (time.compare(argument()?) == Ordering::Equal).into(),
            "Compare" => Value::int(time.compare(argument()?) as i64),
            "UTC" => super::time(time.within(Zone::Utc)),
            "Local" => super::time(time.within(Zone::Local(call.host().local_zone()))),
            "In" => match args {
                [Value::Nil] => return Err(FuncError::new("time: missing Location in call to Time.In")),
                [Value::Object(object)] => match object.as_any().downcast_ref::<Location>() {
                    Some(location) => super::time(time.within(location.0.clone())),
                    None => return Err(wrong(name, args, 1)),
                },
                _ => return Err(wrong(name, args, 1)),
            },
            "Format" => match args {
                [Value::Str(layout)] => Value::string(time.format(layout)),
                _ => return Err(wrong(name, args, 1)),
            },
            "MarshalJSON" => bytes(&[], format!("\"{}\"", self.rfc3339(name)?).as_bytes()),
            "MarshalText" | "AppendText" => bytes(args, self.rfc3339(name)?.as_bytes()),
            "MarshalBinary" | "GobEncode" | "AppendBinary" => {
                let refused = || FuncError::new("Time.MarshalBinary: unexpected zone offset");
                bytes(args, &time.binary().ok_or_else(refused)?)
            }
            "AppendFormat" => match args {
                [_, Value::Str(layout)] => bytes(args, &time.format(layout)),
                _ => return Err(wrong(name, args, 2)),
            },
            "GoString" => time.go_string().into(),
            _ => return Err(FuncError::new(format!("no method {name}"))),
        })
    }
}

impl Object for TimeObject {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn is_unexported(&self, name: &str) -> bool {
        FIELDS.contains(&name)
    }

    fn method(&self, name: &str) -> Option<Signature> {
        time_method(name)
    }

    fn call_method(&self, call: &mut Call<'_>, name: &str, args: &[Value]) -> Result<Value, FuncError> {
        let (time, clock) = (&self.0, self.0.clock());
        let small = |n: u32| Value::int(i64::from(n));
        let scaled = |nanos: i128| Value::int64((time.total() / nanos) as i64);
        Ok(match name {
            "Year" => Value::int(clock.year),
            "Month" => month(clock.month),
            "Day" => small(clock.day),
            "Hour" => small(clock.hour),
            "Minute" => small(clock.minute),
            "Second" => small(clock.second),
            "Nanosecond" => small(time.nanosecond()),
            "YearDay" => small(clock.year_day),
            "Weekday" => weekday(clock.weekday),
            "Unix" => Value::int64(time.unix_seconds()),
            "UnixMilli" => Value::int64(time.total().div_euclid(1_000_000) as i64),
            "UnixMicro" => Value::int64(time.total().div_euclid(1000) as i64),
            "UnixNano" => scaled(1),
            "IsZero" => time.is_zero().into(),
            "IsDST" => time.zone().is_dst(time.unix_seconds()).into(),
            "Location" => Value::object(Location(time.zone().clone())),
            "String" => time.text().into(),
            _ => return self.arithmetic(call, name, args),
        })
    }

    fn display(&self) -> Option<String> {
        Some(self.0.text())
    }

    fn to_json(&self) -> serde_json::Value {
        String::from_utf8_lossy(&self.0.format(RFC3339_NANO)).into()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for DurationObject {
    fn type_name(&self) -> &str {
        "time.Duration"
    }

    fn kind_name(&self) -> &str {
        "int64"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<Signature> {
        duration_method(name)
    }

    fn call_method(&self, _: &mut Call<'_>, name: &str, args: &[Value]) -> Result<Value, FuncError> {
        let this = self.0;
        Ok(match name {
            "Abs" => duration(Duration(this.0.saturating_abs())),
            "Hours" => Value::float64(this.in_units(3_600_000_000_000)),
            "Minutes" => Value::float64(this.in_units(60_000_000_000)),
            "Seconds" => Value::float64(this.in_units(1_000_000_000)),
            "Milliseconds" => Value::int64(this.0 / 1_000_000),
            "Microseconds" => Value::int64(this.0 / 1000),
            "Nanoseconds" => Value::int64(this.0),
            "Round" => duration(this.round(duration_argument(name, args)?)),
            "Truncate" => duration(this.truncate(duration_argument(name, args)?)),
            "String" => this.to_string().into(),
            _ => return Err(FuncError::new(format!("no method {name}"))),
        })
    }

    fn display(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn to_json(&self) -> serde_json::Value {
        self.0.0.into()
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int64(self.0.0))
    }

    fn renumbered(&self, number: i64) -> Option<Value> {
        Some(duration(Duration(number)))
    }

    fn truth(&self) -> bool {
        self.0.0 != 0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for Named {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind_name(&self) -> &str {
        IntKind::Int.name()
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "String").then_some(Signature::fixed(&[], Type::String))
    }

    fn call_method(&self, _: &mut Call<'_>, _name: &str, _args: &[Value]) -> Result<Value, FuncError> {
        Ok(self.text().into())
    }

    fn display(&self) -> Option<String> {
        Some(self.text())
    }

    fn to_json(&self) -> serde_json::Value {
        self.number.into()
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.number))
    }

    fn renumbered(&self, number: i64) -> Option<Value> {
        Some(Value::object(Self { type_name: self.type_name, number }))
    }

    fn truth(&self) -> bool {
        self.number != 0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for Location {
    fn type_name(&self) -> &str {
        "*time.Location"
    }

    fn kind_name(&self) -> &str {
        "ptr"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn is_unexported(&self, name: &str) -> bool {
        LOCATION_FIELDS.contains(&name)
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "String").then_some(Signature::fixed(&[], Type::String))
    }

    fn call_method(&self, _: &mut Call<'_>, _name: &str, _args: &[Value]) -> Result<Value, FuncError> {
        Ok(self.0.name().into())
    }

    fn display(&self) -> Option<String> {
        Some(self.0.name().into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
