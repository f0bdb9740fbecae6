//! The flags of one verb, and padding by them.

use crate::unicode::{rune_count, runes};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`
    pub(super) plus_v: bool,
    /// `%#v`
    pub(super) sharp_v: bool,
}

impl Flags {
    /// Fills with spaces, or with zeros when those were asked for and stand on the left.
    pub(super) fn fill(&self, out: &mut Vec<u8>, count: usize) {
        let byte = if self.zero && !self.minus { b'0' } else { b' ' };
        out.resize(out.len() + count, byte);
    }

    /// Appends `text`, filled up to the width.
    pub(super) fn pad(&self, out: &mut Vec<u8>, text: &[u8]) {
        let Some(width) = self.width.filter(|width| *width > 0) else {
            out.extend_from_slice(text);
            return;
        };
        let missing = width.saturating_sub(rune_count(text));
        if !self.minus {
            self.fill(out, missing);
        }
        out.extend_from_slice(text);
        if self.minus {
            self.fill(out, missing);
        }
    }

    /// [`Flags::pad`] with spaces, whatever was asked for.
    pub(super) fn pad_with_spaces(&self, out: &mut Vec<u8>, text: &[u8]) {
        Self { zero: false, ..*self }.pad(out, text);
    }

    /// The first `precision` characters.
    pub(super) fn truncate<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        match self.precision {
            Some(precision) if precision < text.len() => {
                let width = runes(text).take(precision).map(|(_, bytes)| bytes.len()).sum();
                &text[..width]
            }
            _ => text,
        }
    }
}
