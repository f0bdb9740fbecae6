//! What a chart's files hold, read when it is first needed.
//!
//! Half of a large chart's bytes are custom resource definitions, dashboards and documents that rendering
//! never looks at.

use super::{
    io::IoError,
    load::{self, MAX_CHART_SIZE},
    wire,
};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use std::{
    fmt,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// The bytes of a file, without a byte order mark. Clones share them.
///
/// ```
/// let content = skiff::chart::Content::from("a: 1\n");
/// assert_eq!(content.bytes()?, "a: 1\n");
/// # Ok::<(), skiff::chart::ContentError>(())
/// ```
#[derive(Clone)]
pub struct Content(Kind);

#[derive(Clone)]
enum Kind {
    Held(Bytes),
    OnDisk(Arc<OnDisk>),
}

struct OnDisk {
    path: PathBuf,
    bytes: OnceLock<Result<Bytes, ContentError>>,
}

/// Why a file that was there when its chart was loaded cannot be read now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContentError(String);

impl Content {
    /// The content of a file of a folder, which is read when it is asked for.
    pub fn of_file(path: &Path) -> Self {
        Self(Kind::OnDisk(Arc::new(OnDisk { path: path.to_owned(), bytes: OnceLock::new() })))
    }

    /// The bytes.
    ///
    /// # Errors
    /// When the file went away, or grew beyond what a chart may hold, after its chart was loaded. The answer
    /// stays the same.
    pub fn bytes(&self) -> Result<&Bytes, ContentError> {
        match &self.0 {
            Kind::Held(bytes) => Ok(bytes),
            Kind::OnDisk(file) => {
                let bytes = file.bytes.get_or_init(|| read(&file.path));
                bytes.as_ref().map_err(ContentError::clone)
            }
        }
    }
}

fn read(path: &Path) -> Result<Bytes, ContentError> {
    let failed = |error: IoError| ContentError(error.to_string());
    let file = File::open(path).map_err(IoError::of("open", path)).map_err(failed)?;
    let room = file.metadata().map_or(0, |metadata| metadata.len().min(MAX_CHART_SIZE));
    let mut data = Vec::with_capacity(usize::try_from(room).unwrap_or_default() + 1);
    let read = file.take(MAX_CHART_SIZE + 1).read_to_end(&mut data);
    read.map_err(IoError::of("read", path)).map_err(failed)?;
    if data.len() as u64 > MAX_CHART_SIZE {
        return Err(ContentError(load::ReadError::TooLarge.to_string()));
    }
    Ok(load::without_mark(data.into()))
}

impl Default for Content {
    fn default() -> Self {
        Self(Kind::Held(Bytes::new()))
    }
}

impl<T: Into<Bytes>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self(Kind::Held(bytes.into()))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Held(bytes) => bytes.fmt(f),
            Kind::OnDisk(file) => write!(f, "<{}>", file.path.display()),
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Content {}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::base64::serialize(self.bytes().map_err(ser::Error::custom)?, serializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::base64::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_read_when_it_is_asked_for_and_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a");
        fs::write(&path, "old").expect("it is written");
        let content = Content::of_file(&path);
        fs::write(&path, "\u{feff}new").expect("it is written");
        assert_eq!(content.bytes().expect("it is read"), "new");
        fs::remove_file(&path).expect("it goes");
        assert_eq!(content.clone().bytes().expect("it was read"), "new");
    }

    #[test]
    fn a_file_that_is_gone_says_so() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a");
        let content = Content::of_file(&path);
        let error = content.bytes().expect_err("it is gone");
        assert_eq!(error.to_string(), format!("open {}: no such file or directory", path.display()));
        assert!(serde_json::to_string(&content).is_err());
    }
}
