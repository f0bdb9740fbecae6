//! Text: trim, case, wrap, replace, split, …

mod abbreviate;
mod case;
mod pieces;
mod quoting;
pub(super) mod random;
mod words;

use super::{
    FuncSpec,
    args::{Outcome, int, refuse, text},
    limits::check_text,
};
use crate::{
    exec::Call,
    unicode::{is_space, runes},
    value::{Type, Value},
};

const ONE: &[Type] = &[Type::String];
const TWO: &[Type] = &[Type::String, Type::String];
const THREE: &[Type] = &[Type::String, Type::String, Type::String];
const COUNTED: &[Type] = &[Type::INT, Type::String];
const ANY: &[Type] = &[Type::Any];

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec::fixed("abbrev", COUNTED, Type::String, abbreviate::abbrev),
    FuncSpec::fixed(
        "abbrevboth",
        &[Type::INT, Type::INT, Type::String],
        Type::String,
        abbreviate::abbrevboth,
    ),
    FuncSpec::fixed("camelcase", ONE, Type::String, |_, args| string(words::pascal_case(text(args, 0)))),
    FuncSpec::variadic("cat", ANY, Type::String, quoting::cat),
    FuncSpec::fixed("contains", TWO, Type::Bool, |_, args| {
        Ok(pieces::find(text(args, 1), text(args, 0)).is_some().into())
    }),
    FuncSpec::fixed("hasPrefix", TWO, Type::Bool, |_, args| {
        Ok(text(args, 1).starts_with(text(args, 0)).into())
    }),
    FuncSpec::fixed("hasSuffix", TWO, Type::Bool, |_, args| {
        Ok(text(args, 1).ends_with(text(args, 0)).into())
    }),
    FuncSpec::fixed("indent", COUNTED, Type::String, |_, args| string(indented(args, Vec::new())?)),
    FuncSpec::fixed("initials", ONE, Type::String, |_, args| string(words::initials(text(args, 0)))),
    FuncSpec::fixed("join", &[Type::String, Type::Any], Type::String, pieces::join),
    FuncSpec::fixed("kebabcase", ONE, Type::String, |_, args| string(words::separated(text(args, 0), '-'))),
    FuncSpec::fixed("lower", ONE, Type::String, |_, args| string(case::map(text(args, 0), case::to_lower))),
    FuncSpec::fixed("nindent", COUNTED, Type::String, |_, args| string(indented(args, vec![b'\n'])?)),
    FuncSpec::fixed("nospace", ONE, Type::String, |_, args| string(words::without_space(text(args, 0)))),
    FuncSpec::fixed("plural", &[Type::String, Type::String, Type::INT], Type::String, |_, args| {
        string(text(args, if int(args, 2) == 1 { 0 } else { 1 }))
    }),
    FuncSpec::variadic("quote", ANY, Type::String, quoting::quote),
    FuncSpec::fixed("randAlpha", &[Type::INT], Type::String, |call, args| {
        random::text(call, args, random::LETTERS)
    }),
    FuncSpec::fixed("randAlphaNum", &[Type::INT], Type::String, |call, args| {
        random::text(call, args, random::LETTERS_AND_DIGITS)
    }),
    FuncSpec::fixed("randAscii", &[Type::INT], Type::String, |call, args| {
        random::text(call, args, random::ASCII)
    }),
    FuncSpec::fixed("randNumeric", &[Type::INT], Type::String, |call, args| {
        random::text(call, args, random::DIGITS)
    }),
    FuncSpec::fixed("repeat", COUNTED, Type::String, repeat),
    FuncSpec::fixed("replace", THREE, Type::String, pieces::replace),
    FuncSpec::fixed("shuffle", ONE, Type::String, random::shuffle),
    FuncSpec::fixed("snakecase", ONE, Type::String, |_, args| string(words::separated(text(args, 0), '_'))),
    FuncSpec::fixed("split", TWO, Type::STRING_DICT, |_, args| {
        pieces::numbered(text(args, 0), text(args, 1), None)
    }),
    FuncSpec::fixed("splitList", TWO, Type::STRINGS, |_, args| {
        pieces::split(text(args, 0), text(args, 1), None).map(Value::strings)
    }),
    FuncSpec::fixed("splitn", &[Type::String, Type::INT, Type::String], Type::STRING_DICT, |_, args| {
        pieces::numbered(text(args, 0), text(args, 2), usize::try_from(int(args, 1)).ok())
    }),
    FuncSpec::variadic("squote", ANY, Type::String, quoting::squote),
    FuncSpec::fixed("substr", &[Type::INT, Type::INT, Type::String], Type::String, substr),
    FuncSpec::fixed("swapcase", ONE, Type::String, |_, args| string(case::swap(text(args, 0)))),
    FuncSpec::fixed("title", ONE, Type::String, |_, args| string(case::title(text(args, 0)))),
    FuncSpec::fixed("trim", ONE, Type::String, |_, args| string(trim(text(args, 0), is_space))),
    FuncSpec::fixed("trimAll", TWO, Type::String, trim_all),
    FuncSpec::fixed("trimPrefix", TWO, Type::String, |_, args| {
        string(text(args, 1).strip_prefix(text(args, 0)).unwrap_or(text(args, 1)))
    }),
    FuncSpec::fixed("trimSuffix", TWO, Type::String, |_, args| {
        string(text(args, 1).strip_suffix(text(args, 0)).unwrap_or(text(args, 1)))
    }),
    FuncSpec::fixed("trimall", TWO, Type::String, trim_all),
    FuncSpec::fixed("trunc", COUNTED, Type::String, |_, args| string(trunc(int(args, 0), text(args, 1)))),
    FuncSpec::fixed("untitle", ONE, Type::String, |_, args| string(case::untitle(text(args, 0)))),
    FuncSpec::fixed("upper", ONE, Type::String, |_, args| string(case::map(text(args, 0), case::to_upper))),
    FuncSpec::fixed("wrap", COUNTED, Type::String, |_, args| {
        string(words::wrap(text(args, 1), int(args, 0), b"", false)?)
    }),
    FuncSpec::fixed("wrapWith", &[Type::INT, Type::String, Type::String], Type::String, |_, args| {
        string(words::wrap(text(args, 2), int(args, 0), text(args, 1), true)?)
    }),
];

