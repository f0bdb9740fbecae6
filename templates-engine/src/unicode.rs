//! Go's character classes, and its way of stepping through bytes that may not be UTF-8.

use regex_syntax::hir::{Class, ClassUnicode, HirKind};
use std::{borrow::Cow, sync::OnceLock};

/// U+FFFD, which Go's decoder yields for a byte that is not UTF-8.
pub(crate) const RUNE_ERROR: char = char::REPLACEMENT_CHARACTER;

/// The first character and its width, as `utf8.DecodeRune`: U+FFFD and 1 for a byte that is not
/// UTF-8, U+FFFD and 0 for no bytes.
pub(crate) fn decode_rune(bytes: &[u8]) -> (char, usize) {
    let Some(&first) = bytes.first() else { return (RUNE_ERROR, 0) };
    let width = match first {
        0..=0x7f => return (char::from(first), 1),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (RUNE_ERROR, 1),
    };
    let text = bytes.get(..width).and_then(|head| std::str::from_utf8(head).ok());
    match text.and_then(|text| text.chars().next()) {
        Some(c) => (c, width),
        None => (RUNE_ERROR, 1),
    }
}

/// The characters of possibly broken UTF-8, each with the bytes it came from.
pub(crate) fn runes(bytes: &[u8]) -> impl Iterator<Item = (char, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (c, width) = decode_rune(rest);
        let (head, tail) = rest.split_at_checked(width).filter(|(head, _)| !head.is_empty())?;
        rest = tail;
        Some((c, head))
    })
}

/// The text, with U+FFFD for every byte that is not UTF-8.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => runes(bytes).map(|(c, _)| c).collect::<String>().into(),
    }
}

/// The number of characters, as `utf8.RuneCount`.
pub(crate) fn rune_count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { runes(bytes).count() }
}

fn class(cell: &'static OnceLock<ClassUnicode>, pattern: &str) -> &'static ClassUnicode {
    cell.get_or_init(|| match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    })
}

fn contains(class: &ClassUnicode, c: char) -> bool {
    let at = class.ranges().partition_point(|range| range.end() < c);
    class.ranges().get(at).is_some_and(|range| range.start() <= c)
}

/// `unicode.IsLetter`.
pub(crate) fn is_letter(c: char) -> bool {
    static LETTERS: OnceLock<ClassUnicode> = OnceLock::new();
    if c.is_ascii() {
        c.is_ascii_alphabetic()
    } else {
        contains(class(&LETTERS, r"[\p{L}&&\p{age=15.0}]"), c)
    }
}

/// Whether the character is in the version of Unicode that Go knows; Rust's tables are newer.
pub(crate) fn is_assigned(c: char) -> bool {
    static ASSIGNED: OnceLock<ClassUnicode> = OnceLock::new();
    c.is_ascii() || contains(class(&ASSIGNED, r"\p{age=15.0}"), c)
}

/// `unicode.IsUpper`.
pub(crate) fn is_upper(c: char) -> bool {
    static CAPITALS: OnceLock<ClassUnicode> = OnceLock::new();
    if c.is_ascii() {
        c.is_ascii_uppercase()
    } else {
        contains(class(&CAPITALS, r"[\p{Lu}&&\p{age=15.0}]"), c)
    }
}

/// `unicode.IsLower`.
pub(crate) fn is_lower(c: char) -> bool {
    static SMALL: OnceLock<ClassUnicode> = OnceLock::new();
    if c.is_ascii() { c.is_ascii_lowercase() } else { contains(class(&SMALL, r"[\p{Ll}&&\p{age=15.0}]"), c) }
}

/// `unicode.IsNumber`.
pub(crate) fn is_number(c: char) -> bool {
    static NUMBERS: OnceLock<ClassUnicode> = OnceLock::new();
    if c.is_ascii() { c.is_ascii_digit() } else { contains(class(&NUMBERS, r"[\p{N}&&\p{age=15.0}]"), c) }
}

/// `unicode.IsPunct`.
pub(crate) fn is_punctuation(c: char) -> bool {
    static PUNCTUATION: OnceLock<ClassUnicode> = OnceLock::new();
    contains(class(&PUNCTUATION, r"[\p{P}&&\p{age=15.0}]"), c)
}

/// `unicode.IsDigit`.
pub(crate) fn is_digit(c: char) -> bool {
    static DIGITS: OnceLock<ClassUnicode> = OnceLock::new();
    if c.is_ascii() { c.is_ascii_digit() } else { contains(class(&DIGITS, r"[\p{Nd}&&\p{age=15.0}]"), c) }
}

/// `unicode.IsPrint`, which is also `strconv.IsPrint`.
pub fn is_print(c: char) -> bool {
    match c {
        '\0'..='\x7f' => (' '..='~').contains(&c),
        // Without the table, which takes longer to make than most commands to run: what names are written in.
        '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{24f}' => true,
        '\u{400}'..='\u{52f}' | '\u{2010}'..='\u{2027}' | '\u{4e00}'..='\u{9fa5}' => true,
        _ => is_printable(c),
    }
}

fn is_printable(c: char) -> bool {
    static PRINTABLE: OnceLock<ClassUnicode> = OnceLock::new();
    contains(class(&PRINTABLE, r"[[\p{L}\p{M}\p{N}\p{P}\p{S}]&&\p{age=15.0}]"), c)
}

/// `unicode.IsSpace`.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_utf8_steps_one_byte_at_a_time() {
        let steps: Vec<_> = runes(b"a\xe2\x82\xff\xe2\x82\xac").map(|(c, b)| (c, b.len())).collect();
        assert_eq!(steps, [('a', 1), (RUNE_ERROR, 1), (RUNE_ERROR, 1), (RUNE_ERROR, 1), ('€', 3)]);
    }

    #[test]
    fn what_is_known_to_print_is_in_the_table() {
        let differs = |c: &char| is_print(*c) != is_printable(*c);
        assert_eq!(('\u{80}'..=char::MAX).find(differs), None);
    }

    #[test]
    fn classes_are_gos() {
        assert!(is_letter('é') && is_letter('ß') && !is_letter('Ⅷ') && !is_letter('½'));
        assert!(is_digit('٣') && !is_digit('½'));
        assert!(is_print('é') && !is_print('\u{a0}') && !is_print('\u{200b}') && !is_print('\u{7f}'));
    }
}
