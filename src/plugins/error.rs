//! Why plugins cannot be used, in Helm's words.

use crate::{values::gotext::Quoted, yaml};
use std::fmt;

/// Why a plugin cannot be read, found or run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something failed on the way to the cause.
    #[error("{context}: {cause}")]
    In {
        /// What was done.
        context: String,
        /// Why that failed.
        cause: Box<Error>,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] crate::chart::io::IoError),
    /// The file is not YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// Nothing is in the file.
    #[error("EOF")]
    Empty,
    /// Fields that do not fit.
    #[error("yaml: unmarshal errors:\n  {}", .0.join("\n  "))]
    Type(Vec<String>),
    /// What the description says cannot be.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
    /// Two folders hold plugins of one name.
    #[error("two plugins claim the name {} at {} and {}", Quoted(.name), Quoted(.first), Quoted(.second))]
    Twice {
        /// The name.
        name: String,
        /// The folder that was read first.
        first: String,
        /// The other.
        second: String,
    },
    /// No plugin has this name and type.
    #[error("plugin: {{Name:{name} Type:{kind}}} not found")]
    NotFound {
        /// The name.
        name: String,
        /// The type.
        kind: String,
    },
    /// There is no command for this system.
    #[error("no plugin command is applicable")]
    NoCommand,
    /// The program did not start.
    #[error("{0}")]
    Start(String),
    /// The program failed.
    #[error("plugin {} exited with error", Quoted(.0))]
    Exit(String),
    /// The program wrote more than fits.
    #[error("plugin {} wrote more than {limit} bytes", Quoted(.name))]
    TooLarge {
        /// The plugin.
        name: String,
        /// The limit.
        limit: u64,
    },
    /// The plugin is WebAssembly.
    #[error(
        "plugin \"{0}\" is a WebAssembly module (runtime \"extism/v1\"), which is not supported: use one with runtime \"subprocess\""
    )]
    Wasm(String),
    /// The post-renderer answered nothing.
    #[error("post-renderer {} produced empty output", Quoted(.0))]
    NoOutput(String),
}

impl Error {
    pub(super) fn invalid(problem: impl Into<String>) -> Self {
        Self::Invalid(vec![problem.into()])
    }

    pub(super) fn context(self, context: impl fmt::Display) -> Self {
        Self::In { context: context.to_string(), cause: Box::new(self) }
    }
}
