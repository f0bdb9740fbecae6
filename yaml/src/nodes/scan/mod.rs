//! From characters to tokens and comments, with go-yaml v3's rules and error texts.
//!
//! This is not the scanner of [`crate::yaml`]'s other readers, which is v2's: v3 names other lines in its errors, reads
//! further ahead, and most of its state is about comments, which v2 skips.
//!
//! go-yaml v3 keeps the last tokens at hand while it reads on, since comments are attached to tokens before or
//! behind them: at least two tokens are always waiting here, as there.

mod comments;
mod cursor;
mod indent;
mod keys;
mod properties;
mod scalars;
mod token;

pub(super) use super::Quoting;
pub(super) use token::{Mark, Token, TokenKind, is_break};

use crate::{Error, reader::Source};
use keys::SimpleKey;
use std::collections::{BTreeMap, VecDeque};
use token::{Comment, is_blankz};

/// How deep brackets, and how deep indentations, may nest.
const MAX_DEPTH: usize = 10_000;
/// How many tokens wait while the next is read.
const LOOKAHEAD: usize = 2;

/// The scanner's state.
pub(super) struct Scanner {
    chars: Vec<char>,
    /// Raised when more characters are wanted than there are.
    failure: Option<Error>,
    /// A failure that go-yaml raises only with the next event.
    pub(super) late_failure: Option<Error>,
    mark: Mark,
    /// Line breaks since the last character that was no blank.
    newlines: isize,
    flow_level: usize,
    /// Column of the current block collection, -1 outside any.
    indent: isize,
    indents: Vec<isize>,
    simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    simple_keys_by_token: BTreeMap<usize, usize>,
    tokens: VecDeque<Token>,
    tokens_parsed: usize,
    available: bool,
    started: bool,
    comments: Vec<Comment>,
    comments_head: usize,
}

/// Comments that the parser takes for its next event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Comments {
    pub(super) head: String,
    pub(super) line: String,
    pub(super) foot: String,
}

impl Scanner {
    pub(super) fn new(source: &Source<'_>) -> Self {
        Self {
            chars: source.text.chars().collect(),
            failure: source.failure.clone(),
            late_failure: None,
            mark: Mark::default(),
            newlines: 0,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            simple_keys_by_token: BTreeMap::new(),
            tokens: VecDeque::new(),
            tokens_parsed: 0,
            available: false,
            started: false,
            comments: Vec::new(),
            comments_head: 0,
        }
    }

    /// The next token, without taking it; the comments up to it are added to `pending`.
    pub(super) fn peek(&mut self, pending: &mut Comments) -> Result<&Token, Error> {
        if !self.available {
            self.fetch_more()?;
        }
        self.unfold_comments(pending);
        let end = self.mark.line;
        self.tokens.front().ok_or_else(|| scan_error(end, "unknown problem parsing YAML content"))
    }

    /// Takes the token that [`Self::peek`] showed.
    pub(super) fn take(&mut self) -> Option<Token> {
        self.available = false;
        self.tokens_parsed += 1;
        self.tokens.pop_front()
    }

    fn fetch_more(&mut self) -> Result<(), Error> {
        while self.tokens.len() <= LOOKAHEAD || self.head_may_be_a_key()? {
            self.fetch_next()?;
        }
        self.available = true;
        Ok(())
    }

