//! From characters to tokens, with go-yaml's rules and error texts.
//!
//! Tokens are made only as far ahead as the parser needs them (an implicit key is known to be one
//! when its `:` comes), so an error is raised exactly when go-yaml raises it. Positions are bytes;
//! columns and the 1024-character limit of implicit keys count characters.

mod block;
mod keys;
mod plain;
mod quoted;
mod tags;
mod token;

use super::Error;
use super::reader::Source;
use keys::SimpleKey;
use std::collections::VecDeque;
use token::{BLANK, BREAK, CLASS};
pub(super) use token::{Kind, Token};

/// How deep brackets, and how deep indentations, may nest.
const MAX_DEPTH: usize = 10_000;

/// The scanner's state.
pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    source: &'a Source<'a>,
    /// The source ends with a bad character.
    fails: bool,
    pos: usize,
    line: usize,
    line_start: usize,
    flow_level: usize,
    /// Column of the current block collection, -1 outside any.
    indent: isize,
    indents: Vec<isize>,
    simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    /// Which tokens may turn out to be keys: token number and index into `simple_keys`.
    candidates: Vec<(usize, usize)>,
    tokens: VecDeque<Token<'a>>,
    tokens_parsed: usize,
    started: bool,
    available: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        let text: &'a str = &source.text;
        Self {
            text,
            bytes: text.as_bytes(),
            source,
            fails: source.failure.is_some(),
            pos: 0,
            line: 0,
            line_start: 0,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            candidates: Vec::new(),
            tokens: VecDeque::new(),
            tokens_parsed: 0,
            started: false,
            available: false,
        }
    }

    /// The next token, without taking it.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<&Token<'a>, Error> {
        if !self.available {
            self.fetch_more()?;
        }
        let line = self.line;
        self.tokens.front().ok_or_else(|| Error::scan(line, "unknown problem parsing YAML content"))
    }

    /// Takes the token that [`Self::peek`] showed.
    pub(super) fn skip(&mut self) {
        let _ = self.take();
    }

    /// Takes the token that [`Self::peek`] showed.
    pub(super) fn take(&mut self) -> Option<Token<'a>> {
        self.available = false;
        self.tokens_parsed += 1;
        self.tokens.pop_front()
    }

    fn fetch_more(&mut self) -> Result<(), Error> {
        while self.tokens.is_empty() || self.head_may_be_a_key()? {
            self.fetch_next()?;
        }
        self.available = true;
        Ok(())
    }

    fn fetch_next(&mut self) -> Result<(), Error> {
        self.need(1)?;
        if !self.started {
            self.started = true;
            self.push(Kind::StreamStart);
            return Ok(());
        }
        self.skip_to_next_token()?;
        if self.flow_level == 0 {
            self.unroll_indent(self.column());
        }
        self.need(4)?;
        let Some(&first) = self.bytes.get(self.pos) else { return self.fetch_stream_end() };
        if self.pos == self.line_start {
            if first == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_indicator() {
                return self.fetch_document_indicator(first == b'-');
            }
        }
        self.fetch_indicated(first)
    }

    fn fetch_indicated(&mut self, first: u8) -> Result<(), Error> {
        let flow = self.flow_level > 0;
        match first {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blankz(1) => self.fetch_block_entry(),
            b'?' if flow || self.is_blankz(1) => self.fetch_key(),
            b':' if flow || self.is_blankz(1) => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(first == b'*'),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if !flow => self.fetch_block_scalar(first == b'|'),
            b'\'' | b'"' => self.fetch_quoted(first == b'\''),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => self.cannot_start(),
            b'-' | b'?' | b':' => self.fetch_plain(),
            _ => self.fetch_plain(),
        }
    }

    fn cannot_start(&self) -> Result<(), Error> {
        Err(self.error("found character that cannot start any token"))
    }

    /// Skips spaces, comments and line breaks.
    fn skip_to_next_token(&mut self) -> Result<(), Error> {
        loop {
            self.need(1)?;
            if self.pos == 0 && self.text.starts_with('\u{FEFF}') {
                self.pos = '\u{FEFF}'.len_utf8();
            }
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.byte(0) == b' ' || (tabs && self.byte(0) == b'\t') {
                self.pos += 1;
            }
            if self.byte(0) == b'#' {
                self.skip_to_line_end();
            }
            self.need(1)?;
            if !self.skip_break()? {
                return Ok(());
            }
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        if self.pos != self.line_start {
            self.line_start = self.pos;
            self.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(Kind::StreamEnd);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, start: bool) -> Result<(), Error> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(if start { Kind::DocumentStart } else { Kind::DocumentEnd });
        self.pos += 3;
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind<'a>) -> Result<(), Error> {
        self.save_simple_key()?;
        self.increase_flow_level()?;
        self.simple_key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind<'a>) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.decrease_flow_level();
        self.simple_key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(Kind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error("block sequence entries are not allowed in this context"));
            }
            self.roll_indent(self.column(), None, Kind::BlockSequenceStart, self.line)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(Kind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.roll_indent(self.column(), None, Kind::BlockMappingStart, self.line)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(Kind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        if let Some(key) = self.take_simple_key()? {
            self.insert(Some(key.token), Token { line: key.line, kind: Kind::Key });
            if self.flow_level == 0 {
                let column = self.columns(key.line_start, key.pos);
                self.roll_indent(column, Some(key.token), Kind::BlockMappingStart, key.line)?;
            }
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.roll_indent(self.column(), None, Kind::BlockMappingStart, self.line)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(Kind::Value);
        Ok(())
    }

    fn push(&mut self, kind: Kind<'a>) {
        self.tokens.push_back(Token { line: self.line, kind });
    }

    fn push_indicator(&mut self, kind: Kind<'a>) {
        self.push(kind);
        self.pos += 1;
    }

    /// Puts a token before the one with this number; behind all when that one has been taken.
    fn insert(&mut self, before: Option<usize>, token: Token<'a>) {
        match before.and_then(|number| number.checked_sub(self.tokens_parsed)) {
            Some(index) if index < self.tokens.len() => self.tokens.insert(index, token),
            _ => self.tokens.push_back(token),
        }
    }

    // What follows looks at characters.

    /// The byte this far ahead; 0, which no text has, beyond the end.
    #[inline]
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    /// Fails when this many characters cannot be had because a bad one comes first.
    #[inline]
    fn need(&self, characters: usize) -> Result<(), Error> {
        if self.fails { self.need_before_failure(characters) } else { Ok(()) }
    }

    #[cold]
    fn need_before_failure(&self, characters: usize) -> Result<(), Error> {
        match &self.source.failure {
            Some(failure) if self.text[self.pos..].chars().take(characters).count() < characters => {
                Err(failure.clone())
            }
            _ => Ok(()),
        }
    }

    fn error(&self, problem: &'static str) -> Error {
        Error::scan(self.line, problem)
    }

    fn column(&self) -> isize {
        self.columns(self.line_start, self.pos)
    }

    fn columns(&self, from: usize, to: usize) -> isize {
        let bytes = &self.bytes[from..to];
        let continuations =
            if self.source.ascii { 0 } else { bytes.iter().filter(|b| **b & 0xC0 == 0x80).count() };
        isize::try_from(bytes.len() - continuations).unwrap_or(isize::MAX)
    }

    /// The length in bytes of the line break this far ahead, 0 if there is none (`\r\n` counts 1).
    #[inline]
    fn break_at(&self, ahead: usize) -> usize {
        match self.byte(ahead) {
            b'\n' | b'\r' => 1,
            0xC2 if self.byte(ahead + 1) == 0x85 => 2,
            0xE2 if self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    /// A space, tab, line break or the end.
    fn is_blankz(&self, ahead: usize) -> bool {
        let byte = self.byte(ahead);
        match CLASS[usize::from(byte)] {
            BLANK => true,
            BREAK => self.break_at(ahead) > 0,
            _ => byte == 0,
        }
    }

    #[inline]
    fn is_blank(&self) -> bool {
        CLASS[usize::from(self.byte(0))] == BLANK
    }

    fn is_breakz(&self) -> bool {
        self.byte(0) == 0 || self.break_at(0) > 0
    }

    fn at_document_indicator(&self) -> bool {
        let head = self.bytes.get(self.pos..self.pos + 3);
        matches!(head, Some(b"---" | b"...")) && self.is_blankz(3)
    }

    fn skip_to_line_end(&mut self) {
        if self.source.line_feeds_only {
            let ahead = memchr::memchr(b'\n', &self.bytes[self.pos..]);
            self.pos = ahead.map_or(self.bytes.len(), |ahead| self.pos + ahead);
        } else {
            while !self.is_breakz() {
                self.pos += 1;
            }
        }
    }

    /// Skips one line break; false if there is none.
    fn skip_break(&mut self) -> Result<bool, Error> {
        if self.break_at(0) > 0 {
            self.need(2)?;
        }
        Ok(self.take_break().is_some())
    }

    /// Takes one line break and tells what it stands for: `\n` for all but LS and PS.
    fn take_break(&mut self) -> Option<char> {
        let (length, character) = match (self.break_at(0), self.byte(0)) {
            (0, _) => return None,
            (1, b'\r') if self.byte(1) == b'\n' => (2, '\n'),
            (3, _) => (3, if self.byte(2) == 0xA8 { '\u{2028}' } else { '\u{2029}' }),
            (length, _) => (length, '\n'),
        };
        self.pos += length;
        self.line += 1;
        self.line_start = self.pos;
        Some(character)
    }
}
