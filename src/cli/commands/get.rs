//! `get`: parts of a release's record.

use super::releases;
use crate::{
    actions::{
        deploy::upgrade::all_values,
        inspect::{self, Metadata},
    },
    cli::{CliError, Ctx, Matches, args::Format, fill::fill},
    log::Log,
    output::{self, color::Palette, release::Shown},
    release::Release,
    storage::Storage,
};
use serde_json::{Map, Value};

/// Which revision of which release.
struct Target {
    name: String,
    revision: i64,
}

impl From<&Matches> for Target {
    fn from(matches: &Matches) -> Self {
        Self { name: matches.operands()[0].clone(), revision: matches.int("revision") }
    }
}

fn content(ctx: &mut Ctx<'_>, target: &Target) -> Result<Release, CliError> {
    let cluster = releases::cluster(ctx)?;
    releases::reach(ctx, &cluster)?;
    let records = releases::records(ctx, &cluster, cluster.namespace());
    Ok(inspect::content(&Storage::new(&*records, ctx.clock), &target.name, target.revision)?)
}

/// What the templates of a release saw.
pub(super) fn computed(ctx: &mut Ctx<'_>, release: &Release) -> Result<Map<String, Value>, CliError> {
    let mut records = Vec::new();
    let values = all_values(release, &mut records).map_err(|error| CliError::new(error.to_string()));
    records.into_iter().for_each(|record| ctx.record(record));
    values
}

/// Runs `get all`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn all(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let (release, template) = (content(ctx, &matches.into())?, matches.string("template"));
    if !template.is_empty() {
        let data = output::release_template::data(&release, &ctx.clock.zone())?;
        let text = fill(&template, &data, ctx.clock)?;
        return Ok(ctx.print(&text)?);
    }
    let values = computed(ctx, &release)?;
    let chart = match &release.chart {
        Some(chart) => chart.summary()?.metadata.unwrap_or_default(),
        None => Default::default(),
    };
    let shown = Shown { chart: Some(&chart), details: Some(&values), hide_notes: false };
    let palette = Palette::new(&ctx.settings.color_mode, ctx.env, ctx.terminal.stdout);
    Ok(ctx.print(&output::release::text(&release, shown, palette)?)?)
}

/// Runs `get hooks`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn hooks(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let release = content(ctx, &matches.into())?;
    let document =
        |hook: &crate::release::hook::Hook| format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest);
    Ok(ctx.print(&release.hooks.iter().map(document).collect::<String>())?)
}

/// Runs `get manifest`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn manifest(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let release = content(ctx, &matches.into())?;
    Ok(ctx.print(&format!("{}\n", release.manifest))?)
}

/// Runs `get metadata`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn metadata(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let release = content(ctx, &matches.into())?;
    let metadata = Metadata::of(&release)?;
    let text = match Format::from_matches(matches) {
        Format::Json => output::to_json(&metadata)?,
        Format::Yaml => output::to_yaml(&metadata)?,
        Format::Table => output::metadata::text(&metadata),
    };
    Ok(ctx.print(&text)?)
}

/// Runs `get notes`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn notes(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let release = content(ctx, &matches.into())?;
    if release.info.notes.is_empty() {
        return Ok(());
    }
    Ok(ctx.print(&format!("NOTES:\n{}\n", release.info.notes))?)
}

/// Runs `get values`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn values(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let release = content(ctx, &matches.into())?;
    let all = matches.bool("all");
    let values = if all {
        Value::Object(computed(ctx, &release)?)
    } else if release.config.is_empty() {
        Value::Null
    } else {
        Value::Object(release.config)
    };
    let text = match Format::from_matches(matches) {
        Format::Json => output::to_json(&values)?,
        Format::Yaml => output::to_yaml(&values)?,
        Format::Table => {
            let title = if all { "COMPUTED VALUES:" } else { "USER-SUPPLIED VALUES:" };
            format!("{title}\n{}", output::to_yaml(&values)?)
        }
    };
    Ok(ctx.print(&text)?)
}
