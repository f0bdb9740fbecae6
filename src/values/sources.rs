//! What the user gives with `-f`, `--set-json`, `--set`, `--set-string`, `--set-file` and `--set-literal`.

use super::{merge_maps, strvals};
use crate::chart::load::{ValuesError, load_values};
use serde_json::{Map, Value};
use std::error::Error as StdError;

/// What the options say, each in the order they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `-f`, `--values`: paths, URLs, `-`.
    pub value_files: Vec<String>,
    /// `--set-json`
    pub json_values: Vec<String>,
    /// `--set`
    pub values: Vec<String>,
    /// `--set-string`
    pub string_values: Vec<String>,
    /// `--set-file`
    pub file_values: Vec<String>,
    /// `--set-literal`
    pub literal_values: Vec<String>,
}

/// Why a file cannot be read, in Helm's words: `open x.yaml: no such file or directory`.
pub type ReadError = Box<dyn StdError + Send + Sync>;

/// Reads what `-f` and `--set-file` name: a path, a URL, or `-` for standard input.
pub trait Reader {
    /// The content.
    ///
    /// # Errors
    /// Why there is none; the text goes to the user.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, ReadError>;
}

/// Why the options give no values. The texts are Helm's; a level's cause is its `source`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A values file cannot be read.
    #[error(transparent)]
    Read(ReadError),
    /// A values file is not a table in YAML.
    #[error("failed to parse {file}")]
    Parse {
        /// The file as it was typed.
        file: String,
        /// What is wrong with it.
        source: ValuesError,
    },
    /// An object of `--set-json` that is not JSON.
    #[error("failed parsing --set-json data JSON: {0}")]
    JsonObject(String),
    /// A line of `--set-json`.
    #[error("failed parsing --set-json data {0}")]
    Json(String),
    /// A line of another option.
    #[error("failed parsing {option} data")]
    Line {
        /// The option.
        option: &'static str,
        /// What is wrong with the line.
        source: strvals::Error,
    },
}

/// Helm's `MergeValues`: files first, then the options in Helm's order, later ones over earlier ones.
///
/// # Errors
/// The first file or line that cannot be used.
///
/// ```
/// use skiff::values::sources::{Options, ReadError, Reader, merge_values};
/// struct One;
/// impl Reader for One {
///     fn read(&mut self, _: &str) -> Result<Vec<u8>, ReadError> {
///         Ok(b"a: {b: 1, c: 2}".to_vec())
///     }
/// }
/// let options = Options { value_files: vec!["x.yaml".into()], values: vec!["a.b=3".into()], ..Options::default() };
/// let values = merge_values(&options, &mut One).unwrap();
/// assert_eq!(serde_json::Value::from(values), serde_json::json!({"a": {"b": 3, "c": 2.0}}));
/// ```
pub fn merge_values(options: &Options, reader: &mut dyn Reader) -> Result<Map<String, Value>, Error> {
    let mut values = Map::new();
    for file in &options.value_files {
        let text = reader.read(file).map_err(Error::Read)?;
        let read = load_values(&text).map_err(|source| Error::Parse { file: file.clone(), source })?;
        if let Value::Object(table) = read {
            merge_maps(&mut values, table);
        }
    }
    for line in &options.json_values {
        set_json(line, &mut values)?;
    }
    let line = |option| move |source| Error::Line { option, source };
    for text in &options.values {
        strvals::parse(text, &mut values).map_err(line("--set"))?;
    }
    for text in &options.string_values {
        strvals::parse_string(text, &mut values).map_err(line("--set-string"))?;
    }
    for text in &options.file_values {
        let mut read = |name: &str| Ok(String::from_utf8_lossy(&reader.read(name)?).into_owned());
        strvals::parse_file(text, &mut values, &mut read).map_err(line("--set-file"))?;
    }
    for text in &options.literal_values {
        strvals::parse_literal(text, &mut values).map_err(line("--set-literal"))?;
    }
    Ok(values)
}

fn set_json(line: &str, values: &mut Map<String, Value>) -> Result<(), Error> {
    let trimmed = line.trim();
    if trimmed.starts_with('{') {
        let table = strvals::parse_json_object(trimmed).map_err(|_| Error::JsonObject(line.to_owned()))?;
        merge_maps(values, table);
        return Ok(());
    }
    strvals::parse_json(line, values).map_err(|_| Error::Json(line.to_owned()))
}
