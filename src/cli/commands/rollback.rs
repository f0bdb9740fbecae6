//! `rollback`.

use super::{
    install,
    releases::{self, with_deployer},
};
use crate::{
    actions::deploy::{
        DryRun,
        plan::{self, Planned},
        rollback::{Options, check_description, rollback},
    },
    cli::{CliError, Ctx, Matches},
    values::gotext::Quoted,
};

/// Runs `rollback`.
///
/// # Errors
/// In Helm's words.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let name = &matches.operands()[0];
    let revision = revision_of(matches)?;
    check_description(&matches.string("description"))?;
    let dry_run = install::dry_run(ctx, matches)?;
    let options = options(matches, revision, dry_run);
    let cluster = releases::cluster(ctx)?;
    ctx.cancel_on_signal();
    let outcome = with_deployer(ctx, &cluster, |deployer| rollback(deployer, name, &options));
    ctx.tell_cancelled(name)?;
    outcome.map_err(|error| releases::explained(ctx, name, error))?;
    Ok(ctx.print("Rollback was a success! Happy Helming!\n")?)
}

/// What a rollback would do.
pub(super) fn planned(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<Planned, CliError> {
    let name = &matches.operands()[0];
    let options = options(matches, revision_of(matches)?, DryRun::Server);
    let cluster = releases::cluster(ctx)?;
    Ok(with_deployer(ctx, &cluster, |deployer| plan::rollback(deployer, name, &options))?)
}

fn revision_of(matches: &Matches) -> Result<i64, CliError> {
    matches.operands().get(1).map_or(Ok(0), |word| revision(word))
}

fn options(matches: &Matches, revision: i64, dry_run: DryRun) -> Options {
    Options {
        revision,
        dry_run,
        no_hooks: matches.bool("no-hooks"),
        description: matches.string("description"),
        server_side: matches.string("server-side"),
        force_conflicts: matches.bool("force-conflicts"),
        force_replace: matches.bool("force-replace"),
        cleanup_on_fail: matches.bool("cleanup-on-fail"),
        history_max: usize::try_from(matches.int("history-max")).unwrap_or(0),
        wait: releases::wait(matches, matches.bool("wait-for-jobs")),
    }
}

/// Go's `strconv.Atoi`.
fn revision(word: &str) -> Result<i64, CliError> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    word.parse().ok().filter(|_| is_number).ok_or_else(|| {
        let quoted = Quoted(word);
        CliError::new(format!(
            "could not convert revision to a number: strconv.Atoi: parsing {quoted}: {why}"
        ))
    })
}
