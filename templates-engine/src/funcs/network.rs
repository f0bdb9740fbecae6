//! URLs and host names.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
