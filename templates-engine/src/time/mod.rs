//! Go's `time`: instants with a location, durations, and layouts that are written by example.
//!
//! ```
//! use templates_engine::time::{Time, Zone};
//!
//! let time = Time::parse("Jan _2 2006 15:04 -0700", "Mar  4 2021 05:06 +0130", &Zone::Utc)?;
//! assert_eq!(time.format(b"2006-01-02T15:04:05Z07:00"), b"2021-03-04T05:06:00+01:30");
//! # Ok::<(), templates_engine::time::ParseError>(())
//! ```

mod civil;
mod duration;
mod format;
mod layout;
mod marshal;
mod parse;
mod zone;

pub use civil::Weekday;
pub(crate) use civil::{MONTHS, WEEKDAYS};
pub use duration::{Duration, DurationError};
pub use parse::ParseError;
pub use zone::Zone;

use civil::Civil;
use std::cmp::Ordering;

/// Layout of RFC 3339 with fractional seconds, which `encoding/json` writes.
pub const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";
/// The layout `String` uses.
const STRING: &[u8] = b"2006-01-02 15:04:05.999999999 -0700 MST";
/// 0001-01-01T00:00:00Z, the zero `time.Time`, in Unix seconds.
const ZERO: i64 = -62_135_596_800;
const NANOS: i128 = 1_000_000_000;

/// An instant as seen in a location.
#[derive(Clone, Debug)]
pub struct Time {
    seconds: i64,
    nanos: u32,
    zone: Zone,
    /// Nanoseconds since the process began, which only `now` and what is added to it carry.
    monotonic: Option<i64>,
}

/// Date and clock of a [`Time`] in its location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The year, which may be negative.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 1 to 366.
    pub year_day: u32,
    /// The day of the week.
    pub weekday: Weekday,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
}

impl Time {
    /// `time.Unix(seconds, nanos).In(zone)`.
    pub fn unix(seconds: i64, nanos: u32, zone: Zone) -> Self {
        Self { seconds, nanos, zone, monotonic: None }
    }

    /// The zero `time.Time`: January 1 of year 1, UTC.
    pub fn zero() -> Self {
        Self::unix(ZERO, 0, Zone::Utc)
    }

    /// `time.Date`: days beyond the month and so on run over into the next unit.
    pub(crate) fn date(date: (i64, i64, i64), seconds: i64, nanos: u32, zone: Zone) -> Self {
        let local = civil::days(date.0, date.1, date.2).wrapping_mul(86_400).wrapping_add(seconds);
        // As Go: the offset at the local reading, unless that leads into another one's time.
        let guess = local.wrapping_sub(zone.at(local).1);
        let offset = zone.at(guess).1;
        Self::unix(local.wrapping_sub(offset), nanos, zone)
    }

    /// With a reading of the monotonic clock, which `String` shows.
    #[must_use]
    pub fn with_monotonic(self, nanos: i64) -> Self {
        Self { monotonic: Some(nanos), ..self }
    }

    /// The same instant seen elsewhere; loses the monotonic reading, as in Go.
    #[must_use]
    pub fn within(&self, zone: Zone) -> Self {
        Self::unix(self.seconds, self.nanos, zone)
    }

    /// Seconds since 1970.
    pub fn unix_seconds(&self) -> i64 {
        self.seconds
    }

    /// The nanoseconds within the second.
    pub fn nanosecond(&self) -> u32 {
        self.nanos
    }

    /// The location.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The zone's abbreviation and its offset east of UTC in seconds.
    pub fn offset(&self) -> (String, i64) {
        self.zone.at(self.seconds)
    }

    /// Date and clock.
    pub fn clock(&self) -> Clock {
        let local = self.seconds.saturating_add(self.offset().1);
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400) as u32);
        let Civil { year, month, day } = civil::date(days);
        Clock {
            year,
            month,
            day,
            year_day: (days - civil::days(year, 1, 1)) as u32 + 1,
            weekday: Weekday::of(days),
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }

    /// Nanoseconds since 1970, wide enough for all of them.
    pub(crate) fn total(&self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanos)
    }

    fn at_total(&self, total: i128) -> Self {
        let seconds = i64::try_from(total.div_euclid(NANOS)).unwrap_or(i64::MAX);
        Self::unix(seconds, total.rem_euclid(NANOS) as u32, self.zone.clone())
    }

    /// `Add`.
    #[must_use]
    pub fn add(&self, duration: Duration) -> Self {
        let monotonic = self.monotonic.and_then(|m| m.checked_add(duration.0));
        Self { monotonic, ..self.at_total(self.total() + i128::from(duration.0)) }
    }

    /// `Sub`; a difference too large for a duration becomes the largest one.
    pub fn since(&self, earlier: &Self) -> Duration {
        if let (Some(a), Some(b)) = (self.monotonic, earlier.monotonic) {
            return Duration(a.saturating_sub(b));
        }
        Duration::saturating(self.total() - earlier.total())
    }

    /// `AddDate`.
    #[must_use]
    pub fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let clock = self.clock();
        let date = (
            clock.year.saturating_add(years),
            i64::from(clock.month).saturating_add(months),
            i64::from(clock.day).saturating_add(days),
        );
        let seconds = i64::from(clock.hour * 3600 + clock.minute * 60 + clock.second);
        Self::date(date, seconds, self.nanos, self.zone.clone())
    }

    /// `Round` and `Truncate`: to a multiple of the duration since year 1.
    #[must_use]
    pub fn rounded(&self, to: Duration, half_up: bool) -> Self {
        if to.0 <= 0 {
            return Self { monotonic: None, ..self.clone() };
        }
        let (unit, since) = (i128::from(to.0), self.total() - i128::from(ZERO) * NANOS);
        let rest = since.rem_euclid(unit);
        let up = half_up && rest * 2 >= unit;
        self.at_total(self.total() - rest + if up { unit } else { 0 })
    }

    /// The text under a layout.
    pub fn format(&self, layout: &[u8]) -> Vec<u8> {
        format::format(self, layout)
    }

    /// `time.ParseInLocation`: the time is in `zone` where the text does not say.
    ///
    /// # Errors
    /// What Go's `ParseError` says.
    pub fn parse(layout: impl AsRef<[u8]>, text: impl AsRef<[u8]>, zone: &Zone) -> Result<Self, ParseError> {
        parse::parse(layout.as_ref(), text.as_ref(), zone)
    }

    /// Order in time, whatever the locations.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.total().cmp(&other.total())
    }

    /// Whether it is the zero time.
    pub fn is_zero(&self) -> bool {
        (self.seconds, self.nanos) == (ZERO, 0)
    }

    /// What `String` says, with `m=±…` when there is a monotonic reading.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.format(STRING)).into_owned();
        if let Some(monotonic) = self.monotonic {
            let (sign, all) = (if monotonic < 0 { '-' } else { '+' }, monotonic.unsigned_abs());
            text.push_str(&format!(" m={sign}{}.{:09}", all / 1_000_000_000, all % 1_000_000_000));
        }
        text
    }
}
