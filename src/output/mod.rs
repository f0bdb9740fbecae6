//! The only code that words what is printed: tables, JSON, YAML, colours, log lines.

pub mod color;
mod go_struct;
pub use crate::json;
pub mod log;
pub mod metadata;
pub mod plan;
pub mod progress;
pub mod release;
pub mod release_template;
pub mod resources;
pub mod table;
pub mod troubles;

use serde::Serialize;

/// A value as Helm's `-o json` prints it: one line, newline included.
///
/// # Errors
/// What cannot be JSON: maps whose keys are no texts.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut text = json::to_string(value)?;
    text.push('\n');
    Ok(text)
}

/// A value as Helm's `-o yaml` prints it: through JSON, so keys are sorted.
///
/// # Errors
/// What cannot be JSON.
pub fn to_yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    Ok(crate::yaml::from_json_text(&json::to_string(value)?)?)
}

/// Why a value could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is no YAML.
    #[error(transparent)]
    Yaml(#[from] crate::yaml::Error),
}
