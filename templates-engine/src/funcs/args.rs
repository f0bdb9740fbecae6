//! Arguments as the types that the signature promised.

use crate::{
    exec::FuncError,
    value::{List, Map, Type, Value},
};

/// What a body returns.
pub(super) type Outcome = Result<Value, FuncError>;

/// A refusal with Go's text.
pub(super) fn refuse<T>(message: impl Into<String>) -> Result<T, FuncError> {
    Err(FuncError::new(message))
}

/// What Go says of `reflect.TypeOf(nil).Kind()` and its like.
pub(super) const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The bytes of a `string` parameter.
pub(super) fn text(args: &[Value], at: usize) -> &[u8] {
    args.get(at).and_then(Value::as_str).map(|s| s.as_bytes()).unwrap_or_default()
}

/// An `int` parameter.
pub(super) fn int(args: &[Value], at: usize) -> i64 {
    match args.get(at) {
        Some(Value::Int(_, n)) => *n,
        _ => 0,
    }
}

/// An `interface {}` parameter.
pub(super) fn any(args: &[Value], at: usize) -> &Value {
    args.get(at).unwrap_or(&Value::Nil)
}

/// A `map[string]interface {}` parameter.
pub(super) fn map(args: &[Value], at: usize) -> Map {
    args.get(at).and_then(as_map).unwrap_or_else(|| Map::nil(&Type::DICT))
}

/// The map of a value whose Go type is a map, be it a named one with methods.
pub(super) fn as_map(value: &Value) -> Option<Map> {
    match value {
        Value::Map(map) => Some(map.clone()),
        Value::Object(object) => object.underlying().as_ref().and_then(as_map),
        _ => None,
    }
}

/// The list of a value whose reflect kind is slice or array.
pub(crate) fn as_list(value: &Value) -> Option<List> {
    match value {
        Value::List(list) => Some(list.clone()),
        Value::Object(object) => {
            if let Some(underlying) = object.underlying() {
                return as_list(&underlying);
            }
            let items = object.entries().filter(|_| object.kind_name() == "slice")?;
            Some(List::any(items.into_iter().map(|(_, item)| item).collect()))
        }
        _ => None,
    }
}

/// The reflect kind of a value that must not be nil: Go asks a nil type for it and panics.
pub(super) fn kind(value: &Value) -> Result<&str, FuncError> {
    if value.is_nil() { refuse(NIL_POINTER) } else { Ok(value.kind_name()) }
}

/// The value's type, `<nil>` for nil.
pub(super) fn type_name(value: &Value) -> String {
    value.type_name().unwrap_or("<nil>".into()).into_owned()
}
