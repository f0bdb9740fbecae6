//! `upgrade`.

use super::{
    install,
    releases::{self, with_deployer},
};
use crate::{
    actions::{
        deploy::{
            DryRun, install as install_action,
            plan::{self, Planned},
            upgrade::{Options, ValuesFrom, upgrade},
        },
        inspect,
    },
    cli::{CliError, Ctx, Matches, args::Format},
    release::{Release, Status},
    storage::{self, Storage},
};

/// Runs `upgrade`.
///
/// # Errors
/// In Helm's words; failures of the upgrade itself after `UPGRADE FAILED`.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    if matches.bool("plan") {
        return super::plan::run(ctx, matches);
    }
    let name = &matches.operands()[0];
    let dry_run = install::dry_run(ctx, matches)?;
    let is_table = Format::from_matches(matches) == Format::Table;
    if matches.bool("install")
        && let Some(replace) = is_missing(ctx, name)?
    {
        if is_table {
            ctx.print(&format!("Release \"{name}\" does not exist. Installing it now.\n"))?;
        }
        let release = install::run_install(ctx, matches, install_options(matches, dry_run, replace)?)?;
        return install::print(ctx, matches, &release, "");
    }
    let release = run_upgrade(ctx, matches, name, dry_run)?;
    install::print(ctx, matches, &release, &format!("Release \"{name}\" has been upgraded. Happy Helming!\n"))
}

/// Whether a release must be installed rather than upgraded; then, whether an uninstalled one leaves its name.
fn is_missing(ctx: &mut Ctx<'_>, name: &str) -> Result<Option<bool>, CliError> {
    let cluster = releases::cluster(ctx)?;
    cluster.server_version()?;
    let records = releases::records(ctx, &cluster, cluster.namespace());
    match inspect::history(&Storage::new(&*records, ctx.clock), name, i64::MAX) {
        Err(inspect::Error::Storage(storage::Error::NotFound)) => Ok(Some(false)),
        Err(error) => Err(error.into()),
        Ok(history) => {
            let last = history.found.last();
            let uninstalled = last.is_some_and(|release| release.info.status == Status::Uninstalled);
            Ok(uninstalled.then_some(true))
        }
    }
}

fn install_options(
    matches: &Matches,
    dry_run: DryRun,
    replace: bool,
) -> Result<install_action::Options, CliError> {
    Ok(install_action::Options {
        create_namespace: matches.bool("create-namespace"),
        server_side: matches.string("server-side") != "false",
        crds: install::crds(matches)?,
        replace,
        common: install::common(matches, dry_run),
        ..install_action::Options::default()
    })
}

/// What an upgrade would do, or the install that `--install` makes of it.
pub(super) fn planned(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<Planned, CliError> {
    let name = &matches.operands()[0];
    if matches.bool("install")
        && let Some(replace) = is_missing(ctx, name)?
    {
        let options = install_options(matches, DryRun::Server, replace)?;
        return install::plan_install(ctx, matches, options);
    }
    let (mut chart, values) = install::load(ctx, matches, &matches.operands()[1], false)?;
    let options = options(matches, name, DryRun::Server)?;
    let cluster = releases::cluster(ctx)?;
    let planned =
        with_deployer(ctx, &cluster, |deployer| plan::upgrade(deployer, &mut chart, values, &options));
    planned.map_err(|error| releases::explained(ctx, name, error).context("UPGRADE FAILED"))
}

fn options(matches: &Matches, name: &str, dry_run: DryRun) -> Result<Options, CliError> {
    Ok(Options {
        name: name.to_owned(),
        server_side: matches.string("server-side"),
        values_from: values_from(matches),
        history_max: usize::try_from(matches.int("history-max")).unwrap_or(0),
        cleanup_on_fail: matches.bool("cleanup-on-fail"),
        crds: install::crds(matches)?,
        common: install::common(matches, dry_run),
    })
}

fn run_upgrade(
    ctx: &mut Ctx<'_>,
    matches: &Matches,
    name: &str,
    dry_run: DryRun,
) -> Result<Release, CliError> {
    let (mut chart, values) = install::load(ctx, matches, &matches.operands()[1], false)?;
    let options = options(matches, name, dry_run)?;
    let cluster = releases::cluster(ctx)?;
    ctx.cancel_on_signal();
    let release = with_deployer(ctx, &cluster, |deployer| upgrade(deployer, &mut chart, values, &options));
    ctx.tell_cancelled(name)?;
    release.map_err(|error| releases::explained(ctx, name, error).context("UPGRADE FAILED"))
}

/// The strongest of the three flags.
fn values_from(matches: &Matches) -> ValuesFrom {
    if matches.bool("reset-values") {
        ValuesFrom::Chart
    } else if matches.bool("reuse-values") {
        ValuesFrom::LastRelease
    } else if matches.bool("reset-then-reuse-values") {
        ValuesFrom::LastReleaseOverChart
    } else {
        ValuesFrom::Either
    }
}
