//! Hashes, passwords, certificates and encryption.

use super::FuncSpec;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[];
