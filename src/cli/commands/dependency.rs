//! `dependency`: build, list, update.

use crate::cli::{CliError, Ctx, Matches};

/// Runs `dependency build`.
///
/// # Errors
/// Always: it is not written yet.
pub fn build(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `dependency list`.
///
/// # Errors
/// Always: it is not written yet.
pub fn list(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `dependency update`.
///
/// # Errors
/// Always: it is not written yet.
pub fn update(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}
