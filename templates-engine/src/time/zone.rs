//! Locations: where the zone data says what the clocks show.

use jiff::{Timestamp, tz::TimeZone};

/// A location.
#[derive(Clone, Debug)]
pub enum Zone {
    /// `time.UTC`.
    Utc,
    /// `time.Local`.
    Local(TimeZone),
    /// A place of the zone database, by its name.
    Named(String, TimeZone),
    /// `time.FixedZone`: a name (perhaps empty) and an offset in seconds.
    Fixed(String, i64),
}

impl Zone {
    /// `time.LoadLocation`; `None` when there is no such place. Names are those of files, so
    /// their case counts.
    pub fn load(name: &str, local: &TimeZone) -> Option<Self> {
        match name {
            "" | "UTC" => Some(Self::Utc),
            "Local" => Some(Self::Local(local.clone())),
            _ => {
                let zone = TimeZone::get(name).ok()?;
                (zone.iana_name() == Some(name)).then(|| Self::Named(name.to_owned(), zone))
            }
        }
    }

    /// The location's name, as `Location.String` prints it.
    pub fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Local(_) => "Local",
            Self::Named(name, _) | Self::Fixed(name, _) => name,
        }
    }

    /// Abbreviation and offset in force at a Unix time.
    pub fn at(&self, seconds: i64) -> (String, i64) {
        match self {
            Self::Utc => ("UTC".to_owned(), 0),
            Self::Fixed(name, offset) => (name.clone(), *offset),
            Self::Local(zone) | Self::Named(_, zone) => lookup(zone, seconds),
        }
    }

    /// Whether summer time is in force.
    pub fn is_dst(&self, seconds: i64) -> bool {
        match self {
            Self::Utc | Self::Fixed(..) => false,
            Self::Local(zone) | Self::Named(_, zone) => {
                zone.to_offset_info(timestamp(seconds)).dst().is_dst()
            }
        }
    }

    /// The offset that an abbreviation means for a local reading, if it is used here at all:
    /// the one in force then before any other.
    pub(super) fn offset_of(&self, abbreviation: &str, local: i64) -> Option<i64> {
        let zone = match self {
            Self::Utc => return (abbreviation == "UTC").then_some(0),
            Self::Fixed(name, offset) => return (abbreviation == name).then_some(*offset),
            Self::Local(zone) | Self::Named(_, zone) => zone,
        };
        let around = timestamp(local);
        let before = zone.preceding(around).map(|t| t.timestamp());
        let after = zone.following(around).map(|t| t.timestamp()).take(MAX_LATER_TRANSITIONS);
        let offsets: Vec<i64> = std::iter::once(around)
            .chain(before)
            .chain(after)
            .map(|at| lookup(zone, at.as_second()))
            .filter(|(name, _)| name == abbreviation)
            .map(|(_, offset)| offset)
            .collect();
        let in_force = |offset: &&i64| lookup(zone, local - **offset).0 == abbreviation;
        offsets.iter().find(in_force).or(offsets.first()).copied()
    }
}

/// A rule may repeat for ever; the first few transitions name all its abbreviations.
const MAX_LATER_TRANSITIONS: usize = 8;

fn timestamp(seconds: i64) -> Timestamp {
    let (min, max) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(seconds.clamp(min, max)).unwrap_or_default()
}

fn lookup(zone: &TimeZone, seconds: i64) -> (String, i64) {
    let info = zone.to_offset_info(timestamp(seconds));
    (info.abbreviation().to_owned(), i64::from(info.offset().seconds()))
}
