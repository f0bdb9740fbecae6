//! Characters, escapes and counts at the front of a pattern.

use super::error::{Error, ErrorCode};

/// A result and what is left of the pattern.
pub(super) type Scanned<'a, T> = Result<(T, &'a [u8]), Error>;

/// The next character; at the end U+FFFD, as Go's decoder has it.
pub(super) fn next_rune(text: &[u8]) -> Scanned<'_, u32> {
    if text.is_empty() {
        return Ok((char::REPLACEMENT_CHARACTER.into(), text));
    }
    let head = &text[..text.len().min(4)];
    let chunk = head.utf8_chunks().next();
    match chunk.and_then(|chunk| chunk.valid().chars().next()) {
        Some(c) => Ok((c.into(), &text[c.len_utf8()..])),
        None => Err(Error::new(ErrorCode::Utf8, text)),
    }
}

/// Refuses text that is not UTF-8, showing it from the first bad byte on.
pub(super) fn check_utf8(text: &[u8]) -> Result<(), Error> {
    match std::str::from_utf8(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::new(ErrorCode::Utf8, &text[error.valid_up_to()..])),
    }
}

/// What was consumed between two positions of the same pattern.
pub(super) fn consumed<'a>(from: &'a [u8], to: &[u8]) -> &'a [u8] {
    &from[..from.len() - to.len()]
}

/// The character that a `\` escape stands for.
pub(super) fn escape(text: &[u8]) -> Scanned<'_, u32> {
    if text.len() < 2 {
        return Err(Error::new(ErrorCode::TrailingBackslash, b""));
    }
    let (code, rest) = next_rune(&text[1..])?;
    let c = u8::try_from(code).unwrap_or(0x80);
    let octal_follows = rest.first().is_some_and(|b| matches!(b, b'0'..=b'7'));
    let simple = match c {
        b'0' => return Ok(octal(0, rest)),
        b'1'..=b'7' if octal_follows => return Ok(octal(u32::from(c - b'0'), rest)),
        b'x' => return hex(text, rest),
        b'a' => 0x07,
        b'f' => 0x0c,
        b'n' => 0x0a,
        b'r' => 0x0d,
        b't' => 0x09,
        b'v' => 0x0b,
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
        _ => return Err(Error::new(ErrorCode::Escape, consumed(text, rest))),
    };
    Ok((simple, rest))
}

fn octal(first: u32, mut rest: &[u8]) -> (u32, &[u8]) {
    let mut value = first;
    for _ in 0..2 {
        let Some((digit @ b'0'..=b'7', after)) = rest.split_first() else { break };
        value = value * 8 + u32::from(digit - b'0');
        rest = after;
    }
    (value, rest)
}

fn hex_digit(code: u32) -> Option<u32> {
    char::from_u32(code).and_then(|c| c.to_digit(16))
}

fn hex<'a>(text: &'a [u8], rest: &'a [u8]) -> Scanned<'a, u32> {
    let invalid = |rest: &[u8]| Err(Error::new(ErrorCode::Escape, consumed(text, rest)));
    if rest.is_empty() {
        return invalid(rest);
    }
    let (first, mut rest) = next_rune(rest)?;
    if first != u32::from(b'{') {
        let (second, rest) = next_rune(rest)?;
        return match (hex_digit(first), hex_digit(second)) {
            (Some(high), Some(low)) => Ok((high * 16 + low, rest)),
            _ => invalid(rest),
        };
    }
    let mut value = None;
    while !rest.is_empty() {
        let (code, after) = next_rune(rest)?;
        rest = after;
        if code == u32::from(b'}') {
            return value.map_or_else(|| invalid(rest), |value| Ok((value, rest)));
        }
        let Some(digit) = hex_digit(code) else { return invalid(rest) };
        let next = value.unwrap_or(0) * 16 + digit;
        if next > u32::from(char::MAX) {
            return invalid(rest);
        }
        value = Some(next);
    }
    invalid(rest)
}

/// `{n}`, `{n,}` or `{n,m}`; `None` when it is no count and so stands for itself.
/// A number beyond a hundred million is -1.
pub(super) fn count(text: &[u8]) -> Option<(i64, Option<i64>, &[u8])> {
    let (min, rest) = int(text.strip_prefix(b"{")?)?;
    if let Some(rest) = rest.strip_prefix(b"}") {
        return Some((min, Some(min), rest));
    }
    let rest = rest.strip_prefix(b",")?;
    if let Some(rest) = rest.strip_prefix(b"}") {
        return Some((min, None, rest));
    }
    let (max, rest) = int(rest)?;
    let rest = rest.strip_prefix(b"}")?;
    Some((if max < 0 { -1 } else { min }, Some(max), rest))
}

fn int(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    let mut value = 0i64;
    for digit in digits {
        if value >= 100_000_000 {
            return Some((-1, rest));
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some((value, rest))
}
