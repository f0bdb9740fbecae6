//! Sets of characters, by code point as Go counts them (surrogates may be named, and match nothing).

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// A set of characters.
#[derive(Clone, Debug)]
pub(super) struct Runes(ClassUnicode);

impl Runes {
    /// No character.
    pub(super) fn none() -> Self {
        Self(ClassUnicode::empty())
    }

    /// The characters of these inclusive ranges.
    pub(super) fn of(ranges: &[(u32, u32)]) -> Self {
        let ranges = ranges.iter().filter_map(|&(lo, hi)| char_range(lo, hi));
        Self(ClassUnicode::new(ranges))
    }

    /// Turns the set into its complement.
    pub(super) fn negate(&mut self) {
        self.0.negate();
    }

    /// Adds every character that differs only by case.
    pub(super) fn fold(&mut self) {
        self.0.case_fold_simple();
    }

    /// How many ranges it takes.
    pub(super) fn ranges(&self) -> usize {
        self.0.ranges().len()
    }

    /// As regex-syntax has it.
    pub(super) fn into_class(self) -> ClassUnicode {
        self.0
    }
}

impl From<ClassUnicode> for Runes {
    fn from(class: ClassUnicode) -> Self {
        Self(class)
    }
}

fn char_range(lo: u32, hi: u32) -> Option<ClassUnicodeRange> {
    let lo = char::from_u32(lo).unwrap_or('\u{e000}');
    let hi = char::from_u32(hi).unwrap_or('\u{d7ff}');
    (lo <= hi).then(|| ClassUnicodeRange::new(lo, hi))
}

/// Ranges in the order they are met; made a set once, because a class may hold thousands.
#[derive(Debug, Default)]
pub(super) struct Builder {
    ranges: Vec<ClassUnicodeRange>,
}

impl Builder {
    /// Adds an inclusive range.
    pub(super) fn push(&mut self, lo: u32, hi: u32) {
        self.ranges.extend(char_range(lo, hi));
    }

    /// Adds a set.
    pub(super) fn add(&mut self, runes: &Runes) {
        self.ranges.extend_from_slice(runes.0.ranges());
    }

    /// How many ranges were added.
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The set.
    pub(super) fn build(self) -> Runes {
        Runes(ClassUnicode::new(self.ranges))
    }
}
