//! Dates with Go's layouts and zones.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
