//! YAML as Go's libraries read and write it.
//!
//! Helm reads and writes YAML through sigs.k8s.io/yaml, which goes through JSON: YAML is read by
//! go-yaml v2 (YAML 1.1: `on` is true, `010` is 8, dates are text), turned to JSON and read again
//! by `encoding/json`, so that every number becomes a float64 and every key a string. `toYamlPretty`
//! alone writes with go-yaml v3. The functions here are pure and repeat all of that, with the same
//! bytes and the same error texts.
//!
//! ```
//! let value = skiff_yaml::to_json("on: 010\n")?;
//! assert_eq!(value, serde_json::json!({"true": 8.0}));
//! assert_eq!(skiff_yaml::from_json(&value)?, "\"true\": 8\n");
//! # Ok::<(), skiff_yaml::Error>(())
//! ```

mod build;
mod convert;
mod decode;
mod emitter;
mod error;
mod escape;
pub mod json;
mod native;
pub mod nodes;
mod number;
mod parser;
mod reader;
mod resolve;
mod scanner;
mod tree;
mod write;

pub use emitter::{Emitter, Style, compare_keys, sort_keys};
pub use error::Error;
pub use parser::{Event, Scalar};
pub use write::{from_json, from_json_pretty, from_json_text, write_json};

use build::Stop;
use native::Native;
use parser::Parser;
use serde_json::Value;

/// How deep collections may nest in a value. Go has no such limit of its own here: `encoding/json`
/// stops at 10,000, more than the stack of a thread holds when such a value is dropped.
pub const MAX_NESTING: usize = 1_000;

/// How a text becomes JSON.
#[derive(Debug, Clone, Copy, Default)]
struct Mode {
    /// Refuse repeated keys.
    strict: bool,
    numbers: Numbers,
}

/// What becomes of numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Numbers {
    /// All are floats, as `encoding/json` reads them into an `interface{}`.
    #[default]
    Floats,
    /// Integers stay integers, and floats without a fraction become such, as in JSON text of Go's.
    JsonText,
    /// Integers stay integers and floats floats.
    AsWritten,
}

/// `yaml.Unmarshal` of sigs.k8s.io/yaml into an `interface{}`: the first document, null if there
/// is none; every number is a float.
///
/// # Errors
/// The text of Go's error: syntax, tags, keys, merges, aliases, numbers that are not finite.
///
/// ```
/// let error = skiff_yaml::to_json("a: b: c").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "error converting YAML to JSON: yaml: mapping values are not allowed in this context"
/// );
/// ```
pub fn to_json(text: impl AsRef<[u8]>) -> Result<Value, Error> {
    convert(text.as_ref(), Mode::default()).map_err(Error::converting)
}

/// `yaml.UnmarshalStrict` of sigs.k8s.io/yaml into an `interface{}`: as [`to_json`], and repeated
/// keys are refused.
///
/// # Errors
/// The text of Go's error.
pub fn to_json_strict(text: impl AsRef<[u8]>) -> Result<Value, Error> {
    convert(text.as_ref(), Mode { strict: true, ..Mode::default() }).map_err(Error::converting)
}

/// As [`to_json`], but integers stay integers and floats floats: for decoding into typed fields, where
/// `appVersion: 12345678901` is text as it stands and `1.10` is "1.1".
///
/// # Errors
/// The text of Go's error.
pub fn to_typed_json(text: impl AsRef<[u8]>) -> Result<Value, Error> {
    let mode = Mode { strict: false, numbers: Numbers::AsWritten };
    convert(text.as_ref(), mode).map_err(Error::converting)
}

/// As [`to_typed_json`], and repeated keys are refused.
///
/// # Errors
/// The text of Go's error.
pub fn to_typed_json_strict(text: impl AsRef<[u8]>) -> Result<Value, Error> {
    let mode = Mode { strict: true, numbers: Numbers::AsWritten };
    convert(text.as_ref(), mode).map_err(Error::converting)
}

