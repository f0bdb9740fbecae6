//! `show`: parts of a chart.

use crate::{
    actions::show::{Part, show, values_at},
    chart::load,
    cli::{CliError, Ctx, Matches, args::deploy::locate_chart},
    log::{Level, Log as _, Record},
};

/// Runs `show all`.
///
/// # Errors
/// When there is no such chart on this machine.
pub fn all(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    run(ctx, matches, Part::All)
}

/// Runs `show chart`.
///
/// # Errors
/// When there is no such chart on this machine.
pub fn chart(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    run(ctx, matches, Part::Chart)
}

/// Runs `show crds`.
///
/// # Errors
/// When there is no such chart on this machine.
pub fn crds(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    run(ctx, matches, Part::Crds)
}

/// Runs `show readme`.
///
/// # Errors
/// When there is no such chart on this machine.
pub fn readme(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    run(ctx, matches, Part::Readme)
}

/// Runs `show values`.
///
/// # Errors
/// When there is no such chart on this machine, or `--jsonpath` cannot be read.
pub fn values(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let template = matches.string("jsonpath");
    if template.is_empty() {
        return run(ctx, matches, Part::Values);
    }
    let chart = load_chart(ctx, matches)?;
    let text = values_at(&chart, &template)?;
    Ok(ctx.print(&text)?)
}

fn run(ctx: &mut Ctx<'_>, matches: &Matches, part: Part) -> Result<(), CliError> {
    let chart = load_chart(ctx, matches)?;
    let text = show(&chart, part)?;
    Ok(ctx.out().write_all(&text)?)
}

fn load_chart(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<crate::chart::Chart, CliError> {
    let version = matches.string("version");
    let devel = version.is_empty() && matches.bool("devel");
    ctx.record(Record::new(Level::Debug, "original chart version").with("version", version));
    if devel {
        ctx.debug("setting version to >0.0.0-0");
    }
    let name = matches.operands().first().cloned().unwrap_or_default();
    let path = locate_chart(ctx, matches, &name)?;
    Ok(load::load(&path, ctx)?)
}
