//! `html`, `js` and `urlquery`.

use crate::unicode::{decode_rune, is_print};

/// Escapes the five characters that matter in HTML, and NUL.
pub fn html_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for b in text {
        match b {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(*b),
        }
    }
    out
}

/// Escapes what would end a JavaScript string or a script element.
pub fn js_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&b) = rest.first() {
        let mut width = 1;
        match b {
            b'\\' | b'\'' | b'"' => out.extend_from_slice(&[b'\\', b]),
            b'<' | b'>' | b'&' | b'=' | 0..=0x1f => {
                out.extend_from_slice(format!("\\u{b:04X}").as_bytes());
            }
            0x80.. => {
                let (c, len) = decode_rune(rest);
                width = len;
                if is_print(c) {
                    out.extend_from_slice(&rest[..width]);
                } else {
                    out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes());
                }
            }
            _ => out.push(b),
        }
        rest = &rest[width..];
    }
    out
}

/// `url.QueryEscape`.
pub fn query_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for b in text {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*b),
            b' ' => out.push(b'+'),
            _ => out.extend_from_slice(format!("%{b:02X}").as_bytes()),
        }
    }
    out
}
