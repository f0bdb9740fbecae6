//! `completion`: scripts for shells.

use crate::cli::{CliError, Ctx, Matches};

/// Runs `completion bash`.
///
/// # Errors
/// Always: it is not written yet.
pub fn bash(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `completion fish`.
///
/// # Errors
/// Always: it is not written yet.
pub fn fish(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `completion powershell`.
///
/// # Errors
/// Always: it is not written yet.
pub fn powershell(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}

/// Runs `completion zsh`.
///
/// # Errors
/// Always: it is not written yet.
pub fn zsh(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}
