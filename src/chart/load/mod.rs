//! Charts from folders and archives.
//!
//! A loader gathers files ([`SourceFile`]); [`from_files`] decides what they are. Limits hold before
//! memory is spent: nothing here reads more than [`MAX_CHART_SIZE`] of a chart, or of an archive
//! inside one.

mod archive;
mod dir;
mod disk;
mod files;
mod gunzip;
mod sniff;
mod values;

pub use archive::{ArchiveError, MAX_STREAM_SIZE, archive_files};
pub use files::{MAX_DEPTH, MAX_NESTED_SIZE, from_files};
pub use values::{ValuesError, load_values};

use super::{
    Chart, Content, ContentError, DecodeError, Moment, ValidationError,
    ignore::IgnoreError,
    io::{self, IoError},
    path,
};
use crate::{log::Log, yaml};
use bytes::Bytes;
use std::{fs::File, io::Read, path::Path};

/// How large all files of a chart may be together (`MaxDecompressedChartSize`).
pub const MAX_CHART_SIZE: u64 = 100 * 1024 * 1024;

/// What some editors put at the beginning of a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A file as a loader found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path inside the chart, with `/`.
    pub name: String,
    /// The content.
    pub data: Content,
    /// When it was last changed.
    pub mod_time: Option<Moment>,
}

