//! Versions and constraints by Masterminds' rules.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
