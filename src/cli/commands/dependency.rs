//! `dependency`: build, list, update.

use crate::{
    actions::dependency::{Listing, list as list_dependencies},
    chart::path,
    cli::{CliError, Ctx, Matches},
    log::{Log, Record},
    output::table::Table,
    resolve::{self, ResolveError, ResolveOptions, Tell},
};

/// The chart that was typed, cleaned; the working directory by default.
fn chart_path(matches: &Matches) -> String {
    matches.operands().first().map_or_else(|| ".".to_owned(), |typed| path::clean(typed))
}

/// Runs `dependency build`.
///
/// # Errors
/// A lock that is out of date, charts that are missing, sources that are not known yet, or the disk's.
pub fn build(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    resolve(ctx, matches, resolve::build)
}

/// Runs `dependency update`.
///
/// # Errors
/// Charts that are missing or do not fit, sources that are not known yet, or the disk's.
pub fn update(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    resolve(ctx, matches, resolve::update)
}

type Action = fn(&ResolveOptions, Tell<'_>, &mut dyn Log) -> Result<(), ResolveError>;

fn resolve(ctx: &mut Ctx<'_>, matches: &Matches, action: Action) -> Result<(), CliError> {
    if matches.bool("verify") {
        return Err(CliError::new("--verify is not supported yet: nothing was changed"));
    }
    let options = ResolveOptions {
        chart_path: ctx.path(chart_path(matches)),
        debug: ctx.settings.debug,
        source_date_epoch: super::package::source_date_epoch(ctx)?,
    };
    let mut log: Vec<Record> = Vec::new();
    let mut printed = Ok(());
    let mut tell = |progress: resolve::Progress| {
        if printed.is_ok() {
            printed = ctx.print(&progress.to_string());
        }
    };
    let result = action(&options, &mut tell, &mut log);
    super::flush_log(ctx, log);
    printed?;
    Ok(result?)
}

/// Runs `dependency list`.
///
/// # Errors
/// When there is no chart.
pub fn list(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let typed = chart_path(matches);
    let widest = usize::try_from(matches.uint("max-col-width")).unwrap_or(usize::MAX);
    let text = match list_dependencies(&ctx.path(&typed), &typed, ctx)? {
        Listing::Nothing => format!("WARNING: no dependencies at {}\n", path::join(&typed, "charts")),
        Listing::Dependencies { rows, warnings } => {
            let mut table = Table::with_widest(widest);
            table.row(["NAME", "VERSION", "REPOSITORY", "STATUS"]);
            for row in rows {
                table.row([row.name.as_str(), &row.version, &row.repository, row.status]);
            }
            let warnings: String = warnings.iter().map(|line| format!("{line}\n")).collect();
            format!("{table}\n\n{warnings}")
        }
    };
    Ok(ctx.print(&text)?)
}
