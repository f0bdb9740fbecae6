//! Types and defaults: default, coalesce, ternary, kindOf, atoi, toString, …

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
