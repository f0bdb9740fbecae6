//! The short way: from events straight to JSON values.
//!
//! It reads documents without anchors, tags, merges and odd keys, which is nearly all of them.
//! Whatever else it meets it leaves to [`super::tree`] and [`super::decode`].

use super::number::format_g32;
use super::parser::{Event, Parser, Scalar};
use super::reader::Source;
use super::resolve::{Resolved, Version, resolve};
use super::{Error, MAX_NESTING, Mode, Numbers};
use serde_json::{Map, Number, Value};

/// Why the short way ended without a value.
pub(super) enum Stop {
    /// The text is not YAML.
    Error(Error),
    /// The document has something that only the long way reads.
    Unusual,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

enum Frame {
    Sequence(Vec<Value>),
    Mapping(Map<String, Value>, Option<String>),
}

/// Reads the first document; null if there is none. Of its top level's keys only the `wanted` are
/// kept, but all is checked.
pub(super) fn build(source: &Source<'_>, mode: Mode, wanted: impl Fn(&str) -> bool) -> Result<Value, Stop> {
    let mut parser = Parser::new(source);
    let mut stack: Vec<Frame> = Vec::new();
    if parser.next()? == Event::StreamEnd {
        return Ok(Value::Null);
    }
    loop {
        let at_top = stack.len() <= 1;
        let value = match parser.next()? {
            Event::Scalar(scalar) => match stack.last_mut() {
                Some(Frame::Mapping(_, pending @ None)) => {
                    let key = key(scalar)?;
                    if !at_top || wanted(&key) {
                        *pending = Some(key);
                    } else {
                        skip(&mut parser, mode)?;
                    }
                    continue;
                }
                _ => value(scalar, mode)?,
            },
            Event::SequenceStart { anchor: None, .. } => {
                open(&mut stack, Frame::Sequence(Vec::new()))?;
                continue;
            }
            Event::MappingStart { anchor: None, .. } => {
                open(&mut stack, Frame::Mapping(Map::new(), None))?;
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                Some(Frame::Sequence(items)) => Value::Array(items),
                Some(Frame::Mapping(entries, _)) => Value::Object(entries),
                None => return Err(Stop::Unusual),
            },
            _ => return Err(Stop::Unusual),
        };
        match stack.last_mut() {
            Some(Frame::Sequence(items)) => items.push(value),
            Some(Frame::Mapping(entries, pending)) => {
                let repeated = entries.insert(pending.take().unwrap_or_default(), value).is_some();
                if repeated && mode.strict {
                    return Err(Stop::Unusual);
                }
            }
            None => {
                parser.next()?;
                return Ok(value);
            }
        }
    }
}

/// Checks a node without keeping it.
fn skip(parser: &mut Parser<'_>, mode: Mode) -> Result<(), Stop> {
    // For each open collection, whether a mapping's key comes next (never in a sequence).
    let mut open: Vec<Option<bool>> = Vec::new();
    loop {
        match parser.next()? {
            Event::Scalar(scalar) if open.last() == Some(&Some(true)) => check_key(&scalar)?,
            Event::Scalar(scalar) => check_value(&scalar, mode)?,
            Event::SequenceStart { anchor: None, .. } if open.last() != Some(&Some(true)) => {
                open.push(None);
                continue;
            }
            Event::MappingStart { anchor: None, .. } if open.last() != Some(&Some(true)) => {
                open.push(Some(true));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => return Err(Stop::Unusual),
        }
        match open.last_mut() {
            Some(Some(key_next)) => *key_next = !*key_next,
            Some(None) => {}
            None => return Ok(()),
        }
        if open.len() > MAX_NESTING {
            return Err(Stop::Unusual);
        }
    }
}

fn check_key(scalar: &Scalar<'_>) -> Result<(), Stop> {
    let odd = scalar.implicit && {
        let resolved = resolve(&scalar.value, Version::V2);
        matches!(resolved, Resolved::Null | Resolved::Uint(_)) || scalar.value == "<<"
    };
    if scalar.anchor.is_some() || scalar.tag.is_some() || odd { Err(Stop::Unusual) } else { Ok(()) }
}

fn check_value(scalar: &Scalar<'_>, mode: Mode) -> Result<(), Stop> {
    let odd = scalar.implicit
        && matches!(resolve(&scalar.value, Version::V2), Resolved::Float(number) if float(number, mode).is_none());
    if scalar.anchor.is_some() || scalar.tag.is_some() || odd { Err(Stop::Unusual) } else { Ok(()) }
}

fn open(stack: &mut Vec<Frame>, frame: Frame) -> Result<(), Stop> {
    let is_key = matches!(stack.last(), Some(Frame::Mapping(_, None)));
    if is_key || stack.len() >= MAX_NESTING {
        return Err(Stop::Unusual);
    }
    stack.push(frame);
    Ok(())
}

fn key(scalar: Scalar<'_>) -> Result<String, Stop> {
    if scalar.anchor.is_some() || scalar.tag.is_some() {
        return Err(Stop::Unusual);
    }
    if !scalar.implicit {
        return Ok(scalar.value.into_owned());
    }
    match resolve(&scalar.value, Version::V2) {
        Resolved::Str if scalar.value == "<<" => Err(Stop::Unusual),
        Resolved::Str | Resolved::Timestamp => Ok(scalar.value.into_owned()),
        Resolved::Bool(truth) => Ok(truth.to_string()),
        Resolved::Int(integer) => Ok(integer.to_string()),
        Resolved::Float(float) => Ok(format_g32(float)),
        Resolved::Null | Resolved::Uint(_) => Err(Stop::Unusual),
    }
}

fn value(scalar: Scalar<'_>, mode: Mode) -> Result<Value, Stop> {
    if scalar.anchor.is_some() || scalar.tag.is_some() {
        return Err(Stop::Unusual);
    }
    if !scalar.implicit {
        return Ok(Value::String(scalar.value.into_owned()));
    }
    match resolve(&scalar.value, Version::V2) {
        Resolved::Str | Resolved::Timestamp => Ok(Value::String(scalar.value.into_owned())),
        Resolved::Null => Ok(Value::Null),
        Resolved::Bool(truth) => Ok(Value::Bool(truth)),
        Resolved::Int(integer) => Ok(int(integer, mode)),
        Resolved::Uint(integer) => Ok(uint(integer, mode)),
        Resolved::Float(number) => float(number, mode).ok_or(Stop::Unusual),
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go reads every JSON number as a float64")]
pub(super) fn int(integer: i64, mode: Mode) -> Value {
    if mode.numbers == Numbers::Floats { Number::from_f64(integer as f64).into() } else { integer.into() }
}

#[expect(clippy::cast_precision_loss, reason = "Go reads every JSON number as a float64")]
pub(super) fn uint(integer: u64, mode: Mode) -> Value {
    if mode.numbers == Numbers::Floats { Number::from_f64(integer as f64).into() } else { integer.into() }
}

/// None for what is not a number.
pub(super) fn float(number: f64, mode: Mode) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "the loss is what is compared")]
    let is_whole = whole as f64 == number && number.abs() < TWO_TO_63;
    if mode.numbers == Numbers::JsonText && is_whole {
        return Some(whole.into());
    }
    Number::from_f64(number).map(Value::Number)
}

/// Floats below are int64 when they are whole.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
