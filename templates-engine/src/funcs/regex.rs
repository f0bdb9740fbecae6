//! Regular expressions with Go's (RE2) syntax.

use super::FuncSpec;
use crate::{
    exec::{Call, FuncError},
    regexp::{self, Error, Regexp},
    value::{List, Str, Type, Value},
};
use std::{cell::RefCell, collections::BTreeMap, ops::Range, rc::Rc};

const fn row(
    name: &'static str,
    params: &'static [Type],
    returns: Type,
    call: fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError>,
) -> FuncSpec {
    FuncSpec { name, params, variadic: false, returns, call }
}

const TWO: &[Type] = &[Type::STRING, Type::STRING];
const THREE: &[Type] = &[Type::STRING, Type::STRING, Type::STRING];
const COUNTED: &[Type] = &[Type::STRING, Type::STRING, Type::INT];

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    row("regexMatch", TWO, Type::Bool, |_, args| Ok(matches(args).unwrap_or(false).into())),
    row("mustRegexMatch", TWO, Type::Bool, |_, args| matches(args).map(Into::into).map_err(error)),
    row("regexFind", TWO, Type::STRING, |_, args| find(args).map_err(|e| panic(&e, args))),
    row("mustRegexFind", TWO, Type::STRING, |_, args| find(args).map_err(error)),
    row("regexFindAll", COUNTED, Type::STRINGS, |_, args| find_all(args).map_err(|e| panic(&e, args))),
    row("mustRegexFindAll", COUNTED, Type::STRINGS, |_, args| find_all(args).map_err(error)),
    row("regexReplaceAll", THREE, Type::STRING, |_, args| replace(args).map_err(|e| panic(&e, args))),
    row("mustRegexReplaceAll", THREE, Type::STRING, |_, args| replace(args).map_err(error)),
    row("regexReplaceAllLiteral", THREE, Type::STRING, |_, args| literal(args).map_err(|e| panic(&e, args))),
    row("mustRegexReplaceAllLiteral", THREE, Type::STRING, |_, args| literal(args).map_err(error)),
    row("regexSplit", COUNTED, Type::STRINGS, |_, args| split(args).map_err(|e| panic(&e, args))),
    row("mustRegexSplit", COUNTED, Type::STRINGS, |_, args| split(args).map_err(error)),
    row("regexQuoteMeta", &[Type::STRING], Type::STRING, |_, args| {
        Ok(Value::string(regexp::quote_meta(text(args, 0))))
    }),
];

fn error(error: Error) -> FuncError {
    FuncError::new(error.to_string())
}

// The functions without `must` compile with regexp.MustCompile, whose panic becomes the error.
fn panic(error: &Error, args: &[Value]) -> FuncError {
    FuncError::new(error.panic_text(text(args, 0)))
}

fn text(args: &[Value], at: usize) -> &[u8] {
    args.get(at).and_then(Value::as_str).map(|s| s.as_bytes()).unwrap_or_default()
}

fn count(args: &[Value]) -> i64 {
    match args.get(2) {
        Some(Value::Int(_, n)) => *n,
        _ => 0,
    }
}

fn matches(args: &[Value]) -> Result<bool, Error> {
    Ok(compiled(text(args, 0))?.is_match(text(args, 1)))
}

fn find(args: &[Value]) -> Result<Value, Error> {
    let source = text(args, 1);
    let found = compiled(text(args, 0))?.find(source);
    Ok(Value::string(found.map(|range| &source[range]).unwrap_or_default()))
}

fn find_all(args: &[Value]) -> Result<Value, Error> {
    let source = text(args, 1);
    let found = compiled(text(args, 0))?.find_all(source, count(args));
    Ok(if found.is_empty() { nil() } else { strings(source, FIND_ROOM, found) })
}

fn replace(args: &[Value]) -> Result<Value, Error> {
    Ok(Value::string(compiled(text(args, 0))?.replace_all(text(args, 1), text(args, 2))))
}

fn literal(args: &[Value]) -> Result<Value, Error> {
    Ok(Value::string(compiled(text(args, 0))?.replace_all_literal(text(args, 1), text(args, 2))))
}

fn split(args: &[Value]) -> Result<Value, Error> {
    let source = text(args, 1);
    let pieces = compiled(text(args, 0))?.split(source, count(args));
    // Go makes room for one piece a match, and appends the last one.
    let room = pieces.len().saturating_sub(1);
    Ok(if count(args) == 0 { nil() } else { strings(source, room, pieces) })
}

fn nil() -> Value {
    Value::List(List::nil(&Type::STRING))
}

/// The room that Go's `FindAll` makes before it looks (`regexp.startSize`).
const FIND_ROOM: usize = 10;

fn strings(source: &[u8], room: usize, ranges: Vec<Range<usize>>) -> Value {
    let texts = ranges.into_iter().map(|range| Value::string(&source[range])).collect();
    Value::List(List::appended(&Type::STRING, room, texts))
}

/// Most patterns remembered.
const CACHE_SIZE: usize = 128;
/// Longest pattern remembered.
const CACHED_PATTERN: usize = 1024;

thread_local! {
    /// Charts apply one pattern to many values. A pattern always compiles to the same thing, so
    /// nothing here can be stale.
    static CACHE: RefCell<BTreeMap<Str, Rc<Regexp>>> = const { RefCell::new(BTreeMap::new()) };
}

fn compiled(pattern: &[u8]) -> Result<Rc<Regexp>, Error> {
    if let Some(known) = CACHE.with_borrow(|cache| cache.get(pattern).cloned()) {
        return Ok(known);
    }
    let fresh = Rc::new(Regexp::compile(pattern)?);
    if pattern.len() <= CACHED_PATTERN {
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHE_SIZE {
                cache.clear();
            }
            cache.insert(pattern.into(), Rc::clone(&fresh));
        });
    }
    Ok(fresh)
}
