//! Filling `charts/`: all archives are made beside it first, then moved.

use super::{FILE_SCHEME, Progress, ResolveError, ResolveOptions, Tell, local_path};
use crate::{
    chart::{
        Dependency,
        io::{self, IoError},
        load, save,
    },
    log::Log,
};
use std::{collections::BTreeSet, error::Error, fs, path::Path};
use templates_engine::semver::{Constraint, Version};

/// Saves all dependencies, whose versions become exact.
pub(super) fn all(
    options: &ResolveOptions,
    dependencies: &mut [Dependency],
    tell: Tell<'_>,
    log: &mut dyn Log,
) -> Result<(), ResolveError> {
    let charts = options.chart_path.join("charts");
    match io::stat(&charts) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(ResolveError::ChartsIsAFile(charts.display().to_string())),
        Err(error) if error.is_not_found() => io::make_dirs(&charts)?,
        Err(error) => return Err(error.into()),
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix("tmpcharts-");
    let new = builder.tempdir_in(&options.chart_path).map_err(IoError::of("mkdir", &options.chart_path))?;
    tell(Progress::Saving(dependencies.len()));
    for dependency in &mut *dependencies {
        if let Err(error) = one(options, dependency, &charts, new.path(), tell, log) {
            // What Helm tells at once, and what it only returns.
            let is_told = !matches!(
                error,
                ResolveError::LocalChart(..)
                    | ResolveError::SavedConstraint(..)
                    | ResolveError::Version { .. }
            ) || dependency.repository.starts_with(FILE_SCHEME);
            if is_told {
                tell(Progress::SaveError(chain(&error)));
            }
            return Err(error);
        }
    }
    move_all(dependencies, new.path(), &charts, tell, log)
}

fn one(
    options: &ResolveOptions,
    dependency: &mut Dependency,
    charts: &Path,
    new: &Path,
    tell: Tell<'_>,
    log: &mut dyn Log,
) -> Result<(), ResolveError> {
    let Dependency { name, version, repository, .. } = &*dependency;
    let constraint =
        || Constraint::parse(version).map_err(|e| ResolveError::SavedConstraint(name.clone(), e));
    if repository.is_empty() {
        tell(Progress::NoRepository(name.clone()));
        let path = charts.join(name);
        let chart = load::load_dir(&path, log)
            .map_err(|error| ResolveError::LocalChart(path.display().to_string(), error))?;
        let (constraint, found) = (constraint()?, chart.metadata.version);
        let failed = |source| ResolveError::Version { version: version.clone(), name: name.clone(), source };
        if constraint.check(&Version::parse(&found).map_err(failed)?) {
            return Ok(());
        }
        return Err(ResolveError::Unsatisfied { name: name.clone(), found, wanted: version.clone() });
    }
    if options.debug {
        tell(Progress::Archiving(name.clone(), repository.clone()));
    }
    let mut chart = load::load_dir(&local_path(repository, &options.chart_path)?, log)?;
    if let Some(moment) = options.source_date_epoch {
        chart.stamp(moment);
    }
    if !constraint()?.check(&Version::parse(&chart.metadata.version)?) {
        return Err(ResolveError::NoValidVersion(name.clone()));
    }
    save::save(&mut chart, new)?;
    dependency.version = chart.metadata.version;
    Ok(())
}

/// Moves new archives into `charts/`, then deletes the archives there that are not new.
fn move_all(
    dependencies: &[Dependency],
    new: &Path,
    charts: &Path,
    tell: Tell<'_>,
    log: &mut dyn Log,
) -> Result<(), ResolveError> {
    let old = files(charts)?;
    let new_files = files(new)?;
    for name in &new_files {
        let path = new.join(name);
        match load::load_file(&path, log) {
            Err(error) => tell(Progress::NotMoved(path.display().to_string(), chain(&error))),
            Ok(_) => fs::rename(&path, charts.join(name)).map_err(IoError::of("rename", &path))?,
        }
    }
    tell(Progress::DeletingOutdated);
    for name in old.difference(&new_files) {
        let path = charts.join(name);
        let shown = path.display().to_string();
        match load::load_file(&path, log) {
            Err(error) => tell(Progress::NotVerified(shown, chain(&error))),
            Ok(chart) if dependencies.iter().any(|d| d.repository.is_empty() && d.name == chart.name()) => {}
            Ok(_) => {
                if let Err(error) = fs::remove_file(&path).map_err(IoError::of("remove", &path)) {
                    tell(Progress::NotDeleted(shown, error.to_string()));
                }
            }
        }
    }
    Ok(())
}

/// The names of what is no folder in a folder.
fn files(dir: &Path) -> Result<BTreeSet<String>, IoError> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(dir).map_err(IoError::of("open", dir))? {
        let entry = entry.map_err(IoError::of("readdirent", dir))?;
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// An error and its causes, as the edge joins them.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}
