//! `package`: a chart's folder as an archive.

use super::dependency::missing;
use crate::{
    chart::{
        Moment,
        load::{self, LoadError},
        save::{self, SaveError},
    },
    log::Log,
};
use std::path::{Path, PathBuf};
use templates_engine::semver::{self, Version};

/// How a chart is packaged.
#[derive(Clone, Debug, Default)]
pub struct PackageOptions {
    /// The version the chart gets instead of its own.
    pub version: Option<String>,
    /// The application's version the chart gets instead of its own.
    pub app_version: Option<String>,
    /// The folder for the archive.
    pub destination: PathBuf,
    /// The time of all files, where archives must be reproducible.
    pub source_date_epoch: Option<Moment>,
}

/// Why a chart cannot be packaged.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// There is no chart.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The version given is none.
    #[error(transparent)]
    Version(#[from] semver::Error),
    /// Dependencies that are not in `charts/`.
    #[error("found in Chart.yaml, but missing in charts/ directory: {}", .0.join(", "))]
    MissingDependencies(Vec<String>),
    /// The archive cannot be written.
    #[error("failed to save")]
    Save(#[source] SaveError),
}

/// Packages the chart in a folder and returns the archive's path.
///
/// # Errors
/// When there is no chart, its dependencies are missing, or the disk says no.
pub fn package(chart: &Path, options: &PackageOptions, log: &mut dyn Log) -> Result<PathBuf, PackageError> {
    let mut chart = load::load_detected_dir(chart, log)?;
    if let Some(version) = &options.version {
        chart.metadata.version.clone_from(version);
    }
    Version::parse(&chart.metadata.version)?;
    if let Some(version) = &options.app_version {
        chart.metadata.app_version.clone_from(version);
    }
    if let Some(moment) = options.source_date_epoch {
        chart.stamp(moment);
    }
    let missing = missing(&chart);
    if !missing.is_empty() {
        return Err(PackageError::MissingDependencies(missing));
    }
    save::save(&mut chart, &options.destination).map_err(PackageError::Save)
}
