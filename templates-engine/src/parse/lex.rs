//! The scanner: template source to tokens, one at a time.

use super::token::{Kind, Token};
use crate::{
    fmt,
    unicode::{decode_rune, is_digit, is_letter},
};

/// What a byte can begin inside an action.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Digit,
    /// A letter or `_`.
    Letter,
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
            b'0'..=b'9' => Class::Digit,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            _ => Class::Other,
        };
        byte += 1;
    }
    class
};

/// What a byte is inside a word, or behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Word,
    /// What may stand behind a word.
    End,
    /// What may or may not, which depends on what follows it.
    Other,
}

static WITHIN: [Within; 256] = {
    let mut within = [Within::Other; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        within[byte as usize] = match byte {
            b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Within::Word,
            b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(' => Within::End,
            _ => Within::Other,
        };
        byte += 1;
    }
    within
};

/// The bytes that may mean something between quotes.
static QUOTED: [bool; 256] = {
    let mut quoted = [false; 256];
    let mut byte = 0;
    while byte < quoted.len() {
        quoted[byte] = matches!(byte as u8, b'\\' | b'\n' | b'"' | b'\'' | 0x80..);
        byte += 1;
    }
    quoted
};

/// Where the scanner is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Action,
    /// Behind an error.
    Over,
}

