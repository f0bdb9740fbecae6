//! The folder of a sandbox: what stands in it, who may read it, and which server works in it.
//!
//! Invariant: a server holds an exclusive lock on `lock` as long as it runs, however it ends; `server.json` says which it
//! is and is only believed while the lock is held.

use super::Certificates;
use crate::auth::Issuer;
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// Bytes of chance in the owner's token.
const TOKEN_BYTES: usize = 32;
/// A folder's file that we read may be so long.
const MAX_FILE: u64 = 1 << 20;
/// How often a lock is tried that somebody only looks at.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(5);

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read or written.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("{path}: {why}", path = .path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Keys or tokens cannot be made.
    #[error("cannot make the keys: {0}")]
    Keys(String),
}

/// The folder of one sandbox.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
}

/// The server that works in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Its port on loopback.
    pub port: u16,
    /// `v1.36.3`.
    pub kube_version: String,
    /// `rbac` or `always-allow`.
    pub authorization: String,
    /// Whether its state is in memory only.
    pub ephemeral: bool,
    /// When it started.
    pub started: String,
}

/// What a sandbox keeps secret.
#[derive(Clone)]
pub struct Secrets {
    /// The authority of its certificates.
    pub certificates: Certificates,
    /// The owner's token.
    pub token: String,
    /// The key of the service accounts' tokens, in PKCS #8.
    pub account_key: Vec<u8>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Files {
    /// The folder of a sandbox; nothing is made yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The kubeconfig that leads to the sandbox.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.path("kubeconfig")
    }

