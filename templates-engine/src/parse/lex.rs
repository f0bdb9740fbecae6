//! The scanner: template source to tokens, one at a time.

use super::token::{Kind, Token};
use crate::{
    fmt,
    unicode::{decode_rune, is_digit, is_letter},
};
use memchr::memmem::Finder;

/// What a byte can begin inside an action.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    /// A letter, a digit or `_`.
    Word,
    Dot,
    /// `+` or `-`.
    Sign,
    Other,
}

static CLASS: [Class; 256] = {
    let mut class = [Class::Other; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        class[byte as usize] = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => Class::Space,
            b'.' => Class::Dot,
            b'+' | b'-' => Class::Sign,
            b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Class::Word,
            _ => Class::Other,
        };
        byte += 1;
    }
    class
};

/// The scanner's state.
pub(super) struct Lexer<'s> {
    input: &'s [u8],
    /// Finds the next action.
    left: Finder<'static>,
    pos: usize,
    start: usize,
    line: usize,
    start_line: usize,
    paren_depth: usize,
    inside_action: bool,
    /// The text of the `Error` token that was given out; scanning is over then.
    failure: Option<String>,
    break_ok: bool,
    continue_ok: bool,
}

const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";
/// A trim marker and the space on its inner side.
const MARKER: usize = 2;

impl<'s> Lexer<'s> {
    /// A scanner; the flags say whether `break` and `continue` are keywords (they are not when
    /// functions have these names).
    pub(super) fn new(input: &'s [u8], break_ok: bool, continue_ok: bool) -> Self {
        Self {
            input,
            left: Finder::new(LEFT),
            pos: 0,
            start: 0,
            line: 1,
            start_line: 1,
            paren_depth: 0,
            inside_action: false,
            failure: None,
            break_ok,
            continue_ok,
        }
    }

