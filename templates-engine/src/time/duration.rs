//! `time.Duration`.

use super::parse::quote;
use std::fmt;

/// Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

/// One second.
const SECOND: i64 = 1_000_000_000;

/// A text that is no duration, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("time: {what} {}", quote(.text))]
pub struct DurationError {
    what: String,
    text: Vec<u8>,
}

impl Duration {
    /// Whole seconds, wrapping around as Go's multiplication does.
    pub fn seconds(seconds: i64) -> Self {
        Self(seconds.wrapping_mul(SECOND))
    }

    /// The nearest duration to a number of nanoseconds.
    pub(super) fn saturating(nanos: i128) -> Self {
        Self(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    /// `time.ParseDuration`: `1h2m3.5s`, `-1.5h`, `300ms`.
    ///
    /// # Errors
    /// When the text is no duration or too long a one.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, DurationError> {
        let text = text.as_ref();
        let fail = |what: &str| Err(DurationError { what: what.to_owned(), text: text.to_vec() });
        let (negative, mut rest) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            Some((b'+', rest)) => (false, rest),
            _ => (false, text),
        };
        if rest == b"0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return fail("invalid duration");
        }
        let mut total = 0u64;
        while !rest.is_empty() {
            let Some((whole, fraction, scale, after)) = number(rest) else { return fail("invalid duration") };
            let length = after.iter().take_while(|b| **b != b'.' && !b.is_ascii_digit()).count();
            let (name, next) = after.split_at(length);
            if name.is_empty() {
                return fail("missing unit in duration");
            }
            let Some(unit) = unit(name) else {
                return fail(&format!("unknown unit {} in duration", quote(name)));
            };
            let piece = whole.checked_mul(unit).filter(|&n| n <= 1 << 63 && whole <= (1 << 63) / unit);
            let piece = piece.map(|n| n + (fraction as f64 * (unit as f64 / scale)) as u64);
            let sum =
                piece.filter(|&n| n <= 1 << 63).and_then(|n| total.checked_add(n)).filter(|&n| n <= 1 << 63);
            let Some(sum) = sum else { return fail("invalid duration") };
            (total, rest) = (sum, next);
        }
        if negative {
            return Ok(Self((total as i64).wrapping_neg()));
        }
        i64::try_from(total).map(Self).or_else(|_| fail("invalid duration"))
    }

    /// Go's `Round`: to the nearest multiple, halves away from zero.
    #[must_use]
    pub fn round(self, unit: Self) -> Self {
        if unit.0 <= 0 {
            return self;
        }
        let (nanos, unit) = (i128::from(self.0), i128::from(unit.0));
        let rest = nanos % unit;
        let away = if rest.abs() * 2 < unit { 0 } else { unit * rest.signum() };
        Self::saturating(nanos - rest + away)
    }

    /// Go's `Truncate`: to a multiple, towards zero.
    #[must_use]
    pub fn truncate(self, unit: Self) -> Self {
        if unit.0 <= 0 { self } else { Self(self.0 - self.0 % unit.0) }
    }

    /// As a number of some unit, computed as Go does: the whole and the rest apart.
    pub fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }
}

/// Digits with a fraction: the whole, the fraction's digits, their scale, and what follows.
fn number(text: &[u8]) -> Option<(u64, u64, f64, &[u8])> {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (whole, rest) = text.split_at(digits(text));
    let mut value = 0u64;
    for digit in whole {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|&n| n <= 1 << 63)?;
    }
    let Some(rest) = rest.strip_prefix(b".") else {
        return (!whole.is_empty()).then_some((value, 0, 1.0, rest));
    };
    let (part, rest) = rest.split_at(digits(rest));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    // Digits beyond 63 bits do not count.
    let (mut fraction, mut scale) = (0u64, 1.0);
    for digit in part {
        let next = fraction.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0')));
        match next.filter(|&n| n <= 1 << 63) {
            Some(next) if fraction <= (i64::MAX as u64) / 10 => (fraction, scale) = (next, scale * 10.0),
            _ => break,
        }
    }
    Some((value, fraction, scale, rest))
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match std::str::from_utf8(name).ok()? {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        if nanos == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if nanos < SECOND.unsigned_abs() {
            let (unit, name) = match nanos {
                0..1000 => (1, "ns"),
                1000..1_000_000 => (1000, "µs"),
                _ => (1_000_000, "ms"),
            };
            return write!(f, "{}{name}", decimal(nanos, unit));
        }
        let minutes = nanos / 60_000_000_000;
        if minutes >= 60 {
            write!(f, "{}h", minutes / 60)?;
        }
        if minutes > 0 {
            write!(f, "{}m", minutes % 60)?;
        }
        write!(f, "{}s", decimal(nanos % 60_000_000_000, SECOND.unsigned_abs()))
    }
}

fn decimal(value: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", value % unit);
    match fraction.trim_end_matches('0') {
        "" => (value / unit).to_string(),
        _ if width == 0 => (value / unit).to_string(),
        fraction => format!("{}.{fraction}", value / unit),
    }
}
