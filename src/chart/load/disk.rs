//! Folders and files in as few calls as the system allows: a large chart has hundreds of them.

use std::{
    fs::{self, File, FileType},
    io::{self, Read},
    path::Path,
};

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Dir,
    Link,
    Other,
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        match kind {
            _ if kind.is_file() => Self::File,
            _ if kind.is_dir() => Self::Dir,
            _ if kind.is_symlink() => Self::Link,
            _ => Self::Other,
        }
    }
}

/// What a path is, links not followed.
pub(super) fn kind(path: &Path) -> io::Result<Kind> {
    Ok(fs::symlink_metadata(path)?.file_type().into())
}

/// The rest of a file that comes to about `size` bytes: no more than one byte beyond `limit`.
pub(super) fn read(mut file: File, size: u64, limit: u64) -> io::Result<Vec<u8>> {
    // With room for one more byte, the call that fills the buffer finds the end, too.
    let mut data = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    system::read_once(&mut file, &mut data)?;
    if data.len() as u64 != size {
        file.take((limit + 1).saturating_sub(data.len() as u64)).read_to_end(&mut data)?;
    }
    Ok(data)
}

pub(super) use system::{entries, open};

#[cfg(unix)]
mod system {
    use super::{Kind, Path, io};
    use rustix::{
        buffer::spare_capacity,
        fs::{CWD, Dir, FileType, Mode, OFlags, openat},
        io::{read, retry_on_intr},
    };
    use std::{ffi::OsStr, fs::File, os::unix::ffi::OsStrExt};

    pub(crate) fn open(path: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(retry_on_intr(|| openat(CWD, path, flags, Mode::empty()))?.into())
    }

    /// The names in a folder and what they stand for, in no order.
    pub(crate) fn entries(dir: &Path) -> io::Result<impl Iterator<Item = io::Result<(String, Kind)>>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        let entries = Dir::new(retry_on_intr(|| openat(CWD, dir, flags, Mode::empty()))?)?;
        let entries = entries.filter(|entry| {
            !entry.as_ref().is_ok_and(|entry| matches!(entry.file_name().to_bytes(), b"." | b".."))
        });
        Ok(entries.map(move |entry| {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let kind = match entry.file_type() {
                FileType::RegularFile => Kind::File,
                FileType::Directory => Kind::Dir,
                FileType::Symlink => Kind::Link,
                // Some file systems do not say.
                FileType::Unknown => super::kind(&dir.join(name))?,
                _ => Kind::Other,
            };
            Ok((name.to_string_lossy().into_owned(), kind))
        }))
    }

    /// Reads into the room that `data` has, once.
    pub(super) fn read_once(file: &mut File, data: &mut Vec<u8>) -> io::Result<()> {
        retry_on_intr(|| read(&*file, spare_capacity(data)))?;
        Ok(())
    }
}

#[cfg(not(unix))]
mod system {
    use super::{File, Kind, Path, Read, fs, io};

    pub(crate) fn open(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    /// The names in a folder and what they stand for, in no order.
    pub(crate) fn entries(dir: &Path) -> io::Result<impl Iterator<Item = io::Result<(String, Kind)>>> {
        Ok(fs::read_dir(dir)?.map(|entry| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.into()))
        }))
    }

    /// Reads into the room that `data` has.
    pub(super) fn read_once(file: &mut File, data: &mut Vec<u8>) -> io::Result<()> {
        file.take(data.capacity() as u64).read_to_end(data).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whatever_its_size_was_said_to_be() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a");
        fs::write(&path, "0123456789").expect("it is written");
        let read = |size, limit| read(open(&path).expect("it is there"), size, limit).expect("it is read");
        for size in [0, 5, 9, 10, 11, 100] {
            assert_eq!(read(size, 100), b"0123456789", "{size}");
        }
        assert_eq!(read(0, 4), b"01234");
    }

    #[test]
    fn a_folder_names_what_is_in_it() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("file"), "").expect("it is written");
        fs::create_dir(dir.path().join("folder")).expect("it is made");
        let mut found: Vec<_> = entries(dir.path()).expect("it is read").map(Result::unwrap).collect();
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(found, [("file".to_owned(), Kind::File), ("folder".to_owned(), Kind::Dir)]);
        assert!(entries(&dir.path().join("file")).is_err() && open(&dir.path().join("none")).is_err());
    }
}
