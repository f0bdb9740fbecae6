//! Times from text.

use super::{
    MONTHS, Time, Zone,
    civil::{self, WEEKDAYS},
    layout::{self, Offset, Piece},
};

/// A text that does not follow its layout, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    message: String,
}

/// package time's own quoting: every byte that is not ASCII text becomes `\xNN`.
pub(super) fn quote(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// What went wrong with one piece.
enum Bad {
    /// The text does not fit the piece.
    Value,
    /// It fits, but the number is out of range.
    Range(&'static str),
}

type Taken<'a, T> = Result<(T, &'a [u8]), Bad>;

/// What the pieces have said so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<u32>,
    day: Option<u32>,
    year_day: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    abbreviation: String,
}

/// `time.ParseInLocation`.
pub(super) fn parse(layout: &[u8], text: &[u8], zone: &Zone) -> Result<Time, ParseError> {
    let whole = layout;
    let mismatch = |value: &[u8], element: &[u8]| ParseError {
        message: format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(text),
            quote(whole),
            quote(value),
            quote(element)
        ),
    };
    let other = |message: &str| ParseError { message: format!("parsing time {}: {message}", quote(text)) };
    let (mut layout, mut value, mut fields) = (layout, text, Fields::default());
    loop {
        let chunk = layout::next(layout);
        value = skip(value, chunk.prefix).map_err(|left| mismatch(left, chunk.prefix))?;
        let Some(piece) = chunk.piece else {
            if !value.is_empty() {
                return Err(other(&format!("extra text: {}", quote(value))));
            }
            break;
        };
        layout = chunk.rest;
        value = fields.take(piece, value, layout).map_err(|bad| match bad {
            Bad::Value => mismatch(value, chunk.text),
            Bad::Range(what) => other(&format!("{what} out of range")),
        })?;
    }
    fields.finish(zone).map_err(other)
}

/// Skips the text between pieces; a blank stands for any number of them.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some((&first, rest)) = prefix.split_first() {
        if first == b' ' {
            if value.first().is_some_and(|&b| b != b' ') {
                return Err(value);
            }
            (prefix, value) = (prefix.trim_start_with(b' '), value.trim_start_with(b' '));
            continue;
        }
        value = value.strip_prefix(&[first]).ok_or(value)?;
        prefix = rest;
    }
    Ok(value)
}

trait TrimStart {
    fn trim_start_with(&self, byte: u8) -> &Self;
}

impl TrimStart for [u8] {
    fn trim_start_with(&self, byte: u8) -> &Self {
        &self[self.iter().take_while(|&&b| b == byte).count()..]
    }
}

fn digits(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(u8::is_ascii_digit)
}

/// One or two digits; exactly two when `fixed`.
fn two(text: &[u8], fixed: bool) -> Taken<'_, u32> {
    let digit = |at: usize| u32::from(text[at] - b'0');
    match (digits(text, 0), digits(text, 1)) {
        (true, true) => Ok((digit(0) * 10 + digit(1), &text[2..])),
        (true, false) if !fixed => Ok((digit(0), &text[1..])),
        _ => Err(Bad::Value),
    }
}

/// One to three digits; exactly three when `fixed`.
fn three(text: &[u8], fixed: bool) -> Taken<'_, u32> {
    let count = text.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    if count == 0 || (fixed && count != 3) {
        return Err(Bad::Value);
    }
    Ok((text[..count].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')), &text[count..]))
}

/// A name of the list (or its first letters), in any case.
fn name<'a>(names: &[&str], length: Option<usize>, text: &'a [u8]) -> Taken<'a, u32> {
    for (index, name) in (0u32..).zip(names) {
        let name = &name.as_bytes()[..length.unwrap_or(name.len())];
        if text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
            return Ok((index, &text[name.len()..]));
        }
    }
    Err(Bad::Value)
}

fn in_range<'a>(taken: (u32, &'a [u8]), least: u32, below: u32, what: &'static str) -> Taken<'a, u32> {
    if (least..below).contains(&taken.0) { Ok(taken) } else { Err(Bad::Range(what)) }
}

/// A fraction of `length` bytes, its mark included.
fn fraction(text: &[u8], length: usize) -> Taken<'_, u32> {
    if text.len() < length || !matches!(text.first(), Some(b'.' | b',')) {
        return Err(Bad::Value);
    }
    let (all, rest) = text.split_at(length);
    let shown = &all[1..length.min(10)];
    let (sign, number) = match shown.split_first() {
        Some((sign @ (b'-' | b'+'), number)) => (*sign, number),
        _ => (b'+', shown),
    };
    if !number.iter().all(u8::is_ascii_digit) {
        return Err(Bad::Value);
    }
    let value = number.iter().fold(0u32, |n, b| n * 10 + u32::from(b - b'0'));
    if sign == b'-' && value > 0 {
        return Err(Bad::Range("fractional second"));
    }
    Ok((value * 10u32.pow(9 - shown.len() as u32), rest))
}

