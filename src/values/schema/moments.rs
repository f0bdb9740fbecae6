//! Dates, times and durations as Helm's validator reads them (RFC 3339).

use super::format::refuse;
use crate::values::gotext::Quoted;

type Verdict = Result<(), String>;

/// As Go's `time.Parse("2006-01-02", …)`.
pub(super) fn date(text: &str) -> Result<(), String> {
    let cannot = |rest: &str, element: &str| {
        Err(format!(
            "parsing time {} as \"2006-01-02\": cannot parse {} as \"{element}\"",
            Quoted(text),
            Quoted(rest)
        ))
    };
    let mut rest = text;
    let mut numbers = [0_u32; 3];
    for (number, (element, width)) in numbers.iter_mut().zip([("2006", 4), ("01", 2), ("02", 2)]) {
        if element != "2006" {
            let Some(after) = rest.strip_prefix('-') else { return cannot(rest, "-") };
            rest = after;
        }
        let digits = rest.get(..width).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let Some(parsed) = digits.and_then(|digits| digits.parse().ok()) else {
            return cannot(rest, element);
        };
        *number = parsed;
        rest = &rest[width..];
        if element == "01" && !(1..=12).contains(number) {
            return Err(format!("parsing time {}: month out of range", Quoted(text)));
        }
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", Quoted(text), Quoted(rest)));
    }
    let [year, month, day] = numbers;
    if day == 0 || day > days(year, month) {
        return Err(format!("parsing time {}: day out of range", Quoted(text)));
    }
    Ok(())
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `strconv.Atoi` of two bytes.
fn number(digits: &[u8]) -> Option<i32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Two numbers, or what is wrong with them.
fn numbers<const N: usize>(parts: [&[u8]; N], what: &str) -> Result<[i32; N], String> {
    let mut found = [0; N];
    for (slot, part) in found.iter_mut().zip(parts) {
        *slot = match number(part) {
            None => return Err(format!("invalid {what}")),
            Some(..0) => return Err(format!("non-positive {what}")),
            Some(number) => number,
        };
    }
    Ok(found)
}

pub(super) fn time(text: &str) -> Verdict {
    let text = text.as_bytes();
    if text.len() < 9 {
        return refuse("less than 9 characters long");
    }
    if text[2] != b':' || text[5] != b':' {
        return refuse("missing colon in correct place");
    }
    let [hour, minute, second] = numbers([&text[..2], &text[3..5], &text[6..8]], "hour/min/sec")?;
    if hour > 23 || minute > 59 || second > 60 {
        return refuse("hour/min/sec out of range");
    }
    let mut rest = &text[8..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return refuse("no digits in second fraction");
        }
        rest = &fraction[digits..];
    }
    let passed = if matches!(rest, b"z" | b"Z") { 0 } else { offset(rest)? };
    let mut utc = hour * 60 + minute - passed;
    if utc < 0 {
        utc += 24 * 60;
    }
    if second >= 60 && (utc / 60, utc % 60) != (23, 59) { refuse("invalid leap second") } else { Ok(()) }
}

/// Minutes east of UTC.
fn offset(text: &[u8]) -> Result<i32, String> {
    if text.len() != 6 {
        return refuse("offset must be 6 characters long");
    }
    let sign = match text[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return refuse("offset must begin with plus/minus"),
    };
    if text[3] != b':' {
        return refuse("missing colon in offset in correct place");
    }
    let [hour, minute] = numbers([&text[1..3], &text[4..]], "hour/min in offset")?;
    if hour > 23 || minute > 59 {
        return refuse("hour/min in offset out of range");
    }
    Ok(sign * (hour * 60 + minute))
}

pub(super) fn date_time(text: &str) -> Verdict {
    if text.len() < 20 {
        return refuse("less than 20 characters long");
    }
    let (Some(before), Some(after)) = (text.get(..10), text.get(11..)) else {
        return refuse("11th character must be t or T");
    };
    if !matches!(text.as_bytes()[10], b't' | b'T') {
        return refuse("11th character must be t or T");
    }
    date(before).map_err(|error| format!("invalid date element: {error}"))?;
    time(after).map_err(|error| format!("invalid time element: {error}"))
}

pub(super) fn duration(text: &str) -> Verdict {
    let Some(text) = text.strip_prefix('P') else { return refuse("must start with P") };
    if text.is_empty() {
        return refuse("nothing after P");
    }
    if let Some(weeks) = text.strip_suffix('W') {
        return match weeks {
            "" => refuse("no number in week"),
            _ if weeks.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
            _ => refuse("invalid week"),
        };
    }
    const UNITS: [&str; 2] = ["YMD", "HMS"];
    for (at, part) in text.split('T').enumerate() {
        if at > 0 && part.is_empty() {
            return refuse("no time elements");
        }
        let Some(units) = UNITS.get(at) else { return refuse("more than one T") };
        elements(part, units)?;
    }
    Ok(())
}

/// Numbers, each with a unit that comes after the one before.
fn elements(mut text: &str, all: &str) -> Verdict {
    let mut units = all;
    while !text.is_empty() {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == text.len() {
            return refuse("missing number");
        }
        // The validator looks at bytes.
        let Some(unit) = rest.bytes().next().map(char::from) else { return refuse("missing unit") };
        let Some(at) = units.find(unit) else {
            let known = all.contains(unit);
            return Err(if known {
                format!("unit {unit:?} out of order")
            } else {
                format!("invalid unit {unit:?}")
            });
        };
        (units, text) = (&units[at + 1..], &rest[1..]);
    }
    Ok(())
}

pub(super) fn period(text: &str) -> Verdict {
    let Some((start, end)) = text.split_once('/') else { return refuse("missing slash") };
    let named = |what: &'static str| move |error| format!("invalid {what}: {error}");
    if start.starts_with('P') {
        duration(start).map_err(named("start duration"))?;
        return date_time(end).map_err(named("end date-time"));
    }
    date_time(start).map_err(named("start date-time"))?;
    if end.starts_with('P') {
        duration(end).map_err(named("end duration"))
    } else {
        date_time(end).map_err(named("end date-time"))
    }
}
