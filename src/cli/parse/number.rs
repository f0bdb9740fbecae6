//! Numbers, booleans and durations as Go's `strconv` and `time` read them, with their error texts.

use crate::{env::parse_bool, values::gotext::Quoted};

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

fn refuse(function: &str, text: &str, reason: &str) -> String {
    format!("strconv.{function}: parsing {}: {reason}", Quoted(text))
}

/// `strconv.ParseBool`.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    parse_bool(text).ok_or_else(|| refuse("ParseBool", text, SYNTAX))
}

/// `strconv.ParseInt(text, 0, 64)`.
pub(super) fn int(text: &str) -> Result<i64, String> {
    let refuse = |reason| refuse("ParseInt", text, reason);
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = i128::from(magnitude(digits).map_err(refuse)?);
    i64::try_from(if negative { -magnitude } else { magnitude }).map_err(|_| refuse(RANGE))
}

/// `strconv.ParseUint(text, 0, 64)`.
pub(super) fn uint(text: &str) -> Result<u64, String> {
    magnitude(text).map_err(|reason| refuse("ParseUint", text, reason))
}

/// `strconv.ParseInt(text, 10, 32)`.
pub(super) fn int32(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refuse("ParseInt", text, SYNTAX));
    }
    text.parse::<i32>().map(i64::from).map_err(|_| refuse("ParseInt", text, RANGE))
}

/// Digits with Go's prefixes (`0x`, `0o`, `0b`, `0`) and underscores.
fn magnitude(text: &str) -> Result<u64, &'static str> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', _, ..] => (16, &lower[2..]),
        [b'0', b'o', _, ..] => (8, &lower[2..]),
        [b'0', b'b', _, ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    // An underscore stands between digits; the prefix, or the zero that makes a number octal, counts as one.
    let prefixed = digits.len() < lower.len();
    if digits.is_empty()
        || digits.ends_with('_')
        || digits.contains("__")
        || (digits.starts_with('_') && !prefixed)
    {
        return Err(SYNTAX);
    }
    let mut value: u64 = 0;
    let mut overflowed = false;
    for c in digits.chars().filter(|c| *c != '_') {
        let digit = c.to_digit(radix).ok_or(SYNTAX)?;
        match value.checked_mul(u64::from(radix)).and_then(|v| v.checked_add(u64::from(digit))) {
            Some(next) => value = next,
            None => overflowed = true,
        }
    }
    if overflowed { Err(RANGE) } else { Ok(value) }
}

/// `strconv.ParseFloat(text, 32)`, hexadecimal numbers aside.
pub(super) fn float32(text: &str) -> Result<f32, String> {
    let refuse = |reason| refuse("ParseFloat", text, reason);
    let value: f32 = text.parse().map_err(|_| refuse(SYNTAX))?;
    let infinite_by_name = text.trim_start_matches(['+', '-']).starts_with(['i', 'I']);
    if value.is_infinite() && !infinite_by_name { Err(refuse(RANGE)) } else { Ok(value) }
}

/// `time.ParseDuration`, in nanoseconds.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", Quoted(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole_end = digits_end(rest);
        let (whole, after) = rest.split_at(whole_end);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits_end(after)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", Quoted(text)));
        }
        let Some(nanos) = unit_nanos(unit) else {
            return Err(format!("time: unknown unit {} in duration {}", Quoted(unit), Quoted(text)));
        };
        total = part(whole, fraction, nanos).and_then(|part| total.checked_add(part)).ok_or_else(invalid)?;
        if total > 1 << 63 {
            return Err(invalid());
        }
        rest = after;
    }
    let signed = if negative { -i128::from(total) } else { i128::from(total) };
    i64::try_from(signed).map_err(|_| invalid())
}

fn digits_end(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

fn part(whole: &str, fraction: &str, unit: u64) -> Option<u64> {
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let (mut numerator, mut scale) = (0_u64, 1_f64);
    for digit in fraction.bytes() {
        // Further digits are below a nanosecond's reach: Go drops them too.
        let Some(next) = numerator.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0')))
        else {
            break;
        };
        numerator = next;
        scale *= 10.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "Go computes the fraction in float64 as well"
    )]
    let below = (numerator as f64 * (unit as f64 / scale)) as u64;
    whole.checked_mul(unit)?.checked_add(below)
}

fn unit_nanos(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_take_gos_prefixes() {
        let cases =
            [("0x1f", 31), ("-0b11", -3), ("0o17", 15), ("017", 15), ("1_000", 1000), ("0", 0), ("+5", 5)];
        for (text, number) in cases {
            assert_eq!(int(text), Ok(number), "{text}");
        }
        for text in ["", "x", "08", "_1", "1__0", "0x", "1_", "--1", "1.0", " 1"] {
            assert_eq!(int(text), Err(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")));
        }
        assert_eq!(int("9223372036854775808").unwrap_err().rsplit(": ").next(), Some(RANGE));
        assert_eq!(uint("-1"), Err("strconv.ParseUint: parsing \"-1\": invalid syntax".into()));
    }

    #[test]
    fn durations_are_sums_of_units() {
        assert_eq!(duration("1h2m3.5s"), Ok(3_723_500_000_000));
        assert_eq!(duration("-1.5ms"), Ok(-1_500_000));
        assert_eq!(duration("0"), Ok(0));
        assert_eq!(duration("5"), Err("time: missing unit in duration \"5\"".into()));
        assert_eq!(duration("5x"), Err("time: unknown unit \"x\" in duration \"5x\"".into()));
        assert_eq!(duration("."), Err("time: invalid duration \".\"".into()));
        assert_eq!(duration("9999999999h"), Err("time: invalid duration \"9999999999h\"".into()));
    }
}
