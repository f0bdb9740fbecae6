//! File errors in the words of Go's `os` package.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What was done to which path, and why it failed: `open x: no such file or directory`.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {}: {}", path.display(), reason(error))]
pub struct IoError {
    /// `open`, `stat`, `mkdir`, ….
    pub operation: &'static str,
    /// The path.
    pub path: PathBuf,
    /// What the system said.
    pub error: io::Error,
}

impl IoError {
    /// An error of `operation` on `path`, to be used with `map_err`.
    pub fn of(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { operation, path: path.to_owned(), error }
    }

    /// Whether there is no such file.
    pub fn is_not_found(&self) -> bool {
        self.error.kind() == io::ErrorKind::NotFound
    }
}

/// Linux's `ENAMETOOLONG`.
const NAME_TOO_LONG: i32 = 36;
/// Linux's `ELOOP`.
const LOOP: i32 = 40;

/// The system's reason as Go writes it: lower case, no error number.
///
/// ```
/// let error = std::io::Error::from_raw_os_error(2);
/// assert_eq!(skiff::chart::io::reason(&error), "no such file or directory");
/// ```
pub fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        // These two differ between C libraries.
        Some(NAME_TOO_LONG) if cfg!(target_os = "linux") => return "file name too long".to_owned(),
        Some(LOOP) if cfg!(target_os = "linux") => return "too many levels of symbolic links".to_owned(),
        _ => {}
    }
    let text = error.to_string();
    let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Reads a whole file.
///
/// # Errors
/// Those of `os.ReadFile`.
pub fn read(path: &Path) -> Result<Vec<u8>, IoError> {
    let operation = if path.is_dir() { "read" } else { "open" };
    fs::read(path).map_err(IoError::of(operation, path))
}

/// What a path is, links followed.
///
/// # Errors
/// Those of `os.Stat`.
pub fn stat(path: &Path) -> Result<fs::Metadata, IoError> {
    fs::metadata(path).map_err(IoError::of("stat", path))
}

/// Makes a folder and those above it.
///
/// # Errors
/// Those of `os.MkdirAll`.
pub fn make_dirs(path: &Path) -> Result<(), IoError> {
    fs::create_dir_all(path).map_err(IoError::of("mkdir", path))
}
