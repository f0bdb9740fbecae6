//! Scalars in single and double quotes.

use super::plain::Breaks;
use super::token::{BLANK, BREAK, CLASS, QUOTE};
use super::{Kind, Scanner, Token};
use crate::Error;
use std::borrow::Cow;

impl Scanner<'_> {
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let line = self.line;
        let value = self.scan_quoted(single)?;
        self.tokens.push_back(Token { line, kind: Kind::Scalar { value, plain: false } });
        Ok(())
    }
}

impl<'a> Scanner<'a> {
    fn scan_quoted(&mut self, single: bool) -> Result<Cow<'a, str>, Error> {
        let quote = if single { b'\'' } else { b'"' };
        self.pos += 1;
        if let Some(value) = self.scan_simple_quoted(quote) {
            return Ok(Cow::Borrowed(value));
        }
        let mut out = String::new();
        loop {
            self.need(4)?;
            if self.pos == self.line_start && self.at_document_indicator() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.byte(0) == 0 {
                return Err(self.error("found unexpected end of stream"));
            }
            let escaped_break = self.take_quoted_run(single, &mut out)?;
            self.need(1)?;
            if self.byte(0) == quote {
                break;
            }
            self.take_quoted_blanks(escaped_break, &mut out)?;
        }
        self.pos += 1;
        Ok(Cow::Owned(out))
    }

    /// The scalar's value if it ends on this line and has nothing to decode.
    fn scan_simple_quoted(&mut self, quote: u8) -> Option<&'a str> {
        let start = self.pos;
        let mut end = start;
        while let Some(&byte) = self.bytes.get(end) {
            match CLASS[usize::from(byte)] {
                BREAK if self.break_at(end - start) > 0 => return None,
                QUOTE if byte == quote => break,
                QUOTE if byte == b'\\' && quote == b'"' => return None,
                _ => end += 1,
            }
        }
        let after = *self.bytes.get(end + 1).unwrap_or(&0);
        let doubled = quote == b'\'' && after == b'\'';
        if end == self.bytes.len() || doubled || self.source.failure.is_some() {
            return None;
        }
        self.pos = end + 1;
        Some(&self.text[start..end])
    }

    /// Takes characters up to a blank or the quote; true if an escaped line break ended them.
    fn take_quoted_run(&mut self, single: bool, out: &mut String) -> Result<bool, Error> {
        let mut from = self.pos;
        while !self.is_blankz(0) {
            let byte = self.byte(0);
            match byte {
                b'\'' if single && self.byte(1) == b'\'' => {
                    out.push_str(&self.text[from..=self.pos]);
                    self.pos += 2;
                    from = self.pos;
                }
                b'\'' if single => break,
                b'"' if !single => break,
                b'\\' if !single => {
                    out.push_str(&self.text[from..self.pos]);
                    if self.break_at(1) > 0 {
                        self.need(3)?;
                        self.pos += 1;
                        self.take_break();
                        return Ok(true);
                    }
                    out.push(self.take_escape()?);
                    from = self.pos;
                }
                _ => self.pos += 1,
            }
            if self.text.is_char_boundary(self.pos) {
                self.need(2)?;
            }
        }
        out.push_str(&self.text[from..self.pos]);
        Ok(false)
    }

    fn take_escape(&mut self) -> Result<char, Error> {
        let digits = match self.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                let character = escaped(other).ok_or_else(|| self.error("found unknown escape character"))?;
                self.pos += 2;
                return Ok(character);
            }
        };
        self.pos += 2;
        self.need(digits)?;
        let mut value = 0u32;
        for ahead in 0..digits {
            let digit = char::from(self.byte(ahead)).to_digit(16);
            let digit = digit.ok_or_else(|| self.error("did not find expected hexdecimal number"))?;
            value = (value << 4) | digit;
        }
        let character = char::from_u32(value);
        let character = character.ok_or_else(|| self.error("found invalid Unicode character escape code"))?;
        self.pos += digits;
        Ok(character)
    }

    fn take_quoted_blanks(&mut self, escaped_break: bool, out: &mut String) -> Result<(), Error> {
        let from = self.pos;
        let mut to = from;
        let mut on_new_line = escaped_break;
        let mut breaks = Breaks::default();
        // After an escaped break every further break is kept as it is.
        let mut kept = String::new();
        loop {
            if CLASS[usize::from(self.byte(0))] == BLANK {
                self.pos += 1;
                if !on_new_line {
                    to = self.pos;
                }
            } else if self.break_at(0) > 0 {
                self.need(2)?;
                if let Some(character) = self.take_break() {
                    if escaped_break { kept.push(character) } else { breaks.push(character) }
                }
                on_new_line = true;
            } else {
                break;
            }
            self.need(1)?;
        }
        if !on_new_line {
            out.push_str(&self.text[from..to]);
        } else if escaped_break {
            out.push_str(&kept);
        } else {
            breaks.fold_into(out);
        }
        Ok(())
    }
}

fn escaped(byte: u8) -> Option<char> {
    Some(match byte {
        b'0' => '\0',
        b'a' => '\x07',
        b'b' => '\x08',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\x0B',
        b'f' => '\x0C',
        b'r' => '\r',
        b'e' => '\x1B',
        b' ' | b'"' | b'\'' | b'\\' => char::from(byte),
        b'N' => '\u{85}',
        b'_' => '\u{A0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
