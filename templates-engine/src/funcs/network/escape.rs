//! Percent-escapes, part by part of a URL as net/url has them.

use crate::fmt::quote;

/// Which part of a URL a text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    Host,
    Zone,
    Userinfo,
    Fragment,
}

/// Whether the byte stands escaped in that part.
fn is_escaped(b: u8, part: Part) -> bool {
    match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => false,
        b'$' | b'&' | b'+' | b',' | b';' | b'=' => false,
        b':' => part == Part::Userinfo,
        b'/' | b'@' => !matches!(part, Part::Path | Part::Fragment),
        b'?' => part != Part::Fragment,
        b'!' | b'(' | b')' | b'*' => !matches!(part, Part::Host | Part::Zone | Part::Fragment),
        b'\'' | b'[' | b']' | b'<' | b'>' | b'"' => !matches!(part, Part::Host | Part::Zone),
        _ => true,
    }
}

/// `escape`: upper-case hexadecimal.
pub(super) fn escape(text: &[u8], part: Part) -> Vec<u8> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len());
    for &b in text {
        if is_escaped(b, part) {
            out.extend_from_slice(&[b'%', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
        } else {
            out.push(b);
        }
    }
    out
}

/// The byte that `%XX` at the text's beginning stands for.
fn escaped_byte(text: &[u8]) -> Option<u8> {
    let digit = |b: &u8| char::from(*b).to_digit(16);
    match text {
        [b'%', high, low, ..] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    }
}

/// `unescape`, with net/url's messages.
pub(super) fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&b) = rest.first() {
        if b != b'%' {
            if matches!(part, Part::Host | Part::Zone) && b < 0x80 && is_escaped(b, part) {
                return Err(format!("invalid character {} in host name", quote(&[b])));
            }
            out.push(b);
            rest = &rest[1..];
            continue;
        }
        let shown = &rest[..rest.len().min(3)];
        let allowed = escaped_byte(rest).filter(|byte| match part {
            // Only what is not ASCII, and the percent sign, may be escaped in a host.
            Part::Host => *byte >= 0x80 || shown == b"%25",
            Part::Zone => shown == b"%25" || *byte == b' ' || !is_escaped(*byte, Part::Host),
            _ => true,
        });
        match allowed {
            Some(byte) => out.push(byte),
            None => return Err(format!("invalid URL escape {}", quote(shown))),
        }
        rest = &rest[3..];
    }
    Ok(out)
}
