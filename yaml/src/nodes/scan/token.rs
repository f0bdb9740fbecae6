//! Tokens, positions and comments.

/// A position: all counted in characters, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::nodes) struct Mark {
    pub(in crate::nodes) index: isize,
    pub(in crate::nodes) line: isize,
    pub(in crate::nodes) column: isize,
}

/// A token and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::nodes) struct Token {
    pub(in crate::nodes) start: Mark,
    pub(in crate::nodes) kind: TokenKind,
}

/// YAML's tokens, by the names of YAML's specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::nodes) enum TokenKind {
    StreamStart,
    StreamEnd,
    VersionDirective(u8, u8),
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag { handle: String, suffix: String },
    Scalar { value: String, quoting: super::Quoting },
}

/// A comment, and the token it belongs to: that is the first at or behind `token`.
///
/// Only one of `head`, `line` and `foot` is set; all are empty once the parser has taken it.
#[derive(Debug, Clone, Default)]
pub(super) struct Comment {
    /// Where the search for it began.
    pub(super) scan: Mark,
    pub(super) token: Mark,
    pub(super) start: Mark,
    pub(super) end: Mark,
    pub(super) head: String,
    pub(super) line: String,
    pub(super) foot: String,
}

/// `\r`, `\n`, NEL, LS or PS.
pub(in crate::nodes) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// A line break or the end.
pub(super) fn is_breakz(c: char) -> bool {
    c == '\0' || is_break(c)
}

/// A blank, a line break or the end.
pub(super) fn is_blankz(c: char) -> bool {
    is_blank(c) || is_breakz(c)
}

/// A letter, digit, `_` or `-`: what names of anchors, tags and directives are made of.
pub(super) fn is_alpha(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}
