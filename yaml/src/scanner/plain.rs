//! Scalars without quotes.

use super::token::{BLANK, BREAK, CLASS, COLON, FLOW};
use super::{Kind, Scanner, Token};
use crate::Error;
use std::borrow::Cow;

/// Line breaks between two lines of a scalar, to be folded when the second line comes.
#[derive(Default)]
pub(super) struct Breaks {
    first: Option<char>,
    rest: String,
}

impl Breaks {
    pub(super) fn push(&mut self, character: char) {
        if self.first.is_none() {
            self.first = Some(character);
        } else {
            self.rest.push(character);
        }
    }

    /// One line feed becomes a space, the first of several vanishes; LS and PS stay.
    pub(super) fn fold_into(&mut self, out: &mut String) {
        match self.first.take() {
            Some('\n') if self.rest.is_empty() => out.push(' '),
            Some('\n') | None => {}
            Some(other) => out.push(other),
        }
        out.push_str(&self.rest);
        self.rest.clear();
    }
}

impl Scanner<'_> {
    pub(super) fn fetch_plain(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let line = self.line;
        let value = self.scan_plain()?;
        self.tokens.push_back(Token { line, kind: Kind::Scalar { value, plain: true } });
        Ok(())
    }
}

impl<'a> Scanner<'a> {
    fn scan_plain(&mut self) -> Result<Cow<'a, str>, Error> {
        let indent = self.indent + 1;
        let mut folded = String::new();
        // The text of the current line that belongs to the scalar.
        let (mut from, mut to) = (self.pos, self.pos);
        let mut breaks = Breaks::default();
        let mut on_new_line = false;
        loop {
            self.need(4)?;
            if (self.pos == self.line_start && self.at_document_indicator()) || self.byte(0) == b'#' {
                break;
            }
            let start = self.pos;
            self.skip_plain_run();
            if self.pos > start {
                if on_new_line {
                    folded.push_str(&self.text[from..to]);
                    breaks.fold_into(&mut folded);
                    (from, on_new_line) = (start, false);
                }
                to = self.pos;
                self.need(2)?;
            }
            if !(self.is_blank() || self.break_at(0) > 0) {
                break;
            }
            self.skip_plain_blanks(indent, &mut on_new_line, &mut breaks)?;
            if self.flow_level == 0 && self.column() < indent {
                break;
            }
        }
        if on_new_line {
            self.simple_key_allowed = true;
        }
        let tail = &self.text[from..to];
        if folded.is_empty() {
            return Ok(Cow::Borrowed(tail));
        }
        folded.push_str(tail);
        Ok(Cow::Owned(folded))
    }

    /// Skips what cannot be a blank nor end a plain scalar.
    fn skip_plain_run(&mut self) {
        let stops = BLANK | BREAK | COLON | if self.flow_level > 0 { FLOW } else { 0 };
        loop {
            let rest = &self.bytes[self.pos..];
            let stop = rest.iter().position(|byte| CLASS[usize::from(*byte)] & stops != 0);
            self.pos += stop.unwrap_or(rest.len());
            match stop.map(|stop| CLASS[usize::from(rest[stop])]) {
                None | Some(BLANK | FLOW) => return,
                Some(BREAK) if self.break_at(0) > 0 => return,
                Some(COLON) if self.is_blankz(1) => return,
                Some(_) => self.pos += 1,
            }
        }
    }

    fn skip_plain_blanks(
        &mut self,
        indent: isize,
        on_new_line: &mut bool,
        breaks: &mut Breaks,
    ) -> Result<(), Error> {
        loop {
            self.need(1)?;
            if self.is_blank() {
                if *on_new_line && self.byte(0) == b'\t' && self.column() < indent {
                    return Err(self.error("found a tab character that violates indentation"));
                }
                self.pos += 1;
            } else if self.break_at(0) > 0 {
                self.need(2)?;
                if let Some(character) = self.take_break() {
                    breaks.push(character);
                }
                *on_new_line = true;
            } else {
                return Ok(());
            }
        }
    }
}
