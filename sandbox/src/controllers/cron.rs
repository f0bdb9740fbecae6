//! Schedules as cron writes them, in the dialect of `robfig/cron`, and when they come next.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

/// How many years are looked through for the next time.
const YEARS: i16 = 5;

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Five fields as bit sets, and whether day and weekday were given as `*`.
    Fields {
        /// Minutes 0 to 59.
        minute: u64,
        /// Hours 0 to 23.
        hour: u64,
        /// Days 1 to 31.
        day: u64,
        /// Months 1 to 12.
        month: u64,
        /// Weekdays 0 (Sunday) to 6.
        weekday: u64,
        /// Any day will do.
        any_day: bool,
        /// Any weekday will do.
        any_weekday: bool,
    },
    /// `@every 5m`: seconds.
    Every(i64),
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('@') {
            return Self::named(name, text);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
        };
        Ok(Self::Fields {
            minute: field(minute, 0, 59, &[])?,
            hour: field(hour, 0, 23, &[])?,
            day: field(day, 1, 31, &[])?,
            month: field(month, 1, 12, &MONTHS)?,
            // 7 is Sunday as well.
            weekday: fold_sunday(field(weekday, 0, 7, &WEEKDAYS)?),
            any_day: starred(day),
            any_weekday: starred(weekday),
        })
    }

    fn named(name: &str, text: &str) -> Result<Self, String> {
        let fields = match name {
            "yearly" | "annually" => "0 0 1 1 *",
            "monthly" => "0 0 1 * *",
            "weekly" => "0 0 * * 0",
            "daily" | "midnight" => "0 0 * * *",
            "hourly" => "0 * * * *",
            _ => {
                let every = name.strip_prefix("every ").and_then(crate::node::faults::duration);
                return match every {
                    Some(every) => Ok(Self::Every(i64::try_from(every.as_secs()).unwrap_or(i64::MAX).max(1))),
                    None => Err(format!("unrecognized descriptor: {text}")),
                };
            }
        };
        Self::parse(fields)
    }

    /// The next time after `after`, in this zone; `None` where there is none for years.
    #[must_use]
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let Self::Fields { minute, hour, day, month, weekday, any_day, any_weekday } = *self else {
            let Self::Every(seconds) = *self else { return None };
            return Timestamp::from_second(after.as_second().checked_add(seconds)?).ok();
        };
        let has = |set: u64, value: i8| u32::try_from(value).is_ok_and(|value| set & (1 << value) != 0);
        let start = after.to_zoned(zone.clone());
        let limit = start.year().checked_add(YEARS)?;
        let mut at = floor(&start).checked_add(1.minute()).ok()?;
        loop {
            if at.year() > limit {
                return None;
            }
            let weekday_number = at.weekday().to_sunday_zero_offset();
            let (by_day, by_weekday) = (has(day, at.day()), has(weekday, weekday_number));
            let fits = if any_day || any_weekday { by_day && by_weekday } else { by_day || by_weekday };
            let step: Span = if !has(month, at.month()) {
                at = first_of_next_month(at)?;
                continue;
            } else if !fits {
                at = at.date().tomorrow().ok()?.at(0, 0, 0, 0);
                continue;
            } else if !has(hour, at.hour()) {
                at = at.date().at(at.hour(), 0, 0, 0);
                1.hour()
            } else if !has(minute, at.minute()) {
                1.minute()
            } else {
                match exact(at, zone, after) {
                    Some(found) => return Some(found),
                    None => 1.minute(),
                }
            };
            at = at.checked_add(step).ok()?;
        }
    }
}

/// The moment of a local time; `None` where clocks jump over it, or where it is not after `after`.
fn exact(at: DateTime, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(at).compatible().ok()?;
    (zoned.datetime() == at && zoned.timestamp() > after).then(|| zoned.timestamp())
}

fn floor(zoned: &Zoned) -> DateTime {
    let at = zoned.datetime();
    at.date().at(at.hour(), at.minute(), 0, 0)
}

fn first_of_next_month(at: DateTime) -> Option<DateTime> {
    Some(at.date().first_of_month().checked_add(1.month()).ok()?.at(0, 0, 0, 0))
}

fn starred(field: &str) -> bool {
    field.split(',').any(|part| part == "*" || part == "?" || part.starts_with("*/1") && part.len() == 3)
}

fn fold_sunday(set: u64) -> u64 {
    (set | (set >> 7 & 1)) & 0x7f
}

fn field(text: &str, low: u32, high: u32, names: &[&str]) -> Result<u64, String> {
    let mut set = 0;
    for part in text.split(',') {
        set |= range(part, low, high, names)?;
    }
    Ok(set)
}

fn range(part: &str, low: u32, high: u32, names: &[&str]) -> Result<u64, String> {
    let number = |text: &str| -> Result<u32, String> {
        let name = names.iter().position(|name| text.eq_ignore_ascii_case(name));
        match name.and_then(|place| u32::try_from(place).ok()) {
            // Months are counted from one.
            Some(place) => Ok(place + u32::from(names.len() == 12)),
            None => text.parse().map_err(|_| format!("failed to parse int from {text}")),
        }
    };
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => (span, Some(number(step)?)),
        None => (part, None),
    };
    let (first, last) = match span.split_once('-') {
        _ if span == "*" || span == "?" => (low, if names.len() == 7 { 6 } else { high }),
        Some((first, last)) => (number(first)?, number(last)?),
        None if step.is_some() => (number(span)?, high),
        None => (number(span)?, number(span)?),
    };
    if first < low {
        return Err(format!("beginning of range ({first}) below minimum ({low}): {part}"));
    }
    if last > high {
        return Err(format!("end of range ({last}) above maximum ({high}): {part}"));
    }
    if first > last {
        return Err(format!("beginning of range ({first}) beyond end of range ({last}): {part}"));
    }
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(format!("step of range should be a positive number: {part}"));
    }
    Ok((first..=last).step_by(step as usize).fold(0, |set, value| set | 1 << value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(schedule: &str, moment: &str) -> Option<String> {
        let moment: Timestamp = moment.parse().unwrap_or_default();
        Schedule::parse(schedule).ok()?.next(moment, &TimeZone::UTC).map(|next| next.to_string())
    }

    #[test]
    fn the_next_time_is_found() {
        let cases = [
            ("* * * * *", "2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"),
            ("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"),
            ("*/15 * * * *", "2026-01-01T00:46:00Z", "2026-01-01T01:00:00Z"),
            ("30 3 * * *", "2026-01-01T04:00:00Z", "2026-01-02T03:30:00Z"),
            ("0 0 31 * *", "2026-02-01T00:00:00Z", "2026-03-31T00:00:00Z"),
            ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 12 * * MON-FRI", "2026-01-02T13:00:00Z", "2026-01-05T12:00:00Z"),
            ("0 0 13 * 5", "2026-01-03T00:00:00Z", "2026-01-09T00:00:00Z"),
            ("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
            ("@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"),
            ("5,10 0 1 jan,JUL *", "2026-01-01T00:06:00Z", "2026-01-01T00:10:00Z"),
        ];
        for (schedule, moment, expected) in cases {
            assert_eq!(after(schedule, moment).as_deref(), Some(expected), "{schedule}");
        }
        assert_eq!(after("0 0 31 2 *", "2026-01-01T00:00:00Z"), None);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for schedule in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "@never",
            "a * * * *",
            "* * * * 8",
        ] {
            assert!(Schedule::parse(schedule).is_err(), "{schedule}");
        }
    }
}
