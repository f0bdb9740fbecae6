//! Words: the cases of huandu/xstrings, and goutils' `Wrap`, `Initials` and `DeleteWhiteSpace`.

use super::case::{to_lower, to_upper};
use crate::{
    exec::FuncError,
    funcs::limits::check_text,
    unicode::{RUNE_ERROR, is_letter, is_number, is_punctuation, is_space, is_upper, runes},
};

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// Letters that have cases, or might: all but the common Chinese characters.
fn is_alphabetic(c: char) -> bool {
    is_letter(c)
        && !matches!(c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}')
}

/// `xstrings.ToPascalCase`.
pub(super) fn pascal_case(source: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(source.len());
    let mut chars = runes(source).map(|(c, _)| c).peekable();
    let mut current = None;
    let mut in_capitals = false;
    for c in chars.by_ref() {
        if !is_connector(c) {
            in_capitals = is_upper(c);
            current = Some(to_upper(c));
            break;
        }
        out.push(c);
        // Of connectors alone, the last one comes out twice.
        current = Some(c);
    }
    let Some(mut current) = current else { return Vec::new() };
    for c in chars {
        let before = std::mem::replace(&mut current, c);
        if is_connector(before) {
            if is_connector(c) {
                out.push(before);
                continue;
            }
            in_capitals = is_upper(c);
            current = to_upper(c);
            continue;
        }
        if in_capitals {
            if is_upper(c) {
                current = to_lower(c);
            } else {
                in_capitals = false;
            }
        }
        out.push(before);
    }
    out.push(current);
    out.into_bytes()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing, or bytes that are not UTF-8.
    Invalid,
    Number,
    Capital,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

/// A stretch of one kind, and what follows it.
#[derive(Clone, Copy)]
struct Word<'a> {
    kind: Kind,
    text: &'a [u8],
    rest: &'a [u8],
}

/// The next character, with the broken bytes before it; `before` again when only such are left.
fn next_valid(source: &[u8], before: char) -> (char, usize) {
    let mut size = 0;
    for (c, bytes) in runes(source) {
        size += bytes.len();
        if c != RUNE_ERROR {
            return (c, size);
        }
    }
    (before, size)
}

/// The end of the stretch from `at` on whose characters all `belong`.
fn stretch(source: &[u8], mut at: usize, mut c: char, belongs: impl Fn(char) -> bool) -> usize {
    while at < source.len() {
        let size;
        (c, size) = next_valid(&source[at..], c);
        if !belongs(c) {
            break;
        }
        at += size;
    }
    at
}

fn next_word(source: &[u8]) -> Word<'_> {
    let (c, size) = next_valid(source, RUNE_ERROR);
    let is_small = |c| is_alphabetic(c) && !is_upper(c);
    let (kind, end) = if c == RUNE_ERROR {
        (Kind::Invalid, size)
    } else if is_connector(c) {
        (Kind::Connector, stretch(source, size, c, is_connector))
    } else if is_punctuation(c) {
        (Kind::Punctuation, stretch(source, size, c, is_punctuation))
    } else if is_upper(c) {
        (Kind::Capital, capital_end(source, size, c))
    } else if is_alphabetic(c) {
        (Kind::Alphabet, stretch(source, size, c, is_small))
    } else if is_number(c) {
        (Kind::Number, stretch(source, size, c, is_number))
    } else {
        let is_other = |c| !(is_connector(c) || is_alphabetic(c) || is_number(c) || is_punctuation(c));
        (Kind::Other, stretch(source, size, c, is_other))
    };
    let (text, rest) = source.split_at(end);
    Word { kind, text, rest }
}

/// The end of a word that begins with a capital: `Status` whole, but of `HTTPStatus` only `HTTP`.
fn capital_end(source: &[u8], first: usize, c: char) -> usize {
    if first == source.len() {
        return first;
    }
    let (mut c, mut size) = next_valid(&source[first..], c);
    if !is_upper(c) {
        if !is_alphabetic(c) {
            return first;
        }
        return stretch(source, first + size, c, |c| is_alphabetic(c) && !is_upper(c));
    }
    let mut end = first + size;
    let mut last = size;
    while end < source.len() {
        (c, size) = next_valid(&source[end..], c);
        if !is_upper(c) {
            break;
        }
        end += size;
        last = size;
    }
    if end < source.len() && is_alphabetic(c) { end - last } else { end }
}

