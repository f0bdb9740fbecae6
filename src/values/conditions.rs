//! Which subcharts take part: aliases, version ranges, tags, conditions; then imported values.

use super::coalesce::{self, coalesce_values};
use super::imports::import_values;
use super::path;
use crate::chart::{Chart, Dependency};
use crate::log::{Level, Record};
use serde_json::{Map, Value};
use std::mem;
use templates_engine::semver::{Constraint, Version};

/// Helm's `ProcessDependencies`: leaves the subcharts that `values` enable, under their aliases, and
/// takes over the values that `import-values` name.
///
/// A subchart that `Chart.yaml` does not declare stays; a declared one that is not there is passed over
/// (see [`missing_dependencies`]). What Helm logs is added to `log`.
///
/// # Errors
/// When a subchart's values are not a table.
pub fn process_dependencies(
    chart: &mut Chart,
    values: &Map<String, Value>,
    log: &mut Vec<Record>,
) -> Result<(), coalesce::Error> {
    enable(chart, values, "", log)?;
    import_values(chart, log)
}

/// The declared dependencies that are not among the subcharts, or nothing when all are there.
///
/// Helm says: `found in Chart.yaml, but missing in charts/ directory: a, b`.
pub fn missing_dependencies(chart: &Chart) -> Option<String> {
    let there = |name: &str| chart.dependencies.iter().any(|c| c.name() == name);
    let missing: Vec<&str> =
        chart.metadata.dependencies.iter().map(|d| d.name.as_str()).filter(|name| !there(name)).collect();
    (!missing.is_empty())
        .then(|| format!("found in Chart.yaml, but missing in charts/ directory: {}", missing.join(", ")))
}

/// Whether a version lies in a range, as Helm's `IsCompatibleRange` says; what cannot be read does not.
pub fn is_compatible_range(range: &str, version: &str) -> bool {
    match (Version::parse(version), Constraint::parse(range)) {
        (Ok(version), Ok(range)) => range.check(&version),
        _ => false,
    }
}

fn declares_dependencies(chart: &Chart) -> bool {
    chart.metadata.origin.declares_dependencies || !chart.metadata.dependencies.is_empty()
}

fn enable(
    chart: &mut Chart,
    values: &Map<String, Value>,
    prefix: &str,
    log: &mut Vec<Record>,
) -> Result<(), coalesce::Error> {
    if !declares_dependencies(chart) {
        return Ok(());
    }
    resolve(chart);
    let values = coalesce_values(chart, values.clone(), log)?;
    let declared = &mut chart.metadata.dependencies;
    declared.iter_mut().for_each(|dependency| dependency.enabled = true);
    apply_tags(declared, &values, log);
    apply_conditions(declared, &values, prefix, log);
    let disabled: Vec<String> = declared.iter().filter(|d| !d.enabled).map(|d| d.name.clone()).collect();
    chart.dependencies.retain(|subchart| !disabled.iter().any(|name| name == subchart.name()));
    declared.retain(|dependency| !disabled.contains(&dependency.name));
    chart.metadata.origin.declares_dependencies = !declared.is_empty();
    for subchart in &mut chart.dependencies {
        let prefix = format!("{prefix}{}.", subchart.name());
        enable(subchart, &values, &prefix, log)?;
    }
    Ok(())
}

fn fits(subchart: &Chart, dependency: &Dependency) -> bool {
    subchart.name() == dependency.name && is_compatible_range(&dependency.version, &subchart.metadata.version)
}

/// Puts the subcharts in order: undeclared ones, then one for each declared dependency, under its alias.
fn resolve(chart: &mut Chart) {
    let declared = &mut chart.metadata.dependencies;
    let places: Vec<Option<usize>> = declared
        .iter()
        .map(|dependency| chart.dependencies.iter().position(|c| fits(c, dependency)))
        .collect();
    let (mut resolved, mut used) = (Vec::new(), Vec::new());
    for subchart in mem::take(&mut chart.dependencies) {
        if declared.iter().any(|dependency| fits(&subchart, dependency)) {
            used.push(Some(subchart));
        } else {
            used.push(None);
            resolved.push(subchart);
        }
    }
    for (i, dependency) in declared.iter_mut().enumerate() {
        // The last user of a subchart takes it, those before it take copies.
        let subchart = places[i].and_then(|place| {
            if places[i + 1..].contains(&Some(place)) { used[place].clone() } else { used[place].take() }
        });
        if let Some(mut subchart) = subchart {
            if !dependency.alias.is_empty() {
                subchart.metadata.name.clone_from(&dependency.alias);
            }
            resolved.push(subchart);
        }
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
    }
    chart.dependencies = resolved;
}

/// A dependency with tags is on when one of them is true, or none of them is set.
fn apply_tags(declared: &mut [Dependency], values: &Map<String, Value>, log: &mut Vec<Record>) {
    let Some(Value::Object(tags)) = values.get("tags") else { return };
    for dependency in declared {
        let (mut on, mut off) = (false, false);
        for tag in &dependency.tags {
            match tags.get(tag) {
                Some(Value::Bool(true)) => on = true,
                Some(Value::Bool(false)) => off = true,
                Some(_) => {
                    let record = Record::new(Level::Warn, "returned non-bool value");
                    log.push(record.with("tag", tag.clone()).with("chart", dependency.name.as_str()));
                }
                None => {}
            }
        }
        dependency.enabled = on || !off;
    }
}

/// The first path of a condition that holds a boolean decides, whatever the tags say.
fn apply_conditions(
    declared: &mut [Dependency],
    values: &Map<String, Value>,
    prefix: &str,
    log: &mut Vec<Record>,
) {
    for dependency in declared {
        for path in dependency.condition.trim().split(',').filter(|path| !path.is_empty()) {
            match path::value(values, &format!("{prefix}{path}")) {
                Some(Value::Bool(enabled)) => {
                    dependency.enabled = *enabled;
                    break;
                }
                Some(_) => {
                    let record = Record::new(Level::Warn, "returned non-bool value");
                    log.push(record.with("path", path.to_owned()).with("chart", dependency.name.as_str()));
                }
                None => {}
            }
        }
    }
}