impl Fields {
    /// Reads one piece and returns what is left of the text.
    fn take<'a>(&mut self, piece: Piece, text: &'a [u8], layout: &[u8]) -> Result<&'a [u8], Bad> {
        let blank = |text: &'a [u8]| text.strip_prefix(b" ").unwrap_or(text);
        let rest;
        match piece {
            Piece::LongYear | Piece::Year => return self.take_year(text, piece == Piece::LongYear),
            Piece::LongMonth | Piece::Month => {
                let length = (piece == Piece::Month).then_some(3);
                let month;
                (month, rest) = name(&MONTHS, length, text)?;
                self.month = Some(month + 1);
            }
            Piece::NumMonth | Piece::ZeroMonth => {
                let month;
                (month, rest) = in_range(two(text, piece == Piece::ZeroMonth)?, 1, 13, "month")?;
                self.month = Some(month);
            }
            Piece::LongWeekDay => rest = name(&WEEKDAYS, None, text)?.1,
            Piece::WeekDay => rest = name(&WEEKDAYS, Some(3), text)?.1,
            Piece::Day | Piece::UnderDay | Piece::ZeroDay => {
                let text = if piece == Piece::UnderDay { blank(text) } else { text };
                let day;
                (day, rest) = two(text, piece == Piece::ZeroDay)?;
                self.day = Some(day);
            }
            Piece::UnderYearDay | Piece::ZeroYearDay => {
                let text = if piece == Piece::UnderYearDay { blank(blank(text)) } else { text };
                let day;
                (day, rest) = three(text, piece == Piece::ZeroYearDay)?;
                self.year_day = Some(day);
            }
            Piece::Hour
            | Piece::Hour12
            | Piece::ZeroHour12
            | Piece::Minute
            | Piece::ZeroMinute
            | Piece::Second
            | Piece::ZeroSecond
            | Piece::UpperPm
            | Piece::LowerPm => return self.take_clock(piece, text, layout),
            Piece::Offset(how) => return self.take_offset(how, text),
            Piece::Abbreviation if text.starts_with(b"UTC") => {
                self.utc = true;
                rest = &text[3..];
            }
            Piece::Abbreviation => {
                let length = abbreviation(text).ok_or(Bad::Value)?;
                self.abbreviation = String::from_utf8_lossy(&text[..length]).into_owned();
                rest = &text[length..];
            }
            Piece::Fraction { digits: count, trim: false, .. } => {
                (self.nanos, rest) = fraction(text, 1 + count)?
            }
            Piece::Fraction { .. } => {
                // Optional, and of any length.
                if !matches!(text.first(), Some(b'.' | b',')) || !digits(text, 1) {
                    return Ok(text);
                }
                let count = text[1..].iter().take_while(|b| b.is_ascii_digit()).count();
                (self.nanos, rest) = fraction(text, 1 + count)?;
            }
        }
        Ok(rest)
    }

    fn take_clock<'a>(&mut self, piece: Piece, text: &'a [u8], layout: &[u8]) -> Result<&'a [u8], Bad> {
        let rest;
        match piece {
            Piece::Hour => (self.hour, rest) = in_range(two(text, false)?, 0, 24, "hour")?,
            Piece::Hour12 | Piece::ZeroHour12 => {
                (self.hour, rest) = in_range(two(text, piece == Piece::ZeroHour12)?, 0, 13, "hour")?;
            }
            Piece::Minute | Piece::ZeroMinute => {
                (self.minute, rest) = in_range(two(text, piece == Piece::ZeroMinute)?, 0, 60, "minute")?;
            }
            Piece::Second | Piece::ZeroSecond => {
                let after;
                (self.second, after) = in_range(two(text, piece == Piece::ZeroSecond)?, 0, 60, "second")?;
                return self.take_unasked_fraction(after, layout);
            }
            Piece::UpperPm | Piece::LowerPm => {
                let (am, pm) = if piece == Piece::UpperPm { (b"AM", b"PM") } else { (b"am", b"pm") };
                let mark = text.get(..2).ok_or(Bad::Value)?;
                if mark != am && mark != pm {
                    return Err(Bad::Value);
                }
                self.afternoon = Some(mark == pm);
                rest = &text[2..];
            }
            _ => rest = text,
        }
        Ok(rest)
    }

    fn take_year<'a>(&mut self, text: &'a [u8], long: bool) -> Result<&'a [u8], Bad> {
        let length = if long { 4 } else { 2 };
        let (year, rest) = text.split_at_checked(length).ok_or(Bad::Value)?;
        if long && !digits(year, 0) {
            return Err(Bad::Value);
        }
        // Go reads a sign here.
        let (negative, number) = match year.split_first() {
            Some((b'-', number)) => (true, number),
            Some((b'+', number)) => (false, number),
            _ => (false, year),
        };
        if !number.iter().all(u8::is_ascii_digit) {
            return Err(Bad::Value);
        }
        let value = number.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0'));
        let value = if negative { -value } else { value };
        self.year = match value {
            value if long => value,
            69.. => value + 1900,
            value => value + 2000,
        };
        Ok(rest)
    }

    // Seconds may have a fraction that the layout does not mention.
    fn take_unasked_fraction<'a>(&mut self, text: &'a [u8], layout: &[u8]) -> Result<&'a [u8], Bad> {
        let asked = matches!(layout::next(layout).piece, Some(Piece::Fraction { .. }));
        if asked || !matches!(text.first(), Some(b'.' | b',')) || !digits(text, 1) {
            return Ok(text);
        }
        let count = text[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let rest;
        (self.nanos, rest) = fraction(text, 1 + count)?;
        Ok(rest)
    }

    fn take_offset<'a>(&mut self, how: Offset, text: &'a [u8]) -> Result<&'a [u8], Bad> {
        if how.z && text.first() == Some(&b'Z') {
            self.utc = true;
            return Ok(&text[1..]);
        }
        let step = if how.colon { 3 } else { 2 };
        let parts = usize::from(how.parts);
        let (written, rest) = text.split_at_checked(3 + (parts - 1) * step).ok_or(Bad::Value)?;
        let number = |part: usize| {
            let at = 1 + part * step;
            if part >= parts { Ok(0) } else { two(&written[at..at + 2], true).map(|(n, _)| i64::from(n)) }
        };
        if how.colon && (1..parts).any(|part| written[part * step] != b':') {
            return Err(Bad::Value);
        }
        let numbers = [number(0), number(1), number(2)];
        // Go looks at the ranges first, of what it could read.
        for (number, (limit, what)) in numbers.iter().zip(OFFSET_LIMITS) {
            match number {
                Ok(n) if *n > limit => return Err(Bad::Range(what)),
                Ok(_) => {}
                Err(_) => return Err(Bad::Value),
            }
        }
        let [hours, minutes, seconds] = numbers.map(Result::unwrap_or_default);
        let offset = (hours * 60 + minutes) * 60 + seconds;
        self.offset = Some(match written[0] {
            b'+' => offset,
            b'-' => -offset,
            _ => return Err(Bad::Value),
        });
        Ok(rest)
    }

    fn finish(mut self, zone: &Zone) -> Result<Time, &'static str> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        if let Some(year_day) = self.year_day {
            self.settle_year_day(year_day)?;
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if day < 1 || day > civil::days_in(self.year, month) {
            return Err("day out of range");
        }
        let date = (self.year, i64::from(month), i64::from(day));
        let seconds = i64::from(self.hour * 3600 + self.minute * 60 + self.second);
        let nanos = self.nanos;
        if self.utc {
            return Ok(Time::date(date, seconds, nanos, Zone::Utc));
        }
        let utc = Time::date(date, seconds, nanos, Zone::Utc).unix_seconds();
        // An offset of one second west is how Go marks that there is none.
        if let Some(offset) = self.offset.filter(|&offset| offset != -1) {
            let at = utc - offset;
            let (here, local) = zone.at(at);
            let same = local == offset && (self.abbreviation.is_empty() || here == self.abbreviation);
            let zone = if same { zone.clone() } else { Zone::Fixed(self.abbreviation, offset) };
            return Ok(Time::unix(at, nanos, zone));
        }
        if !self.abbreviation.is_empty() {
            if let Some(offset) = zone.offset_of(&self.abbreviation, utc) {
                return Ok(Time::unix(utc - offset, nanos, zone.clone()));
            }
            let hours = self.abbreviation.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok());
            // Go keeps the reading and only names the zone.
            return Ok(Time::unix(utc, nanos, Zone::Fixed(self.abbreviation, hours.unwrap_or(0) * 3600)));
        }
        Ok(Time::date(date, seconds, nanos, zone.clone()))
    }

    fn settle_year_day(&mut self, year_day: u32) -> Result<(), &'static str> {
        let most = if civil::is_leap(self.year) { 366 } else { 365 };
        if year_day < 1 || year_day > most {
            return Err("day-of-year out of range");
        }
        let date = civil::date(civil::days(self.year, 1, i64::from(year_day)));
        if self.month.is_some_and(|month| month != date.month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|day| day != date.day) {
            return Err("day-of-year does not match day");
        }
        (self.month, self.day) = (Some(date.month), Some(date.day));
        Ok(())
    }
}

const OFFSET_LIMITS: [(i64, &str); 3] =
    [(24, "time zone offset hour"), (60, "time zone offset minute"), (60, "time zone offset second")];

/// Length of a zone's abbreviation.
fn abbreviation(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_offset(rest));
    }
    if matches!(text[0], b'+' | b'-') {
        return Some(signed_offset(text)).filter(|&length| length > 0);
    }
    let upper = text.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    match upper {
        3 => Some(3),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        5 if text[4] == b'T' => Some(5),
        _ => None,
    }
}

/// Length of a sign and up to 23 hours; 0 when there is none.
fn signed_offset(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'+' | b'-')) {
        return 0;
    }
    let count = text[1..].iter().take_while(|b| b.is_ascii_digit()).count();
    let hours = std::str::from_utf8(&text[1..=count]).ok().and_then(|digits| digits.parse::<u64>().ok());
    if hours.is_some_and(|hours| hours <= 23) { 1 + count } else { 0 }
}
