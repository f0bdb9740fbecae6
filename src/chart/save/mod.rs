//! Charts to folders and archives.
//!
//! Invariant: an archive is there whole or not at all.

mod tar;

use super::{
    Chart, ContentError, File, Metadata, Moment, ValidationError,
    io::{self, IoError},
    path,
};
use crate::yaml;
use flate2::{Compression, GzBuilder};
use serde::Serialize;
use std::{
    fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use templates_engine::quote::quoted;

/// What Helm puts into the header of its archives: a subfield of gzip's (RFC 1952).
const GZIP_EXTRA: &[u8] = b"rr\x28\x00aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=";
/// The comment in the header of Helm's archives.
const GZIP_COMMENT: &str = "Helm";
/// Go writes that it does not know the system.
const UNKNOWN_SYSTEM: u8 = 255;

/// Why a chart cannot be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// `Chart.yaml` breaks a rule.
    #[error("chart validation")]
    Validation(#[source] ValidationError),
    /// A name that is a path.
    #[error("invalid chart name {}", quoted(.0.as_bytes()))]
    Name(String),
    /// The schema is not JSON.
    #[error("invalid JSON in values.schema.json")]
    Schema,
    /// There is a file where a folder is needed.
    #[error("file {0} already exists and is not a directory")]
    FileExists(String),
    /// The target is no folder.
    #[error("is not a directory: {0}")]
    NotADirectory(String),
    /// `Chart.yaml` cannot be written as YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// `Chart.yaml` has no JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A file of the chart cannot be read any more (its name in the chart).
    #[error("error reading {0}")]
    Reading(String, #[source] ContentError),
    /// A file has a name that no archive can hold.
    #[error("archive/tar: cannot encode header: {0}")]
    Header(String),
    /// The disk says no.
    #[error(transparent)]
    Io(#[from] IoError),
}

/// Saves a chart as `NAME-VERSION.tgz` in the folder `dir`, which is made if need be.
///
/// # Errors
/// When the chart is not valid or the disk says no; no archive is left behind then, and one that was
/// there before stays.
pub fn save(chart: &mut Chart, dir: &Path) -> Result<PathBuf, SaveError> {
    chart.validate().map_err(SaveError::Validation)?;
    let file = dir.join(format!("{}-{}.tgz", chart.name(), chart.metadata.version));
    let dir = file.parent().unwrap_or(dir);
    match io::stat(dir) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(SaveError::NotADirectory(dir.display().to_string())),
        Err(error) if error.is_not_found() => io::make_dirs(dir)?,
        Err(error) => return Err(error.into()),
    }
    let temporary = temporary_file(&file)?;
    let failed = |error| IoError { operation: "write", path: file.clone(), error };
    let gzip = GzBuilder::new()
        .extra(GZIP_EXTRA)
        .comment(GZIP_COMMENT)
        .operating_system(UNKNOWN_SYSTEM)
        .write(BufWriter::new(temporary.as_file()), Compression::default());
    let mut archive = tar::Writer::new(gzip);
    write_chart(&mut archive, chart, "")?;
    let gzip = archive.finish().map_err(failed)?;
    gzip.finish().and_then(|mut out| out.flush()).map_err(failed)?;
    persist(temporary, &file)?;
    Ok(file)
}

fn persist(temporary: tempfile::NamedTempFile, file: &Path) -> Result<(), IoError> {
    let renamed = temporary.persist(file);
    let failed = |error: tempfile::PersistError| IoError {
        operation: "rename",
        path: file.into(),
        error: error.error,
    };
    renamed.map(drop).map_err(failed)
}

/// Writes a file whole or not at all.
///
/// # Errors
/// When the disk says no; a file that was there before stays then.
pub fn write_whole(file: &Path, data: &[u8]) -> Result<(), IoError> {
    let mut temporary = temporary_file(file)?;
    temporary.write_all(data).map_err(IoError::of("write", file))?;
    persist(temporary, file)
}

/// A file beside `file`, with the rights a new file gets.
fn temporary_file(file: &Path) -> Result<tempfile::NamedTempFile, IoError> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skiff-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(dir).map_err(IoError::of("open", file))
}

/// Saves a chart as a folder of its name in the folder `dir`; charts inside it become archives.
///
/// # Errors
/// When the disk says no.
pub fn save_dir(chart: &Chart, dir: &Path) -> Result<(), SaveError> {
    let out = dir.join(checked_name(chart)?);
    if io::stat(&out).is_ok_and(|found| !found.is_dir()) {
        return Err(SaveError::FileExists(out.display().to_string()));
    }
    io::make_dirs(&out)?;
    write_file(&out.join("Chart.yaml"), chart_yaml(&chart.metadata)?.as_bytes())?;
    for file in chart.raw.iter().filter(|file| file.name == "values.yaml") {
        write_file(&out.join("values.yaml"), bytes(file)?)?;
    }
    if let Some(schema) = &chart.schema {
        write_file(&out.join("values.schema.json"), schema)?;
    }
    for file in chart.templates.iter().chain(&chart.files) {
        write_file(&out.join(&file.name), bytes(file)?)?;
    }
    for child in &chart.dependencies {
        save(&mut child.clone(), &out.join("charts"))?;
    }
    Ok(())
}

/// What a file of a chart holds.
fn bytes(file: &File) -> Result<&[u8], SaveError> {
    file.data.bytes().map(|bytes| &bytes[..]).map_err(|error| SaveError::Reading(file.name.clone(), error))
}

/// Writes a file, and the folders above it.
pub(super) fn write_file(path: &Path, data: &[u8]) -> Result<(), IoError> {
    if let Some(parent) = path.parent() {
        io::make_dirs(parent)?;
    }
    fs::write(path, data).map_err(IoError::of("open", path))
}

/// A value as Go's sigs.k8s.io/yaml writes it.
///
/// # Errors
/// When it has no JSON.
pub fn to_yaml(value: &impl Serialize) -> Result<String, SaveError> {
    Ok(yaml::from_json(&serde_json::to_value(value)?)?)
}

/// `Chart.yaml` of a chart; those of v1 keep their dependencies in another file.
fn chart_yaml(metadata: &Metadata) -> Result<String, SaveError> {
    let mut json = serde_json::to_value(metadata)?;
    if let Some(fields) = json.as_object_mut().filter(|_| metadata.is_v1()) {
        fields.remove("dependencies");
    }
    Ok(yaml::from_json(&json)?)
}

fn checked_name(chart: &Chart) -> Result<&str, SaveError> {
    let name = chart.name();
    if path::base(name) == name { Ok(name) } else { Err(SaveError::Name(name.to_owned())) }
}

fn write_chart(archive: &mut tar::Writer<impl Write>, chart: &Chart, prefix: &str) -> Result<(), SaveError> {
    let base = path::join(prefix, checked_name(chart)?);
    let mut put = |name: &str, data: &[u8], time: Option<Moment>| {
        archive.file(&path::join(&base, name), data, time.unwrap_or_else(Moment::now))
    };
    put("Chart.yaml", chart_yaml(&chart.metadata)?.as_bytes(), chart.mod_time)?;
    if let Some(lock) = chart.lock.as_ref().filter(|_| chart.metadata.api_version == super::API_VERSION_V2) {
        put("Chart.lock", to_yaml(lock)?.as_bytes(), lock.generated)?;
    }
    for file in chart.raw.iter().filter(|file| file.name == "values.yaml") {
        put("values.yaml", bytes(file)?, file.mod_time)?;
    }
    if let Some(schema) = &chart.schema {
        if serde_json::from_slice::<serde::de::IgnoredAny>(schema).is_err() {
            return Err(SaveError::Schema);
        }
        put("values.schema.json", schema, chart.schema_mod_time)?;
    }
    for file in chart.templates.iter().chain(&chart.files) {
        put(&file.name, bytes(file)?, file.mod_time)?;
    }
    let inner = path::join(&base, "charts");
    chart.dependencies.iter().try_for_each(|child| write_chart(archive, child, &inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::load;

    fn chart() -> Chart {
        let files = ["Chart.yaml", "values.yaml", "templates/a.yaml", "README.md", "charts/b/Chart.yaml"];
        let source = |name: &&str| load::SourceFile {
            name: (*name).into(),
            data: if name.ends_with("Chart.yaml") {
                "name: a\nversion: 1.0.0\napiVersion: v2\n"
            } else {
                "a: b\n"
            }
            .into(),
            mod_time: Some(Moment::from_unix(1_000_000_000)),
        };
        load::from_files(files.iter().map(source).collect(), &mut Vec::new()).expect("it is sound")
    }

    #[test]
    fn what_is_saved_loads_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut before = chart();
        let file = save(&mut before, &dir.path().join("new/folder")).expect("it is saved");
        assert!(file.ends_with("new/folder/a-1.0.0.tgz"));
        let after = load::load(&file, &mut Vec::new()).expect("it loads");
        assert_eq!(after.templates, before.templates);
        assert_eq!(after.files, before.files);
        assert_eq!(after.values, before.values);
        assert_eq!(after.dependencies.len(), 1);
        assert_eq!(fs::read_dir(dir.path().join("new/folder")).expect("it is there").count(), 1);
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let old = dir.path().join("a-1.0.0.tgz");
        fs::write(&old, "old").expect("it is written");
        let mut broken = chart();
        broken.schema = Some("{".into());
        let error = save(&mut broken, dir.path()).expect_err("it is refused");
        assert_eq!(error.to_string(), "invalid JSON in values.schema.json");
        assert_eq!(fs::read(&old).expect("it is there"), b"old");
        assert_eq!(fs::read_dir(dir.path()).expect("it is there").count(), 1);
    }

    #[test]
    fn a_chart_of_v1_keeps_its_dependencies_out_of_chart_yaml() {
        let mut metadata = Metadata {
            name: "a".into(),
            api_version: "v1".into(),
            dependencies: vec![super::super::Dependency::default()],
            ..Metadata::default()
        };
        assert_eq!(chart_yaml(&metadata).expect("it has YAML"), "apiVersion: v1\nname: a\n");
        metadata.api_version = "v2".into();
        assert!(chart_yaml(&metadata).expect("it has YAML").contains("dependencies:"));
    }
}