fn string(bytes: impl Into<crate::value::Str>) -> Outcome {
    Ok(Value::string(bytes))
}

/// The argument with so many spaces after each line break and before the first line.
fn indented(args: &[Value], mut out: Vec<u8>) -> Result<Vec<u8>, crate::exec::FuncError> {
    let Ok(width) = usize::try_from(int(args, 0)) else { return refuse("strings: negative Repeat count") };
    let source = text(args, 1);
    let lines = source.iter().filter(|b| **b == b'\n').count() + 1;
    let total = lines.checked_mul(width).and_then(|pads| pads.checked_add(source.len()));
    check_text("indent", total)?;
    out.reserve(total.unwrap_or(0));
    for (i, line) in source.split(|b| *b == b'\n').enumerate() {
        if i > 0 {
            out.push(b'\n');
        }
        out.resize(out.len() + width, b' ');
        out.extend_from_slice(line);
    }
    Ok(out)
}

fn repeat(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let Ok(count) = usize::try_from(int(args, 0)) else { return refuse("strings: negative Repeat count") };
    check_text("repeat", text(args, 1).len().checked_mul(count))?;
    string(text(args, 1).repeat(count))
}

fn trunc(count: i64, source: &[u8]) -> &[u8] {
    let length = source.len() as i64;
    match usize::try_from(count) {
        Ok(count) => &source[..count.min(source.len())],
        Err(_) => match length.checked_add(count) {
            Some(start @ 1..) => &source[start as usize..],
            _ => source,
        },
    }
}

fn substr(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (start, end, source) = (int(args, 0), int(args, 1), text(args, 2));
    let length = source.len() as i64;
    let position = |n: i64| n as usize;
    if start < 0 {
        return match end {
            0.. if end <= length => string(&source[..position(end)]),
            _ if end < 0 => refuse(format!("runtime error: slice bounds out of range [:{end}]")),
            _ => refuse(format!("runtime error: slice bounds out of range [:{end}] with length {length}")),
        };
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end {
        return refuse(format!("runtime error: slice bounds out of range [{start}:{end}]"));
    }
    string(&source[position(start)..position(end)])
}

/// The text without the characters at both ends for which `is_cut` holds.
fn trim(source: &[u8], is_cut: impl Fn(char) -> bool) -> &[u8] {
    let (mut start, mut end, mut at) = (source.len(), 0, 0);
    for (c, bytes) in runes(source) {
        let next = at + bytes.len();
        if !is_cut(c) {
            start = start.min(at);
            end = next;
        }
        at = next;
    }
    source.get(start..end).unwrap_or_default()
}

fn trim_all(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let cut: Vec<char> = runes(text(args, 0)).map(|(c, _)| c).collect();
    string(trim(text(args, 1), |c| cut.contains(&c)))
}
