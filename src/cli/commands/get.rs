//! `get`: parts of a release's record.

use crate::cli::{CliError, Ctx, Matches};

/// Runs `get all`.
///
/// # Errors
/// Always: it is not written yet.
pub fn all(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `get hooks`.
///
/// # Errors
/// Always: it is not written yet.
pub fn hooks(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `get manifest`.
///
/// # Errors
/// Always: it is not written yet.
pub fn manifest(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `get metadata`.
///
/// # Errors
/// Always: it is not written yet.
pub fn metadata(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `get notes`.
///
/// # Errors
/// Always: it is not written yet.
pub fn notes(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `get values`.
///
/// # Errors
/// Always: it is not written yet.
pub fn values(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}
