//! Lists and dictionaries: list, dict, merge, dig, first, sortAlpha, uniq, …

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
