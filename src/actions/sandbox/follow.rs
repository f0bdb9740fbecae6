//! Reading a server's log, and what comes into it.

use super::SandboxError;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    thread,
    time::Duration,
};

/// How often the log is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Writes what the log holds; without a log, nothing. Returns how far it was read.
///
/// # Errors
/// The disk's, or the stream's.
pub fn tail(path: &Path, out: &mut dyn Write) -> Result<u64, SandboxError> {
    copy(path, 0, out).map_err(|source| SandboxError::Log { path: path.to_owned(), source })
}

/// Writes what comes into the log, from `at` on, as long as `more` says so. A log that was turned over is read from
/// its beginning.
///
/// # Errors
/// The disk's, or the stream's.
pub fn follow(
    path: &Path,
    mut at: u64,
    out: &mut dyn Write,
    mut more: impl FnMut() -> bool,
) -> Result<(), SandboxError> {
    let failed = |source| SandboxError::Log { path: path.to_owned(), source };
    while more() {
        thread::sleep(PAUSE);
        let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        if length < at {
            at = 0;
        }
        if length > at {
            at = copy(path, at, out).map_err(failed)?;
            out.flush().map_err(failed)?;
        }
    }
    Ok(())
}

fn copy(path: &Path, at: u64, out: &mut dyn Write) -> io::Result<u64> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(at))?;
    let mut buffer = [0; 8192];
    let mut read = at;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(read);
        }
        out.write_all(&buffer[..count])?;
        read += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_followed_over_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut out = Vec::new();
        assert_eq!(tail(&path, &mut out).unwrap(), 0);
        std::fs::write(&path, "one\n").unwrap();
        let at = tail(&path, &mut out).unwrap();
        let mut turn = 0;
        follow(&path, at, &mut out, || {
            turn += 1;
            match turn {
                1 => std::fs::write(&path, "one\ntwo\n").unwrap(),
                2 => std::fs::write(&path, "new\n").unwrap(),
                _ => return false,
            }
            true
        })
        .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "one\ntwo\nnew\n");
    }
}
