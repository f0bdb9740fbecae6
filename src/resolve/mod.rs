//! Dependency build and update: from `Chart.yaml` to `Chart.lock` and `charts/`.
//!
//! Charts come from folders on this machine (`file://…`) or lie in `charts/` already; others are
//! refused before anything is written.

mod digest;
mod lock;
mod save;

pub use digest::{digest, v2_digest};

use crate::{
    chart::{
        Chart, Dependency, Lock, Moment,
        io::{self, IoError},
        load::{self, LoadError},
        path,
        save::SaveError,
    },
    log::{Level, Log, Record},
};
use std::{
    fmt,
    path::{Path, PathBuf},
};
use templates_engine::{
    quote::quoted,
    semver::{self, Constraint, Version},
};

/// What begins the address of a folder.
const FILE_SCHEME: &str = "file://";

/// Which chart is built or updated, and how.
#[derive(Clone, Debug)]
pub struct ResolveOptions {
    /// The chart's folder, as Helm cleans it; messages name it.
    pub chart_path: PathBuf,
    /// Whether more is told (`--debug`).
    pub debug: bool,
    /// The time of all files in archives, where they must be reproducible.
    pub source_date_epoch: Option<Moment>,
}

/// What is told on the way; `Display` is Helm's text, newline included where Helm writes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A folder is used (its address).
    LocalPath(String),
    /// So many charts will be saved.
    Saving(usize),
    /// A dependency without an address.
    NoRepository(String),
    /// A folder becomes an archive (name, address).
    Archiving(String, String),
    /// A chart could not be saved.
    SaveError(String),
    /// A new archive is not moved (path, why).
    NotMoved(String, String),
    /// Old archives go.
    DeletingOutdated,
    /// An old archive stays, as it is no chart (path, why).
    NotVerified(String, String),
    /// An old archive stays, as it cannot be deleted (path, why).
    NotDeleted(String, String),
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalPath(address) => writeln!(f, "Repository from local path: {address}"),
            Self::Saving(count) => writeln!(f, "Saving {count} charts"),
            Self::NoRepository(name) => writeln!(
                f,
                "Dependency {name} did not declare a repository. Assuming it exists in the charts directory"
            ),
            Self::Archiving(name, address) => writeln!(f, "Archiving {name} from repo {address}"),
            Self::SaveError(why) => writeln!(f, "Save error occurred:  {why}"),
            Self::NotMoved(path, why) => write!(f, "Could not verify {path} for moving: {why} (Skipping)"),
            Self::DeletingOutdated => writeln!(f, "Deleting outdated charts"),
            Self::NotVerified(path, why) => {
                writeln!(f, "Could not verify {path} for deletion: {why} (Skipping)")
            }
            Self::NotDeleted(path, why) => write!(f, "Could not delete {path}: {why} (Skipping)"),
        }
    }
}

/// Why dependencies cannot be built or updated.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// There is no chart.
    #[error("could not find {0}")]
    NotFound(String, #[source] IoError),
    /// An archive cannot be changed.
    #[error("only unpacked charts can be updated")]
    NotAFolder,
    /// A chart cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The folder of a dependency is not there.
    #[error("directory {0} not found")]
    NoDirectory(String),
    /// A range that cannot be read.
    #[error("dependency {} has an invalid version/constraint format", quoted(.0.as_bytes()))]
    Constraint(String, #[source] semver::Error),
    /// A range that cannot be read, found while saving.
    #[error("dependency {0} has an invalid version/constraint format")]
    SavedConstraint(String, #[source] semver::Error),
    /// A chart in `charts/` whose version cannot be read.
    #[error("invalid version {version} for dependency {name}")]
    Version {
        /// The range asked for.
        version: String,
        /// The dependency.
        name: String,
        /// Why.
        source: semver::Error,
    },
    /// A dependency's version cannot be read.
    #[error(transparent)]
    Semver(#[from] semver::Error),
    /// No chart fits.
    #[error(
        "can't get a valid version for {} subchart(s): {}. Make sure a matching chart version exists in \
         the repo, or change the version constraint in Chart.yaml", .0.len(), .0.join(", ")
    )]
    Missing(Vec<String>),
    /// No chart fits any more (the dependency).
    #[error("can't get a valid version for dependency {0}")]
    NoValidVersion(String),
    /// A chart in `charts/` that does not fit.
    #[error("dependency {name} at version {found} does not satisfy the constraint {wanted}")]
    Unsatisfied {
        /// The dependency.
        name: String,
        /// Its version.
        found: String,
        /// The range.
        wanted: String,
    },
    /// A chart in `charts/` cannot be loaded (its folder).
    #[error("unable to load chart '{0}'")]
    LocalChart(String, #[source] LoadError),
    /// `Chart.yaml` changed since the lock was written.
    #[error(
        "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the \
         dependencies with 'helm dependency update'"
    )]
    OutOfSync,
    /// `requirements.yaml` changed since the lock was written.
    #[error(
        "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). \
         Please update the dependencies"
    )]
    RequirementsOutOfSync,
    /// `charts` is a file.
    #[error("{} is not a directory", quoted(.0.as_bytes()))]
    ChartsIsAFile(String),
    /// The lock is a link.
    #[error("the {name} file is a symlink to {}", quoted(target.as_bytes()))]
    LockIsALink {
        /// The lock's name.
        name: &'static str,
        /// Where it leads.
        target: String,
    },
    /// A source that this version does not know.
    #[error(
        "dependency {name} comes from {repository}, which is not supported yet: only {FILE_SCHEME} folders and \
         charts/ are"
    )]
    Unsupported {
        /// The dependency.
        name: String,
        /// Where it comes from.
        repository: String,
    },
    /// An archive cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// What must be hashed has no JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The disk says no.
    #[error(transparent)]
    Io(#[from] IoError),
}

