//! Why a pattern was refused, in regexp/syntax's words.

use crate::{quote, unicode::lossy};

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorCode {
    /// A class range out of order, or an unknown class name.
    #[error("invalid character class range")]
    CharRange,
    /// `\y` and the like.
    #[error("invalid escape sequence")]
    Escape,
    /// `(?P<` without a good name.
    #[error("invalid named capture")]
    NamedCapture,
    /// `(?=` and other syntax of Perl's that RE2 lacks.
    #[error("invalid or unsupported Perl syntax")]
    PerlOp,
    /// `a**`.
    #[error("invalid nested repetition operator")]
    RepeatOp,
    /// Above 1000, or out of order.
    #[error("invalid repeat count")]
    RepeatSize,
    /// The pattern is not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// `[` without `]`.
    #[error("missing closing ]")]
    MissingBracket,
    /// `(` without `)`.
    #[error("missing closing )")]
    MissingParen,
    /// `*` with nothing before it.
    #[error("missing argument to repetition operator")]
    MissingRepeatArgument,
    /// A last `\`.
    #[error("trailing backslash at end of expression")]
    TrailingBackslash,
    /// `)` without `(`.
    #[error("unexpected )")]
    UnexpectedParen,
    /// More than a thousand levels.
    #[error("expression nests too deeply")]
    NestingDepth,
    /// Too large to compile.
    #[error("expression too large")]
    Large,
}

/// A refused pattern: what is wrong, and the piece that is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {code}: `{}`", lossy(.expr))]
pub struct Error {
    /// What is wrong.
    pub code: ErrorCode,
    /// The offending piece of the pattern.
    pub expr: Vec<u8>,
}

impl Error {
    pub(super) fn new(code: ErrorCode, expr: &[u8]) -> Self {
        Self { code, expr: expr.to_vec() }
    }

    /// The text of the panic that `regexp.MustCompile` raises for it.
    pub fn panic_text(&self, pattern: &[u8]) -> String {
        format!("regexp: Compile({}): {self}", quoted(pattern))
    }
}

// Back quotes where Go can use them (strconv.CanBackquote), else an escaped string.
fn quoted(pattern: &[u8]) -> String {
    let plain = |c: char| !((c < ' ' && c != '\t') || matches!(c, '`' | '\x7f' | '\u{feff}'));
    match std::str::from_utf8(pattern) {
        Ok(text) if text.chars().all(plain) => format!("`{text}`"),
        _ => quote::quoted(pattern),
    }
}
