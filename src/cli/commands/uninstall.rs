//! `uninstall`.

use super::releases::{self, CtxLog};
use crate::{
    actions::deploy::{
        Deployer,
        uninstall::{Options, uninstall},
    },
    cli::{CliError, Ctx, Matches},
    storage::Storage,
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
    let clock = ctx.clock;
    for name in matches.operands() {
        let records = releases::records(ctx, &cluster, cluster.namespace());
        let kept = {
            let log = CtxLog::new(ctx);
            let storage = Storage::new(&records, clock);
            let deployer = Deployer { cluster: &cluster, storage, clock, log: &log };
            uninstall(&deployer, name, &options)?
        };
        let kept = if kept.is_empty() { String::new() } else { format!("{kept}\n") };
        ctx.print(&format!("{kept}release \"{name}\" uninstalled\n"))?;
    }
    Ok(())
}
