//! `index`, `slice` and `len`.

use crate::{
    exec::{FuncError, Operand},
    funcs::zero,
    value::{List, Map, Str, Type, UintKind, Value},
};

fn error<T>(message: impl Into<String>) -> Result<T, FuncError> {
    Err(FuncError::new(message))
}

fn name(value: &Value) -> String {
    let name = value.type_name().unwrap_or("<nil>".into());
    match value {
        // What the pointer points to.
        Value::Object(object) if object.kind_name() == "ptr" => name.trim_start_matches('*').into(),
        _ => name.into_owned(),
    }
}

/// What can be indexed, whatever its type is called.
enum Indexable {
    Map(Map),
    List(List),
    Text(Str),
}

fn indexable(value: &Value) -> Option<Indexable> {
    match value {
        Value::Map(map) => Some(Indexable::Map(map.clone())),
        Value::List(list) => Some(Indexable::List(list.clone())),
        Value::Str(text) => Some(Indexable::Text(text.clone())),
        Value::Object(object) => {
            if let Some(underlying) = object.underlying() {
                return indexable(&underlying);
            }
            let entries = object.entries()?.into_iter();
            if object.kind_name() == "map" {
                let entries = entries.filter_map(|(key, value)| Some((key.as_str()?.clone(), value)));
                return Some(Indexable::Map(Map::new(object.map_type(), entries)));
            }
            Some(Indexable::List(List::any(entries.map(|(_, value)| value).collect())))
        }
        _ => None,
    }
}

/// Where an index points in something of `capacity` elements.
fn position(index: &Value, capacity: usize) -> Result<usize, FuncError> {
    let at = match index {
        Value::Int(_, n) => *n,
        Value::Uint(_, n) => *n as i64,
        Value::Nil => return error("cannot index slice/array with nil"),
        Value::Object(object) if matches!(object.underlying(), Some(Value::Int(..) | Value::Uint(..))) => {
            return position(&object.underlying().unwrap_or_default(), capacity);
        }
        other => {
            let found = other.type_name().unwrap_or_default();
            return error(format!("cannot index slice/array with type {found}"));
        }
    };
    match usize::try_from(at) {
        Ok(at) if at <= capacity => Ok(at),
        _ => error(format!("index out of range: {at}")),
    }
}

/// `index item i j …`
pub(super) fn index(item: &Operand, indexes: &[Operand]) -> Result<Operand, FuncError> {
    if item.value.is_nil() {
        return error("index of untyped nil");
    }
    let mut item = item.clone().unwrapped();
    for index in indexes {
        if item.value.is_nil() {
            return error("index of nil pointer");
        }
        let index = &index.value;
        item = match indexable(&item.value) {
            None => return error(format!("can't index item of type {}", name(&item.value))),
            Some(Indexable::Map(map)) => entry(&map, index)?,
            // One past the end passes text/template's check, and then reflect panics.
            Some(Indexable::List(list)) => match list.get(position(index, list.len())?) {
                Some(value) => Operand::of(list.elem(), value.clone()),
                None => return error("reflect: slice index out of range"),
            },
            Some(Indexable::Text(text)) => match text.get(position(index, text.len())?) {
                Some(byte) => Operand::concrete(Value::Uint(UintKind::Uint8, u64::from(*byte))),
                None => return error("reflect: string index out of range"),
            },
        };
    }
    Ok(item)
}

fn entry(map: &Map, index: &Value) -> Result<Operand, FuncError> {
    match index {
        Value::Str(key) => {
            let found = map.get(key).map(|value| Operand::of(map.elem(), value));
            Ok(found.unwrap_or_else(|| Operand::zero(map.elem())))
        }
        Value::Nil => error(format!("value is nil; should be of type {}", Type::STRING.name())),
        other => {
            let found = other.type_name().unwrap_or_default();
            error(format!("value has type {found}; should be {}", Type::STRING.name()))
        }
    }
}

/// `slice item i j k`, which reaches into a slice's spare capacity.
pub(super) fn slice(item: &Operand, indexes: &[Operand]) -> Result<Operand, FuncError> {
    if item.value.is_nil() {
        return error("slice of untyped nil");
    }
    if indexes.len() > 3 {
        return error(format!("too many slice indexes: {}", indexes.len()));
    }
    let (length, capacity) = match indexable(&item.value) {
        Some(Indexable::Text(_)) if indexes.len() == 3 => return error("cannot 3-index slice a string"),
        Some(Indexable::Text(text)) => (text.len(), text.len()),
        Some(Indexable::List(list)) => (list.len(), list.capacity()),
        _ => return error(format!("can't slice item of type {}", name(&item.value))),
    };
    let mut at = [0, length, capacity];
    for (slot, index) in at.iter_mut().zip(indexes) {
        // Unlike `index`, `slice` does not look into interfaces.
        if index.interface {
            return error("cannot index slice/array with type interface {}");
        }
        *slot = position(&index.value, capacity)?;
    }
    if at[0] > at[1] {
        return error(format!("invalid slice index: {} > {}", at[0], at[1]));
    }
    if indexes.len() == 3 && at[1] > at[2] {
        return error(format!("invalid slice index: {} > {}", at[1], at[2]));
    }
    Ok(Operand::concrete(match indexable(&item.value) {
        Some(Indexable::Text(text)) => Value::string(&text[at[0]..at[1]]),
        Some(Indexable::List(list)) => match list.limited_part(at[0], at[1], at[2], &zero(list.elem())) {
            Some(part) => Value::List(part),
            None => return error("reflect.Value.Slice: slice index out of bounds"),
        },
        _ => Value::Nil,
    }))
}

/// `len item`
pub(super) fn length(item: &Operand) -> Result<Operand, FuncError> {
    if item.value.is_nil() {
        return error(if item.interface {
            "len of nil pointer"
        } else {
            // reflect's panic, which text/template hands on as an error.
            "reflect: call of reflect.Value.Type on zero Value"
        });
    }
    let length = match indexable(&item.value) {
        Some(Indexable::Map(map)) => map.len(),
        Some(Indexable::List(list)) => list.len(),
        Some(Indexable::Text(text)) => text.len(),
        None => return error(format!("len of type {}", name(&item.value))),
    };
    Ok(Operand::concrete(Value::int(length as i64)))
}
