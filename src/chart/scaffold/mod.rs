//! New charts: Helm's scaffold, and starters.
//!
//! The files beside this one are `helm create`'s output (see NOTICE and
//! `docs/decisions/0003-scaffold-bytes.md`).

use super::{
    Chart, File, Metadata,
    io::{self, IoError},
    load::{self, DocumentError, LoadError},
    path,
    save::{self, SaveError},
};
use crate::{log::Log, yaml};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use templates_engine::quote::quoted;

/// The longest name of a new chart.
pub const MAX_NAME_LEN: usize = 250;
/// What stands for the chart's name in scaffolds and starters.
const PLACEHOLDER: &str = "<CHARTNAME>";

/// Helm's scaffold, in the order it is written.
const FILES: &[(&str, &str)] = &[
    ("Chart.yaml", include_str!("Chart.yaml")),
    ("values.yaml", include_str!("values.yaml")),
    (".helmignore", include_str!("helmignore")),
    ("templates/ingress.yaml", include_str!("templates/ingress.yaml")),
    ("templates/httproute.yaml", include_str!("templates/httproute.yaml")),
    ("templates/deployment.yaml", include_str!("templates/deployment.yaml")),
    ("templates/service.yaml", include_str!("templates/service.yaml")),
    ("templates/serviceaccount.yaml", include_str!("templates/serviceaccount.yaml")),
    ("templates/hpa.yaml", include_str!("templates/hpa.yaml")),
    ("templates/NOTES.txt", include_str!("templates/NOTES.txt")),
    ("templates/_helpers.tpl", include_str!("templates/_helpers.tpl")),
    ("templates/tests/test-connection.yaml", include_str!("templates/tests/test-connection.yaml")),
];

