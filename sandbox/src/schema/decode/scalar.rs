//! Texts that are more than texts: quantities, times, bytes.

use crate::object::quantity::Quantity;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, value::RawValue};
use templates_engine::time::{Time, Zone};

/// Types with decoders of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    Quantity,
    IntOrString,
    Time(&'static str),
    /// Anything is taken as it is: `RawExtension`, `FieldsV1`, `JSON` and its relatives.
    Raw,
}

impl Own {
    /// The decoder of a type by its name.
    pub(super) fn of(name: &str) -> Self {
        match name.rsplit('.').next().unwrap_or_default() {
            "Quantity" => Self::Quantity,
            "IntOrString" => Self::IntOrString,
            "Time" => Self::Time("2006-01-02T15:04:05Z07:00"),
            "MicroTime" => Self::Time("2006-01-02T15:04:05.000000Z07:00"),
            _ => Self::Raw,
        }
    }
}

/// Why a type's own decoder refuses a value.
pub(super) enum Refusal {
    /// A text of its own, which ends the decoding.
    Text(String),
    /// The decoder wanted another type.
    Type(&'static str),
}

/// A value of a type with a decoder of its own.
pub(super) fn own(decoder: Own, raw: &RawValue) -> Result<Value, Refusal> {
    let value = || serde_json::from_str::<Value>(raw.get()).map_err(|error| Refusal::Text(error.to_string()));
    match decoder {
        Own::Raw => value(),
        Own::Quantity => {
            // Numbers are quantities as they are written.
            let text = match value()? {
                Value::String(text) => text,
                _ => raw.get().to_owned(),
            };
            Quantity::parse(text.trim()).map_err(|error| Refusal::Text(error.to_string()))?;
            Ok(text.into())
        }
        Own::IntOrString => match value()? {
            text @ Value::String(_) => Ok(text),
            _ => raw.get().parse::<i32>().map(Value::from).map_err(|_| Refusal::Type("int32")),
        },
        Own::Time(layout) => match value()? {
            Value::String(text) => {
                Time::parse(layout, &text, &Zone::Utc).map_err(|error| Refusal::Text(error.to_string()))?;
                Ok(text.into())
            }
            _ => Err(Refusal::Type("string")),
        },
    }
}

/// Where Go's decoder says that a base64 text breaks; nothing if it is whole. Line ends are passed over.
pub(super) fn broken_base64(text: &str) -> Option<usize> {
    let kept: Vec<(usize, u8)> =
        text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n')).collect();
    let bytes: Vec<u8> = kept.iter().map(|(_, byte)| *byte).collect();
    STANDARD.decode(&bytes).err()?;
    let position = |index: usize| kept.get(index).map_or(text.len(), |(position, _)| *position);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    for (group, four) in bytes.chunks(4).enumerate() {
        let start = group * 4;
        match four.iter().position(|byte| !plain(*byte)) {
            // The rest is no whole group: Go names the group's start.
            None if four.len() < 4 => return Some(position(start)),
            None => {}
            Some(at) => {
                let padding = four[at] == b'=' && at >= 2;
                return Some(match padding {
                    // The text ends inside the padding.
                    true if four.len() < 4 => text.len(),
                    // What follows the padding is wrong.
                    true if four[at..].iter().all(|byte| *byte == b'=') => position(start + 4),
                    _ => position(start + at),
                });
            }
        }
    }
    Some(text.len())
}
