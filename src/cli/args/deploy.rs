//! What `install` and `template` share: the release's name, the dry run, the chart's place.

use crate::{
    actions::locate::{self, ChartReference, LocateError},
    cli::{CliError, Ctx, Matches},
    log::{Level, Log as _, Record},
    yaml,
};
use std::path::PathBuf;
use templates_engine::{
    exec::{FuncMap, Host, TemplateSet},
    fmt::quote,
    funcs::sprig,
    value::Value,
};

/// Whom a dry run asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// Not a dry run.
    None,
    /// Nobody.
    Client,
    /// The cluster.
    Server,
}

impl DryRun {
    /// Reads `--dry-run`, with Helm's warnings for its older forms.
    ///
    /// # Errors
    /// For a word that is none of them; `template` is always a dry run.
    pub fn from_matches(ctx: &mut Ctx<'_>, matches: &Matches, is_template: bool) -> Result<Self, CliError> {
        let word = matches.string("dry-run");
        let invalid = |choices: &str| {
            CliError::new(format!("invalid dry-run value ({}). Must be {choices}", quote(word.as_bytes())))
        };
        const OF_TEMPLATE: &str = "\"server\" or \"client\"";
        match word.as_str() {
            "unset" => {
                ctx.warn("--dry-run is deprecated and should be replaced with '--dry-run=client'");
                Ok(Self::Client)
            }
            "client" => Ok(Self::Client),
            "server" => Ok(Self::Server),
            "none" if is_template => Err(invalid(OF_TEMPLATE)),
            "none" => Ok(Self::None),
            other => {
                let on = crate::env::parse_bool(other)
                    .ok_or_else(|| invalid("\"none\", \"server\", or \"client\""))?;
                if is_template && !on {
                    return Err(invalid(OF_TEMPLATE));
                }
                let (run, name) = if on { (Self::Client, "client") } else { (Self::None, "none") };
                ctx.warn(&format!(
                    "boolean '--dry-run={other}' flag is deprecated and must be replaced with '--dry-run={name}'"
                ));
                Ok(run)
            }
        }
    }
}

/// The release's name and the chart's, as typed (Helm's `NameAndChart`).
///
/// `default_name` is the name when none is given, or `None` where one must be.
///
/// # Errors
/// When there are too many words, or a name is given twice or not at all.
pub fn name_and_chart(
    ctx: &Ctx<'_>,
    matches: &Matches,
    default_name: Option<&str>,
) -> Result<(String, String), CliError> {
    let template = matches.string("name-template");
    match matches.operands() {
        [_, _, rest @ ..] if !rest.is_empty() => Err(CliError::new(format!(
            "expected at most two arguments, unexpected arguments: {}",
            rest.join(", ")
        ))),
        [_, _, ..] if matches.bool("generate-name") => {
            Err(CliError::new("cannot set --generate-name and also specify a name"))
        }
        [_, _, ..] if !template.is_empty() => {
            Err(CliError::new("cannot set --name-template and also specify a name"))
        }
        [name, chart, ..] => Ok((name.clone(), chart.clone())),
        [chart] if !template.is_empty() => Ok((name_from_template(ctx, &template)?, chart.clone())),
        [chart] => match default_name {
            Some(name) => Ok((name.to_owned(), chart.clone())),
            None if matches.bool("generate-name") => Ok((generated_name(ctx, chart), chart.clone())),
            None => Err(CliError::new("must either provide a name or specify --generate-name")),
        },
        [] => Err(CliError::new("a chart is needed")),
    }
}

/// The chart's name without extension, and the seconds of the clock.
fn generated_name(ctx: &Ctx<'_>, chart: &str) -> String {
    let base = chart.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let base = if base.is_empty() || base == "." { "chart" } else { base };
    let base = base.split('.').next().unwrap_or_default();
    format!("{base}-{}", ctx.clock.now().as_second())
}

/// A name from a template: Sprig's functions, and no data.
fn name_from_template(ctx: &Ctx<'_>, template: &str) -> Result<String, CliError> {
    let mut funcs = FuncMap::new();
    funcs.add_table(sprig());
    let mut set = TemplateSet::new("name-template", funcs);
    set.parse("name-template", template)?;
    let output = set
        .execute(&NameHost(ctx), "name-template", &Value::Nil)
        .map_err(|error| CliError::new(error.to_string()))?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// The world of a name template.
struct NameHost<'a, 'c>(&'a Ctx<'c>);

impl Host for NameHost<'_, '_> {
    fn now(&self) -> jiff::Timestamp {
        self.0.clock.now()
    }

    fn local_zone(&self) -> jiff::tz::TimeZone {
        self.0.clock.zone()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        crate::render::fill_random(buffer);
    }

    fn host_by_name(&self, _: &str) -> Option<String> {
        None
    }
}

/// The chart's absolute path, which is logged.
///
/// # Errors
/// When there is no such chart on this machine.
pub fn locate_chart_logged(ctx: &mut Ctx<'_>, matches: &Matches, name: &str) -> Result<PathBuf, CliError> {
    let path = locate_chart(ctx, matches, name)?;
    ctx.record(Record::new(Level::Debug, "Chart path").with("path", path.display().to_string()));
    Ok(path)
}

/// Logs the version that was asked for, as `install` and `template` do before anything else.
pub fn log_version(ctx: &mut Ctx<'_>, matches: &Matches) {
    let version = matches.string("version");
    let devel = version.is_empty() && matches.bool("devel");
    ctx.record(Record::new(Level::Debug, "Original chart version").with("version", version));
    if devel {
        ctx.debug("setting version to >0.0.0-0");
    }
}

/// The chart's absolute path.
///
/// # Errors
/// When there is no such chart on this machine.
pub fn locate_chart(ctx: &mut Ctx<'_>, matches: &Matches, name: &str) -> Result<PathBuf, CliError> {
    let reference = ChartReference {
        name: name.to_owned(),
        repo: matches.string("repo"),
        verify: matches.bool("verify"),
    };
    let located = locate::locate(&reference, |path| ctx.path(path), || repositories(ctx));
    located.map_err(|error: LocateError| {
        if error.is_remote() {
            ctx.debug("set up default downloader cache");
        }
        let hint = error.hint();
        CliError::from(error).hint(hint)
    })
}

/// The names of the repositories that were added; none when the file is missing or broken.
fn repositories(ctx: &Ctx<'_>) -> Vec<String> {
    let Ok(text) = std::fs::read(ctx.path(&ctx.settings.repository_config)) else { return Vec::new() };
    let Ok(file) = yaml::to_json(&text) else { return Vec::new() };
    let names = file["repositories"].as_array().into_iter().flatten();
    names.filter_map(|repository| Some(repository["name"].as_str()?.to_owned())).collect()
}
