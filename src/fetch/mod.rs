//! The edge where values and schemas come in: files, URLs and standard input by the names users type.

pub mod http;

use crate::chart::io::{self as chart_io, IoError};
use crate::values::schema::Documents;
use crate::values::sources::{ReadError, Reader};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a values file may take.
const VALUES_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a document of a schema may take; Helm's figure.
const SCHEMA_TIMEOUT: Duration = Duration::from_secs(15);

/// Reads values files: `-`, `http(s)://…`, and paths from a folder.
pub struct Sources<'a> {
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// The folder that relative paths start from; empty for the process's own.
    pub folder: PathBuf,
}

impl Reader for Sources<'_> {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, ReadError> {
        if name.trim() == "-" {
            let mut text = Vec::new();
            self.stdin.read_to_end(&mut text)?;
            return Ok(text);
        }
        if name.starts_with("http://") || name.starts_with("https://") {
            return http::get(name, VALUES_TIMEOUT).map_err(|error| match error {
                http::Error::Status { .. } => format!("failed to fetch {name} : {error}").into(),
                other => other.into(),
            });
        }
        chart_io::read(&self.folder.join(name)).map_err(|error| IoError { path: name.into(), ..error }.into())
    }
}

/// Reads what schemas refer to: `http(s)://…` and `file://…`.
#[derive(Debug, Clone, Copy)]
pub struct SchemaDocuments;

impl Documents for SchemaDocuments {
    fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        if let Some(path) = url.strip_prefix("file://") {
            return chart_io::read(Path::new(path)).map_err(|error| error.to_string());
        }
        http::get(url, SCHEMA_TIMEOUT).map_err(|error| match error {
            http::Error::Status { code, reason } => {
                format!("HTTP request to {url} returned status {code} ({reason})")
            }
            other => format!("HTTP request failed for {url}: {other}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_told_as_go_tells_it() {
        let mut sources = Sources { stdin: &mut std::io::empty(), folder: PathBuf::new() };
        let error = sources.read("no/such.yaml").unwrap_err();
        assert_eq!(error.to_string(), "open no/such.yaml: no such file or directory");
    }

    #[test]
    fn a_dash_is_standard_input() {
        let mut sources = Sources { stdin: &mut &b"a: 1"[..], folder: PathBuf::new() };
        assert_eq!(sources.read(" - ").unwrap(), b"a: 1");
    }
}
