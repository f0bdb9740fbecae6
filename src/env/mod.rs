//! The environment, read only here: variables, Helm's folders and Helm's settings.
//!
//! Everything else takes an [`Env`] or a [`Settings`], so a test can hand in its own.

mod paths;
mod process;
mod settings;

pub use paths::{cache_path, clean, config_path, data_path, home, join, keyring, sandboxes_path};
pub use process::Process;
pub(crate) use settings::parse_bool;
pub use settings::{ColorMode, DEFAULT_BURST_LIMIT, Settings};

use std::{collections::BTreeMap, ffi::OsString};

/// The Helm release whose behaviour this library reproduces.
pub const HELM_VERSION: &str = "v4.3.1";

/// The Kubernetes version whose client library that Helm release was built with.
pub const KUBE_CLIENT_VERSION: &str = "v1.37";

/// The program that runs, to start it once more.
///
/// # Errors
/// Where the system does not tell.
pub fn program() -> std::io::Result<std::path::PathBuf> {
    std::env::current_exe()
}

/// A source of environment variables.
pub trait Env {
    /// The variable's value, or `None` where it is not set. An empty value is a value.
    fn var(&self, name: &str) -> Option<String>;

    /// All variables, for a program that is started.
    fn vars(&self) -> Vec<(OsString, OsString)>;

    /// The variable's value, or the empty string where it is not set (Go's `os.Getenv`).
    fn get(&self, name: &str) -> String {
        self.var(name).unwrap_or_default()
    }
}

/// The process's own environment. Bytes that are not UTF-8 become replacement characters.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnv;

impl Env for ProcessEnv {
    fn var(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn vars(&self) -> Vec<(OsString, OsString)> {
        std::env::vars_os().collect()
    }
}

/// An environment held in memory, for tests and embedders.
///
/// ```
/// use skiff::env::{Env, MapEnv};
/// let env = MapEnv::from([("HOME", "/home/me")]);
/// assert_eq!(env.get("HOME"), "/home/me");
/// assert_eq!(env.var("PATH"), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct MapEnv(BTreeMap<String, String>);

impl MapEnv {
    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
}

impl<const N: usize> From<[(&str, &str); N]> for MapEnv {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }
}

impl Env for MapEnv {
    fn var(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn vars(&self) -> Vec<(OsString, OsString)> {
        self.0.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }
}
