//! Finding, replacing, splitting and joining.

use crate::{
    exec::{Call, FuncError},
    funcs::{
        args::{Outcome, any, text},
        cast::strslice,
        limits::{check_items, check_text},
    },
    unicode::runes,
    value::{Map, Str, Value},
};

/// Where `needle` first stands in `source`.
pub(super) fn find(source: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((first, rest)) = needle.split_first() else { return Some(0) };
    let mut from = 0;
    while let Some(at) = source.get(from..)?.iter().position(|b| b == first) {
        if source[from + at + 1..].starts_with(rest) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// `strings.Split`, or `strings.SplitN` with the most pieces wanted.
pub(super) fn split<'a>(
    separator: &[u8],
    source: &'a [u8],
    most: Option<usize>,
) -> Result<Vec<&'a [u8]>, FuncError> {
    let most = most.unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    if most == 0 {
        return Ok(pieces);
    }
    let mut rest = source;
    while pieces.len() + 1 < most {
        let (piece, skip) = if separator.is_empty() {
            match runes(rest).next() {
                Some((_, bytes)) if bytes.len() < rest.len() => (bytes.len(), bytes.len()),
                _ => break,
            }
        } else {
            match find(rest, separator) {
                Some(at) => (at, at + separator.len()),
                None => break,
            }
        };
        pieces.push(&rest[..piece]);
        rest = &rest[skip..];
        check_items("split", Some(pieces.len()))?;
    }
    if !(separator.is_empty() && rest.is_empty()) {
        pieces.push(rest);
    }
    Ok(pieces)
}

/// The pieces as `_0`, `_1`, …
pub(super) fn numbered(separator: &[u8], source: &[u8], most: Option<usize>) -> Outcome {
    let pieces = split(separator, source, most)?.into_iter().enumerate();
    Ok(Value::Map(Map::strings(pieces.map(|(i, piece)| (format!("_{i}").into(), Str::from(piece))))))
}

/// `strings.Replace` of every occurrence; nothing stands before each character and at the end.
pub(super) fn replace(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (old, new, source) = (text(args, 0), text(args, 1), text(args, 2));
    let mut out = Vec::with_capacity(source.len());
    if old.is_empty() {
        out.extend_from_slice(new);
        for (_, bytes) in runes(source) {
            out.extend_from_slice(bytes);
            out.extend_from_slice(new);
            check_text("replace", Some(out.len()))?;
        }
        return Ok(Value::string(out));
    }
    let mut rest = source;
    while let Some(at) = find(rest, old) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(new);
        rest = &rest[at + old.len()..];
        check_text("replace", Some(out.len()))?;
    }
    out.extend_from_slice(rest);
    Ok(Value::string(out))
}

pub(super) fn join(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut out = Vec::new();
    for (i, item) in strslice(any(args, 1)).iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(text(args, 0));
        }
        out.extend_from_slice(item);
        check_text("join", Some(out.len()))?;
    }
    Ok(Value::string(out))
}