    fn fetch_next(&mut self) -> Result<(), Error> {
        self.need(1)?;
        if !self.started {
            self.started = true;
            self.push(TokenKind::StreamStart, self.mark);
            return Ok(());
        }
        let scan = self.mark;
        self.scan_to_next_token()?;
        self.unroll_indent(self.mark.column, scan);
        self.need(4)?;
        let first = self.at(0);
        if first == '\0' {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 {
            if first == '%' {
                return self.fetch_directive();
            }
            if self.at_document_indicator() {
                return self.fetch_document_indicator(first == '-');
            }
        }
        let mut comment_mark = self.mark;
        let separates = if self.flow_level == 0 { ':' } else { ',' };
        if let (Some(last), true) = (self.tokens.back(), first == separates) {
            comment_mark = last.start;
        }
        self.fetch_indicated(first)?;
        // A sequence's indicator alone has no line comment: it becomes the head of what follows.
        if self.tokens.back().is_some_and(|token| token.kind == TokenKind::BlockEntry) {
            return Ok(());
        }
        self.scan_line_comment(comment_mark)
    }

    fn fetch_indicated(&mut self, first: char) -> Result<(), Error> {
        let flow = self.flow_level > 0;
        let spaced = is_blankz(self.at(1));
        match first {
            '[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            '{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            ']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            '}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            ',' => self.fetch_flow_entry(),
            '-' if spaced => self.fetch_block_entry(),
            '?' if flow || spaced => self.fetch_key(),
            ':' if flow || spaced => self.fetch_value(),
            '*' | '&' => self.fetch_anchor(first == '*'),
            '!' => self.fetch_tag(),
            '|' | '>' if !flow => self.fetch_block_scalar(first == '|'),
            '\'' | '"' => self.fetch_quoted(first == '\''),
            '#' | '|' | '>' | '%' | '@' | '`' | '\t' => {
                Err(self.error(self.mark, "found character that cannot start any token"))
            }
            _ => self.fetch_plain(),
        }
    }

    /// Skips spaces and line breaks, and gathers comments.
    fn scan_to_next_token(&mut self) -> Result<(), Error> {
        let scan = self.mark;
        loop {
            self.need(1)?;
            if self.mark.index == 0 && self.at(0) == '\u{FEFF}' {
                self.skip();
            }
            self.need(1)?;
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.at(0) == ' ' || (tabs && self.at(0) == '\t') {
                self.skip();
                self.need(1)?;
            }
            self.turn_line_comment_of_an_entry();
            if self.at(0) == '#' {
                self.scan_comments(scan)?;
            }
            if !is_break(self.at(0)) {
                return Ok(());
            }
            self.need(2)?;
            self.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(TokenKind::StreamEnd, self.mark);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, start: bool) -> Result<(), Error> {
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(if start { TokenKind::DocumentStart } else { TokenKind::DocumentEnd }, self.mark);
        (0..3).for_each(|_| self.skip());
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), Error> {
        self.save_simple_key()?;
        self.increase_flow_level()?;
        self.simple_key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.decrease_flow_level();
        self.simple_key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error(self.mark, "block sequence entries are not allowed in this context"));
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockSequenceStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error(self.mark, "mapping keys are not allowed in this context"));
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        if let Some(key) = self.take_simple_key()? {
            self.insert(Some(key.token), Token { start: key.mark, kind: TokenKind::Key });
            self.roll_indent(key.mark.column, Some(key.token), TokenKind::BlockMappingStart, key.mark)?;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self.error(self.mark, "mapping values are not allowed in this context"));
                }
                self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { start, kind });
    }

    fn push_indicator(&mut self, kind: TokenKind) {
        self.push(kind, self.mark);
        self.skip();
    }

    /// Puts a token before the one with this number; behind all when that one has been taken.
    fn insert(&mut self, before: Option<usize>, token: Token) {
        match before.and_then(|number| number.checked_sub(self.tokens_parsed)) {
            Some(index) if index < self.tokens.len() => self.tokens.insert(index, token),
            _ => self.tokens.push_back(token),
        }
    }

    /// An error at the context, or here when that is the first line.
    fn error(&self, context: Mark, problem: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        let line = if context.line == 0 { self.mark.line } else { context.line };
        Error::scan(usize::try_from(line).unwrap_or(0), problem)
    }
}

fn scan_error(line: isize, problem: &'static str) -> Error {
    Error::scan(usize::try_from(line).unwrap_or(0), problem)
}