/// Why a chart cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no `Chart.yaml`.
    #[error("Chart.yaml file is missing")]
    MissingChartYaml,
    /// A file of the chart cannot be read as what it should be (its name).
    #[error("cannot load {0}")]
    File(&'static str, #[source] DocumentError),
    /// `values.yaml` is not a map.
    #[error("cannot load values.yaml")]
    Values(#[source] ValuesError),
    /// `Chart.yaml` breaks a rule.
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// A chart inside this one cannot be loaded.
    #[error("error unpacking subchart {name} in {parent}")]
    Subchart {
        /// Its file or folder in `charts/`.
        name: String,
        /// The chart it is in.
        parent: String,
        /// Why.
        source: Box<LoadError>,
    },
    /// A folder whose name is that of an archive.
    #[error("error unpacking subchart tar in {parent}: expected {name}, got {found}")]
    SubchartFolder {
        /// The chart it is in.
        parent: String,
        /// Its name in `charts/`.
        name: String,
        /// A file in it.
        found: String,
    },
    /// Charts inside charts inside charts ….
    #[error("charts are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// An archive is broken or malicious.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file that should be an archive begins like something else.
    #[error("file '{path}' does not appear to be a gzipped archive; got '{kind}'")]
    NotGzip {
        /// The file.
        path: String,
        /// Its media type.
        kind: &'static str,
    },
    /// A YAML file where an archive is expected.
    #[error("file '{0}' seems to be a YAML file, but expected a gzipped archive")]
    YamlFile(String),
    /// A file that begins like an archive and is none.
    #[error("file '{0}' does not appear to be a valid chart file (details: gzip: invalid header)")]
    BadHeader(String),
    /// `.helmignore` is wrong.
    #[error(transparent)]
    Ignore(#[from] IgnoreError),
    /// A device, a socket, a pipe.
    #[error("cannot load irregular file {0} as it has file mode type bits set")]
    Irregular(String),
    /// A file cannot be read (its name in the chart).
    #[error("error reading {0}")]
    Reading(String, #[source] ReadError),
    /// A link that leads nowhere.
    #[error("error evaluating symlink {path}: {reason}")]
    Symlink {
        /// The link.
        path: String,
        /// Why it cannot be followed.
        reason: String,
    },
    /// The disk says no.
    #[error(transparent)]
    Io(#[from] IoError),
    /// A folder where an archive is expected.
    #[error("cannot load a directory")]
    Directory,
    /// The folder holds no chart (the path of its `Chart.yaml`).
    #[error("unable to detect chart at {0}")]
    Detect(String, #[source] IoError),
    /// The archive holds no chart.
    #[error("unable to detect chart version, no Chart.yaml found")]
    DetectArchive,
    /// The archive cannot be unpacked.
    #[error("unable to load chart archive")]
    UnreadableArchive,
    /// The next format of charts.
    #[error("invalid chart apiVersion")]
    InvalidVersion,
    /// A format of charts that nobody knows.
    #[error("unsupported chart version")]
    UnsupportedVersion,
}

/// Why a file of a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The chart is too large.
    #[error("chart exceeds maximum decompressed size of {MAX_CHART_SIZE} bytes")]
    TooLarge,
    /// The disk says no.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The disk says no when the file is needed.
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// Why a text is not the document it should be.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Not YAML.
    #[error("error converting YAML to JSON")]
    Yaml(#[source] yaml::Error),
    /// YAML of another shape.
    #[error("error unmarshaling JSON: while decoding JSON")]
    Decode(#[source] DecodeError),
}

/// Loads a folder or an archive, as `show`, `dependency` and `lint` do.
///
/// # Errors
/// When there is nothing, or nothing that is a chart.
pub fn load(path: &Path, log: &mut dyn Log) -> Result<Chart, LoadError> {
    if io::stat(path)?.is_dir() { load_dir(path, log) } else { load_file(path, log) }
}

/// Loads a folder or an archive, as `install`, `upgrade` and `template` do: the version of the
/// chart's format is looked at first.
///
/// # Errors
/// When there is nothing, or nothing that is a chart of a known format.
pub fn load_detected(path: &Path, log: &mut dyn Log) -> Result<Chart, LoadError> {
    load_detected_seen(path, log, |_| ())
}

/// As [`load_detected`], and shows the files as soon as they are there, before they become a chart.
///
/// # Errors
/// As [`load_detected`]; the files may have been seen by then.
pub fn load_detected_seen(
    path: &Path,
    log: &mut dyn Log,
    see: impl FnOnce(&[SourceFile]),
) -> Result<Chart, LoadError> {
    if io::stat(path)?.is_dir() {
        let format = detect_dir(path)?;
        let files = dir::files(&absolute(path)?, log)?;
        see(&files);
        return format.check(from_files(files, log)?);
    }
    let files = match open_archive(path, log) {
        Err(LoadError::Archive(ArchiveError::Header)) => return Err(LoadError::BadHeader(display(path))),
        Err(LoadError::Archive(_)) => return Err(LoadError::UnreadableArchive),
        other => other?,
    };
    let file = files.iter().find(|file| file.name == "Chart.yaml").ok_or(LoadError::DetectArchive)?;
    let format = detect(bytes(file)?)?;
    see(&files);
    format.check(from_files(files, log)?)
}

/// Loads a folder, as `package` does: the version of the chart's format is looked at first.
///
/// # Errors
/// When there is nothing, or nothing that is a chart of a known format.
pub fn load_detected_dir(path: &Path, log: &mut dyn Log) -> Result<Chart, LoadError> {
    detect_dir(path)?.check(load_dir(path, log)?)
}

fn detect_dir(path: &Path) -> Result<Format, LoadError> {
    let chart_yaml = absolute(path)?.join("Chart.yaml");
    let text = io::read(&chart_yaml).map_err(|error| LoadError::Detect(display(&chart_yaml), error))?;
    detect(&text)
}

/// Loads a folder.
///
/// # Errors
/// When there is nothing, or nothing that is a chart.
pub fn load_dir(path: &Path, log: &mut dyn Log) -> Result<Chart, LoadError> {
    from_files(dir::files(&absolute(path)?, log)?, log)
}

/// Loads an archive.
///
/// # Errors
/// When there is nothing, or nothing that is a chart.
pub fn load_file(path: &Path, log: &mut dyn Log) -> Result<Chart, LoadError> {
    match open_archive(path, log) {
        Err(LoadError::Archive(ArchiveError::Header)) => Err(LoadError::BadHeader(display(path))),
        other => from_files(other?, log),
    }
}

/// Loads an archive from anything that can be read.
///
/// # Errors
/// When it is no archive, or not that of a chart.
pub fn load_archive(reader: impl Read, log: &mut dyn Log) -> Result<Chart, LoadError> {
    from_files(archive_files(reader)?, log)
}

fn open_archive(path: &Path, _log: &mut dyn Log) -> Result<Vec<SourceFile>, LoadError> {
    if io::stat(path)?.is_dir() {
        return Err(LoadError::Directory);
    }
    let open = |path: &Path| File::open(path).map_err(IoError::of("open", path));
    ensure_archive(path, open(path)?)?;
    Ok(archive_files(std::io::BufReader::new(open(path)?))?)
}

/// Says what a file is that does not begin like a gzip stream.
fn ensure_archive(path: &Path, mut file: File) -> Result<(), LoadError> {
    let mut head = [0; sniff::LEN];
    let mut len = 0;
    while len < head.len() {
        match file.read(&mut head[len..]).map_err(IoError::of("read", path))? {
            0 => break,
            more => len += more,
        }
    }
    if head.starts_with(sniff::GZIP) {
        return Ok(());
    }
    let path = display(path);
    if path.ends_with(".yml") || path.ends_with(".yaml") {
        return Err(LoadError::YamlFile(path));
    }
    // Helm looks at all 512 bytes, zeros after a short file included.
    Err(LoadError::NotGzip { path, kind: sniff::media_type(&head) })
}

/// How far a chart's format is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// v1 or v2.
    Known,
    /// v3, Helm's next format: it is read and checked, and then refused.
    Next,
}

impl Format {
    fn check(self, chart: Chart) -> Result<Chart, LoadError> {
        match self {
            Self::Known => Ok(chart),
            Self::Next => Err(LoadError::InvalidVersion),
        }
    }
}

/// Refuses formats that nobody knows.
fn detect(text: &[u8]) -> Result<Format, LoadError> {
    let json = document(text).map_err(|error| LoadError::File("Chart.yaml", error))?;
    let version = super::decode::api_version(&json)
        .map_err(|error| LoadError::File("Chart.yaml", DocumentError::Decode(error)))?;
    match version.as_str() {
        "" | super::API_VERSION_V1 | super::API_VERSION_V2 => Ok(Format::Known),
        "v3" => Ok(Format::Next),
        _ => Err(LoadError::UnsupportedVersion),
    }
}

/// YAML as JSON that keeps whole numbers apart: `1e6` is a float all the same.
pub(super) fn document(text: &[u8]) -> Result<serde_json::Value, DocumentError> {
    yaml::to_typed_json(text).map_err(|error| DocumentError::Yaml(error.cause()))
}

/// What a file holds.
fn bytes(file: &SourceFile) -> Result<&Bytes, LoadError> {
    file.data.bytes().map_err(|error| LoadError::Reading(file.name.clone(), error.into()))
}

/// Whether a path in a chart's folder is that of a template, of the chart or of one inside it.
pub(crate) fn is_template(name: &str) -> bool {
    name.starts_with("templates/") || name.contains("/templates/")
}

fn absolute(path: &Path) -> Result<std::path::PathBuf, IoError> {
    path::absolute(path).map_err(IoError::of("getwd", path))
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

/// The data without a byte order mark.
pub(super) fn without_mark(data: Bytes) -> Bytes {
    if data.starts_with(BYTE_ORDER_MARK) { data.slice(BYTE_ORDER_MARK.len()..) } else { data }
}
