//! Text: trim, case, wrap, replace, split, …

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
