//! `uninstall`.

use super::releases::{self, with_deployer};
use crate::{
    actions::deploy::{
        plan::{self, Planned},
        uninstall::{Options, uninstall},
    },
    cli::{CliError, Ctx, Matches},
};

impl From<&Matches> for Options {
    fn from(matches: &Matches) -> Self {
        Self {
            dry_run: matches.bool("dry-run"),
            no_hooks: matches.bool("no-hooks"),
            ignore_not_found: matches.bool("ignore-not-found"),
            keep_history: matches.bool("keep-history"),
            cascade: matches.string("cascade"),
            description: matches.string("description"),
            wait: releases::wait(matches, false),
        }
    }
}

/// Runs `uninstall`: one release after the other, until one fails.
///
/// # Errors
/// When a release is not there or cannot be removed.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let options = Options::from(matches);
    if !matches!(options.cascade.as_str(), "background" | "foreground" | "orphan") {
        let given = &options.cascade;
        let message =
            format!("invalid cascade value ({given}). Must be \"background\", \"foreground\", or \"orphan\"");
        return Err(CliError::new(message));
    }
    let cluster = releases::cluster(ctx)?;
    for name in matches.operands() {
        let outcome = with_deployer(ctx, &cluster, |deployer| uninstall(deployer, name, &options));
        let kept = outcome.map_err(|error| releases::explained(ctx, name, error))?;
        let kept = if kept.is_empty() { String::new() } else { format!("{kept}\n") };
        ctx.print(&format!("{kept}release \"{name}\" uninstalled\n"))?;
    }
    Ok(())
}

/// What an uninstall would do.
pub(super) fn planned(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<Planned, CliError> {
    let (name, options) = (&matches.operands()[0], Options::from(matches));
    let cluster = releases::cluster(ctx)?;
    Ok(with_deployer(ctx, &cluster, |deployer| plan::uninstall(deployer, name, &options))?)
}
