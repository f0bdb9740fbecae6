//! Regular expressions with Go's (RE2) syntax.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
