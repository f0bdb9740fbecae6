//! Points in time as Go's `time.Time` shows them in JSON.

use crate::clock::{Clock, SystemClock};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr, time::SystemTime};

/// Go's zero time, which `time.Time{}` is written as.
pub(crate) const ZERO: &str = "0001-01-01T00:00:00Z";

/// A moment, and the zone it is shown in.
///
/// Equality and order are those of the moment; the zone does not count.
///
/// ```
/// use skiff::chart::Moment;
///
/// let moment: Moment = "2026-11-23T22:15:04.120+01:00".parse()?;
/// assert_eq!(moment.to_string(), "2026-11-23T22:15:04.12+01:00");
/// assert_eq!(moment.unix_seconds(), 1795468504);
/// # Ok::<(), skiff::chart::MomentError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: Timestamp,
    zone: Zone,
}

#[derive(Clone, Copy, Debug)]
enum Zone {
    /// The machine's, looked up only when it is shown.
    Local,
    /// Seconds east of UTC.
    Fixed(i32),
}

/// A text that is no RFC 3339 time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parsing time {0:?} as RFC 3339")]
pub struct MomentError(String);

impl Moment {
    /// The time now, shown in local time.
    pub fn now() -> Self {
        Self { at: SystemClock.now(), zone: Zone::Local }
    }

    /// A time that a file system tells, shown in local time.
    ///
    /// ```
    /// # use {skiff::chart::Moment, std::time::SystemTime};
    /// assert_eq!(Moment::from_system(SystemTime::UNIX_EPOCH).unix_seconds(), 0);
    /// ```
    pub fn from_system(time: SystemTime) -> Self {
        Self { at: Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH), zone: Zone::Local }
    }

    /// Seconds since 1970, as a tar header holds them, shown in local time.
    pub fn from_unix(seconds: i64) -> Self {
        Self { at: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH), zone: Zone::Local }
    }

    /// The same moment in UTC, cut to whole seconds, as `SOURCE_DATE_EPOCH` stamps are.
    pub fn whole_utc_seconds(self) -> Self {
        let at = Timestamp::from_second(self.unix_seconds()).unwrap_or(self.at);
        Self { at, zone: Zone::Fixed(0) }
    }

    /// Whole seconds since 1970.
    pub fn unix_seconds(self) -> i64 {
        let nanoseconds = self.at.as_nanosecond();
        i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or_default()
    }

    /// The seconds a tar header gets: Go rounds to the nearest second.
    pub(crate) fn tar_seconds(self) -> i64 {
        let nanoseconds = self.at.as_nanosecond() + 500_000_000;
        i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or_default()
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Moment {}

impl fmt::Display for Moment {
    /// RFC 3339 with as many digits of a second as needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = match self.zone {
            Zone::Local => TimeZone::system().to_offset(self.at).seconds(),
            Zone::Fixed(seconds) => seconds,
        };
        let offset = jiff::tz::Offset::from_seconds(seconds).unwrap_or(jiff::tz::Offset::UTC);
        let local = offset.to_datetime(self.at);
        let (date, time) = (local.date(), local.time());
        let (year, month, day) = (date.year(), date.month(), date.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let fraction = time.subsec_nanosecond();
        if fraction != 0 {
            let digits = format!("{fraction:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if seconds == 0 {
            return f.write_str("Z");
        }
        let (sign, minutes) = if seconds < 0 { ('-', -seconds / 60) } else { ('+', seconds / 60) };
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let error = || MomentError(text.to_owned());
        let at: Timestamp = text.parse().map_err(|_| error())?;
        Ok(Self { at, zone: Zone::Fixed(offset_of(text).ok_or_else(error)?) })
    }
}

/// The seconds that the tail of an RFC 3339 text stands for.
fn offset_of(text: &str) -> Option<i32> {
    if text.ends_with('Z') {
        return Some(0);
    }
    let (sign, clock) = text.get(text.len().checked_sub(6)?..)?.split_at_checked(1)?;
    let (hours, minutes) = clock.split_once(':')?;
    let seconds = (hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?) * 60;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An optional moment where Go writes its zero time.
pub(crate) mod zeroed {
    use super::{Moment, ZERO};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(
        moment: &Option<Moment>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => serializer.collect_str(moment),
            None => serializer.serialize_str(ZERO),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Moment>, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            None => Ok(None),
            Some(text) if text == ZERO => Ok(None),
            Some(text) => text.parse().map(Some).map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_survives_reading_and_writing() {
        for text in ["2026-11-23T22:15:04Z", "2026-11-23T22:15:04.5-09:30", "0001-01-01T00:00:00Z"] {
            assert_eq!(text.parse::<Moment>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-11-23", "2026-11-23T22:15:04"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn stamps_are_whole_seconds_in_utc() {
        let moment: Moment = "2026-11-23T22:15:04.9+01:00".parse().expect("a time");
        assert_eq!(moment.whole_utc_seconds().to_string(), "2026-11-23T21:15:04Z");
        assert_eq!(moment.tar_seconds(), moment.unix_seconds() + 1);
    }
}