/// `yaml.YAMLToJSON` of sigs.k8s.io/yaml: as [`to_json`], but whole numbers are integers, as in
/// Go's JSON text, and errors have no prefix.
///
/// # Errors
/// The text of Go's error.
pub fn yaml_to_json(text: impl AsRef<[u8]>) -> Result<Value, Error> {
    convert(text.as_ref(), Mode { strict: false, numbers: Numbers::JsonText })
}

/// `yaml.YAMLToJSONStrict` of sigs.k8s.io/yaml: as [`yaml_to_json`], and repeated keys are refused.
///
/// # Errors
/// The text of Go's error.
pub fn yaml_to_json_strict(text: impl AsRef<[u8]>) -> Result<Value, Error> {
    convert(text.as_ref(), Mode { strict: true, numbers: Numbers::JsonText })
}

/// As [`to_typed_json`], but of a mapping at the top only the entries whose key is `wanted` are kept.
/// The rest is checked all the same, so the errors are those of the whole: the fast way to read the
/// head of a manifest.
///
/// # Errors
/// The text of Go's error.
///
/// ```
/// let head = skiff_yaml::to_typed_json_of("kind: Pod\nspec: {a: 1}\n", |key| key == "kind")?;
/// assert_eq!(head, serde_json::json!({"kind": "Pod"}));
/// # Ok::<(), skiff_yaml::Error>(())
/// ```
pub fn to_typed_json_of(text: impl AsRef<[u8]>, wanted: impl Fn(&str) -> bool) -> Result<Value, Error> {
    let mode = Mode { strict: false, numbers: Numbers::AsWritten };
    convert_of(text.as_ref(), mode, wanted).map_err(Error::converting)
}

/// As [`yaml_to_json`], but of a mapping at the top only the entries whose key is `wanted` are kept, as in
/// [`to_typed_json_of`].
///
/// # Errors
/// The text of Go's error.
pub fn yaml_to_json_of(text: impl AsRef<[u8]>, wanted: impl Fn(&str) -> bool) -> Result<Value, Error> {
    convert_of(text.as_ref(), Mode { strict: false, numbers: Numbers::JsonText }, wanted)
}

/// A scalar as sigs.k8s.io/yaml puts it into a field of type string: numbers and booleans become
/// text. Pass what [`to_typed_json`] read; `None` for null and collections.
///
/// ```
/// use skiff_yaml::{scalar_text, to_typed_json};
/// let value = to_typed_json("[1.10, 12345678, yes, 1e6, x]")?;
/// let texts: Vec<_> = value.as_array().into_iter().flatten().filter_map(scalar_text).collect();
/// assert_eq!(texts, ["1.1", "12345678", "true", "1e+06", "x"]);
/// # Ok::<(), skiff_yaml::Error>(())
/// ```
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) if number.is_f64() => number.as_f64().map(number::format_g32),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn convert(text: &[u8], mode: Mode) -> Result<Value, Error> {
    convert_of(text, mode, |_| true)
}

fn convert_of(text: &[u8], mode: Mode, wanted: impl Fn(&str) -> bool) -> Result<Value, Error> {
    let source = reader::read(text);
    match build::build(&source, mode, &wanted) {
        Ok(value) => Ok(value),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Unusual) => {
            let mut value = convert::convert(&native(&source, mode.strict)?, mode)?;
            if let Value::Object(entries) = &mut value {
                entries.retain(|key, _| wanted(key));
            }
            Ok(value)
        }
    }
}

fn native(source: &reader::Source<'_>, strict: bool) -> Result<Native, Error> {
    match tree::compose(&mut Parser::new(source))? {
        Some(tree) => decode::decode(&tree, strict),
        None => Ok(Native::Nil),
    }
}

/// All events of a text, with line numbers.
///
/// # Errors
/// When the text is not YAML.
pub fn parse<T>(
    text: impl AsRef<[u8]>,
    mut visit: impl FnMut(&Event<'_>) -> Option<T>,
) -> Result<Option<T>, Error> {
    let source = reader::read(text.as_ref());
    let mut parser = Parser::new(&source);
    loop {
        let event = parser.next()?;
        if let Some(found) = visit(&event) {
            return Ok(Some(found));
        }
        if event == Event::StreamEnd {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests;
