//! Integers, characters and hexadecimal dumps.

use super::{
    flags::Flags,
    quote::{quote_char, quote_to_ascii},
};
use crate::unicode::is_print;

const LOWER: &[u8; 17] = b"0123456789abcdefx";
const UPPER: &[u8; 17] = b"0123456789ABCDEFX";

/// An integer as verbs see it: its magnitude, its sign, and its bits as unsigned.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    magnitude: u64,
    negative: bool,
    bits: u64,
}

impl Integer {
    pub(super) fn signed(n: i64) -> Self {
        Self { magnitude: n.unsigned_abs(), negative: n < 0, bits: n as u64 }
    }

    pub(super) fn unsigned(n: u64) -> Self {
        Self { magnitude: n, negative: false, bits: n }
    }

    /// The character of this code, or U+FFFD.
    fn rune(self) -> char {
        u32::try_from(self.bits).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

/// Appends a decimal number.
pub(super) fn append_decimal(out: &mut Vec<u8>, n: i64) {
    let mut buffer = [0_u8; 20];
    let mut at = buffer.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&buffer[at..]);
}

impl Flags {
    /// Appends an integer in `base` for `verb`.
    pub(super) fn integer(&self, out: &mut Vec<u8>, n: Integer, base: u64, verb: char) {
        let digits = if verb == 'X' { UPPER } else { LOWER };
        if self.precision == Some(0) && n.magnitude == 0 {
            Self { zero: false, ..*self }.fill(out, self.width.unwrap_or_default());
            return;
        }
        let zeros = match (self.precision, self.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => {
                width.saturating_sub(usize::from(n.negative || self.plus || self.space))
            }
            _ => 0,
        };
        // Right to left, then turned round.
        let mut text = Vec::with_capacity(24);
        let mut rest = n.magnitude;
        loop {
            text.push(digits[(rest % base) as usize]);
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        text.resize(text.len().max(zeros), b'0');
        if self.sharp {
            match base {
                2 => text.extend_from_slice(b"b0"),
                8 if text.last() != Some(&b'0') => text.push(b'0'),
                16 => text.extend_from_slice(&[digits[16], b'0']),
                _ => {}
            }
        }
        if verb == 'O' {
            text.extend_from_slice(b"o0");
        }
        if n.negative {
            text.push(b'-');
        } else if self.plus {
            text.push(b'+');
        } else if self.space {
            text.push(b' ');
        }
        text.reverse();
        self.pad_with_spaces(out, &text);
    }

    /// `%c`.
    pub(super) fn character(&self, out: &mut Vec<u8>, n: Integer) {
        self.pad(out, n.rune().encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// `%q` of an integer.
    pub(super) fn quoted_character(&self, out: &mut Vec<u8>, n: Integer) {
        self.pad(out, quote_char(n.rune(), self.plus).as_bytes());
    }

    /// `%U`.
    pub(super) fn unicode(&self, out: &mut Vec<u8>, n: Integer) {
        let digits = self.precision.unwrap_or_default().max(4);
        let hex = format!("{:X}", n.bits);
        let mut text = String::from("U+");
        text.extend(std::iter::repeat_n('0', digits.saturating_sub(hex.len())));
        text.push_str(&hex);
        let c = u32::try_from(n.bits).ok().and_then(char::from_u32);
        if let Some(c) = c.filter(|c| self.sharp && is_print(*c)) {
            text.push_str(&format!(" '{c}'"));
        }
        self.pad_with_spaces(out, text.as_bytes());
    }

    /// `%x` and `%X` of bytes.
    pub(super) fn hex(&self, out: &mut Vec<u8>, bytes: &[u8], verb: char) {
        let digits = if verb == 'X' { UPPER } else { LOWER };
        let bytes = &bytes[..bytes.len().min(self.precision.unwrap_or(usize::MAX))];
        if bytes.is_empty() {
            self.fill(out, self.width.unwrap_or_default());
            return;
        }
        let mut text = Vec::with_capacity(bytes.len() * 2 + 2);
        for (i, b) in bytes.iter().enumerate() {
            if self.space && i > 0 {
                text.push(b' ');
            }
            if self.sharp && (self.space || i == 0) {
                text.extend_from_slice(&[b'0', digits[16]]);
            }
            text.extend_from_slice(&[digits[usize::from(b >> 4)], digits[usize::from(b & 15)]]);
        }
        self.pad(out, &text);
    }

    /// `%q` of a string.
    pub(super) fn quoted(&self, out: &mut Vec<u8>, text: &[u8]) {
        let text = self.truncate(text);
        if self.sharp && super::quote::can_backquote(text) {
            let raw = [b"`", text, b"`"].concat();
            self.pad(out, &raw);
        } else if self.plus {
            self.pad(out, quote_to_ascii(text).as_bytes());
        } else {
            self.pad(out, super::quote(text).as_bytes());
        }
    }
}
