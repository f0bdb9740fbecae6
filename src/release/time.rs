//! Moments as Go's `time.Time` reads and prints them in records and tables.

use jiff::{Timestamp, Zoned, tz::Offset, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A moment and the offset it was written with, so that it is written back as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    timestamp: Timestamp,
    offset: Offset,
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Time {
    /// Reads RFC 3339 text, with any number of fractional digits.
    ///
    /// # Errors
    /// When it is not RFC 3339.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        let timestamp: Timestamp = text.parse()?;
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text)?;
        let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
        Ok(Self { timestamp, offset })
    }

    /// The moment itself, for sorting.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// In its own offset.
    fn zoned(&self) -> Zoned {
        self.timestamp.to_zoned(TimeZone::fixed(self.offset))
    }

    /// Go's `time.ANSIC`: `Mon Jan  2 15:04:05 2006`.
    pub fn ansic(&self) -> String {
        let z = self.zoned();
        let weekday = WEEKDAYS[usize::from(z.weekday().to_monday_zero_offset() as u8)];
        let month = MONTHS[usize::from(z.month() as u8) - 1];
        let (day, hour, minute, second, year) = (z.day(), z.hour(), z.minute(), z.second(), z.year());
        format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
    }

    /// Go's `time.RFC3339`, without a fraction.
    pub fn rfc3339(&self) -> String {
        let z = self.zoned();
        let (year, month, day) = (z.year(), z.month(), z.day());
        let (hour, minute, second) = (z.hour(), z.minute(), z.second());
        let zone = self.zone_suffix();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }

    fn zone_suffix(&self) -> String {
        if self.offset == Offset::UTC { "Z".to_owned() } else { self.numeric_zone(":") }
    }

    fn numeric_zone(&self, separator: &str) -> String {
        let minutes = self.offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{separator}{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }

    /// The fraction with its dot and without trailing zeros, or nothing.
    fn fraction(&self) -> String {
        let nanoseconds = self.zoned().subsec_nanosecond();
        if nanoseconds == 0 {
            return String::new();
        }
        format!(".{nanoseconds:09}").trim_end_matches('0').to_owned()
    }

    /// Go's `Time.String` of a moment read from JSON: `2006-01-02 15:04:05.999999999 -0700 MST`.
    ///
    /// Go gives such a moment the local zone's name if the offsets agree, `UTC` for `Z`, else the offset again.
    pub fn go_string(&self, local: &TimeZone) -> String {
        let z = self.zoned();
        let (year, month, day) = (z.year(), z.month(), z.day());
        let (hour, minute, second) = (z.hour(), z.minute(), z.second());
        let here = local.to_offset_info(self.timestamp);
        let offset = self.numeric_zone("");
        let name = if self.offset == Offset::UTC {
            "UTC"
        } else if here.offset() == self.offset {
            here.abbreviation()
        } else {
            &offset
        };
        let fraction = self.fraction();
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction} {offset} {name}")
    }
}

impl Time {
    /// Go's `Time.Format` with any layout.
    pub fn go_format(&self, layout: &str, local: &TimeZone) -> String {
        String::from_utf8_lossy(&self.to_go(local).format(layout.as_bytes())).into_owned()
    }

    /// The same as Go's `time.Time`, in the local zone where that is its own.
    pub fn to_go(&self, local: &TimeZone) -> templates_engine::time::Time {
        use templates_engine::time::{Time as GoTime, Zone};
        let offset = local.to_offset(self.timestamp);
        let zone = if self.offset == Offset::UTC {
            Zone::Utc
        } else if offset == self.offset {
            Zone::Local(local.clone())
        } else {
            Zone::Fixed(String::new(), i64::from(self.offset.seconds()))
        };
        let nanoseconds = u32::try_from(self.zoned().subsec_nanosecond()).unwrap_or(0);
        GoTime::unix(self.zoned().timestamp().as_second(), nanoseconds, zone)
    }
}

impl From<&Zoned> for Time {
    fn from(zoned: &Zoned) -> Self {
        Self { timestamp: zoned.timestamp(), offset: zoned.offset() }
    }
}

/// Go's `time.RFC3339Nano`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.rfc3339();
        let zone = self.zone_suffix();
        f.write_str(&whole[..whole.len() - zone.len()])?;
        f.write_str(&self.fraction())?;
        f.write_str(&zone)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// A time that may be absent, null or, in old records, an empty string; Go's zero time is absent too.
pub(crate) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    match Option::<String>::deserialize(deserializer)?.as_deref() {
        None | Some("" | "0001-01-01T00:00:00Z") => Ok(None),
        Some(text) => Time::parse(text).map(Some).map_err(de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_back_as_it_was_read() {
        for text in ["2026-11-23T21:10:32.444113064Z", "2026-11-23T21:10:32Z", "2026-11-23T21:10:32.5+05:30"]
        {
            assert_eq!(Time::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Time::parse("2026-11-23T21:10:32.120Z").unwrap().to_string(), "2026-11-23T21:10:32.12Z");
    }

    #[test]
    fn tables_show_it_as_go_does() {
        let time = Time::parse("2026-11-03T21:10:32.444-08:00").unwrap();
        assert_eq!(time.ansic(), "Tue Nov  3 21:10:32 2026");
        assert_eq!(time.rfc3339(), "2026-11-03T21:10:32-08:00");
        assert_eq!(time.go_string(&TimeZone::UTC), "2026-11-03 21:10:32.444 -0800 -0800");
        let utc = Time::parse("2026-11-23T21:10:32Z").unwrap();
        assert_eq!(utc.go_string(&TimeZone::UTC), "2026-11-23 21:10:32 +0000 UTC");
    }
}
