//! Literal and folded block scalars.

use super::{Kind, Scanner, Token};
use crate::Error;
use std::borrow::Cow;

enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let line = self.line;
        let value = Cow::Owned(self.scan_block_scalar(literal)?);
        self.tokens.push_back(Token { line, kind: Kind::Scalar { value, plain: false } });
        Ok(())
    }

    fn scan_block_scalar(&mut self, literal: bool) -> Result<String, Error> {
        self.pos += 1;
        let (chomping, increment) = self.scan_block_header()?;
        let mut indent = increment.map_or(0, |increment| self.indent.max(0) + increment);
        let mut out = String::new();
        let mut leading: Option<char> = None;
        let mut trailing = String::new();
        self.take_indentation(&mut indent, &mut trailing)?;
        let mut leading_blank = false;
        self.need(1)?;
        while self.indentation() == indent && self.pos < self.bytes.len() {
            let blank = self.is_blank();
            let folds = leading == Some('\n') && !literal && !leading_blank && !blank;
            match leading.take() {
                Some(_) if folds && trailing.is_empty() => out.push(' '),
                Some(character) if !folds => out.push(character),
                _ => {}
            }
            out.push_str(&trailing);
            trailing.clear();
            leading_blank = blank;
            let start = self.pos;
            self.skip_to_line_end();
            out.push_str(&self.text[start..self.pos]);
            self.need(2)?;
            leading = self.take_break();
            self.take_indentation(&mut indent, &mut trailing)?;
        }
        if !matches!(chomping, Chomping::Strip) {
            out.extend(leading);
        }
        if matches!(chomping, Chomping::Keep) {
            out.push_str(&trailing);
        }
        Ok(out)
    }

    /// The indicators behind `|` or `>`, and the rest of their line.
    fn scan_block_header(&mut self) -> Result<(Chomping, Option<isize>), Error> {
        self.need(1)?;
        let mut chomping = self.take_chomping();
        if chomping.is_some() {
            self.need(1)?;
        }
        let mut increment = None;
        if self.byte(0).is_ascii_digit() {
            if self.byte(0) == b'0' {
                return Err(self.error("found an indentation indicator equal to 0"));
            }
            increment = Some(isize::from(self.byte(0) - b'0'));
            self.pos += 1;
            if chomping.is_none() {
                self.need(1)?;
                chomping = self.take_chomping();
            }
        }
        self.need(1)?;
        while self.is_blank() {
            self.pos += 1;
            self.need(1)?;
        }
        if self.byte(0) == b'#' {
            self.skip_to_line_end();
            self.need(1)?;
        }
        if !self.is_breakz() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.skip_break()?;
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// The column, where only spaces can precede.
    fn indentation(&self) -> isize {
        isize::try_from(self.pos - self.line_start).unwrap_or(isize::MAX)
    }

    fn take_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.byte(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.pos += 1;
        Some(chomping)
    }

    /// Skips indentation and empty lines; finds out the indentation if it is still 0.
    fn take_indentation(&mut self, indent: &mut isize, breaks: &mut String) -> Result<(), Error> {
        let mut deepest = 0;
        loop {
            self.need(1)?;
            let mut column = self.indentation();
            while (*indent == 0 || column < *indent) && self.byte(0) == b' ' {
                self.pos += 1;
                column += 1;
            }
            self.need(1)?;
            deepest = deepest.max(column);
            if (*indent == 0 || column < *indent) && self.byte(0) == b'\t' {
                return Err(self.error("found a tab character where an indentation space is expected"));
            }
            if self.break_at(0) == 0 {
                break;
            }
            self.need(2)?;
            if let Some(character) = self.take_break() {
                breaks.push(character);
            }
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
