//! Declared dependencies against those in `charts/`.

use super::{Linter, Loaded, Severity};
use std::collections::BTreeSet;

pub(super) fn check(linter: &mut Linter<'_>, loaded: &Loaded) {
    let chart = match loaded.chart(linter.log) {
        Ok(chart) => chart,
        Err(error) => return linter.add(Severity::Error, "", format!("unable to load chart\n\t{error}")),
    };
    let dir = linter.dir.display().to_string();
    let declared = &chart.metadata.dependencies;
    let undeclared = list(
        chart.dependencies.iter().map(|c| c.name()).filter(|name| !declared.iter().any(|d| d.name == *name)),
    );
    if let Some(names) = undeclared {
        linter.add(Severity::Error, &dir, format!("chart metadata is missing these dependencies: {names}"));
    }
    let mut seen = BTreeSet::new();
    let key =
        |d: &crate::chart::Dependency| if d.alias.is_empty() { d.name.clone() } else { d.alias.clone() };
    let twice = declared.iter().map(key).filter(|key| !seen.insert(key.clone())).collect::<Vec<_>>();
    if let Some(names) = list(twice.iter().map(String::as_str)) {
        linter.add(Severity::Error, &dir, format!("multiple dependencies with name or alias: {names}"));
    }
    let there = |name: &str| chart.dependencies.iter().any(|c| c.name() == name);
    let missing = list(declared.iter().map(|d| d.name.as_str()).filter(|name| !there(name)));
    if let Some(names) = missing {
        linter.add(
            Severity::Warning,
            &dir,
            format!("chart directory is missing these dependencies: {names}"),
        );
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| names.join(","))
}
