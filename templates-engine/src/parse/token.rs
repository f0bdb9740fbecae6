//! What the scanner hands to the parser.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    /// Whether it is a word of the language, which messages print as `<word>`.
    pub(super) fn is_keyword(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Block | Break | Continue | Dot | Define | Else | End | If | Nil | Range | Template | With
        )
    }

    /// The keyword that a word is, if any; `true` and `false` count as such.
    pub(super) fn keyword(word: &[u8]) -> Option<Self> {
        // As numbers, since most words are none and this is asked of each.
        const BLOCK: Key = key(b"block");
        const BREAK: Key = key(b"break");
        const CONTINUE: Key = key(b"continue");
        const DEFINE: Key = key(b"define");
        const ELSE: Key = key(b"else");
        const END: Key = key(b"end");
        const IF: Key = key(b"if");
        const RANGE: Key = key(b"range");
        const NIL: Key = key(b"nil");
        const TEMPLATE: Key = key(b"template");
        const WITH: Key = key(b"with");
        const TRUE: Key = key(b"true");
        const FALSE: Key = key(b"false");
        Some(match key(word) {
            BLOCK => Self::Block,
            BREAK => Self::Break,
            CONTINUE => Self::Continue,
            DEFINE => Self::Define,
            ELSE => Self::Else,
            END => Self::End,
            IF => Self::If,
            RANGE => Self::Range,
            NIL => Self::Nil,
            TEMPLATE => Self::Template,
            WITH => Self::With,
            TRUE | FALSE => Self::Bool,
            _ => return None,
        })
    }
}

/// A word's length and its first bytes as a number: all of them where there are no more than [`WHOLE`].
pub(super) type Key = (usize, u64);

/// Words of no more bytes are equal when their keys are.
pub(super) const WHOLE: usize = 8;

/// The key of a word, by few and large loads.
pub(super) const fn key(word: &[u8]) -> Key {
    let head = if let Some(head) = word.first_chunk::<WHOLE>() {
        u64::from_le_bytes(*head)
    } else if let (Some(head), Some(tail)) = (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (u32::from_le_bytes(*head) as u64) << 32 | u32::from_le_bytes(*tail) as u64
    } else if let ([first, ..], [.., last]) = (word, word) {
        (*first as u64) << 16 | (word[word.len() / 2] as u64) << 8 | *last as u64
    } else {
        0
    };
    (word.len(), head)
}

/// A token: its kind and where it stands. `start..end` is its text, except for errors. Texts are
/// shorter than 4 GiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Whether white space stands before it in its action.
    pub(super) spaced: bool,
    /// Whether it is known that a quoted text's value is what stands between its quotes.
    pub(super) plain: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) line: u32,
}
