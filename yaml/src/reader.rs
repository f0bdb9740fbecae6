//! From bytes to characters: encodings, byte order marks, and characters YAML does not allow.
//!
//! go-yaml decodes its input 512 bytes at a time, just before the scanner needs them. A bad
//! byte is therefore reported only when the scanner comes near it: [`Source::failure`] is the
//! error to raise when the scanner wants more characters than [`Source::text`] has.

use super::Error;
use std::borrow::Cow;

/// go-yaml's input buffer: the unit in which bad bytes are noticed.
const WINDOW: usize = 512;

/// Characters for the scanner.
pub(super) struct Source<'a> {
    /// The text before the failure, if there is one, else all of it.
    pub(super) text: Cow<'a, str>,
    /// Every character is one byte.
    pub(super) ascii: bool,
    /// No line break but `\n` occurs.
    pub(super) line_feeds_only: bool,
    /// Raised when the scanner looks beyond the text.
    pub(super) failure: Option<Error>,
}

/// Reads UTF-8, or UTF-16 if a byte order mark says so.
pub(super) fn read(bytes: &[u8]) -> Source<'_> {
    if let (true, Ok(text)) = (is_simple(bytes), std::str::from_utf8(bytes)) {
        return Source { text: Cow::Borrowed(text), ascii: true, line_feeds_only: true, failure: None };
    }
    match bytes {
        [0xFF, 0xFE, ..] => utf16(bytes, u16::from_le_bytes),
        [0xFE, 0xFF, ..] => utf16(bytes, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, ..] => utf8(bytes, 3),
        _ => utf8(bytes, 0),
    }
}

/// ASCII text whose only control characters are tabs and line feeds.
fn is_simple(bytes: &[u8]) -> bool {
    bytes.chunks(256).all(|chunk| {
        let odd = |b: u8| (b < 0x20 && b != b'\n' && b != b'\t') || b >= 0x7F;
        !chunk.iter().fold(false, |found, b| found | odd(*b))
    })
}

fn utf8(bytes: &[u8], bom: usize) -> Source<'_> {
    let (mut pos, mut window) = (bom, 0);
    let mut failure = None;
    let mut line_feeds_only = true;
    while pos < bytes.len() {
        let step = if bytes[pos] >= 0x80 || bytes[pos] < 0x20 || bytes[pos] == 0x7F {
            decode(&bytes[pos..])
        } else {
            Ok((1, u32::from(bytes[pos])))
        };
        let width = step.as_ref().map_or_else(|refusal| refusal.width, |(width, _)| *width);
        if pos + width > window + WINDOW {
            window = pos;
        }
        match step {
            Ok((width, character)) => {
                line_feeds_only &= !matches!(character, 0x0D | 0x85 | 0x2028 | 0x2029);
                pos += width;
            }
            Err(refusal) => {
                failure = Some(Error::scan(0, refusal.problem));
                pos = if refusal.incomplete { pos } else { window.max(bom) };
                break;
            }
        }
    }
    let text = String::from_utf8_lossy(bytes.get(bom..pos).unwrap_or_default());
    Source { ascii: text.is_ascii(), text, line_feeds_only, failure }
}

struct Refusal {
    problem: &'static str,
    /// How many bytes must be in the window for the problem to be seen.
    width: usize,
    incomplete: bool,
}

impl Refusal {
    fn new(width: usize, problem: &'static str) -> Self {
        Self { problem, width, incomplete: false }
    }
    fn incomplete(problem: &'static str) -> Self {
        Self { problem, width: 0, incomplete: true }
    }
}

/// The first character's width and value.
fn decode(bytes: &[u8]) -> Result<(usize, u32), Refusal> {
    let lead = u32::from(bytes[0]);
    let (width, bits) = match bytes[0] {
        0..0x80 => (1, lead),
        0xC0..0xE0 => (2, lead & 0x1F),
        0xE0..0xF0 => (3, lead & 0x0F),
        0xF0..0xF8 => (4, lead & 0x07),
        _ => return Err(Refusal::new(1, "invalid leading UTF-8 octet")),
    };
    let Some(trail) = bytes.get(1..width) else {
        return Err(Refusal::incomplete("incomplete UTF-8 octet sequence"));
    };
    let mut value = bits;
    for octet in trail {
        if octet & 0xC0 != 0x80 {
            return Err(Refusal::new(width, "invalid trailing UTF-8 octet"));
        }
        value = (value << 6) | u32::from(octet & 0x3F);
    }
    let least = [0, 0, 0x80, 0x800, 0x1_0000][width];
    if value < least {
        return Err(Refusal::new(width, "invalid length of a UTF-8 sequence"));
    }
    if char::from_u32(value).is_none() {
        return Err(Refusal::new(width, "invalid Unicode character"));
    }
    if is_allowed(value) { Ok((width, value)) } else { Err(Refusal::new(width, CONTROL)) }
}

const CONTROL: &str = "control characters are not allowed";

/// Whether YAML lets a character stand in a text.
pub(super) fn is_allowed(character: u32) -> bool {
    matches!(character, 0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0x85 | 0xA0..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Source<'_> {
    let at = |pos: usize| bytes.get(pos..pos + 2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len());
    let (mut pos, mut window, mut window_text) = (2, 0, 0);
    let mut failure = None;
    let mut line_feeds_only = true;
    while pos < bytes.len() {
        let step = decode_utf16(at(pos), at(pos + 2));
        let width = step.as_ref().map_or_else(|refusal| refusal.width, |character| character.len_utf16() * 2);
        if pos + width > window + WINDOW {
            (window, window_text) = (pos, text.len());
        }
        match step {
            Ok(character) => {
                line_feeds_only &= !matches!(character, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
                text.push(character);
                pos += width;
            }
            Err(refusal) => {
                failure = Some(Error::scan(0, refusal.problem));
                if !refusal.incomplete {
                    text.truncate(window_text);
                }
                break;
            }
        }
    }
    Source { ascii: text.is_ascii(), text: Cow::Owned(text), line_feeds_only, failure }
}

fn decode_utf16(first: Option<u16>, second: Option<u16>) -> Result<char, Refusal> {
    let first = first.ok_or_else(|| Refusal::incomplete("incomplete UTF-16 character"))?;
    if first & 0xFC00 == 0xDC00 {
        return Err(Refusal::new(2, "unexpected low surrogate area"));
    }
    let mut units = vec![first];
    if first & 0xFC00 == 0xD800 {
        let second = second.ok_or_else(|| Refusal::incomplete("incomplete UTF-16 surrogate pair"))?;
        if second & 0xFC00 != 0xDC00 {
            return Err(Refusal::new(4, "expected low surrogate area"));
        }
        units.push(second);
    }
    let width = units.len() * 2;
    match char::decode_utf16(units).next() {
        Some(Ok(character)) if is_allowed(u32::from(character)) => Ok(character),
        _ => Err(Refusal::new(width, CONTROL)),
    }
}
