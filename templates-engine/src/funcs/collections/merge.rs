//! Merging dictionaries as mergo does for maps of anything.

use crate::{
    exec::FuncError,
    funcs::{
        args::{Outcome, as_map, map, refuse, type_name},
        cast::is_empty,
        limits::Budget,
    },
    value::{Map, Str, Type, Value},
};

/// Merges every further map into the first one, which changes. Values are shared, not copied.
///
/// Without `overwrite` only what is missing or empty in the destination is taken over.
pub(super) fn merge(args: &[Value], overwrite: bool) -> Outcome {
    let mut destination = map(args, 0);
    let mut merger = Merger { overwrite, budget: Budget::new("merge") };
    for at in 1..args.len() {
        let source = map(args, at);
        if destination.is_nil() && !source.is_nil() {
            destination = Map::any([]);
        }
        merger.maps(&destination, &source, 0)?;
    }
    Ok(Value::Map(destination))
}

struct Merger {
    overwrite: bool,
    budget: Budget,
}

impl Merger {
    fn maps(&mut self, destination: &Map, source: &Map, depth: usize) -> Result<(), FuncError> {
        if destination.same(source) {
            return Ok(());
        }
        for (key, value) in source.snapshot() {
            self.budget.visit(depth)?;
            let present = destination.get(&key);
            if value.is_nil() {
                if self.overwrite {
                    set(destination, key, value, source.elem())?;
                }
                continue;
            }
            if let (Some(inner), Some(more)) = (present.as_ref().and_then(as_map), as_map(&value)) {
                // A nil map cannot be changed where it stands.
                if !inner.is_nil() {
                    self.maps(&inner, &more, depth + 1)?;
                }
                if !inner.is_empty() {
                    continue;
                }
            }
            if self.overwrite || present.as_ref().is_none_or(is_empty) {
                set(destination, key, value, source.elem())?;
            }
        }
        Ok(())
    }
}

/// Sets an entry where the map's type allows it; reflect panics where it does not.
fn set(destination: &Map, key: Str, value: Value, from: &Type) -> Result<(), FuncError> {
    let elem = destination.elem();
    if *elem != Type::ANY && from != elem {
        let found = if value.as_list().is_some() { type_name(&value).into() } else { from.name() };
        let wanted = elem.name();
        return refuse(format!(
            "reflect.Value.SetMapIndex: value of type {found} is not assignable to type {wanted}"
        ));
    }
    destination.insert(key, value);
    Ok(())
}
