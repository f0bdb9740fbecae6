//! The little language of `--set`, `--set-string`, `--set-json`, `--set-file` and `--set-literal`.
//!
//! A line is `name=value,name=value`; names walk through tables (`a.b`) and lists (`a[0]`), a backslash
//! takes the next character as it is, `{x,y}` is a list. Each function parses a line into values that
//! already exist, as Helm does: an existing table is filled, an existing key is replaced.

mod parser;

use super::gotext::{Quoted, QuotedRunes};
use parser::{Mode, Parser};
use serde_json::{Map, Value};
use std::error::Error as StdError;
use templates_engine::json;

/// The greatest index that a name may use.
pub const MAX_INDEX: i64 = 65536;
/// How many dots a name may have.
pub const MAX_NESTED_NAME_LEVEL: usize = 30;
/// How many lists a name may open inside each other. Helm has no such limit; its stack grows.
pub const MAX_LIST_NESTING: usize = 512;

/// What is wrong with a line. The texts are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name without `=`.
    #[error("key {} has no value", Quoted(.0))]
    NoValue(String),
    /// A name followed by a comma.
    #[error("key {} has no value (cannot end with ,)", Quoted(.0))]
    EndsWithComma(String),
    /// A table in which nothing was set.
    #[error("key map {} has no value", Quoted(.0))]
    EmptyTable(String),
    /// More dots than [`MAX_NESTED_NAME_LEVEL`].
    #[error(
        "value name nested level is greater than maximum supported nested level of {MAX_NESTED_NAME_LEVEL}"
    )]
    NameTooDeep,
    /// More lists inside each other than [`MAX_LIST_NESTING`].
    #[error("lists are nested deeper than the maximum supported level of {MAX_LIST_NESTING}")]
    ListTooDeep,
    /// The text between brackets is no number.
    #[error("error parsing index: strconv.Atoi: parsing {}: {reason}", Quoted(.text))]
    Index {
        /// What stood between the brackets.
        text: String,
        /// Go's words for what is wrong with it.
        reason: &'static str,
    },
    /// An index below zero.
    #[error("negative {0} index not allowed")]
    NegativeIndex(i64),
    /// An index above [`MAX_INDEX`].
    #[error("index of {0} is greater than maximum supported index of {MAX_INDEX}")]
    IndexTooLarge(i64),
    /// Something between `]` and the next `[`, `.` or `=`.
    #[error("unexpected data at end of array index: {}", QuotedRunes(.0))]
    AfterIndex(String),
    /// A `{` without its `}`.
    #[error("list must terminate with '}}'")]
    UnterminatedList,
    /// A name that walks into a value that is neither the table nor the list it wants.
    #[error("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")]
    Conversion {
        /// Go's name for what is there.
        found: &'static str,
        /// Go's name for what the name asks for.
        wanted: &'static str,
    },
    /// A value of `--set-json` that is not JSON.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// A file of `--set-file` that cannot be read.
    #[error(transparent)]
    Read(Box<dyn StdError + Send + Sync>),
}

/// Reads what a value of `--set-file` names.
///
/// The error's `Display` ends up in Helm's message after `failed parsing --set-file data: `.
pub type Reader<'a> = dyn FnMut(&str) -> Result<String, Box<dyn StdError + Send + Sync>> + 'a;

/// Parses a line of `--set`: `true`, `false`, `null` and whole numbers are typed, the rest is text.
///
/// # Errors
/// Any [`Error`]; `into` may then hold a part of the line.
///
/// ```
/// let mut values = serde_json::Map::new();
/// skiff::values::strvals::parse("a.b=1,c[1]=x,d={1.5,null}", &mut values).unwrap();
/// assert_eq!(
///     serde_json::Value::from(values),
///     serde_json::json!({"a": {"b": 1}, "c": [null, "x"], "d": ["1.5", null]})
/// );
/// ```
pub fn parse(line: &str, into: &mut Map<String, Value>) -> Result<(), Error> {
    Parser::new(line, Mode::Typed).parse(into)
}

/// Parses a line of `--set-string`: every value is text.
///
/// # Errors
/// Any [`Error`].
pub fn parse_string(line: &str, into: &mut Map<String, Value>) -> Result<(), Error> {
    Parser::new(line, Mode::Text).parse(into)
}

/// Parses a line of `--set-json`: each value is a JSON text, nothing at all is null.
///
/// # Errors
/// Any [`Error`].
pub fn parse_json(line: &str, into: &mut Map<String, Value>) -> Result<(), Error> {
    Parser::new(line, Mode::Json).parse(into)
}

/// Parses a line of `--set-literal`: one name, and all that follows its `=` is the value.
///
/// # Errors
/// Any [`Error`].
pub fn parse_literal(line: &str, into: &mut Map<String, Value>) -> Result<(), Error> {
    Parser::new(line, Mode::Literal).parse(into)
}

/// Parses a line of `--set-file`: each value names what `reader` gives.
///
/// # Errors
/// Any [`Error`]; the reader's is [`Error::Read`].
pub fn parse_file(line: &str, into: &mut Map<String, Value>, reader: &mut Reader<'_>) -> Result<(), Error> {
    Parser::new(line, Mode::File(reader)).parse(into)
}

/// Parses a JSON object as Go's `encoding/json` does, for `--set-json '{…}'`: whole numbers become floats.
///
/// # Errors
/// When the text is not one JSON object, or `null`, with blanks around it.
pub fn parse_json_object(text: &str) -> Result<Map<String, Value>, Error> {
    Ok(json::object(text)?)
}
