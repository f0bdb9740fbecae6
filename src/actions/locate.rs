//! Where a chart is (Helm's `ChartPathOptions.LocateChart`), for charts on this machine.

use std::path::{Path, PathBuf};
use templates_engine::fmt::quote;

/// Which chart is meant.
#[derive(Clone, Debug, Default)]
pub struct ChartReference {
    /// A path, a URL, or `repository/chart`.
    pub name: String,
    /// `--repo`, or empty.
    pub repo: String,
    /// Whether its provenance must be verified.
    pub verify: bool,
}

/// Why there is no such chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// A path that leads nowhere.
    #[error("path {} not found", quote(.0.as_bytes()))]
    NotFound(String),
    /// A plain word that is no path.
    #[error("non-absolute URLs should be in form of repo_name/path_to_chart, got: {0}")]
    NoRepository(String),
    /// `repository/chart` with a repository that was not added.
    #[error("repo {0} not found")]
    UnknownRepository(String),
    /// Something that this version does not do yet.
    #[error("{what} not supported yet: {name}")]
    Unsupported {
        /// What it is.
        what: &'static str,
        /// The chart.
        name: String,
    },
}

impl LocateError {
    /// Whether the chart was looked for beyond this machine.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::NoRepository(_) | Self::UnknownRepository(_))
    }

    /// One line that says what to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotFound(_) | Self::NoRepository(_) => {
                "give the path of a chart's folder or archive, for example ./web or ./web-1.2.3.tgz"
            }
            Self::UnknownRepository(_) | Self::Unsupported { .. } => {
                "download the chart first and give the path of its folder or archive"
            }
        }
    }
}

/// The chart's absolute path.
///
/// `resolve` turns a path as typed into one to open; `repositories` are the names of the added
/// repositories, asked for only when the reference may name one.
///
/// # Errors
/// When there is nothing at the path, or the chart is not on this machine.
pub fn locate(
    reference: &ChartReference,
    resolve: impl Fn(&Path) -> PathBuf,
    repositories: impl FnOnce() -> Vec<String>,
) -> Result<PathBuf, LocateError> {
    let name = reference.name.trim();
    let unsupported = |what| LocateError::Unsupported { what, name: name.to_owned() };
    if reference.repo.is_empty() {
        let path = resolve(Path::new(name));
        if !name.is_empty() && path.exists() {
            if reference.verify {
                return Err(unsupported("verifying charts is"));
            }
            return Ok(std::path::absolute(&path).unwrap_or(path));
        }
        if Path::new(name).is_absolute() || name.starts_with('.') {
            return Err(LocateError::NotFound(name.to_owned()));
        }
    } else {
        return Err(unsupported("charts from repositories are"));
    }
    if name.contains("://") {
        return Err(unsupported(if name.starts_with("oci://") {
            "charts from registries are"
        } else {
            "charts from URLs are"
        }));
    }
    match name.split_once('/') {
        None => Err(LocateError::NoRepository(name.to_owned())),
        Some((repository, _)) if repositories().iter().any(|known| known == repository) => {
            Err(unsupported("charts from repositories are"))
        }
        Some((repository, _)) => Err(LocateError::UnknownRepository(repository.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate_name(name: &str) -> Result<PathBuf, LocateError> {
        let reference = ChartReference { name: name.into(), ..ChartReference::default() };
        locate(&reference, Path::to_path_buf, || vec!["added".into()])
    }

    #[test]
    fn a_path_that_exists_becomes_absolute() {
        assert!(locate_name("src").unwrap().is_absolute());
        assert_eq!(locate_name("./nope"), Err(LocateError::NotFound("./nope".into())));
    }

    #[test]
    fn a_word_is_no_chart_and_a_repository_must_be_known() {
        assert_eq!(locate_name("nope"), Err(LocateError::NoRepository("nope".into())));
        assert_eq!(locate_name("x/nope"), Err(LocateError::UnknownRepository("x".into())));
        assert!(matches!(locate_name("added/x"), Err(LocateError::Unsupported { .. })));
        assert!(matches!(locate_name("oci://x/y"), Err(LocateError::Unsupported { .. })));
    }
}