    /// The source.
    pub(super) fn input(&self) -> &'s [u8] {
        self.input
    }

    /// The message of the error token.
    pub(super) fn failure(&self) -> &str {
        self.failure.as_deref().unwrap_or_default()
    }

    /// The next token; `Eof` for ever after the end, and after an error.
    pub(super) fn next_token(&mut self) -> Token {
        if self.failure.is_some() {
            return Token { kind: Kind::Eof, start: 0, end: 0, line: self.start_line as u32 };
        }
        if self.inside_action { self.action() } else { self.text() }
    }

    fn rest(&self) -> &'s [u8] {
        &self.input[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        match self.input.get(self.pos) {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => {
                let (c, width) = decode_rune(self.rest());
                (width > 0).then_some(c)
            }
        }
    }

    /// Passes letters, digits and `_`; nearly all of them are ASCII.
    fn pass_word(&mut self) {
        loop {
            while self.byte(0) < 0x80 && CLASS[usize::from(self.byte(0))] == Class::Word {
                self.pos += 1;
            }
            if self.byte(0) < 0x80 || !self.peek().is_some_and(is_alphanumeric) {
                return;
            }
            self.bump();
        }
    }

    /// The byte so many places on; 0 behind the end.
    fn byte(&self, ahead: usize) -> u8 {
        self.input.get(self.pos + ahead).copied().unwrap_or_default()
    }

    fn bump(&mut self) -> Option<char> {
        if let Some(byte) = self.input.get(self.pos).filter(|byte| byte.is_ascii()) {
            self.pos += 1;
            self.line += usize::from(*byte == b'\n');
            return Some(char::from(*byte));
        }
        let (c, width) = decode_rune(self.rest());
        self.pos += width;
        if c == '\n' && width > 0 {
            self.line += 1;
        }
        (width > 0).then_some(c)
    }

    fn token(&mut self, kind: Kind) -> Token {
        let token =
            Token { kind, start: self.start as u32, end: self.pos as u32, line: self.start_line as u32 };
        self.start = self.pos;
        self.start_line = self.line;
        token
    }

    /// Drops what was passed, counting its lines.
    fn ignore(&mut self) {
        self.count_lines();
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn count_lines(&mut self) {
        self.line += newlines(&self.input[self.start..self.pos]);
    }

    fn error(&mut self, message: impl Into<String>) -> Token {
        let start = self.start as u32;
        let token = Token { kind: Kind::Error, start, end: start, line: self.start_line as u32 };
        self.failure = Some(message.into());
        token
    }

    /// Text up to the next action, or what is left.
    fn text(&mut self) -> Token {
        loop {
            let Some(offset) = self.left.find(self.rest()) else {
                self.pos = self.input.len();
                if self.pos > self.start {
                    self.count_lines();
                    return self.token(Kind::Text);
                }
                return self.token(Kind::Eof);
            };
            if offset > 0 {
                let delim = self.pos + offset;
                let mut text_end = delim;
                if has_left_marker(&self.input[delim + LEFT.len()..]) {
                    let text = &self.input[self.start..delim];
                    text_end = self.start + text.len() - trailing_space(text);
                }
                self.pos = text_end;
                self.count_lines();
                let token = self.token(Kind::Text);
                self.pos = delim;
                self.ignore();
                if token.end > token.start {
                    return token;
                }
            }
            if let Some(token) = self.left_delim() {
                return token;
            }
        }
    }

    /// `{{`, or `None` after a whole comment.
    fn left_delim(&mut self) -> Option<Token> {
        self.pos += LEFT.len();
        let marker = if has_left_marker(self.rest()) { MARKER } else { 0 };
        if self.input[self.pos + marker..].starts_with(b"/*") {
            self.pos += marker;
            self.ignore();
            return self.comment();
        }
        let token = self.token(Kind::LeftDelim);
        self.inside_action = true;
        self.pos += marker;
        self.ignore();
        self.paren_depth = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token> {
        self.pos += 2;
        let Some(end) = memchr::memmem::find(self.rest(), b"*/") else {
            return Some(self.error("unclosed comment"));
        };
        self.pos += end + 2;
        let Some(trim) = self.at_right_delim() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.count_lines();
        self.start = self.pos;
        if trim {
            self.pos += MARKER;
        }
        self.pos += RIGHT.len();
        if trim {
            self.pos += leading_space(self.rest());
        }
        self.ignore();
        None
    }

    /// Whether a closing delimiter stands here, and whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        if !matches!(self.byte(0), b'}' | b' ' | b'\t' | b'\r' | b'\n') {
            return None;
        }
        let rest = self.rest();
        if has_right_marker(rest) && rest[MARKER..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn right_delim(&mut self) -> Token {
        let trim = self.at_right_delim().unwrap_or_default();
        if trim {
            self.pos += MARKER;
            self.ignore();
        }
        self.pos += RIGHT.len();
        let token = self.token(Kind::RightDelim);
        if trim {
            self.pos += leading_space(self.rest());
            self.ignore();
        }
        self.inside_action = false;
        token
    }

    fn action(&mut self) -> Token {
        let byte = self.byte(0);
        match CLASS[usize::from(byte)] {
            Class::Space if self.at_right_delim().is_none() => return self.space(),
            Class::Word if byte.is_ascii_digit() => return self.number(),
            Class::Word => return self.identifier(),
            Class::Dot if !self.byte(1).is_ascii_digit() && self.rest().len() > 1 => {
                self.pos += 1;
                return self.field_or_variable(Kind::Field);
            }
            Class::Dot | Class::Sign => return self.number(),
            Class::Space | Class::Other => {}
        }
        if self.at_right_delim().is_some() {
            if self.paren_depth == 0 {
                return self.right_delim();
            }
            return self.error("unclosed left paren");
        }
        match self.peek() {
            None => self.error("unclosed action"),
            Some(c) if is_alphanumeric(c) => self.identifier(),
            Some(c) => self.mark(c),
        }
    }

    /// What is neither a word nor a number.
    fn mark(&mut self, c: char) -> Token {
        self.bump();
        match c {
            '=' => self.token(Kind::Assign),
            ':' if self.bump() == Some('=') => self.token(Kind::Declare),
            ':' => self.error("expected :="),
            '|' => self.token(Kind::Pipe),
            '"' => self.quoted('"', "unterminated quoted string", Kind::String),
            '\'' => self.quoted('\'', "unterminated character constant", Kind::CharConstant),
            '`' => self.raw_quote(),
            '$' => self.field_or_variable(Kind::Variable),
            '(' => {
                self.paren_depth += 1;
                self.token(Kind::LeftParen)
            }
            ')' if self.paren_depth == 0 => self.error("unexpected right paren"),
            ')' => {
                self.paren_depth -= 1;
                self.token(Kind::RightParen)
            }
            ' '..='~' => self.token(Kind::Char),
            _ => self.error(format!("unrecognized character in action: {}", fmt::unicode_quoted(c))),
        }
    }

    /// Spaces between words, or the closing delimiter when a trim marker follows.
    fn space(&mut self) -> Token {
        let start = self.pos;
        while CLASS[usize::from(self.byte(0))] == Class::Space {
            self.line += usize::from(self.byte(0) == b'\n');
            self.pos += 1;
        }
        let last = &self.input[self.pos - 1..];
        if has_right_marker(last) && last[MARKER..].starts_with(RIGHT) {
            self.pos -= 1;
            if self.input[self.pos] == b'\n' {
                self.line -= 1;
            }
            if self.pos == start {
                return self.right_delim();
            }
        }
        self.token(Kind::Space)
    }

    fn identifier(&mut self) -> Token {
        self.pass_word();
        if !self.at_terminator() {
            return self.bad_character();
        }
        let word = &self.input[self.start..self.pos];
        match Kind::keyword(word) {
            Some(Kind::Break) if !self.break_ok => self.token(Kind::Identifier),
            Some(Kind::Continue) if !self.continue_ok => self.token(Kind::Identifier),
            Some(keyword) => self.token(keyword),
            None => self.token(Kind::Identifier),
        }
    }

    /// `.name`, `$name`, or the bare `.` and `$`; the first character has been passed.
    fn field_or_variable(&mut self, kind: Kind) -> Token {
        if self.at_terminator() {
            return self.token(if kind == Kind::Field { Kind::Dot } else { kind });
        }
        self.pass_word();
        if !self.at_terminator() {
            return self.bad_character();
        }
        self.token(kind)
    }

    fn bad_character(&mut self) -> Token {
        let c = self.peek().unwrap_or_default();
        self.error(format!("bad character {}", fmt::unicode_quoted(c)))
    }

    fn at_terminator(&self) -> bool {
        match self.byte(0) {
            b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(' => true,
            b'}' => self.byte(1) == b'}',
            0 => self.pos >= self.input.len(),
            _ => false,
        }
    }

    /// A quoted string or character; the opening quote has been passed.
    fn quoted(&mut self, quote: char, unterminated: &str, kind: Kind) -> Token {
        loop {
            // What has no meaning here is nearly all.
            let plain = |b: &&u8| !matches!(b, b'\\' | b'\n' | b'"' | b'\'') && b.is_ascii();
            self.pos += self.rest().iter().take_while(plain).count();
            match self.bump() {
                Some('\\') if !matches!(self.bump(), None | Some('\n')) => {}
                Some('\\' | '\n') | None => return self.error(unterminated),
                Some(c) if c == quote => return self.token(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_quote(&mut self) -> Token {
        let Some(end) = memchr::memchr(b'`', self.rest()) else {
            self.pos = self.input.len();
            return self.error("unterminated raw quoted string");
        };
        self.line += newlines(&self.rest()[..end]);
        self.pos += end + 1;
        self.token(Kind::RawString)
    }

    fn number(&mut self) -> Token {
        if !self.scan_number() {
            return self.bad_number();
        }
        if !matches!(self.peek(), Some('+' | '-')) {
            return self.token(Kind::Number);
        }
        if !self.scan_number() || self.input[self.pos - 1] != b'i' {
            return self.bad_number();
        }
        self.token(Kind::Complex)
    }

    fn bad_number(&mut self) -> Token {
        let text = &self.input[self.start..self.pos];
        self.error(format!("bad number syntax: {}", fmt::quote(text)))
    }

    fn scan_number(&mut self) -> bool {
        let (width, clean) = scan_number(self.rest());
        self.pos += width;
        if !clean && self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        clean
    }
}

/// The width of the number at the start of `text`, and whether it ends where a number may.
pub(super) fn scan_number(text: &[u8]) -> (usize, bool) {
    let mut at = 0;
    let accept = |at: &mut usize, valid: &[u8]| {
        let hit = text.get(*at).is_some_and(|b| valid.contains(b));
        *at += usize::from(hit);
        hit
    };
    accept(&mut at, b"+-");
    let mut digits: &[u8] = b"0123456789_";
    let mut base = 10;
    if accept(&mut at, b"0") {
        if accept(&mut at, b"xX") {
            (digits, base) = (b"0123456789abcdefABCDEF_", 16);
        } else if accept(&mut at, b"oO") {
            (digits, base) = (b"01234567_", 8);
        } else if accept(&mut at, b"bB") {
            (digits, base) = (b"01_", 2);
        }
    }
    while accept(&mut at, digits) {}
    if accept(&mut at, b".") {
        while accept(&mut at, digits) {}
    }
    let exponent: &[u8] = match base {
        10 => b"eE",
        16 => b"pP",
        _ => b"",
    };
    if accept(&mut at, exponent) {
        accept(&mut at, b"+-");
        while accept(&mut at, b"0123456789_") {}
    }
    accept(&mut at, b"i");
    let (next, width) = decode_rune(&text[at..]);
    (at, width == 0 || !is_alphanumeric(next))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || is_letter(c) || is_digit(c)
}

fn is_space_byte(b: u8) -> bool {
    is_space(char::from(b))
}

fn has_left_marker(text: &[u8]) -> bool {
    text.len() >= 2 && text[0] == b'-' && is_space_byte(text[1])
}

fn has_right_marker(text: &[u8]) -> bool {
    text.len() >= 2 && is_space_byte(text[0]) && text[1] == b'-'
}

fn trailing_space(text: &[u8]) -> usize {
    text.iter().rev().take_while(|b| is_space_byte(**b)).count()
}

fn leading_space(text: &[u8]) -> usize {
    text.iter().take_while(|b| is_space_byte(**b)).count()
}

/// How many line ends there are.
pub(crate) fn newlines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}
