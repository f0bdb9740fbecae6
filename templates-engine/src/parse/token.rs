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
    Space,
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
        const fn number(word: &[u8]) -> u64 {
            let (mut number, mut at) = (0, 0);
            while at < word.len() && at < 8 {
                number = number << 8 | word[at] as u64;
                at += 1;
            }
            number
        }
        const BLOCK: u64 = number(b"block");
        const BREAK: u64 = number(b"break");
        const CONTINUE: u64 = number(b"continue");
        const DEFINE: u64 = number(b"define");
        const ELSE: u64 = number(b"else");
        const END: u64 = number(b"end");
        const IF: u64 = number(b"if");
        const RANGE: u64 = number(b"range");
        const NIL: u64 = number(b"nil");
        const TEMPLATE: u64 = number(b"template");
        const WITH: u64 = number(b"with");
        const TRUE: u64 = number(b"true");
        const FALSE: u64 = number(b"false");
        if word.len() > 8 {
            return None;
        }
        Some(match number(word) {
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

/// A token: its kind and where it stands. `start..end` is its text, except for errors. Texts are
/// shorter than 4 GiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) line: u32,
}
