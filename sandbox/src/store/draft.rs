//! The file of a new store. Until it is complete nobody waits for the disk and it has another name: a power cut before
//! that leaves no store at all, which is what there was before.

use super::Error;
use redb::{StorageBackend, backends::FileBackend};
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// What a file is called before it is complete, behind its name.
const ENDING: &str = ".new";

/// The file below redb, while it has the other name and afterwards.
#[derive(Debug)]
pub(super) struct Draft {
    file: FileBackend,
    /// Whether the disk is waited for.
    settled: Arc<AtomicBool>,
    /// Another handle that holds the lock which redb takes for files that it opens itself.
    lock: File,
}

/// What makes the store's file of a draft.
#[derive(Debug)]
pub(super) struct Settling {
    settled: Arc<AtomicBool>,
    file: File,
    draft: PathBuf,
    path: PathBuf,
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Broken(error.to_string())
}

impl Draft {
    /// A new, empty file, which becomes the one at `path`. What is left of an earlier draft goes.
    pub(super) fn create(path: &Path) -> Result<(Self, Settling), Error> {
        let mut name = path.as_os_str().to_owned();
        name.push(ENDING);
        let draft = PathBuf::from(name);
        let lock = open(&draft).map_err(broken)?;
        lock.try_lock().map_err(|error| broken(format!("{}: {error}", draft.display())))?;
        lock.set_len(0).map_err(broken)?;
        let file = open(&draft).map_err(broken)?;
        let settled = Arc::new(AtomicBool::new(false));
        let settling = Settling {
            settled: Arc::clone(&settled),
            file: file.try_clone().map_err(broken)?,
            draft,
            path: path.to_owned(),
        };
        let file = FileBackend::new(file).map_err(broken)?;
        Ok((Self { file, settled, lock }, settling))
    }
}

impl Settling {
    /// Waits until the disk has everything, and gives the file its name. From then on every commit is waited for.
    pub(super) fn settle(self) -> Result<(), Error> {
        self.settled.store(true, Ordering::SeqCst);
        self.file.sync_data().map_err(broken)?;
        fs::rename(&self.draft, &self.path).map_err(broken)?;
        sync_folder(&self.path).map_err(broken)
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Waits until the disk knows a file's name.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| cfg!(unix) && !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

impl StorageBackend for Draft {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.settled.load(Ordering::SeqCst) { self.file.sync_data() } else { Ok(()) }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.lock.unlock()?;
        self.file.close()
    }
}
