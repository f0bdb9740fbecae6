//! What the scanner hands to the parser.

use std::borrow::Cow;

/// A token and the line (from 0) where it starts.
#[derive(Debug, Clone)]
pub(crate) struct Token<'a> {
    pub(crate) line: usize,
    pub(crate) kind: Kind<'a>,
}

/// YAML's tokens, by the names of YAML's specification.
#[derive(Debug, Clone)]
pub(crate) enum Kind<'a> {
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
    Alias(&'a str),
    Anchor(&'a str),
    Tag { handle: String, suffix: String },
    Scalar { value: Cow<'a, str>, plain: bool },
}

/// What a byte can mean to the scanner.
pub(super) const BLANK: u8 = 1;
/// Ends a line: `\r`, `\n`, or the first byte of a longer break.
pub(super) const BREAK: u8 = 2;
/// Ends a plain scalar inside brackets.
pub(super) const FLOW: u8 = 4;
/// May end a plain scalar: `:`.
pub(super) const COLON: u8 = 8;
/// Has a meaning inside quotes.
pub(super) const QUOTE: u8 = 16;

/// [`BLANK`], [`BREAK`], … of each byte; bytes that only may begin a break are marked as breaks.
pub(super) static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    class[b' ' as usize] = BLANK;
    class[b'\t' as usize] = BLANK;
    class[b'\n' as usize] = BREAK;
    class[b'\r' as usize] = BREAK;
    class[0xC2] = BREAK;
    class[0xE2] = BREAK;
    class[b':' as usize] = COLON;
    class[b'"' as usize] = QUOTE;
    class[b'\'' as usize] = QUOTE;
    class[b'\\' as usize] = QUOTE;
    let mut flow = b",?[]{}".as_slice();
    while let [byte, rest @ ..] = flow {
        class[*byte as usize] = FLOW;
        flow = rest;
    }
    class
};

/// A letter, digit, `_` or `-`: what names of anchors, tags and directives are made of.
pub(super) fn is_alpha(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