/// Words in lower case with a connector between them.
struct Separated {
    out: Vec<u8>,
    connector: char,
}

/// `xstrings.ToSnakeCase` and `ToKebabCase`.
pub(super) fn separated(source: &[u8], connector: char) -> Vec<u8> {
    let mut writer = Separated { out: Vec::with_capacity(source.len() + 8), connector };
    if source.is_empty() {
        return writer.out;
    }
    let mut word = next_word(source);
    while !word.rest.is_empty() {
        if word.kind != Kind::Connector {
            writer.push(word);
        }
        word = writer.after(word);
    }
    writer.push(word);
    writer.out
}

impl Separated {
    fn push(&mut self, word: Word<'_>) {
        if word.kind != Kind::Capital && word.kind != Kind::Connector {
            return self.out.extend_from_slice(word.text);
        }
        for (c, _) in runes(word.text) {
            let c = if is_connector(c) {
                self.connector
            } else if is_upper(c) {
                to_lower(c)
            } else {
                c
            };
            self.push_char(c);
        }
    }

    fn push_char(&mut self, c: char) {
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// A connector, unless the next word brings its own or is none.
    fn connect(&mut self, next: Kind, unless: &[Kind]) {
        if !unless.contains(&next) {
            self.push_char(self.connector);
        }
    }

    /// What stands between `last` and the word returned. Numbers cling to letters around them.
    fn after<'a>(&mut self, last: Word<'a>) -> Word<'a> {
        const NO_WORD: &[Kind] = &[Kind::Invalid, Kind::Connector, Kind::Punctuation];
        const JOINS: &[Kind] = &[Kind::Connector, Kind::Punctuation];
        let mut word = next_word(last.rest);
        match last.kind {
            Kind::Number => {
                word = self.push_clinging(word);
                self.connect(word.kind, NO_WORD);
            }
            Kind::Connector => self.push(last),
            Kind::Punctuation => {}
            _ if word.kind != Kind::Number => self.connect(word.kind, JOINS),
            _ if word.rest.is_empty() => {}
            _ => {
                let number = word;
                word = next_word(number.rest);
                if word.kind == Kind::Alphabet {
                    self.push_char(self.connector);
                    self.push(number);
                    word = self.push_clinging(word);
                    self.connect(word.kind, NO_WORD);
                } else {
                    self.push(number);
                    self.connect(word.kind, JOINS);
                }
            }
        }
        word
    }

    fn push_clinging<'a>(&mut self, mut word: Word<'a>) -> Word<'a> {
        while matches!(word.kind, Kind::Alphabet | Kind::Number) {
            self.push(word);
            word = next_word(word.rest);
        }
        word
    }
}

/// goutils takes each byte for a character.
fn latin1(source: &[u8]) -> impl Iterator<Item = char> {
    source.iter().map(|b| char::from(*b))
}

/// goutils' `Initials`: the first byte of each word.
pub(super) fn initials(source: &[u8]) -> Vec<u8> {
    let mut starts = true;
    let first = latin1(source).filter(|c| {
        let space = is_space(*c);
        !space & std::mem::replace(&mut starts, space)
    });
    first.collect::<String>().into_bytes()
}

/// goutils' `DeleteWhiteSpace`: text without any stays as it is, other text is taken byte by byte.
pub(super) fn without_space(source: &[u8]) -> Vec<u8> {
    if !latin1(source).any(is_space) {
        return source.to_vec();
    }
    latin1(source).filter(|c| !is_space(*c)).collect::<String>().into_bytes()
}

/// goutils' `WrapCustom`: lines of at most `width` bytes, broken at spaces; longer words stay whole
/// unless `breaks_words`.
pub(super) fn wrap(
    source: &[u8],
    width: i64,
    newline: &[u8],
    breaks_words: bool,
) -> Result<Vec<u8>, FuncError> {
    let newline = if newline.is_empty() { b"\n" } else { newline };
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(source.len());
    let mut rest = source;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let space = rest[..=width].iter().rposition(|b| *b == b' ');
        let (line, skip) = match space {
            Some(at) => (at, at + 1),
            None if breaks_words => (width, width),
            None => match rest[width..].iter().position(|b| *b == b' ') {
                Some(at) => (width + at, width + at + 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(newline);
        check_text("wrap", Some(out.len()))?;
        rest = &rest[skip..];
    }
    out.extend_from_slice(rest);
    Ok(out)
}
