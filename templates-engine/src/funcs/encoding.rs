//! base64, base32, JSON.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
