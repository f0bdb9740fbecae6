//! `package`: charts' folders as archives.

use crate::{
    actions::package::{PackageOptions, package},
    chart::{Moment, io, path},
    cli::{CliError, Ctx, Matches},
    resolve::{self, ResolveOptions},
};
use std::path::{Path, PathBuf};

/// What was typed.
struct PackageArgs {
    charts: Vec<String>,
    version: String,
    app_version: String,
    destination: String,
    dependency_update: bool,
    sign: bool,
    key: String,
}

impl From<&Matches> for PackageArgs {
    fn from(matches: &Matches) -> Self {
        Self {
            charts: matches.operands().to_vec(),
            version: matches.string("version"),
            app_version: matches.string("app-version"),
            destination: matches.string("destination"),
            dependency_update: matches.bool("dependency-update"),
            sign: matches.bool("sign"),
            key: matches.string("key"),
        }
    }
}

/// Runs `package`.
///
/// # Errors
/// A folder without a chart, dependencies that are missing, or the disk's.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = PackageArgs::from(matches);
    if args.charts.is_empty() {
        return Err(CliError::new("need at least one argument, the path to the chart"));
    }
    let source_date_epoch = source_date_epoch(ctx)?;
    if args.sign && args.key.is_empty() {
        return Err(CliError::new("--key is required for signing a package"));
    }
    if args.sign {
        return Err(CliError::new("--sign is not supported yet: nothing was packaged"));
    }
    let given = |text: String| (!text.is_empty()).then_some(text);
    let options = PackageOptions {
        version: given(args.version),
        app_version: given(args.app_version),
        destination: destination(ctx, &args.destination)?,
        source_date_epoch,
    };
    for chart in &args.charts {
        let folder = absolute(&ctx.path(chart))?;
        io::stat(&ctx.path(chart)).map_err(|error| io::IoError { path: chart.into(), ..error })?;
        if args.dependency_update {
            let options =
                ResolveOptions { chart_path: folder.clone(), debug: ctx.settings.debug, source_date_epoch };
            resolve::update(&options, &mut |_| {}, ctx)?;
        }
        let archive = package(&folder, &options, ctx)?;
        let shown = archive.display();
        ctx.print(&format!("Successfully packaged chart and saved it to: {shown}\n"))?;
    }
    Ok(())
}

/// The folder for archives; the working directory is named in full, others as typed.
fn destination(ctx: &Ctx<'_>, typed: &str) -> Result<PathBuf, CliError> {
    if typed == "." {
        return absolute(&ctx.path("."));
    }
    let path = ctx.path(typed);
    Ok(path.to_str().filter(|text| !text.is_empty()).map_or(path.clone(), |text| path::clean(text).into()))
}

fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    Ok(path::absolute(path).map_err(io::IoError::of("getwd", path))?)
}

/// `SOURCE_DATE_EPOCH`: the time of all files, where archives must be reproducible.
///
/// # Errors
/// When it is no number of seconds.
pub(super) fn source_date_epoch(ctx: &Ctx<'_>) -> Result<Option<Moment>, CliError> {
    let Some(text) = ctx.env.var("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let error = |why: String| CliError::new(format!("invalid SOURCE_DATE_EPOCH: {why}"));
    let seconds: i64 = text.parse().map_err(|failure: std::num::ParseIntError| {
        use std::num::IntErrorKind::{NegOverflow, PosOverflow};
        let why = match failure.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        let shown = templates_engine::quote::quoted(text.as_bytes());
        error(format!("strconv.ParseInt: parsing {shown}: {why}"))
    })?;
    if seconds < 0 {
        return Err(error("must not be negative".to_owned()));
    }
    Ok(Some(Moment::from_unix(seconds)))
}
