//! The sandbox beside the program: its server in the background, and what is known of it.
//!
//! A start runs this program again, detached, and waits for one line on a pipe: `ready`, or why not.

mod follow;
mod process;

pub use follow::{follow, tail};
pub use process::{Launch, ensure, start, stop};

use skiff_compact::Order;
use skiff_sandbox::server::{Files, Running};
use std::{
    io,
    path::{Path, PathBuf},
};

/// The sandbox that is meant where no name is given.
pub const DEFAULT_NAME: &str = "default";
/// Names are so long at most.
const MAX_NAME: usize = 63;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A name that cannot be a folder's.
    #[error("invalid sandbox name {0:?}: use lowercase letters, digits and '-', at most 63")]
    Name(String),
    /// There is no folder for data.
    #[error("cannot tell where sandboxes are kept: neither XDG_DATA_HOME nor HOME is set")]
    NoHome,
    /// The server could not be started.
    #[error("cannot start the sandbox {name:?}: {why}")]
    Start {
        /// Which.
        name: String,
        /// Why.
        why: String,
    },
    /// The server does not end.
    #[error("the sandbox {name:?} does not stop (process {pid})")]
    Stuck {
        /// Which.
        name: String,
        /// Its process.
        pid: u32,
    },
    /// The server runs with other options.
    #[error("the sandbox {name:?} runs already, with other options")]
    Other {
        /// Which.
        name: String,
    },
    /// A file of it.
    #[error(transparent)]
    Files(#[from] skiff_sandbox::server::FileError),
    /// Its log.
    #[error("{path}: {source}", path = .path.display())]
    Log {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SandboxError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Name(_) => "for example: skiff sandbox start demo".to_owned(),
            Self::NoHome => "set XDG_DATA_HOME to a folder of your own".to_owned(),
            Self::Start { name, .. } => format!("skiff sandbox logs {name} may tell more"),
            Self::Stuck { pid, .. } => format!("kill -9 {pid} ends it; what was acknowledged is not lost"),
            Self::Other { name } => format!("skiff sandbox stop {name} first"),
            Self::Files(_) | Self::Log { .. } => return None,
        })
    }
}

/// A sandbox by its name.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub files: Files,
}

/// A sandbox as `status` shows it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its server, if one runs.
    pub running: Option<Running>,
}

impl Sandbox {
    /// The sandbox `name` below `home`.
    ///
    /// # Errors
    /// When the name is none, or there is no such place.
    pub fn new(home: &Path, name: &str) -> Result<Self, SandboxError> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = !name.is_empty() && name.len() <= MAX_NAME && !name.starts_with('-');
        if !fits || !name.bytes().all(letter) {
            return Err(SandboxError::Name(name.to_owned()));
        }
        if home.as_os_str().is_empty() {
            return Err(SandboxError::NoHome);
        }
        Ok(Self { name: name.to_owned(), files: Files::new(home.join(name)) })
    }

    /// What is known of it.
    pub fn seen(&self) -> Seen {
        let folder = self.files.folder().to_owned();
        Seen { name: self.name.clone(), folder, running: self.files.running() }
    }
}

/// The names of the sandboxes below `home`, sorted.
pub fn names(home: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(home).into_iter().flatten().filter_map(Result::ok);
    let folders = entries.filter(|entry| entry.path().join("lock").is_file());
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.order();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_leave_the_folder_are_refused() {
        let home = Path::new("/data");
        for name in ["a", "demo-2", "0"] {
            assert!(Sandbox::new(home, name).is_ok(), "{name}");
        }
        for name in ["", "..", "a/b", "A", "-a", "a b", &"a".repeat(64)] {
            assert!(Sandbox::new(home, name).is_err(), "{name}");
        }
        assert!(matches!(Sandbox::new(Path::new(""), "a"), Err(SandboxError::NoHome)));
    }
}
