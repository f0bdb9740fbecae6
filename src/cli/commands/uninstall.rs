//! `uninstall`.

use crate::cli::{CliError, Ctx, Matches};

/// Runs `uninstall`.
///
/// # Errors
/// Always: it is not written yet.
pub fn run(_ctx: &mut Ctx<'_>, _matches: &Matches) -> Result<(), CliError> {
    Err(super::missing())
}
