//! `completion`: scripts that let a shell ask `__complete`.

use crate::cli::{CliError, Ctx, Matches};

/// Runs `completion bash`.
///
/// # Errors
/// Where standard output cannot be written.
pub fn bash(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    print(ctx, matches, include_str!("script.bash"))
}

/// Runs `completion fish`.
///
/// # Errors
/// Where standard output cannot be written.
pub fn fish(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    print(ctx, matches, include_str!("script.fish"))
}

/// Runs `completion powershell`.
///
/// # Errors
/// Where standard output cannot be written.
pub fn powershell(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    print(ctx, matches, include_str!("script.ps1"))
}

/// Runs `completion zsh`.
///
/// # Errors
/// Where standard output cannot be written.
pub fn zsh(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    print(ctx, matches, include_str!("script.zsh"))
}

/// The scripts write `NAME` for the program and `COMPLETE` for the hidden command they ask.
fn print(ctx: &mut Ctx<'_>, matches: &Matches, script: &str) -> Result<(), CliError> {
    let ask = if matches.bool("no-descriptions") { "__completeNoDesc" } else { "__complete" };
    let script = script.replace("NAME", ctx.program.name).replace("COMPLETE", ask);
    Ok(ctx.print(&script)?)
}
