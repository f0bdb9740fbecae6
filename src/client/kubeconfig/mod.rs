//! Kubeconfig files: reading, and merging as client-go merges (`tools/clientcmd/loader.go`).

pub(super) mod check;
pub(super) mod decode;

use crate::client::error::ConfigError;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

/// A kubeconfig is small; this is what is read of a file that claims to be one.
const MAX_BYTES: u64 = 64 << 20;

/// What one file, or several merged, say.
#[derive(Clone, Debug, Default)]
pub(super) struct Kubeconfig {
    pub(super) current_context: String,
    pub(super) clusters: BTreeMap<String, Cluster>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) contexts: BTreeMap<String, Context>,
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cluster {
    pub(super) server: String,
    pub(super) tls_server_name: String,
    pub(super) insecure: bool,
    pub(super) ca_file: String,
    pub(super) ca_data: Vec<u8>,
    pub(super) proxy_url: String,
    pub(super) disable_compression: bool,
    pub(super) extensions: BTreeMap<String, Value>,
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub(super) struct User {
    pub(super) cert_file: String,
    pub(super) cert_data: Vec<u8>,
    pub(super) key_file: String,
    pub(super) key_data: Vec<u8>,
    pub(super) token: String,
    pub(super) token_file: String,
    pub(super) impersonate: Impersonate,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) auth_provider: Option<AuthProvider>,
    pub(super) exec: Option<Exec>,
}

/// As whom the server shall treat the request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Impersonate {
    pub(super) user: String,
    pub(super) uid: String,
    pub(super) groups: Vec<String>,
    pub(super) extra: BTreeMap<String, Vec<String>>,
}

/// An authentication provider that is built in.
#[derive(Clone, Debug, Default)]
pub(super) struct AuthProvider {
    pub(super) name: String,
    pub(super) config: BTreeMap<String, String>,
}

/// A credential plugin.
#[derive(Clone, Debug, Default)]
pub(super) struct Exec {
    pub(super) command: String,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    pub(super) api_version: String,
    pub(super) install_hint: String,
    pub(super) provide_cluster_info: bool,
    pub(super) interactive_mode: String,
}

/// Which server, as whom, where.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    pub(super) cluster: String,
    pub(super) user: String,
    pub(super) namespace: String,
}

impl Kubeconfig {
    /// The one file that was named, which must be there.
    pub(super) fn explicit(path: &Path) -> Result<Self, ConfigError> {
        if let Err(error) = std::fs::metadata(path)
            && error.kind() == io::ErrorKind::NotFound
        {
            return Err(ConfigError::Missing(path.display().to_string()));
        }
        Self::first(std::slice::from_ref(&path.to_path_buf()))
    }

    /// Merges the files that exist; the first to name a thing wins.
    pub(super) fn first(paths: &[PathBuf]) -> Result<Self, ConfigError> {
        let mut merged = Self::default();
        let mut errors = Vec::new();
        for path in paths {
            match read(path) {
                Ok(None) => {}
                Ok(Some(config)) => merged.add(config),
                Err(cause) => {
                    errors.push(format!("error loading config file \"{}\": {cause}", path.display()))
                }
            }
        }
        if errors.is_empty() { Ok(merged) } else { Err(ConfigError::Other(check::aggregate(&errors))) }
    }

    fn add(&mut self, other: Self) {
        if self.current_context.is_empty() {
            self.current_context = other.current_context;
        }
        keep_first(&mut self.clusters, other.clusters);
        keep_first(&mut self.users, other.users);
        keep_first(&mut self.contexts, other.contexts);
    }

    /// Paths in a file are relative to it.
    fn resolve_paths(&mut self, file: &Path) {
        let folder = file.parent().unwrap_or(Path::new(""));
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        let resolve = |path: &mut String| {
            if !path.is_empty() && Path::new(path.as_str()).is_relative() {
                *path = crate::env::join(&[&folder.display().to_string(), path.as_str()]);
            }
        };
        for cluster in self.clusters.values_mut() {
            resolve(&mut cluster.ca_file);
        }
        for user in self.users.values_mut() {
            resolve(&mut user.cert_file);
            resolve(&mut user.key_file);
            resolve(&mut user.token_file);
            // A bare name is looked for on the path.
            if let Some(exec) = user.exec.as_mut().filter(|exec| exec.command.contains('/')) {
                resolve(&mut exec.command);
            }
        }
    }
}

fn keep_first<T>(map: &mut BTreeMap<String, T>, other: BTreeMap<String, T>) {
    for (name, thing) in other {
        map.entry(name).or_insert(thing);
    }
}

/// A file's configuration; nothing where there is no file.
fn read(path: &Path) -> Result<Option<Kubeconfig>, String> {
    let bytes = match read_file(path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(go_io(path, &error)),
    };
    let mut config = decode::config(&bytes)?;
    config.resolve_paths(path);
    Ok(Some(config))
}

/// A file's bytes, up to a limit.
pub(super) fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// What Go says of a file that cannot be opened or read.
pub(super) fn go_io(path: &Path, error: &io::Error) -> String {
    let (operation, why) = match error.kind() {
        io::ErrorKind::NotFound => ("open", "no such file or directory".to_owned()),
        io::ErrorKind::PermissionDenied => ("open", "permission denied".to_owned()),
        io::ErrorKind::IsADirectory => ("read", "is a directory".to_owned()),
        io::ErrorKind::NotADirectory => ("open", "not a directory".to_owned()),
        _ => ("read", error.to_string()),
    };
    format!("{operation} {}: {why}", path.display())
}