    /// What the server logs.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.path("server.log")
    }

    /// The folder of the state.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes the folder and the state's in it, for their owner alone.
    ///
    /// # Errors
    /// The disk's.
    pub fn create(&self) -> Result<(), FileError> {
        let state = self.state();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&state).map_err(at(&state))
    }

    /// Takes the folder for a server; `None` when another has it. Keep the file as long as the server runs.
    ///
    /// # Errors
    /// The disk's.
    pub fn take(&self) -> Result<Option<File>, FileError> {
        let path = self.path("lock");
        let file =
            private().read(true).write(true).create(true).truncate(false).open(&path).map_err(at(&path))?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::WouldBlock) if self.server_file().is_none() => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(source)) => return Err(FileError::File { path, source }),
            }
        }
        Ok(None)
    }

    /// Whether a server has the folder, ready or not.
    #[must_use]
    pub fn taken(&self) -> bool {
        let Ok(file) = File::open(self.path("lock")) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// The server that runs in the folder and is ready.
    #[must_use]
    pub fn running(&self) -> Option<Running> {
        self.taken().then(|| self.server_file()).flatten()
    }

    fn server_file(&self) -> Option<Running> {
        serde_json::from_slice(&fs::read(self.path("server.json")).ok()?).ok()
    }

    /// Says that a server is ready.
    ///
    /// # Errors
    /// The disk's.
    pub fn announce(&self, running: &Running) -> Result<(), FileError> {
        let text = serde_json::to_vec(running).map_err(|error| self.broken("server.json", error))?;
        self.write("server.json", &text)?;
        self.write("port", running.port.to_string().as_bytes())
    }

    /// Takes back what [`Files::announce`] said.
    pub fn withdraw(&self) {
        // A file that is left over is not believed without the lock.
        let _ = fs::remove_file(self.path("server.json"));
    }

    /// The port of the last server, so that kubeconfigs that somebody copied go on working.
    #[must_use]
    pub fn last_port(&self) -> Option<u16> {
        fs::read_to_string(self.path("port")).ok()?.trim().parse().ok()
    }

    /// Removes the state and nothing else. No server may run.
    ///
    /// # Errors
    /// The disk's.
    pub fn forget(&self) -> Result<(), FileError> {
        let path = self.state();
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(FileError::File { path, source }),
            _ => Ok(()),
        }
    }

    /// The keys and tokens, made where they are missing.
    ///
    /// # Errors
    /// The disk's, or files that hold something else.
    pub fn secrets(&self, now: Timestamp) -> Result<Secrets, FileError> {
        let keys = |error: &dyn std::fmt::Display| FileError::Keys(error.to_string());
        let certificates = match (self.read("ca.crt")?, self.read("ca.key")?) {
            (Some(authority), Some(key)) => Certificates { authority, key },
            _ => {
                let made = Certificates::create(now).map_err(|error| keys(&error))?;
                self.write("ca.key", made.key.as_bytes())?;
                self.write("ca.crt", made.authority.as_bytes())?;
                made
            }
        };
        let token = match self.read("token")? {
            Some(token) if !token.trim().is_empty() => token.trim().to_owned(),
            _ => {
                let mut bytes = [0; TOKEN_BYTES];
                getrandom::fill(&mut bytes).map_err(|error| keys(&error))?;
                let token = URL_SAFE_NO_PAD.encode(bytes);
                self.write("token", token.as_bytes())?;
                token
            }
        };
        let account_key = match self.read("sa.key")? {
            Some(text) => STANDARD.decode(text.trim()).map_err(|error| self.broken("sa.key", error))?,
            None => {
                let key = Issuer::new_key().map_err(|error| keys(&error))?;
                self.write("sa.key", STANDARD.encode(&key).as_bytes())?;
                key
            }
        };
        Ok(Secrets { certificates, token, account_key })
    }

    /// Writes the kubeconfig; `name` is the sandbox's.
    ///
    /// # Errors
    /// The disk's.
    pub fn write_kubeconfig(&self, name: &str, port: u16, secrets: &Secrets) -> Result<(), FileError> {
        let context =
            if name == "default" { "skiff-sandbox".to_owned() } else { format!("skiff-sandbox-{name}") };
        let authority = STANDARD.encode(&secrets.certificates.authority);
        let token = &secrets.token;
        let text = format!(
            "apiVersion: v1
kind: Config
clusters:
- name: {context}
  cluster:
    server: https://127.0.0.1:{port}
    certificate-authority-data: {authority}
users:
- name: {context}
  user:
    token: {token}
contexts:
- name: {context}
  context:
    cluster: {context}
    user: {context}
current-context: {context}
"
        );
        self.write("kubeconfig", text.as_bytes())
    }

    /// A file's text; `None` without the file.
    fn read(&self, name: &str) -> Result<Option<String>, FileError> {
        let path = self.path(name);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(metadata) if metadata.len() > MAX_FILE => {
                return Err(self.broken(name, "it is too long"));
            }
            _ => {}
        }
        fs::read_to_string(&path).map(Some).map_err(at(&path))
    }

    /// Writes a file for its owner alone: all of it or nothing.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let (path, new) = (self.path(name), self.path(&format!(".{name}.{}", std::process::id())));
        let write = || {
            let mut file = private().write(true).create(true).truncate(true).open(&new)?;
            file.write_all(bytes)?;
            fs::rename(&new, &path)
        };
        write().map_err(at(&path))
    }

    fn broken(&self, name: &str, why: impl std::fmt::Display) -> FileError {
        FileError::Broken { path: self.path(name), why: why.to_string() }
    }
}

/// Options for a file that only its owner may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn at(path: &Path) -> impl Fn(io::Error) -> FileError + use<'_> {
    |source| FileError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_and_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().join("a/b"));
        files.create().unwrap();
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let (first, second) = (files.secrets(now).unwrap(), files.secrets(now).unwrap());
        assert_eq!((first.token.len(), &first.token), (43, &second.token));
        assert_eq!(first.certificates, second.certificates);
        assert_eq!(first.account_key, second.account_key);
        files.write_kubeconfig("default", 1234, &first).unwrap();
        #[cfg(unix)]
        for entry in fs::read_dir(files.folder()).unwrap() {
            let entry = entry.unwrap();
            let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
            let wanted = if entry.path().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode & 0o777, wanted, "{:?}", entry.file_name());
        }
    }

    #[test]
    fn a_folder_is_taken_once_and_left_files_are_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().to_owned());
        let running = Running {
            pid: 1,
            port: 2,
            kube_version: "v1.36.3".to_owned(),
            authorization: "rbac".to_owned(),
            ephemeral: false,
            started: String::new(),
        };
        let lock = files.take().unwrap();
        assert!(lock.is_some() && files.taken() && files.running().is_none());
        files.announce(&running).unwrap();
        assert_eq!(files.running(), Some(running));
        assert!(files.take().unwrap().is_none());
        drop(lock);
        assert_eq!((files.running(), files.last_port()), (None, Some(2)));
        assert!(files.take().unwrap().is_some());
    }
}
