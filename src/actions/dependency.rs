//! `dependency list`: what a chart needs and what it has.

use crate::{
    chart::{
        Chart, Dependency,
        ignore::Pattern,
        load::{self, LoadError},
        path,
    },
    log::Log,
};
use skiff_compact::Order;
use std::{fs, path::Path};
use templates_engine::{
    quote::quoted,
    semver::{Constraint, Version},
};

/// What a chart needs and what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The chart declares no dependencies.
    Nothing,
    /// One row for each dependency, and complaints about what else lies in `charts/`.
    Dependencies {
        /// The dependencies, in the order of `Chart.yaml`.
        rows: Vec<Row>,
        /// Lines about charts that are not declared.
        warnings: Vec<String>,
    },
}

/// A dependency and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The chart's name.
    pub name: String,
    /// The version or range.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// `ok`, `missing`, `unpacked`, `wrong version`, ….
    pub status: &'static str,
}

/// The names of dependencies that are not in `charts/` (Helm's `CheckDependencies`).
pub fn missing(chart: &Chart) -> Vec<String> {
    let has = |name: &str| chart.dependencies.iter().any(|child| child.name() == name);
    let names = chart.metadata.dependencies.iter().map(|dependency| &dependency.name);
    names.filter(|name| !has(name)).cloned().collect()
}

/// Lists the dependencies of the chart at `chart_path`, a folder or an archive; `typed` is the path
/// that complaints name.
///
/// # Errors
/// When there is no chart.
pub fn list(chart_path: &Path, typed: &str, log: &mut dyn Log) -> Result<Listing, LoadError> {
    let chart = load::load(chart_path, log)?;
    if !chart.metadata.origin.declares_dependencies {
        return Ok(Listing::Nothing);
    }
    let charts = chart_path.join("charts");
    let names = names(&charts);
    let row = |dependency: &Dependency| Row {
        name: dependency.name.clone(),
        version: dependency.version.clone(),
        repository: dependency.repository.clone(),
        status: status(dependency, &chart, &charts, &names),
    };
    let rows = chart.metadata.dependencies.iter().map(row).collect();
    let warnings = undeclared(&chart, &charts, &path::join(typed, "charts"), &names, log);
    Ok(Listing::Dependencies { rows, warnings })
}

/// What lies in a folder, sorted; nothing where there is none.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.order();
    names
}

fn status(dependency: &Dependency, parent: &Chart, charts: &Path, names: &[String]) -> &'static str {
    let Some(pattern) = Pattern::parse(&format!("{}-*.tgz", dependency.name)) else {
        return "bad pattern";
    };
    let mut archives: Vec<&String> = names.iter().filter(|name| pattern.matches(name)).collect();
    if archives.len() > 1 {
        // Another chart's name may begin with this one's: what follows must be a version.
        let prefix = format!("{}-", dependency.name);
        archives.retain(|name| {
            let stem = name.trim_end_matches(".tgz");
            Version::parse_strict(stem.strip_prefix(&prefix).unwrap_or(stem)).is_ok()
        });
        if archives.len() > 1 {
            return "too many matches";
        }
    }
    if let Some(status) = archives.first().and_then(|name| archive_status(&charts.join(name), dependency)) {
        return status;
    }
    let child = parent.dependencies.iter().rfind(|child| child.name() == dependency.name);
    match child {
        None => "missing",
        Some(child) => mismatch(child, dependency).unwrap_or("unpacked"),
    }
}

/// The state of an archive, if it is there.
fn archive_status(archive: &Path, dependency: &Dependency) -> Option<&'static str> {
    archive.metadata().ok()?;
    let Ok(chart) = load::load(archive, &mut Vec::new()) else { return Some("corrupt") };
    if chart.name() != dependency.name {
        return Some("misnamed");
    }
    Some(mismatch(&chart, dependency).unwrap_or("ok"))
}

fn mismatch(chart: &Chart, dependency: &Dependency) -> Option<&'static str> {
    if chart.metadata.version == dependency.version {
        return None;
    }
    let constraint = Constraint::parse(&dependency.version);
    let (Ok(constraint), Ok(version)) = (constraint, Version::parse(&chart.metadata.version)) else {
        return Some("invalid version");
    };
    (!constraint.check(&version)).then_some("wrong version")
}

/// A complaint for each chart in `charts/` that `Chart.yaml` does not name.
fn undeclared(chart: &Chart, charts: &Path, typed: &str, names: &[String], log: &mut dyn Log) -> Vec<String> {
    let mut warnings = Vec::new();
    for name in names {
        let path = charts.join(name);
        let is_dir = path.is_dir();
        if !is_dir && path::extension(name) != ".tgz" {
            continue;
        }
        let shown = quoted(format!("{typed}/{name}").as_bytes());
        match load::load(&path, log) {
            Err(_) => warnings.push(format!("WARNING: {shown} is not a chart.")),
            Ok(found) if chart.metadata.dependencies.iter().any(|known| known.name == found.name()) => {}
            Ok(_) => warnings.push(format!("WARNING: {shown} is not in Chart.yaml.")),
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Metadata, save, scaffold};

    /// A chart `p` with dependency `a`, and archives of `a` (file name → name and version inside).
    fn status_with(version: &str, archives: &[(&str, &str, &str)]) -> &'static str {
        let dir = tempfile::tempdir().expect("a folder");
        let parent = scaffold::create("p", dir.path()).expect("it is created").path;
        for (file, name, version) in archives {
            let (name, version) = ((*name).to_owned(), (*version).to_owned());
            let metadata = Metadata { name, version, api_version: "v2".into(), ..Metadata::default() };
            let mut chart = Chart { metadata, ..Chart::default() };
            let saved = save::save(&mut chart, dir.path()).expect("it is saved");
            fs::rename(saved, parent.join("charts").join(file)).expect("it moves");
        }
        let chart = Chart::default();
        let dependency = Dependency { name: "a".into(), version: version.into(), ..Dependency::default() };
        let charts = parent.join("charts");
        status(&dependency, &chart, &charts, &names(&charts))
    }

    #[test]
    fn each_state_of_an_archive_has_its_word() {
        assert_eq!(status_with("1.x", &[]), "missing");
        assert_eq!(status_with("1.x", &[("a-1.2.0.tgz", "a", "1.2.0")]), "ok");
        assert_eq!(status_with("2.x", &[("a-1.2.0.tgz", "a", "1.2.0")]), "wrong version");
        assert_eq!(status_with("x y", &[("a-1.2.0.tgz", "a", "1.2.0")]), "invalid version");
        assert_eq!(status_with("1.x", &[("a-1.2.0.tgz", "b", "1.2.0")]), "misnamed");
        let two = [("a-1.2.0.tgz", "a", "1.2.0"), ("a-1.3.0.tgz", "a", "1.3.0")];
        assert_eq!(status_with("1.x", &two), "too many matches");
        let other = [("a-1.2.0.tgz", "a", "1.2.0"), ("a-b-1.3.0.tgz", "a-b", "1.3.0")];
        assert_eq!(status_with("1.x", &other), "ok");
    }
}
