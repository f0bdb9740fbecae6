//! One flag's value: how each kind reads its text.

use super::{csv, number};
use crate::{
    cli::table::{Default, Flag, Kind},
    env::{Env, Settings},
    log::{Level, Record},
    values::gotext::Quoted,
};
use std::collections::BTreeMap;

/// A flag's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Of a switch.
    Bool(bool),
    /// Of a text, a format, a strategy or a plugin's name.
    String(String),
    /// Of a whole number.
    Int(i64),
    /// Of a whole number from 0.
    Uint(u64),
    /// Of a number.
    Float(f32),
    /// Of a duration, in nanoseconds.
    Duration(i64),
    /// Of a repeatable flag.
    List(Vec<String>),
    /// Of `--labels`.
    Map(BTreeMap<String, String>),
}

impl Value {
    /// The value of a flag that is not given.
    pub(super) fn default_of(flag: &Flag, settings: &Settings, env: &dyn Env) -> Self {
        let text = match flag.default {
            Default::Settings(read) => return Self::List(read(settings)),
            Default::Text(text) => std::borrow::Cow::Borrowed(text),
            Default::Setting(read) => read(settings).into(),
            Default::Env(read) => read(env).into(),
        };
        let mut value = Self::empty(flag.kind);
        if !text.is_empty() && value.set(flag.kind, &text, false, &mut Vec::new()).is_err() {
            // Only a table's own text can be wrong here, and `every_default_can_be_read` reads them all.
            return Self::empty(flag.kind);
        }
        value
    }

    fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Bool | Kind::LogSwitch => Self::Bool(false),
            Kind::Int | Kind::LogLevel => Self::Int(0),
            Kind::Uint | Kind::LogSize => Self::Uint(0),
            Kind::Float32 => Self::Float(0.0),
            Kind::Duration => Self::Duration(0),
            Kind::StringArray | Kind::StringSlice | Kind::PostRendererArgs => Self::List(Vec::new()),
            Kind::StringToString => Self::Map(BTreeMap::new()),
            Kind::String | Kind::Format | Kind::WaitStrategy | Kind::PostRenderer | Kind::LogSeverity => {
                Self::String(String::new())
            }
        }
    }

    /// Takes a text. `extended` says whether a list or map holds given values, to which this one is added;
    /// warnings go to `records`.
    pub(super) fn set(
        &mut self,
        kind: Kind,
        text: &str,
        extended: bool,
        records: &mut Vec<Record>,
    ) -> Result<(), String> {
        match (kind, &mut *self) {
            (Kind::StringArray | Kind::PostRendererArgs, Self::List(list)) => {
                if !extended {
                    list.clear();
                }
                list.push(text.to_owned());
                return Ok(());
            }
            (Kind::StringSlice, Self::List(list)) => {
                let record = csv::record(text)?;
                if !extended {
                    list.clear();
                }
                list.extend(record);
                return Ok(());
            }
            (Kind::StringToString, Self::Map(map)) => {
                let given = pairs(text)?;
                if !extended {
                    map.clear();
                }
                map.extend(given);
                return Ok(());
            }
            (Kind::PostRenderer, Self::String(old)) if !text.is_empty() && !old.is_empty() => {
                return Err("cannot specify --post-renderer flag more than once".to_owned());
            }
            (Kind::PostRenderer, Self::String(_)) if text.is_empty() => return Ok(()),
            _ => {}
        }
        *self = scalar(kind, text, records)?;
        Ok(())
    }
}

fn scalar(kind: Kind, text: &str, records: &mut Vec<Record>) -> Result<Value, String> {
    Ok(match kind {
        Kind::Bool => Value::Bool(number::boolean(text)?),
        Kind::Int => Value::Int(number::int(text)?),
        Kind::LogSwitch => Value::Bool(number::boolean(text).map_err(|_| "parse error")?),
        Kind::LogSize => Value::Uint(number::uint(text).map_err(|_| "parse error")?),
        Kind::LogLevel => Value::Int(number::int32(text)?),
        Kind::Uint => Value::Uint(number::uint(text)?),
        Kind::Float32 => Value::Float(number::float32(text)?),
        Kind::Duration => Value::Duration(number::duration(text)?),
        Kind::LogSeverity => {
            let known = ["INFO", "WARNING", "ERROR", "FATAL"].contains(&text.to_uppercase().as_str());
            if !known {
                number::int32(text)?;
            }
            Value::String(text.to_owned())
        }
        Kind::Format if !["table", "json", "yaml"].contains(&text) => {
            return Err("invalid format type".to_owned());
        }
        Kind::WaitStrategy => Value::String(wait_strategy(text, records)?.to_owned()),
        _ => Value::String(text.to_owned()),
    })
}

fn wait_strategy(text: &str, records: &mut Vec<Record>) -> Result<&'static str, String> {
    let (strategy, boolean) = match text {
        "watcher" => ("watcher", false),
        "hookOnly" => ("hookOnly", false),
        "legacy" => ("legacy", false),
        "true" => ("watcher", true),
        "false" => ("hookOnly", true),
        _ => {
            return Err(format!(
                "invalid wait input {}. Valid inputs are watcher, hookOnly, and legacy",
                Quoted(text)
            ));
        }
    };
    if boolean {
        records.push(Record::new(
            Level::Warn,
            format!("--wait={text} is deprecated (boolean value) and can be replaced with --wait={strategy}"),
        ));
    }
    Ok(strategy)
}

fn pairs(text: &str) -> Result<BTreeMap<String, String>, String> {
    let fields = match text.matches('=').count() {
        0 => return Err(format!("{text} must be formatted as key=value")),
        1 => vec![text.trim_matches('"').to_owned()],
        _ => csv::record(text)?,
    };
    fields
        .iter()
        .map(|field| match field.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(format!("{field} must be formatted as key=value")),
        })
        .collect()
}
