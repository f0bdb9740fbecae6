//! Versions and constraints as Masterminds/semver v3.5 reads, orders and words them.
//!
//! The rules differ from Cargo's and npm's: `1.2` and `v1` are versions, a bare `1.2.3` is an
//! exact match while `1.2` is a tilde range, `|` is accepted as a digit of a constraint (and
//! refused later), and a constraint without a pre-release never matches a pre-release.
//!
//! ```
//! use templates_engine::semver::{Constraint, Version};
//!
//! let constraint = Constraint::parse(">=1.20-0 <2 || ^3.1")?;
//! assert!(constraint.check(&Version::parse("v1.27.3+k3s1")?));
//! assert!(!constraint.check(&Version::parse("2.0.0")?));
//! # Ok::<(), templates_engine::semver::Error>(())
//! ```

mod check;
mod constraint;
mod order;
mod scan;
mod version;

pub use constraint::Constraint;
pub use version::Version;

use crate::quote::quoted;

/// Longest version text that is read.
pub const MAX_VERSION_LEN: usize = 256;
/// Longest constraint text that is read.
pub const MAX_CONSTRAINT_LEN: usize = 512;
/// Most `||` alternatives of a constraint.
pub const MAX_CONSTRAINT_GROUPS: usize = 32;

/// Why a version or a constraint was refused, in Masterminds' words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a version at all.
    #[error("invalid semantic version")]
    InvalidVersion,
    /// Strict parsing of an empty string.
    #[error("version string empty")]
    Empty,
    /// Something else than digits in a strict version's segment.
    #[error("invalid characters in version")]
    InvalidCharacters,
    /// A leading zero.
    #[error("version segment starts with 0")]
    SegmentStartsZero,
    /// Bad build metadata.
    #[error("invalid metadata string")]
    InvalidMetadata,
    /// Bad pre-release.
    #[error("invalid prerelease string")]
    InvalidPrerelease,
    /// Longer than [`MAX_VERSION_LEN`].
    #[error("version string is too long (max {MAX_VERSION_LEN} bytes)")]
    VersionTooLong,
    /// A segment that is not a 64-bit number; holds what `strconv.ParseUint` says.
    #[error("{0}")]
    Number(String),
    /// A segment that is not a 64-bit number, in loose parsing.
    #[error("error parsing version segment: {0}")]
    Segment(String),
    /// Longer than [`MAX_CONSTRAINT_LEN`].
    #[error("constraint string is too long (max {MAX_CONSTRAINT_LEN} bytes)")]
    ConstraintTooLong,
    /// More than [`MAX_CONSTRAINT_GROUPS`] alternatives.
    #[error("too many constraint groups (max {MAX_CONSTRAINT_GROUPS})")]
    TooManyGroups,
    /// An alternative that does not follow the grammar (the alternative's text).
    #[error("improper constraint: {}", quoted(.0))]
    ImproperConstraint(Vec<u8>),
    /// An alternative that follows the grammar around something that is no version.
    #[error("constraint parser error")]
    Constraint,
}

/// Why a version does not satisfy a constraint, as [`Constraint::validate`] tells.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mismatch {
    message: String,
}