/// Told about what happens.
pub type Tell<'a> = &'a mut dyn FnMut(Progress);

/// Rebuilds `charts/` from the lock; without one, as [`update`].
///
/// # Errors
/// When the lock is out of date, a chart is missing, or the disk says no; `charts/` is as before then.
pub fn build(options: &ResolveOptions, tell: Tell<'_>, log: &mut dyn Log) -> Result<(), ResolveError> {
    let mut chart = load_chart(options, log)?;
    let Some(mut lock) = chart.lock.take() else { return update_chart(options, &chart, tell, log) };
    let wanted = &chart.metadata.dependencies;
    check_sources(options, wanted, tell)?;
    if digest(&chart, &lock.dependencies)? != lock.digest {
        if !chart.metadata.is_v1() {
            return Err(ResolveError::OutOfSync);
        }
        let message = "warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...";
        log.record(Record::new(Level::Info, message));
        if v2_digest(&chart)? != lock.digest {
            return Err(ResolveError::RequirementsOutOfSync);
        }
    }
    check_sources(options, &lock.dependencies, &mut |_| {})?;
    save::all(options, &mut lock.dependencies, tell, log)
}

/// Finds charts for all dependencies, saves them in `charts/`, and writes the lock if it changed.
///
/// # Errors
/// When a chart is missing or does not fit, or the disk says no; `charts/` is as before then.
pub fn update(options: &ResolveOptions, tell: Tell<'_>, log: &mut dyn Log) -> Result<(), ResolveError> {
    let chart = load_chart(options, log)?;
    update_chart(options, &chart, tell, log)
}

fn update_chart(
    options: &ResolveOptions,
    chart: &Chart,
    tell: Tell<'_>,
    log: &mut dyn Log,
) -> Result<(), ResolveError> {
    if !chart.metadata.origin.declares_dependencies {
        return Ok(());
    }
    let wanted = &chart.metadata.dependencies;
    check_sources(options, wanted, tell)?;
    let mut lock = Lock { dependencies: found(options, wanted, log)?, ..Lock::default() };
    lock.generated = Some(Moment::now());
    save::all(options, &mut lock.dependencies, tell, log)?;
    lock.digest = digest(chart, &lock.dependencies)?;
    if chart.lock.as_ref().is_some_and(|old| old.digest == lock.digest) {
        return Ok(());
    }
    lock::write(&options.chart_path, &lock, chart.metadata.is_v1())
}

fn load_chart(options: &ResolveOptions, log: &mut dyn Log) -> Result<Chart, ResolveError> {
    let path = &options.chart_path;
    let found = io::stat(path).map_err(|error| ResolveError::NotFound(path.display().to_string(), error))?;
    if !found.is_dir() {
        return Err(ResolveError::NotAFolder);
    }
    Ok(load::load_dir(path, log)?)
}

/// Refuses sources other than folders, and folders that are not there.
fn check_sources(
    options: &ResolveOptions,
    dependencies: &[Dependency],
    tell: Tell<'_>,
) -> Result<(), ResolveError> {
    for Dependency { name, repository, .. } in dependencies {
        if repository.is_empty() {
            continue;
        }
        if !repository.starts_with(FILE_SCHEME) {
            let (name, repository) = (name.clone(), repository.clone());
            return Err(ResolveError::Unsupported { name, repository });
        }
        local_path(repository, &options.chart_path)?;
        if options.debug {
            tell(Progress::LocalPath(repository.clone()));
        }
    }
    Ok(())
}

/// The exact versions.
fn found(
    options: &ResolveOptions,
    wanted: &[Dependency],
    log: &mut dyn Log,
) -> Result<Vec<Dependency>, ResolveError> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for Dependency { name, version, repository, .. } in wanted {
        let constraint =
            Constraint::parse(version).map_err(|error| ResolveError::Constraint(name.clone(), error))?;
        let mut exact = version.clone();
        if repository.is_empty() {
            local_path(&path::join("charts", name), &options.chart_path)?;
        } else {
            let chart = load::load_dir(&local_path(repository, &options.chart_path)?, log)?;
            exact.clone_from(&chart.metadata.version);
            if !constraint.check(&Version::parse(&exact)?) {
                let [name, repository, version] =
                    [name, repository, version].map(|text| quoted(text.as_bytes()));
                missing.push(format!("{name} (repository {repository}, version {version})"));
            }
        }
        let (name, repository) = (name.clone(), repository.clone());
        found.push(Dependency { name, version: exact, repository, ..Dependency::default() });
    }
    if missing.is_empty() { Ok(found) } else { Err(ResolveError::Missing(missing)) }
}

/// The folder that an address means, seen from the chart's own.
fn local_path(address: &str, chart_path: &Path) -> Result<PathBuf, ResolveError> {
    let path = address.strip_prefix(FILE_SCHEME).unwrap_or(address);
    let path: PathBuf = if path.starts_with('/') {
        path::clean(path).into()
    } else {
        path::join(&chart_path.to_string_lossy(), path).into()
    };
    match io::stat(&path) {
        Ok(_) => Ok(path),
        Err(error) if error.is_not_found() => Err(ResolveError::NoDirectory(path.display().to_string())),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
