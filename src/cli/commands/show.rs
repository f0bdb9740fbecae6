//! `show`: parts of a chart.

use crate::cli::{CliError, Ctx, Matches};

/// Runs `show all`.
///
/// # Errors
/// Always: it is not written yet.
pub fn all(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `show chart`.
///
/// # Errors
/// Always: it is not written yet.
pub fn chart(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `show crds`.
///
/// # Errors
/// Always: it is not written yet.
pub fn crds(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `show readme`.
///
/// # Errors
/// Always: it is not written yet.
pub fn readme(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `show values`.
///
/// # Errors
/// Always: it is not written yet.
pub fn values(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}
