//! Durations and timestamps of CEL.

use super::value::{Fail, Result, Val};
use jiff::{Timestamp, tz::TimeZone};

/// A timestamp from RFC 3339, or a date.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let day: jiff::civil::Date = text.parse().ok()?;
        day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// A duration as Go writes it, in nanoseconds.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let parsed = templates_engine::time::Duration::parse(text).ok()?;
    Some(parsed.0)
}

/// A duration in seconds, as CEL turns it into text: `90s`, `1.5s`.
pub(crate) fn duration_text(nanos: i64) -> String {
    let (whole, rest) = (nanos / 1_000_000_000, (nanos % 1_000_000_000).unsigned_abs());
    let sign = if nanos < 0 && whole == 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}s");
    }
    let fraction = format!("{rest:09}");
    format!("{sign}{whole}.{}s", fraction.trim_end_matches('0'))
}

/// `getHours` and friends of durations.
pub(crate) fn duration_part(name: &str, nanos: i64) -> Option<i64> {
    Some(match name {
        "getHours" => nanos / 3_600_000_000_000,
        "getMinutes" => nanos / 60_000_000_000,
        "getSeconds" => nanos / 1_000_000_000,
        "getMilliseconds" => nanos / 1_000_000,
        _ => return None,
    })
}

/// `getFullYear` and friends of timestamps, in a zone (`UTC` where none is given).
pub(crate) fn timestamp_part(name: &str, time: Timestamp, zone: &str) -> Result<Val<'static>> {
    let zone = match zone {
        "" | "UTC" => TimeZone::UTC,
        other => offset(other)
            .or_else(|| TimeZone::get(other).ok())
            .ok_or_else(|| Fail::new(format!("unknown time zone {other}")))?,
    };
    let at = time.to_zoned(zone);
    let part = match name {
        "getFullYear" => i64::from(at.year()),
        "getMonth" => i64::from(at.month()) - 1,
        "getDayOfMonth" => i64::from(at.day()) - 1,
        "getDate" => i64::from(at.day()),
        "getDayOfYear" => i64::from(at.day_of_year()) - 1,
        "getDayOfWeek" => i64::from(at.weekday().to_sunday_zero_offset()),
        "getHours" => i64::from(at.hour()),
        "getMinutes" => i64::from(at.minute()),
        "getSeconds" => i64::from(at.second()),
        "getMilliseconds" => i64::from(at.millisecond()),
        _ => return Err(Fail::overload()),
    };
    Ok(Val::Int(part))
}

/// `+02:00`.
fn offset(text: &str) -> Option<TimeZone> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = sign * (hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60);
    Some(jiff::tz::Offset::from_seconds(seconds).ok()?.to_time_zone())
}
