//! Upper, lower and title case by Go's `unicode` package: one character for one.

use crate::unicode::{is_assigned, is_digit, is_letter, is_lower, is_space, is_upper, runes};

/// `unicode.ToUpper`.
pub(super) fn to_upper(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => known(c, one),
        _ => with_iota(c),
    }
}

/// Small letters with a iota below have a capital of their own, which Rust spells out.
fn with_iota(c: char) -> char {
    let shift = match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => 8,
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => 9,
        _ => 0,
    };
    char::from_u32(u32::from(c) + shift).unwrap_or(c)
}

/// `unicode.ToLower`.
pub(super) fn to_lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    known(c, c.to_lowercase().next().unwrap_or(c))
}

/// The mapping, if Go's tables have it too.
fn known(c: char, mapped: char) -> char {
    if mapped == c || is_assigned(c) && is_assigned(mapped) { mapped } else { c }
}

/// `unicode.ToTitle`.
pub(super) fn to_title(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        _ if is_title(c) => c,
        _ => to_upper(c),
    }
}

/// `unicode.IsTitle`.
fn is_title(c: char) -> bool {
    matches!(
        c,
        '\u{1c5}'
            | '\u{1c8}'
            | '\u{1cb}'
            | '\u{1f2}'
            | '\u{1f88}'..='\u{1f8f}'
            | '\u{1f98}'..='\u{1f9f}'
            | '\u{1fa8}'..='\u{1faf}'
            | '\u{1fbc}'
            | '\u{1fcc}'
            | '\u{1ffc}'
    )
}

/// `strings.Map`: what is not UTF-8 becomes U+FFFD, once anything is not ASCII.
pub(super) fn map(source: &[u8], change: fn(char) -> char) -> Vec<u8> {
    if source.is_ascii() {
        return source.iter().map(|b| change(char::from(*b)) as u8).collect();
    }
    runes(source).map(|(c, _)| change(c)).collect::<String>().into_bytes()
}

/// `strings.Title`: what follows no letter, digit or underscore becomes title case.
pub(super) fn title(source: &[u8]) -> Vec<u8> {
    let mut starts = true;
    let titled = runes(source).map(|(c, _)| {
        let titled = if starts { to_title(c) } else { c };
        starts = is_separator(c);
        titled
    });
    titled.collect::<String>().into_bytes()
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    !is_letter(c) && !is_digit(c) && is_space(c)
}

/// goutils' `Uncapitalize`: the first character of each word in lower case.
pub(super) fn untitle(source: &[u8]) -> Vec<u8> {
    let mut starts = true;
    let changed = runes(source).map(|(c, _)| {
        if is_space(c) {
            starts = true;
            return c;
        }
        if std::mem::take(&mut starts) { to_lower(c) } else { c }
    });
    changed.collect::<String>().into_bytes()
}

/// goutils' `SwapCase`: the first small letter of a word becomes title case.
pub(super) fn swap(source: &[u8]) -> Vec<u8> {
    let mut after_space = true;
    let swapped = runes(source).map(|(c, _)| {
        if is_upper(c) || is_title(c) {
            after_space = false;
            to_lower(c)
        } else if is_lower(c) {
            if std::mem::take(&mut after_space) { to_title(c) } else { to_upper(c) }
        } else {
            after_space = is_space(c);
            c
        }
    });
    swapped.collect::<String>().into_bytes()
}
