//! The clock, read only here.

use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A source of the current time.
pub trait Clock {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// The zone in which times are shown.
    fn zone(&self) -> TimeZone;

    /// The present moment in [`Clock::zone`].
    fn local(&self) -> Zoned {
        self.now().to_zoned(self.zone())
    }
}

/// The system's clock and zone.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn zone(&self) -> TimeZone {
        TimeZone::system()
    }
}

/// A clock that stands still, in UTC, for tests.
///
/// ```
/// use skiff::clock::{Clock, FixedClock};
/// let clock = FixedClock("2026-01-02T03:04:05Z".parse().unwrap());
/// assert_eq!(clock.local().strftime("%F %T").to_string(), "2026-01-02 03:04:05");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}
