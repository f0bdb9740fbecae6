//! base64, base32, JSON.

mod base;
mod decode;

use super::{
    FuncSpec,
    args::{Outcome, any, text},
};
use crate::{
    exec::{Call, FuncError},
    json::{self, Escape},
    value::{Type, Value},
};
pub(crate) use base::encode64;
pub(super) use base::{corrupt64, decode64};

const TEXT: &[Type] = &[Type::String];
const ANY: &[Type] = &[Type::Any];

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec::fixed("b32dec", TEXT, Type::String, |_, args| {
        Ok(Value::string(base::decode32(text(args, 0)).unwrap_or_else(|at| base::corrupt("base32", at))))
    }),
    FuncSpec::fixed("b32enc", TEXT, Type::String, |_, args| Ok(base::encode32(text(args, 0)).into())),
    FuncSpec::fixed("b64dec", TEXT, Type::String, |_, args| {
        Ok(Value::string(base::decode64(text(args, 0)).unwrap_or_else(|at| base::corrupt("base64", at))))
    }),
    FuncSpec::fixed("b64enc", TEXT, Type::String, |_, args| Ok(base::encode64(text(args, 0)).into())),
    FuncSpec::fixed("fromJson", TEXT, Type::Any, |_, args| Ok(decode::value(text(args, 0)).0)),
    FuncSpec::fixed("mustFromJson", TEXT, Type::Any, |_, args| match decode::value(text(args, 0)) {
        (value, None) => Ok(value),
        (_, Some(error)) => Err(FuncError::new(error)),
    }),
    FuncSpec::fixed("mustToJson", ANY, Type::String, |_, args| encoded(args, Style::Compact)),
    FuncSpec::fixed("mustToPrettyJson", ANY, Type::String, |_, args| encoded(args, Style::Pretty)),
    FuncSpec::fixed("mustToRawJson", ANY, Type::String, |_, args| encoded(args, Style::Raw)),
    FuncSpec::fixed("toJson", ANY, Type::String, |_, args| Ok(lenient(encoded(args, Style::Compact)))),
    FuncSpec::fixed("toPrettyJson", ANY, Type::String, |_, args| Ok(lenient(encoded(args, Style::Pretty)))),
    FuncSpec::fixed("toRawJson", ANY, Type::String, |_: &mut Call<'_>, args| encoded(args, Style::Raw)),
];

/// How the text looks.
#[derive(Clone, Copy)]
enum Style {
    /// On one line, HTML's special characters escaped.
    Compact,
    /// Indented by two spaces, HTML's special characters escaped.
    Pretty,
    /// On one line, HTML's special characters as they are.
    Raw,
}

fn encoded(args: &[Value], style: Style) -> Outcome {
    let escape = if matches!(style, Style::Raw) { Escape::Plain } else { Escape::Html };
    let text = json::text(any(args, 0), escape).map_err(|error| FuncError::new(error.to_string()))?;
    Ok(if matches!(style, Style::Pretty) { json::indented(&text) } else { text }.into())
}

/// The functions without `must` show nothing for what JSON cannot hold.
fn lenient(outcome: Outcome) -> Value {
    outcome.unwrap_or_else(|_| "".into())
}
