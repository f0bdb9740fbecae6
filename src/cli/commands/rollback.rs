//! `rollback`.

use super::{
    install,
    releases::{self, with_deployer},
};
use crate::{
    actions::deploy::rollback::{Options, check_description, rollback},
    cli::{CliError, Ctx, Matches},
    values::gotext::Quoted,
};

/// Runs `rollback`.
///
/// # Errors
/// In Helm's words.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let name = &matches.operands()[0];
    let revision = match matches.operands().get(1) {
        Some(word) => revision(word)?,
        None => 0,
    };
    check_description(&matches.string("description"))?;
    let options = Options {
        revision,
        dry_run: install::dry_run(ctx, matches)?,
        no_hooks: matches.bool("no-hooks"),
        description: matches.string("description"),
        server_side: matches.string("server-side"),
        force_conflicts: matches.bool("force-conflicts"),
        force_replace: matches.bool("force-replace"),
        cleanup_on_fail: matches.bool("cleanup-on-fail"),
        history_max: usize::try_from(matches.int("history-max")).unwrap_or(0),
        wait: releases::wait(matches, matches.bool("wait-for-jobs")),
    };
    let cluster = releases::cluster(ctx)?;
    ctx.cancel_on_signal();
    let outcome = with_deployer(ctx, &cluster, |deployer| rollback(deployer, name, &options));
    ctx.tell_cancelled(name)?;
    outcome?;
    Ok(ctx.print("Rollback was a success! Happy Helming!\n")?)
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
