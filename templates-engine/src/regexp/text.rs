//! The text searched: Go reads each byte that is not UTF-8 as one U+FFFD.

use std::{borrow::Cow, ops::Deref, ops::Range};

/// Valid UTF-8 to search in, and the way back to the bytes it was made from.
pub(super) struct Text<'a> {
    valid: Cow<'a, [u8]>,
    /// Ends of the replacement characters in `valid`; each stands for one original byte.
    replaced: Vec<usize>,
}

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        if std::str::from_utf8(bytes).is_ok() {
            return Self { valid: bytes.into(), replaced: Vec::new() };
        }
        let (mut valid, mut replaced) = (Vec::with_capacity(bytes.len()), Vec::new());
        for chunk in bytes.utf8_chunks() {
            valid.extend_from_slice(chunk.valid().as_bytes());
            for _ in chunk.invalid() {
                valid.extend_from_slice(REPLACEMENT);
                replaced.push(valid.len());
            }
        }
        Self { valid: valid.into(), replaced }
    }

    /// The range of the original bytes.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        let back = |at: usize| at - self.replaced.partition_point(|&end| end <= at) * (REPLACEMENT.len() - 1);
        back(range.start)..back(range.end)
    }

    /// Length of the character at a position; 0 at the end.
    pub(super) fn width(&self, at: usize) -> usize {
        match self.valid.get(at) {
            None => 0,
            Some(0x00..=0x7f) => 1,
            Some(0x80..=0xdf) => 2,
            Some(0xe0..=0xef) => 3,
            Some(0xf0..) => 4,
        }
    }
}

impl Deref for Text<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.valid
    }
}
