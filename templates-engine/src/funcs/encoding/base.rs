//! base64 and base32 with Go's leniency (line breaks are skipped) and its errors.

use base64::{Engine as _, prelude::BASE64_STANDARD};

const ALPHABET32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What `base64.CorruptInputError` says.
pub(in crate::funcs) fn corrupt64(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

/// What Go says, which Sprig hands to the template as the text.
pub(super) fn corrupt(encoding: &str, at: usize) -> Vec<u8> {
    format!("illegal {encoding} data at input byte {at}").into_bytes()
}

pub(crate) fn encode64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// A digit's value in the standard base64 alphabet.
fn digit64(b: u8) -> Option<u8> {
    Some(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn is_break(b: u8) -> bool {
    matches!(b, b'\n' | b'\r')
}

/// `base64.StdEncoding`; the error is Go's offset.
pub(in crate::funcs) fn decode64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    loop {
        let mut group = [0_u8; 4];
        let mut filled = 0;
        while filled < 4 {
            let Some(&b) = text.get(at) else {
                return if filled == 0 { Ok(out) } else { Err(at - filled) };
            };
            at += 1;
            if let Some(digit) = digit64(b) {
                group[filled] = digit;
                filled += 1;
            } else if b == b'=' {
                at = padding64(text, at, filled)?;
                break;
            } else if !is_break(b) {
                return Err(at - 1);
            }
        }
        let joined = group.iter().fold(0_u32, |n, digit| n << 6 | u32::from(*digit));
        out.extend_from_slice(&joined.to_be_bytes()[1..][..filled - 1]);
        if filled < 4 {
            return Ok(out);
        }
    }
}

/// After the first `=` with `filled` digits before it: the end of the text, or Go's offset.
fn padding64(text: &[u8], mut at: usize, filled: usize) -> Result<usize, usize> {
    let skip = |mut at: usize| {
        while text.get(at).is_some_and(|b| is_break(*b)) {
            at += 1;
        }
        at
    };
    match filled {
        0 | 1 => return Err(at - 1),
        2 => {
            at = skip(at);
            match text.get(at) {
                None => return Err(text.len()),
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
            }
        }
        _ => {}
    }
    at = skip(at);
    if at < text.len() { Err(at) } else { Ok(at) }
}

pub(super) fn encode32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut padded = [0_u8; 8];
        padded[3..3 + chunk.len()].copy_from_slice(chunk);
        let joined = u64::from_be_bytes(padded);
        let digits = (chunk.len() * 8).div_ceil(5);
        for i in 0..8 {
            let digit = (joined >> (35 - 5 * i)) as usize & 31;
            out.push(if i < digits { char::from(ALPHABET32[digit]) } else { '=' });
        }
    }
    out
}

/// `base32.StdEncoding`; the error is Go's offset, counted without line breaks.
pub(super) fn decode32(text: &[u8]) -> Result<Vec<u8>, usize> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !is_break(*b)).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let mut at = 0;
    loop {
        let mut group = [0_u8; 8];
        let mut filled = 0;
        let mut ended = false;
        while filled < 8 {
            let Some(&b) = text.get(at) else {
                // Padding is required: a group must be whole.
                return if filled == 0 { Ok(out) } else { Err(at - filled) };
            };
            at += 1;
            if b == b'=' && filled >= 2 && text.len() - at < 8 {
                if text.len() - at + filled < 7 {
                    return Err(text.len());
                }
                let wanted = 7 - filled;
                if let Some(bad) = text[at..][..wanted.min(text.len() - at)].iter().position(|b| *b != b'=') {
                    return Err(at + bad - 1);
                }
                if matches!(filled, 1 | 3 | 6) {
                    return Err(at - 1);
                }
                ended = true;
                break;
            }
            match ALPHABET32.iter().position(|digit| *digit == b) {
                Some(digit) => group[filled] = digit as u8,
                None => return Err(at - 1),
            }
            filled += 1;
        }
        let joined = group.iter().fold(0_u64, |n, digit| n << 5 | u64::from(*digit));
        out.extend_from_slice(&joined.to_be_bytes()[3..][..filled * 5 / 8]);
        if ended {
            return Ok(out);
        }
    }
}