/// Why a chart cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Too short or too long a name.
    #[error("chart name must be between 1 and {MAX_NAME_LEN} characters")]
    NameLength,
    /// A name with other characters than letters, digits, dots, underscores and dashes.
    #[error("chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"")]
    Name,
    /// The folder for the chart is none.
    #[error("no such directory {0}")]
    NoDirectory(String),
    /// There is a file of the chart's name.
    #[error("file {0} already exists and is not a directory")]
    FileExists(String),
    /// The disk says no.
    #[error(transparent)]
    Io(#[from] IoError),
    /// A starter that is no chart (its path).
    #[error("could not load {0}")]
    Starter(String, #[source] LoadError),
    /// A starter's values cannot be written.
    #[error("reading values file")]
    Values(#[source] yaml::Error),
    /// A starter's values are broken by the new name.
    #[error("transforming values file")]
    Transform(#[source] DocumentError),
    /// The chart cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// What was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The chart's folder.
    pub path: PathBuf,
    /// Files that were there before, in the order they were written over.
    pub overwritten: Vec<PathBuf>,
}

/// Writes Helm's scaffold into the folder `name` of the folder `parent`.
///
/// # Errors
/// When the name cannot be a chart's, or the disk says no.
pub fn create(name: &str, parent: &Path) -> Result<Created, CreateError> {
    validate_name(name)?;
    let parent = path::absolute(parent).map_err(IoError::of("getwd", parent))?;
    if !io::stat(&parent)?.is_dir() {
        return Err(CreateError::NoDirectory(parent.display().to_string()));
    }
    let path = if name == "." { parent } else { parent.join(name) };
    if io::stat(&path).is_ok_and(|found| !found.is_dir()) {
        return Err(CreateError::FileExists(path.display().to_string()));
    }
    let mut overwritten = Vec::new();
    for (file, text) in FILES {
        let target = path.join(file);
        if target.exists() {
            overwritten.push(target.clone());
        }
        save::write_file(&target, text.replace(PLACEHOLDER, name).as_bytes())?;
    }
    io::make_dirs(&path.join("charts"))?;
    Ok(Created { path, overwritten })
}

/// What is told for each file that was there before.
pub fn overwrite_warning(path: &Path) -> String {
    format!("WARNING: File {} already exists. Overwriting.", quoted(path.display().to_string().as_bytes()))
}

/// Writes a copy of the chart at `starter` with `metadata`'s name into the folder `parent`.
///
/// # Errors
/// When the starter is no chart, or the disk says no.
pub fn create_from(
    metadata: Metadata,
    parent: &Path,
    starter: &Path,
    log: &mut dyn Log,
) -> Result<(), CreateError> {
    let failed = |error| CreateError::Starter(starter.display().to_string(), error);
    let mut chart = load::load(starter, log).map_err(failed)?;
    chart.metadata = metadata;
    let name = chart.metadata.name.clone();
    let replace = |file: &mut File| {
        let data = file.data.bytes().map_err(|error| LoadError::Reading(file.name.clone(), error.into()))?;
        file.data = replaced(data, &name).into();
        Ok(())
    };
    let values = chart.raw.iter_mut().filter(|file| file.name == "values.yaml");
    chart.templates.iter_mut().chain(values).try_for_each(replace).map_err(failed)?;
    check_values(&chart)?;
    Ok(save::save_dir(&chart, parent)?)
}

/// Helm reads the values again after the replacement, and fails where they are no map any more.
fn check_values(chart: &Chart) -> Result<(), CreateError> {
    let text = yaml::from_json(&chart.values).map_err(CreateError::Values)?;
    let text = text.replace(PLACEHOLDER, chart.name());
    let json =
        yaml::yaml_to_json(&text).map_err(|error| CreateError::Transform(DocumentError::Yaml(error)))?;
    debug_assert!(json.is_null() || json.is_object(), "values are a map");
    Ok(())
}

fn replaced(data: &Bytes, name: &str) -> Bytes {
    match std::str::from_utf8(data) {
        Ok(text) if text.contains(PLACEHOLDER) => text.replace(PLACEHOLDER, name).into(),
        Ok(_) => data.clone(),
        // Bytes that are no text stay as they are, the placeholders between them do not.
        Err(_) => replace_bytes(data, PLACEHOLDER.as_bytes(), name.as_bytes()).into(),
    }
}

fn replace_bytes(data: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn validate_name(name: &str) -> Result<(), CreateError> {
    if name.is_empty() || name.len() > MAX_NAME_LEN {
        return Err(CreateError::NameLength);
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if name.bytes().all(allowed) { Ok(()) } else { Err(CreateError::Name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_chart_loads_and_carries_its_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let created = create("my-chart", dir.path()).expect("it is created");
        assert_eq!(created.overwritten, Vec::<PathBuf>::new());
        let chart = load::load(&created.path, &mut Vec::new()).expect("it loads");
        assert_eq!((chart.name(), chart.metadata.version.as_str()), ("my-chart", "0.1.0"));
        assert_eq!(chart.templates.len(), 9);
        assert!(created.path.join("charts").is_dir());
        let again = create("my-chart", dir.path()).expect("it is created again");
        assert_eq!(again.overwritten.len(), FILES.len());
    }

    #[test]
    fn names_are_checked() {
        let dir = tempfile::tempdir().expect("a folder");
        let error = |name: &str| create(name, dir.path()).expect_err(name).to_string();
        assert_eq!(error("a b"), "chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"");
        assert_eq!(error(&"a".repeat(251)), "chart name must be between 1 and 250 characters");
        std::fs::write(dir.path().join("f"), "").expect("it is written");
        assert!(error("f").ends_with("/f already exists and is not a directory"));
    }

    #[test]
    fn a_starters_placeholders_become_the_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let starter = create("starter", dir.path()).expect("it is created").path;
        std::fs::write(starter.join("templates/x.yaml"), b"a: <CHARTNAME>\xff<CHARTNAME>")
            .expect("it is written");
        std::fs::write(starter.join("values.yaml"), "# <CHARTNAME>\na: <CHARTNAME>\n")
            .expect("it is written");
        let metadata = Metadata { name: "n".into(), version: "0.1.0".into(), ..Metadata::default() };
        create_from(metadata, dir.path(), &starter, &mut Vec::new()).expect("it is created");
        let read = |name: &str| std::fs::read(dir.path().join("n").join(name)).expect(name);
        assert_eq!(read("templates/x.yaml"), b"a: n\xffn");
        assert_eq!(read("values.yaml"), b"# n\na: n\n");
        assert!(!read("Chart.yaml").is_empty());
    }
}
