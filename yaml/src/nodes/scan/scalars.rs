//! Plain, quoted and block scalars.

use super::token::{is_blank, is_blankz, is_breakz};
use super::{Mark, Quoting, Scanner, TokenKind, is_break};
use crate::Error;

/// Line breaks between two lines of a scalar, to be folded when the second line comes.
#[derive(Default)]
struct Breaks {
    first: Option<char>,
    rest: String,
}

impl Breaks {
    /// One line feed becomes a space, the first of several vanishes; LS and PS stay.
    fn fold_into(&mut self, out: &mut String) {
        match self.first.take() {
            Some('\n') if self.rest.is_empty() => out.push(' '),
            Some('\n') | None => {}
            Some(other) => out.push(other),
        }
        out.push_str(&self.rest);
        self.rest.clear();
    }
}

#[derive(PartialEq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner {
    pub(super) fn fetch_plain(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let value = self.scan_plain()?;
        self.push(TokenKind::Scalar { value, quoting: Quoting::Plain }, start);
        Ok(())
    }

    pub(super) fn fetch_quoted(&mut self, single: bool) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let value = self.scan_quoted(single, start)?;
        let quoting = if single { Quoting::Single } else { Quoting::Double };
        self.push(TokenKind::Scalar { value, quoting }, start);
        Ok(())
    }

    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark;
        let value = self.scan_block_scalar(literal, start)?;
        let quoting = if literal { Quoting::Literal } else { Quoting::Folded };
        self.push(TokenKind::Scalar { value, quoting }, start);
        Ok(())
    }

    fn scan_plain(&mut self) -> Result<String, Error> {
        let start = self.mark;
        let indent = self.indent + 1;
        let mut out = String::new();
        let (mut blanks, mut breaks, mut on_new_line) = (String::new(), Breaks::default(), false);
        loop {
            self.need(4)?;
            if (self.mark.column == 0 && self.at_document_indicator()) || self.at(0) == '#' {
                break;
            }
            while !is_blankz(self.at(0)) && !self.ends_plain() {
                if on_new_line {
                    breaks.fold_into(&mut out);
                    on_new_line = false;
                } else {
                    out.push_str(&blanks);
                }
                blanks.clear();
                self.read(&mut out);
                self.need(2)?;
            }
            if !is_blank(self.at(0)) && !is_break(self.at(0)) {
                break;
            }
            self.need(1)?;
            self.take_plain_blanks(start, indent, &mut blanks, &mut breaks, &mut on_new_line)?;
            if self.flow_level == 0 && self.mark.column < indent {
                break;
            }
        }
        if on_new_line {
            self.simple_key_allowed = true;
        }
        Ok(out)
    }

    fn ends_plain(&self) -> bool {
        match self.at(0) {
            ':' => is_blankz(self.at(1)),
            ',' | '?' | '[' | ']' | '{' | '}' => self.flow_level > 0,
            _ => false,
        }
    }

    fn take_plain_blanks(
        &mut self,
        start: Mark,
        indent: isize,
        blanks: &mut String,
        breaks: &mut Breaks,
        on_new_line: &mut bool,
    ) -> Result<(), Error> {
        while is_blank(self.at(0)) || is_break(self.at(0)) {
            if !is_blank(self.at(0)) {
                self.need(2)?;
                self.take_break(blanks, breaks, on_new_line);
            } else if !*on_new_line {
                self.read(blanks);
            } else if self.mark.column < indent && self.at(0) == '\t' {
                return Err(self.error(start, "found a tab character that violates indentation"));
            } else {
                self.skip();
            }
            self.need(1)?;
        }
        Ok(())
    }

    /// Takes a line break between two lines of a scalar.
    fn take_break(&mut self, blanks: &mut String, breaks: &mut Breaks, on_new_line: &mut bool) {
        let Some(character) = self.take_line() else { return };
        if *on_new_line {
            breaks.rest.push(character);
        } else {
            blanks.clear();
            breaks.first = Some(character);
            *on_new_line = true;
        }
    }

    fn scan_quoted(&mut self, single: bool, start: Mark) -> Result<String, Error> {
        let quote = if single { '\'' } else { '"' };
        self.skip();
        let mut out = String::new();
        let mut blanks = String::new();
        loop {
            self.need(4)?;
            if self.mark.column == 0 && self.at_document_indicator() {
                return Err(self.error(start, "found unexpected document indicator"));
            }
            if self.at(0) == '\0' {
                return Err(self.error(start, "found unexpected end of stream"));
            }
            let mut on_new_line = self.take_quoted_run(single, start, &mut out)?;
            self.need(1)?;
            if self.at(0) == quote {
                break;
            }
            let mut breaks = Breaks::default();
            while is_blank(self.at(0)) || is_break(self.at(0)) {
                if !is_blank(self.at(0)) {
                    self.need(2)?;
                    self.take_break(&mut blanks, &mut breaks, &mut on_new_line);
                } else if on_new_line {
                    self.skip();
                } else {
                    self.read(&mut blanks);
                }
                self.need(1)?;
            }
            if on_new_line {
                breaks.fold_into(&mut out);
            } else {
                out.push_str(&blanks);
                blanks.clear();
            }
        }
        self.skip();
        Ok(out)
    }

    /// Takes characters up to a blank or the quote; true if an escaped line break ended them.
    fn take_quoted_run(&mut self, single: bool, start: Mark, out: &mut String) -> Result<bool, Error> {
        while !is_blankz(self.at(0)) {
            match self.at(0) {
                '\'' if single && self.at(1) == '\'' => {
                    out.push('\'');
                    self.skip();
                    self.skip();
                }
                '\'' if single => break,
                '"' if !single => break,
                '\\' if !single && is_break(self.at(1)) => {
                    self.need(3)?;
                    self.skip();
                    self.skip_line();
                    return Ok(true);
                }
                '\\' if !single => out.push(self.take_escape(start)?),
                _ => self.read(out),
            }
            self.need(2)?;
        }
        Ok(false)
    }

    fn take_escape(&mut self, start: Mark) -> Result<char, Error> {
        let digits = match self.at(1) {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            other => {
                let character =
                    escaped(other).ok_or_else(|| self.error(start, "found unknown escape character"))?;
                self.skip();
                self.skip();
                return Ok(character);
            }
        };
        self.skip();
        self.skip();
        self.need(digits)?;
        let mut value = 0u32;
        for ahead in 0..digits {
            let digit = self.at(ahead).to_digit(16);
            let digit = digit.ok_or_else(|| self.error(start, "did not find expected hexdecimal number"))?;
            value = (value << 4) | digit;
        }
        let character = char::from_u32(value);
        let character =
            character.ok_or_else(|| self.error(start, "found invalid Unicode character escape code"))?;
        (0..digits).for_each(|_| self.skip());
        Ok(character)
    }

    fn scan_block_scalar(&mut self, literal: bool, start: Mark) -> Result<String, Error> {
        self.skip();
        let (chomping, increment) = self.scan_block_header(start)?;
        let mut indent = increment.map_or(0, |increment| self.indent.max(0) + increment);
        let (mut out, mut trailing) = (String::new(), String::new());
        let mut leading: Option<char> = None;
        self.take_indentation(start, &mut indent, &mut trailing)?;
        self.need(1)?;
        let mut leading_blank = false;
        while self.mark.column == indent && self.at(0) != '\0' {
            let blank = is_blank(self.at(0));
            let folds = leading == Some('\n') && !literal && !leading_blank && !blank;
            match leading.take() {
                Some(_) if folds && trailing.is_empty() => out.push(' '),
                Some(character) if !folds => out.push(character),
                _ => {}
            }
            out.push_str(&trailing);
            trailing.clear();
            leading_blank = blank;
            while !is_breakz(self.at(0)) {
                self.read(&mut out);
                self.need(1)?;
            }
            self.need(2)?;
            leading = self.take_line();
            self.take_indentation(start, &mut indent, &mut trailing)?;
        }
        if chomping != Chomping::Strip {
            out.extend(leading);
        }
        if chomping == Chomping::Keep {
            out.push_str(&trailing);
        }
        Ok(out)
    }

    /// The indicators behind `|` or `>`, and the rest of their line.
    fn scan_block_header(&mut self, start: Mark) -> Result<(Chomping, Option<isize>), Error> {
        self.need(1)?;
        let mut chomping = self.take_chomping();
        if chomping.is_some() {
            self.need(1)?;
        }
        let mut increment = None;
        if let Some(digit) = self.at(0).to_digit(10) {
            if digit == 0 {
                return Err(self.error(start, "found an indentation indicator equal to 0"));
            }
            increment = isize::try_from(digit).ok();
            self.skip();
            self.need(1)?;
            if chomping.is_none() {
                chomping = self.take_chomping();
            }
        }
        self.need(1)?;
        self.skip_blanks()?;
        if self.at(0) == '#' {
            self.scan_line_comment(start)?;
            self.skip_to_line_end()?;
        }
        if !is_breakz(self.at(0)) {
            return Err(self.error(start, "did not find expected comment or line break"));
        }
        if is_break(self.at(0)) {
            self.need(2)?;
            self.skip_line();
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    pub(super) fn skip_blanks(&mut self) -> Result<(), Error> {
        while is_blank(self.at(0)) {
            self.skip();
            self.need(1)?;
        }
        Ok(())
    }

    pub(super) fn skip_to_line_end(&mut self) -> Result<(), Error> {
        while !is_breakz(self.at(0)) {
            self.skip();
            self.need(1)?;
        }
        Ok(())
    }

    fn take_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.at(0) {
            '+' => Chomping::Keep,
            '-' => Chomping::Strip,
            _ => return None,
        };
        self.skip();
        Some(chomping)
    }

    /// Skips indentation and empty lines; finds out the indentation if it is still 0.
    fn take_indentation(
        &mut self,
        start: Mark,
        indent: &mut isize,
        breaks: &mut String,
    ) -> Result<(), Error> {
        let mut deepest = 0;
        loop {
            self.need(1)?;
            while (*indent == 0 || self.mark.column < *indent) && self.at(0) == ' ' {
                self.skip();
                self.need(1)?;
            }
            deepest = deepest.max(self.mark.column);
            if (*indent == 0 || self.mark.column < *indent) && self.at(0) == '\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(self.error(start, problem));
            }
            if !is_break(self.at(0)) {
                break;
            }
            self.need(2)?;
            breaks.extend(self.take_line());
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

fn escaped(character: char) -> Option<char> {
    Some(match character {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\x0B',
        'f' => '\x0C',
        'r' => '\r',
        'e' => '\x1B',
        ' ' | '"' | '\'' | '\\' => character,
        'N' => '\u{85}',
        '_' => '\u{A0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}
