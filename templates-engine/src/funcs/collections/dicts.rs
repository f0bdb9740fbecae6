//! Dictionaries: `dict`, `get`, `set`, `dig`, `pick`, …

use super::lists::appended;
use crate::{
    exec::{Call, FuncError},
    funcs::{
        args::{Outcome, any, as_map, map, refuse, text, type_name},
        cast::strval,
    },
    value::{List, Map, Str, Type, Value},
};

/// Keys are stringified; a last key without a value gets an empty text.
pub(super) fn dict(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let entries = args.chunks(2).map(|pair| (strval(&pair[0]), pair.get(1).cloned().unwrap_or("".into())));
    Ok(Value::map(entries))
}

pub(super) fn get(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(map(args, 0).get(text(args, 1)).unwrap_or("".into()))
}

pub(super) fn has_key(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(map(args, 0).contains(text(args, 1)).into())
}

/// Changes the map that every holder sees.
pub(super) fn set(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let map = map(args, 0);
    if map.is_nil() {
        return refuse("assignment to entry in nil map");
    }
    map.insert(text(args, 1), any(args, 2).clone());
    Ok(Value::Map(map))
}

pub(super) fn unset(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let map = map(args, 0);
    map.remove(text(args, 1));
    Ok(Value::Map(map))
}

fn maps(args: &[Value]) -> impl Iterator<Item = Map> {
    (0..args.len()).map(move |at| map(args, at))
}

pub(super) fn pluck(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(appended(maps(args).skip(1).filter_map(|map| map.get(text(args, 0))).collect()))
}

/// Sorted, where Go's order is random.
pub(super) fn keys(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let keys = maps(args).flat_map(|map| map.snapshot()).map(|(key, _)| key);
    Ok(Value::List(List::appended(&Type::STRING, 0, keys.map(Value::Str).collect())))
}

/// In the keys' order, where Go's is random.
pub(super) fn values(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(appended(map(args, 0).snapshot().into_iter().map(|(_, value)| value).collect()))
}

pub(super) fn pick(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let source = map(args, 0);
    let wanted = args.iter().skip(1).filter_map(Value::as_str);
    Ok(Value::map(wanted.filter_map(|key| Some((key.clone(), source.get(key)?)))))
}

pub(super) fn omit(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let unwanted: Vec<&Str> = args.iter().skip(1).filter_map(Value::as_str).collect();
    let kept = map(args, 0).snapshot().into_iter().filter(|(key, _)| !unwanted.contains(&key));
    Ok(Value::map(kept))
}

/// `dig KEY… DEFAULT DICT`: the default only where a key is missing.
pub(super) fn dig(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let [keys @ .., default, dict] = args else { return refuse("dig needs at least three arguments") };
    if keys.is_empty() {
        return refuse("dig needs at least three arguments");
    }
    let mut here = asserted_map(dict)?;
    let keys = keys.iter().map(asserted_string).collect::<Result<Vec<_>, _>>()?;
    for (i, key) in keys.iter().enumerate() {
        let Some(step) = here.get(key) else { return Ok(default.clone()) };
        if i + 1 == keys.len() {
            return Ok(step);
        }
        here = asserted_map(&step)?;
    }
    Ok(default.clone())
}

/// Go's assertion of `map[string]interface {}`: no named type will do.
fn asserted_map(value: &Value) -> Result<Map, FuncError> {
    const WANTED: &str = "map[string]interface {}";
    match as_map(value) {
        Some(map) if type_name(value) == WANTED => Ok(map),
        _ => Err(not_a(value, WANTED)),
    }
}

fn asserted_string(value: &Value) -> Result<&Str, FuncError> {
    value.as_str().ok_or_else(|| not_a(value, "string"))
}

fn not_a(value: &Value, wanted: &str) -> FuncError {
    let found = value.type_name().unwrap_or("nil".into());
    FuncError::new(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}
