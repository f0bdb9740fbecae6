//! The server's log: lines with times, in a file that is turned over when it grows too long.

use jiff::Timestamp;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// A log longer than this becomes `server.log.1`, and a new one begins.
const MAX_BYTES: u64 = 4 << 20;

/// A log file.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    open: Mutex<(File, u64)>,
}

impl LogFile {
    /// Opens the log at `path`, to write behind what is there.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let file = append(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, open: Mutex::new((file, length)) })
    }

    /// Writes a line. A disk that is full stops no server.
    pub fn write(&self, now: Timestamp, text: &str) {
        let line = format!("{} {}\n", now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"), text.replace('\n', "\\n"));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.1 + line.len() as u64 > MAX_BYTES {
            let mut old = self.path.clone().into_os_string();
            old.push(".1");
            if let (Ok(()), Ok(file)) = (fs::rename(&self.path, old), append(&self.path)) {
                *open = (file, 0);
            } else {
                return;
            }
        }
        if open.0.write_all(line.as_bytes()).is_ok() {
            open.1 += line.len() as u64;
        }
    }
}

fn append(path: &PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_turned_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        let log = LogFile::open(path.clone()).unwrap();
        let now = "2026-01-02T03:04:05.678Z".parse().unwrap();
        log.write(now, "two\nlines");
        assert_eq!(fs::read_to_string(&path).unwrap(), "2026-01-02T03:04:05.678Z two\\nlines\n");
        let long = "x".repeat(1 << 20);
        (0..6).for_each(|_| log.write(now, &long));
        assert!(fs::metadata(&path).unwrap().len() <= MAX_BYTES);
        assert!(fs::metadata(folder.path().join("server.log.1")).unwrap().len() <= MAX_BYTES);
    }
}