/// The scanner's state.
pub(super) struct Lexer<'s> {
    input: &'s [u8],
    place: Place,
    pos: usize,
    line: u32,
    /// Where the current token begins.
    start: usize,
    start_line: u32,
    /// The line on which the white space before the newest token begins.
    space_line: u32,
    paren_depth: usize,
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
            place: Place::Text,
            pos: 0,
            line: 1,
            start: 0,
            start_line: 1,
            space_line: 1,
            paren_depth: 0,
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

    /// The line of what comes first of the newest token and the white space before it.
    pub(super) fn space_line(&self) -> u32 {
        self.space_line
    }

    /// The next token; `Eof` for ever after the end, and after an error.
    pub(super) fn next_token(&mut self) -> Token {
        match self.place {
            Place::Action => self.action(),
            Place::Text => self.text(),
            Place::Over => Token {
                kind: Kind::Eof,
                spaced: false,
                plain: false,
                start: 0,
                end: 0,
                line: self.start_line,
            },
        }
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

    /// Passes letters, digits and `_` (nearly all of them are ASCII), and says whether what follows may stand
    /// behind a word.
    fn pass_word(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let Some(len) = rest.iter().position(|byte| WITHIN[usize::from(*byte)] != Within::Word) else {
                self.pos = self.input.len();
                return true;
            };
            self.pos += len;
            let byte = rest[len];
            if byte < 0x80 {
                return WITHIN[usize::from(byte)] == Within::End || rest[len..].starts_with(RIGHT);
            }
            if !self.peek().is_some_and(is_alphanumeric) {
                return false;
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
            self.line += u32::from(*byte == b'\n');
            return Some(char::from(*byte));
        }
        let (c, width) = decode_rune(self.rest());
        self.pos += width;
        (width > 0).then_some(c)
    }

    /// A token begins here.
    fn begin(&mut self) {
        self.start = self.pos;
        self.start_line = self.line;
    }

    /// The token that ends here.
    fn token(&self, kind: Kind) -> Token {
        Token {
            kind,
            spaced: false,
            plain: false,
            start: self.start as u32,
            end: self.pos as u32,
            line: self.start_line,
        }
    }

    /// Passes so many bytes, counting their lines.
    fn pass(&mut self, len: usize) {
        // White space, mostly: a search would take longer to begin.
        const FEW: usize = 16;
        let passed = &self.rest()[..len];
        self.line += match len {
            0 => 0,
            1..FEW => passed.iter().map(|byte| u32::from(*byte == b'\n')).sum(),
            _ => newlines(passed) as u32,
        };
        self.pos += len;
    }

    fn error(&mut self, message: impl Into<String>) -> Token {
        self.failure = Some(message.into());
        self.place = Place::Over;
        Token { end: self.start as u32, ..self.token(Kind::Error) }
    }

    /// Text up to the next action, or what is left.
    #[inline(never)]
    fn text(&mut self) -> Token {
        loop {
            self.begin();
            let rest = self.rest();
            let Some(len) = find_left(rest) else {
                self.pass(rest.len());
                return self.token(if rest.is_empty() { Kind::Eof } else { Kind::Text });
            };
            if len > 0 {
                let trimmed =
                    if has_left_marker(&rest[len + LEFT.len()..]) { trailing_space(&rest[..len]) } else { 0 };
                self.pass(len - trimmed);
                let token = self.token(Kind::Text);
                self.pass(trimmed);
                if trimmed < len {
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
        self.begin();
        self.pos += LEFT.len();
        let token = self.token(Kind::LeftDelim);
        let marker = if has_left_marker(self.rest()) { MARKER } else { 0 };
        self.pass(marker);
        if self.rest().starts_with(b"/*") {
            self.begin();
            return self.comment();
        }
        self.place = Place::Action;
        self.paren_depth = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token> {
        let Some(end) = memchr::memmem::find(&self.rest()[2..], b"*/") else {
            return Some(self.error("unclosed comment"));
        };
        self.pass(2 + end + 2);
        let Some(trim) = self.at_right_delim() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.pass_right_delim(trim);
        None
    }

    /// Whether a closing delimiter stands here, and whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_marker(rest) && rest[MARKER..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    /// Passes a closing delimiter, and the white space that it takes.
    fn pass_right_delim(&mut self, trim: bool) {
        self.pass(if trim { MARKER } else { 0 });
        self.pos += RIGHT.len();
        if trim {
            self.pass(leading_space(self.rest()));
        }
    }

    /// The closing delimiter, which stands here.
    #[inline(never)]
    fn right_delim(&mut self, trim: bool) -> Token {
        if self.paren_depth > 0 {
            return self.error("unclosed left paren");
        }
        let token_at = self.pos;
        let token_line = self.line;
        self.pos += RIGHT.len();
        if trim {
            self.pass(leading_space(self.rest()));
        }
        self.place = Place::Text;
        Token {
            kind: Kind::RightDelim,
            spaced: false,
            plain: false,
            start: token_at as u32,
            end: (token_at + RIGHT.len()) as u32,
            line: token_line,
        }
    }

    /// The next token of an action, which says whether there is white space before it.
    fn action(&mut self) -> Token {
        let (before, line) = (self.pos, self.line);
        while CLASS[usize::from(self.byte(0))] == Class::Space {
            self.line += u32::from(self.byte(0) == b'\n');
            self.pos += 1;
        }
        self.space_line = line;
        self.begin();
        let spaces = self.pos - before;
        Token { spaced: spaces > 0, ..self.word_or_mark(spaces) }
    }

    fn word_or_mark(&mut self, spaces: usize) -> Token {
        let byte = self.byte(0);
        match CLASS[usize::from(byte)] {
            Class::Letter => self.identifier(),
            Class::Dot if !self.byte(1).is_ascii_digit() && self.pos + 1 < self.input.len() => {
                self.pos += 1;
                self.field_or_variable(Kind::Field)
            }
            Class::Sign if spaces > 0 && self.rest().starts_with(b"-}}") => {
                // The last of the spaces belongs to the delimiter.
                self.start_line -= u32::from(self.input[self.pos - 1] == b'\n');
                self.space_line = if spaces == 1 { self.line } else { self.space_line };
                self.pos += 1;
                self.right_delim(true)
            }
            Class::Digit | Class::Dot | Class::Sign => self.number(),
            Class::Space | Class::Other if self.rest().starts_with(RIGHT) => self.right_delim(false),
            Class::Space | Class::Other => match self.peek() {
                None => self.error("unclosed action"),
                Some(c) if is_alphanumeric(c) => self.identifier(),
                Some(c) => self.mark(c),
            },
        }
    }

    /// What is neither a word nor a number.
    #[inline(never)]
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

    fn identifier(&mut self) -> Token {
        if !self.pass_word() {
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
        let start = self.pos;
        if !self.pass_word() {
            return self.bad_character();
        }
        self.token(if kind == Kind::Field && self.pos == start { Kind::Dot } else { kind })
    }

    fn bad_character(&mut self) -> Token {
        let c = self.peek().unwrap_or_default();
        self.error(format!("bad character {}", fmt::unicode_quoted(c)))
    }

    /// A quoted string or character; the opening quote has been passed.
    fn quoted(&mut self, quote: char, unterminated: &str, kind: Kind) -> Token {
        let mut plain = true;
        loop {
            // What has no meaning here is nearly all.
            let rest = self.rest();
            let len = rest.iter().position(|byte| QUOTED[usize::from(*byte)]).unwrap_or(rest.len());
            self.pos += len;
            match self.bump() {
                Some('\\') if !matches!(self.bump(), None | Some('\n')) => {}
                Some('\\' | '\n') | None => return self.error(unterminated),
                Some(c) if c == quote => return Token { plain, ..self.token(kind) },
                Some(_) => {}
            }
            plain = false;
        }
    }

    fn raw_quote(&mut self) -> Token {
        let Some(end) = memchr::memchr(b'`', self.rest()) else {
            self.pos = self.input.len();
            return self.error("unterminated raw quoted string");
        };
        self.pass(end + 1);
        self.token(Kind::RawString)
    }

    #[inline(never)]
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

/// Where the next `{{` is. It is near, as a rule: sooner found by its first byte than by a search for both.
fn find_left(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(LEFT[0], text).find(|at| text.get(at + 1) == Some(&LEFT[1]))
}

/// How many line ends there are.
pub(crate) fn newlines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}
