//! Lists: `first`, `rest`, `append`, `uniq`, `slice`, …

use super::nil_list;
use crate::{
    exec::{Call, FuncError},
    funcs::{
        args::{Outcome, any, as_list, int, kind, refuse},
        cast::{is_empty, strslice, strval, to_int64},
        deep,
        limits::check_items,
        zero,
    },
    value::{List, Type, Value},
};

/// The argument as a list, or Sprig's refusal, which ends in the argument's kind.
fn wanted(value: &Value, refusal: &str) -> Result<List, FuncError> {
    let kind = kind(value)?;
    as_list(value).ok_or_else(|| FuncError::new(format!("{refusal} {kind}")))
}

/// What Sprig appends one by one to an empty `[]interface {}`.
pub(super) fn appended(items: Vec<Value>) -> Value {
    Value::List(List::appended(&Type::ANY, 0, items))
}

fn items(list: &List, range: impl std::slice::SliceIndex<[Value], Output = [Value]>) -> Value {
    Value::list(list.items().get(range).unwrap_or_default().to_vec())
}

pub(super) fn push(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut items = wanted(any(args, 0), "Cannot push on type")?.to_vec();
    check_items("append", Some(items.len() + 1))?;
    let before = items.len();
    items.push(any(args, 1).clone());
    Ok(Value::List(List::extended(&Type::ANY, before, items)))
}

pub(super) fn prepend(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "Cannot prepend on type")?;
    check_items("prepend", Some(list.len() + 1))?;
    let items = std::iter::once(any(args, 1)).chain(list.iter()).cloned().collect();
    Ok(Value::List(List::extended(&Type::ANY, 1, items)))
}

pub(super) fn first(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(wanted(any(args, 0), "Cannot find first on type")?.first().cloned().unwrap_or_default())
}

pub(super) fn last(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(wanted(any(args, 0), "Cannot find last on type")?.last().cloned().unwrap_or_default())
}

pub(super) fn rest(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "Cannot find rest on type")?;
    Ok(if list.is_empty() { nil_list() } else { items(&list, 1..) })
}

pub(super) fn initial(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "Cannot find initial on type")?;
    Ok(if list.is_empty() { nil_list() } else { items(&list, ..list.len() - 1) })
}

pub(super) fn reverse(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "Cannot find reverse on type")?;
    Ok(Value::list(list.iter().rev().cloned().collect()))
}

pub(super) fn compact(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "Cannot compact on type")?;
    Ok(appended(list.iter().filter(|item| !is_empty(item)).cloned().collect()))
}

fn contains(haystack: &[Value], needle: &Value) -> Result<bool, FuncError> {
    for item in haystack {
        if deep::equal(needle, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn uniq(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "Cannot find uniq on type")?;
    let mut found: Vec<Value> = Vec::new();
    for item in list.iter() {
        if !contains(&found, item)? {
            found.push(item.clone());
        }
    }
    Ok(appended(found))
}

pub(super) fn without(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "Cannot find without on type")?;
    let unwanted = args.get(1..).unwrap_or_default();
    let mut kept = Vec::new();
    for item in list.iter() {
        if !contains(unwanted, item)? {
            kept.push(item.clone());
        }
    }
    Ok(appended(kept))
}

pub(super) fn has(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    if any(args, 1).is_nil() {
        return Ok(false.into());
    }
    let list = wanted(any(args, 1), "Cannot find has on type")?;
    contains(&list, any(args, 0)).map(Into::into)
}

/// `slice LIST [START [END]]`: keeps the list's type, and reaches into its spare capacity.
pub(super) fn slice(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let list = wanted(any(args, 0), "list should be type of slice or array but")?;
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let start = args.get(1).map_or(Ok(0), |start| usize::try_from(to_int64(start)));
    let end = args.get(2).map_or(Ok(list.len()), |end| usize::try_from(to_int64(end)));
    let part = match (start, end) {
        (Ok(start), Ok(end)) => list.part(start, end, &zero(list.elem())),
        _ => None,
    };
    match part {
        Some(part) => Ok(Value::List(part)),
        None => refuse("reflect.Value.Slice: slice index out of bounds"),
    }
}

pub(super) fn concat(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut all = Vec::new();
    for arg in args {
        let kind = kind(arg)?;
        let Some(list) = as_list(arg) else {
            return refuse(format!("Cannot concat type {kind} as list"));
        };
        check_items("concat", Some(all.len() + list.len()))?;
        all.extend(list.iter().cloned());
    }
    Ok(if all.is_empty() { nil_list() } else { appended(all) })
}

/// Lists of `size` items each; the last one may be shorter.
pub(super) fn chunk(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let size = int(args, 0);
    let list = wanted(any(args, 1), "Cannot chunk type")?;
    let Ok(size @ 1..) = usize::try_from(size) else { return bad_chunk(size, &list) };
    let chunks = list.chunks(size).map(|chunk| Value::list(chunk.to_vec()));
    Ok(Value::List(List::new(&Type::LIST, chunks.collect())))
}

/// What Sprig's arithmetic makes of a size that is none.
fn bad_chunk(size: i64, list: &List) -> Outcome {
    let chunks = match list.items() {
        [single] if size < -1 => vec![Value::list(vec![single.clone()])],
        items if items.len() > 1 && (items.len() as u64 - 1) <= size.unsigned_abs() => Vec::new(),
        _ => return refuse("runtime error: makeslice: len out of range"),
    };
    Ok(Value::List(List::new(&Type::LIST, chunks)))
}

/// A `[]string` is sorted where it stands, anything else in a copy.
pub(super) fn sort_alpha(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let value = any(args, 0);
    match value {
        Value::List(list) if *list.elem() == Type::STRING => {
            list.sort_in_place(|a, b| a.as_str().cmp(&b.as_str()));
            Ok(value.clone())
        }
        _ if as_list(value).is_none() => Ok(Value::strings([strval(value)])),
        _ => {
            let mut texts = strslice(value);
            texts.sort_unstable();
            Ok(Value::strings(texts))
        }
    }
}

/// `toStrings`, which gives a `[]string` back as it is.
pub(in crate::funcs) fn to_strings(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(match any(args, 0) {
        same @ Value::List(list) if *list.elem() == Type::STRING => same.clone(),
        other => Value::strings(strslice(other)),
    })
}
