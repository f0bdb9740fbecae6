//! Conversions between types, as cel-go makes them.

use super::{
    time,
    value::{Fail, Result, Val},
};
use crate::field::go_float;
use jiff::Timestamp;

/// `int(…)`, `string(…)` and so on.
pub(crate) fn convert<'a>(name: &str, value: &Val<'a>) -> Result<Val<'a>> {
    match (name, value) {
        ("int", Val::Int(_))
        | ("uint", Val::Uint(_))
        | ("double", Val::Double(_))
        | ("string", Val::Text(_))
        | ("bytes", Val::Bytes(_))
        | ("bool", Val::Bool(_))
        | ("duration", Val::Duration(_))
        | ("timestamp", Val::Timestamp(_)) => Ok(value.clone()),
        ("int", value) => int(value).map(Val::Int),
        ("uint", value) => uint(value).map(Val::Uint),
        ("double", value) => double(value).map(Val::Double),
        ("string", value) => display(value).map(Val::text),
        ("bytes", Val::Text(text)) => Ok(Val::Bytes(text.as_bytes().into())),
        ("bool", Val::Text(text)) => match text.as_ref() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Val::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Val::Bool(false)),
            other => Err(Fail::new(format!(
                "strconv.ParseBool: parsing {}: invalid syntax",
                crate::field::go_quote(other)
            ))),
        },
        ("duration", Val::Text(text)) => templates_engine::time::Duration::parse(text.as_ref())
            .map(|parsed| Val::Duration(parsed.0))
            .map_err(|error| Fail::new(error.to_string())),
        ("timestamp", Val::Text(text)) => time::timestamp(text).map(Val::Timestamp).ok_or_else(|| {
            let quoted = crate::field::go_quote(text);
            Fail::new(format!(
                "parsing time {quoted} as \"2006-01-02T15:04:05Z07:00\": cannot parse {quoted} as \"2006\""
            ))
        }),
        ("timestamp", Val::Int(seconds)) => {
            Timestamp::from_second(*seconds).map(Val::Timestamp).map_err(|_| Fail::new("timestamp overflow"))
        }
        _ => Err(Fail::overload()),
    }
}

/// A value as text.
pub(crate) fn display(value: &Val<'_>) -> Result<String> {
    Ok(match value {
        Val::Text(text) => text.to_string(),
        Val::Bool(flag) => flag.to_string(),
        Val::Int(int) => int.to_string(),
        Val::Uint(uint) => uint.to_string(),
        Val::Double(float) => go_float(*float),
        Val::Bytes(bytes) => String::from_utf8(bytes.to_vec())
            .map_err(|_| Fail::new("invalid UTF-8 in bytes, cannot convert to string"))?,
        Val::Timestamp(at) => at.to_string(),
        Val::Duration(nanos) => time::duration_text(*nanos),
        Val::Type(name) => name.to_string(),
        Val::Ip(address) => address.to_string(),
        Val::Cidr(address, bits) => format!("{address}/{bits}"),
        _ => return Err(Fail::overload()),
    })
}

fn syntax(function: &str, text: &str) -> Fail {
    Fail::new(format!("strconv.{function}: parsing {}: invalid syntax", crate::field::go_quote(text)))
}

#[expect(clippy::cast_possible_truncation, reason = "checked against the range before")]
fn int(value: &Val<'_>) -> Result<i64> {
    match value {
        Val::Uint(uint) => i64::try_from(*uint).map_err(|_| super::functions::overflow()),
        Val::Double(float) if float.abs() < 9_223_372_036_854_775_807.0 => Ok(*float as i64),
        Val::Double(_) => Err(super::functions::overflow()),
        Val::Text(text) => text.parse().map_err(|_| syntax("ParseInt", text)),
        Val::Timestamp(at) => Ok(at.as_second()),
        Val::Duration(nanos) => Ok(*nanos),
        _ => Err(Fail::overload()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked against the range before"
)]
fn uint(value: &Val<'_>) -> Result<u64> {
    let overflow = || Fail::new("unsigned integer overflow");
    match value {
        Val::Int(int) => u64::try_from(*int).map_err(|_| overflow()),
        Val::Double(float) if (0.0..18_446_744_073_709_551_615.0).contains(float) => Ok(*float as u64),
        Val::Double(_) => Err(overflow()),
        Val::Text(text) => text.parse().map_err(|_| syntax("ParseUint", text)),
        _ => Err(Fail::overload()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "as cel-go converts")]
fn double(value: &Val<'_>) -> Result<f64> {
    match value {
        Val::Int(int) => Ok(*int as f64),
        Val::Uint(uint) => Ok(*uint as f64),
        Val::Text(text) => text.parse().map_err(|_| syntax("ParseFloat", text)),
        _ => Err(Fail::overload()),
    }
}
