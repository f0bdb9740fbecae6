//! path and filepath.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
