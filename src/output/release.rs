//! Releases as `install`, `upgrade`, `status` and `get all` print them.

use super::{Error, color::Palette, resources, to_yaml};
use crate::release::{ChartSummaryMetadata, Release, hook::HookEvent};
use serde_json::{Map, Value};
use std::fmt::Write;

/// What of a release is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown<'a> {
    /// Chart, version and app version, for `get all`, which reads the release back.
    pub chart: Option<&'a ChartSummaryMetadata>,
    /// Values, hooks and manifest; the computed values are given.
    pub details: Option<&'a Map<String, Value>>,
    /// Leave the notes out.
    pub hide_notes: bool,
}

/// A release for people.
///
/// # Errors
/// When values cannot be written as YAML.
pub fn text(release: &Release, shown: Shown<'_>, palette: Palette) -> Result<String, Error> {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut out, release, shown, palette);
    if !release.info.resources.is_empty() {
        let _ = writeln!(out, "RESOURCES:\n{}", resources::text(&release.info.resources));
    }
    let _ = tests(&mut out, release);
    if let Some(computed) = shown.details {
        // A release that was read back has no map where nothing was supplied, one that was just made an empty one.
        let read_back = shown.chart.is_some();
        let supplied = match read_back && release.config.is_empty() {
            true => Value::Null,
            false => Value::Object(release.config.clone()),
        };
        let _ = writeln!(out, "USER-SUPPLIED VALUES:\n{}", to_yaml(&supplied)?);
        let _ = writeln!(out, "COMPUTED VALUES:\n{}", to_yaml(computed)?);
    }
    let dry = release.info.description.eq_ignore_ascii_case("Dry run complete");
    if dry || shown.details.is_some() {
        let _ = writeln!(out, "HOOKS:");
        for hook in &release.hooks {
            let _ = writeln!(out, "---\n# Source: {}\n{}", hook.path, hook.manifest);
        }
        let _ = writeln!(out, "MANIFEST:\n{}", release.manifest);
    }
    if !shown.hide_notes && !release.info.notes.is_empty() {
        let _ = writeln!(out, "NOTES:\n{}", release.info.notes.trim());
    }
    Ok(out)
}

fn head(out: &mut String, release: &Release, shown: Shown<'_>, palette: Palette) -> std::fmt::Result {
    writeln!(out, "NAME: {}", release.name)?;
    if let Some(time) = release.info.last_deployed {
        writeln!(out, "LAST DEPLOYED: {}", time.ansic())?;
    }
    writeln!(out, "NAMESPACE: {}", palette.namespace(&release.namespace))?;
    writeln!(out, "STATUS: {}", palette.status(release.info.status.as_str()))?;
    writeln!(out, "REVISION: {}", release.version)?;
    if let Some(chart) = shown.chart {
        writeln!(
            out,
            "CHART: {}\nVERSION: {}\nAPP_VERSION: {}",
            chart.name, chart.version, chart.app_version
        )?;
    }
    writeln!(out, "DESCRIPTION: {}", release.info.description)
}

fn tests(out: &mut String, release: &Release) -> std::fmt::Result {
    let tests: Vec<_> = release.hooks.iter().filter(|hook| hook.events.contains(&HookEvent::Test)).collect();
    if tests.is_empty() {
        return writeln!(out, "TEST SUITE: None");
    }
    for hook in tests {
        let run = &hook.last_run;
        let time = |text: &Option<String>| crate::release::Time::parse(text.as_deref()?).ok();
        let Some(started) = time(&run.started_at) else { continue };
        // Go prints its zero time for a run that never ended.
        let completed =
            time(&run.completed_at).map_or("Mon Jan  1 00:00:00 0001".into(), |time| time.ansic());
        writeln!(
            out,
            "TEST SUITE:     {}\nLast Started:   {}\nLast Completed: {completed}\nPhase:          {}",
            hook.name,
            started.ansic(),
            run.phase
        )?;
    }
    Ok(())
}
