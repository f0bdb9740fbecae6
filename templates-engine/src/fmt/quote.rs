//! `strconv.Quote` and its relatives.

use crate::unicode::{decode_rune, is_print, runes};

/// `strconv.Quote`: a double-quoted Go string. Bytes that are not UTF-8 become `\x..`.
pub fn quote(text: &[u8]) -> String {
    quoted(text, '"', false)
}

/// `strconv.QuoteToASCII`.
pub fn quote_to_ascii(text: &[u8]) -> String {
    quoted(text, '"', true)
}

/// `strconv.QuoteRune`, or `QuoteRuneToASCII`: a Go character constant.
pub fn quote_char(c: char, ascii: bool) -> String {
    let mut out = String::from('\'');
    escape(&mut out, c, '\'', ascii);
    out.push('\'');
    out
}

/// `%#U`: the code point and, if printable, the character.
pub(crate) fn unicode_quoted(c: char) -> String {
    let code = u32::from(c);
    if is_print(c) { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}

/// `strconv.CanBackquote`: whether the text can stand between backquotes unchanged.
pub(super) fn can_backquote(text: &[u8]) -> bool {
    runes(text).all(|(c, bytes)| match c {
        '\u{feff}' | '`' | '\u{7f}' => false,
        char::REPLACEMENT_CHARACTER => bytes.len() > 1,
        _ => c >= ' ' || c == '\t',
    })
}

fn quoted(text: &[u8], mark: char, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(mark);
    // Most texts need no escape.
    let plain = |b: &u8| matches!(b, b' '..=b'~') && *b != b'\\' && char::from(*b) != mark;
    let plain = text.iter().take_while(|b| plain(b)).count();
    let (head, text) = text.split_at(plain);
    out.extend(head.iter().copied().map(char::from));
    for (c, bytes) in runes(text) {
        if c == char::REPLACEMENT_CHARACTER && bytes.len() == 1 {
            out.push_str(&format!("\\x{:02x}", bytes[0]));
        } else {
            escape(&mut out, c, mark, ascii);
        }
    }
    out.push(mark);
    out
}

fn escape(out: &mut String, c: char, mark: char, ascii: bool) {
    if c == mark || c == '\\' {
        out.push('\\');
        out.push(c);
        return;
    }
    if is_print(c) && (c.is_ascii() || !ascii) {
        out.push(c);
        return;
    }
    let code = u32::from(c);
    match c {
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        _ if c < ' ' || c == '\x7f' => out.push_str(&format!("\\x{code:02x}")),
        _ if code < 0x1_0000 => out.push_str(&format!("\\u{code:04x}")),
        _ => out.push_str(&format!("\\U{code:08x}")),
    }
}

/// `strconv.Unquote` for double-quoted and back-quoted strings: the value, or `None` where Go says
/// `invalid syntax`.
pub fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let (mark, inner) = match text {
        [b'`', inner @ .., b'`'] => (b'`', inner),
        [b'"', inner @ .., b'"'] => (b'"', inner),
        _ => return None,
    };
    if mark == b'`' {
        return (!inner.contains(&b'`')).then(|| inner.iter().copied().filter(|b| *b != b'\r').collect());
    }
    if !inner.iter().any(|b| matches!(b, b'\\' | b'\n' | b'"')) && std::str::from_utf8(inner).is_ok() {
        return Some(inner.to_vec());
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        if rest[0] == b'\n' {
            return None;
        }
        let (unit, tail) = unquote_char(rest, mark)?;
        rest = tail;
        match unit {
            Unit::Byte(b) => out.push(b),
            Unit::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Some(out)
}

/// What one character or escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Byte(u8),
    Char(char),
}

/// `strconv.UnquoteChar`: the first character or escape of a quoted text, and what follows it.
pub(crate) fn unquote_char(text: &[u8], mark: u8) -> Option<(Unit, &[u8])> {
    let first = *text.first()?;
    if first == mark {
        return None;
    }
    if first >= 0x80 {
        let (c, width) = decode_rune(text);
        return Some((Unit::Char(c), &text[width..]));
    }
    if first != b'\\' {
        return Some((Unit::Byte(first), &text[1..]));
    }
    let escape = *text.get(1)?;
    let rest = &text[2..];
    let simple = |b| Some((Unit::Byte(b), rest));
    match escape {
        b'a' => simple(0x07),
        b'b' => simple(0x08),
        b'f' => simple(0x0c),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(0x0b),
        b'\\' => simple(b'\\'),
        b'\'' | b'"' if escape == mark => simple(escape),
        b'x' => {
            let (code, rest) = digits(rest, 2, 16)?;
            Some((Unit::Byte(u8::try_from(code).ok()?), rest))
        }
        b'u' | b'U' => {
            let (code, rest) = digits(rest, if escape == b'u' { 4 } else { 8 }, 16)?;
            Some((Unit::Char(char::from_u32(code)?), rest))
        }
        b'0'..=b'7' => {
            let (code, rest) = digits(&text[1..], 3, 8)?;
            Some((Unit::Byte(u8::try_from(code).ok()?), rest))
        }
        _ => None,
    }
}

fn digits(text: &[u8], count: usize, base: u32) -> Option<(u32, &[u8])> {
    let (head, rest) = text.split_at_checked(count)?;
    let mut code = 0_u32;
    for b in head {
        code = code.checked_mul(base)?.checked_add(char::from(*b).to_digit(base)?)?;
    }
    Some((code, rest))
}
