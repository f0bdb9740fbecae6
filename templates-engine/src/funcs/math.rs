//! Arithmetic on int64 and float64, ranges and rounding.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
