//! Merging dictionaries as mergo does for maps of anything.

use crate::{
    exec::FuncError,
    funcs::{
        args::{Outcome, as_map, map, refuse, type_name},
        cast::is_empty,
        limits::Budget,
    },
    value::{Map, ObjectRef, Str, Type, Value},
};

/// What a merge came to nothing for.
enum Refusal {
    /// mergo's own error, which the functions without `must` swallow.
    Types,
    /// A panic of reflect, or a limit.
    Failure(FuncError),
}

impl From<FuncError> for Refusal {
    fn from(error: FuncError) -> Self {
        Self::Failure(error)
    }
}

/// `mustMerge` and `mustMergeOverwrite`.
pub(super) fn must_merge(args: &[Value], overwrite: bool) -> Outcome {
    merged(args, overwrite).map_err(|refusal| match refusal {
        Refusal::Types => FuncError::new("src and dst must be of same type"),
        Refusal::Failure(error) => error,
    })
}

/// `merge` and `mergeOverwrite`, which give an empty text for mergo's error.
pub(super) fn merge(args: &[Value], overwrite: bool) -> Outcome {
    merged(args, overwrite).or_else(|refusal| match refusal {
        Refusal::Types => Ok("".into()),
        Refusal::Failure(error) => Err(error),
    })
}

/// Merges every further map into the first one, which changes. Values are shared, not copied.
///
/// Without `overwrite` only what is missing or empty in the destination is taken over.
fn merged(args: &[Value], overwrite: bool) -> Result<Value, Refusal> {
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
    fn maps(&mut self, destination: &Map, source: &Map, depth: usize) -> Result<(), Refusal> {
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
            self.fields(present.as_ref(), &value)?;
            if self.overwrite || present.as_ref().is_none_or(is_empty) {
                set(destination, key, value, source.elem())?;
            }
        }
        Ok(())
    }
}

impl Merger {
    /// mergo goes into the fields of a struct, whatever is merged into it: reflect panics where those are none.
    fn fields(&self, present: Option<&Value>, value: &Value) -> Result<(), Refusal> {
        let Some(Value::Object(present)) = present else { return Ok(()) };
        let kind = value.kind_name();
        let exported =
            |object: &ObjectRef| object.fields().iter().any(|(name, _)| name.starts_with(char::is_uppercase));
        match (present.kind_name(), kind) {
            ("struct", "map" | "ptr") if exported(present) => {
                Err(FuncError::new(format!("reflect: call of reflect.Value.Field on {kind} Value")).into())
            }
            ("ptr", "map" | "struct") if !self.overwrite => Err(Refusal::Types),
            _ => Ok(()),
        }
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
