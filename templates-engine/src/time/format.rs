//! Times as text.

use super::{
    Clock, MONTHS, Time,
    layout::{self, Offset, Piece},
};
use std::io::Write as _;

/// Text written into a vector, which cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        write!($out, $($arg)*).expect("a vector takes all")
    };
}

/// The text of a time under a layout.
pub(super) fn format(time: &Time, mut layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(layout.len() + 10);
    let (clock, (zone, offset)) = (time.clock(), time.offset());
    loop {
        let chunk = layout::next(layout);
        out.extend_from_slice(chunk.prefix);
        let Some(piece) = chunk.piece else { return out };
        layout = chunk.rest;
        match piece {
            Piece::Offset(how) => put_offset(&mut out, offset, how),
            Piece::Abbreviation if zone.is_empty() => {
                put_offset(&mut out, offset, Offset { z: false, colon: false, parts: 2 });
            }
            Piece::Abbreviation => out.extend_from_slice(zone.as_bytes()),
            Piece::Fraction { mark, digits, trim } => {
                put_fraction(&mut out, time.nanosecond(), mark, digits, trim)
            }
            piece => put_clock(&mut out, &clock, piece),
        }
    }
}

fn put_clock(out: &mut Vec<u8>, clock: &Clock, piece: Piece) {
    let month = MONTHS[clock.month as usize - 1];
    let weekday = clock.weekday.name();
    let hour12 = match clock.hour % 12 {
        0 => 12,
        hour => hour,
    };
    match piece {
        Piece::LongYear if clock.year < 0 => put!(out, "-{:04}", clock.year.unsigned_abs()),
        Piece::LongYear => put!(out, "{:04}", clock.year),
        Piece::Year => put!(out, "{:02}", clock.year.unsigned_abs() % 100),
        Piece::LongMonth => put!(out, "{month}"),
        Piece::Month => put!(out, "{}", &month[..3]),
        Piece::NumMonth => put!(out, "{}", clock.month),
        Piece::ZeroMonth => put!(out, "{:02}", clock.month),
        Piece::LongWeekDay => put!(out, "{weekday}"),
        Piece::WeekDay => put!(out, "{}", &weekday[..3]),
        Piece::Day => put!(out, "{}", clock.day),
        Piece::UnderDay => put!(out, "{:2}", clock.day),
        Piece::ZeroDay => put!(out, "{:02}", clock.day),
        Piece::UnderYearDay => put!(out, "{:3}", clock.year_day),
        Piece::ZeroYearDay => put!(out, "{:03}", clock.year_day),
        Piece::Hour => put!(out, "{:02}", clock.hour),
        Piece::Hour12 => put!(out, "{hour12}"),
        Piece::ZeroHour12 => put!(out, "{hour12:02}"),
        Piece::Minute => put!(out, "{}", clock.minute),
        Piece::ZeroMinute => put!(out, "{:02}", clock.minute),
        Piece::Second => put!(out, "{}", clock.second),
        Piece::ZeroSecond => put!(out, "{:02}", clock.second),
        Piece::UpperPm => put!(out, "{}", if clock.hour >= 12 { "PM" } else { "AM" }),
        Piece::LowerPm => put!(out, "{}", if clock.hour >= 12 { "pm" } else { "am" }),
        Piece::Abbreviation | Piece::Offset(_) | Piece::Fraction { .. } => {}
    }
}

fn put_offset(out: &mut Vec<u8>, offset: i64, how: Offset) {
    if offset == 0 && how.z {
        out.push(b'Z');
        return;
    }
    // Go cuts to minutes first, so less than a minute west of UTC is written with a plus.
    let minutes = offset / 60;
    let seconds = if minutes < 0 { -offset } else { offset } % 60;
    out.push(if minutes < 0 { b'-' } else { b'+' });
    put!(out, "{:02}", minutes.abs() / 60);
    let colon = if how.colon { ":" } else { "" };
    if how.parts >= 2 {
        put!(out, "{colon}{:02}", minutes.abs() % 60);
    }
    if how.parts >= 3 {
        put!(out, "{colon}{seconds:02}");
    }
}

fn put_fraction(out: &mut Vec<u8>, nanos: u32, mark: u8, digits: usize, trim: bool) {
    if trim && nanos == 0 {
        return;
    }
    let all = format!("{nanos:09}");
    let mut shown = &all[..digits.min(all.len())];
    if trim {
        shown = shown.trim_end_matches('0');
        if shown.is_empty() {
            return;
        }
    }
    out.push(mark);
    out.extend_from_slice(shown.as_bytes());
}
