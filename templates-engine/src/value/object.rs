//! Struct-like values: what Go code hands to templates that is neither map nor slice.

use super::{Signature, Type, Value};
use crate::exec::{Call, FuncError};
use std::{any::Any, fmt, ops::Deref, rc::Rc};

/// A Go struct, pointer or named type with methods.
pub trait Object: fmt::Debug + Any {
    /// The type as `%T` prints it, for example `*chart.Metadata`.
    fn type_name(&self) -> &str;

    /// The reflect kind: `struct`, `ptr`, `map`, `slice`, `func`, `int64`.
    fn kind_name(&self) -> &str {
        "struct"
    }

    /// A field's value, or `None` when the type has no such exported field.
    fn field(&self, name: &str) -> Option<Value>;

    /// Whether the type has a field of that name which templates cannot reach.
    fn is_unexported(&self, _name: &str) -> bool {
        false
    }

    /// Whether the field's static type is `interface {}`, which messages about its content show.
    fn is_interface_field(&self, _name: &str) -> bool {
        false
    }

    /// Fields in declaration order, for printing.
    fn fields(&self) -> Vec<(&str, Value)> {
        Vec::new()
    }

    /// The signature of the type's exported method of that name, or `None` when it has none.
    fn method(&self, _name: &str) -> Option<Signature> {
        None
    }

    /// Calls a method. Only called after [`Object::method`] named it, with arguments that were
    /// checked and converted by its signature.
    ///
    /// # Errors
    /// What the method itself refuses, worded as Go words it.
    fn call_method(&self, _call: &mut Call<'_>, name: &str, _args: &[Value]) -> Result<Value, FuncError> {
        Err(FuncError::new(format!("no method {name}")))
    }

    /// Whether the type implements `error`, so that it may be given where an `error` is wanted.
    fn is_error(&self) -> bool {
        false
    }

    /// How `print` shows it (a `String()` or `Error()` method), or `None` to print the fields.
    fn display(&self) -> Option<String> {
        None
    }

    /// The object as an `interface {}` holds it: a copy, which no longer has the methods of its pointer.
    /// `None` when nothing is lost that way.
    fn copied(&self) -> Option<Value> {
        None
    }

    /// What copystructure makes of it, where that differs: fields that are not exported stay empty.
    fn deep_copied(&self) -> Option<Value> {
        None
    }

    /// The underlying type when the kind is `map`.
    fn map_type(&self) -> &'static Type {
        &Type::DICT
    }

    /// What `encoding/json` writes for it, where the order of the keys is not the alphabet's.
    fn json_text(&self) -> Option<String> {
        None
    }

    /// What `encoding/json` writes for it.
    fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Object(serde_json::Map::new())
    }

    /// The plain value behind a named type that is no struct (`time.Duration`'s `int64`, a named map),
    /// so that verbs, comparisons, `range` and `index` treat it as that; `None` for structs and pointers.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// Another integer of the same named type, which `range` counts with; `None` for everything else.
    fn renumbered(&self, _number: i64) -> Option<Value> {
        None
    }

    /// Items when the kind is `map` or `slice`, so that `range` and `index` work.
    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        None
    }

    /// text/template's truth.
    fn truth(&self) -> bool {
        true
    }

    /// For downcasts by the functions that take such a value.
    fn as_any(&self) -> &dyn Any;
}

/// A shared [`Object`].
#[derive(Clone)]
pub struct ObjectRef(Rc<dyn Object>);

impl ObjectRef {
    /// Wraps an object.
    pub fn new(object: impl Object + 'static) -> Self {
        Self(Rc::new(object))
    }

    /// Whether both are the same object.
    pub fn same(&self, other: &ObjectRef) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// A number that differs between distinct objects.
    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}

impl Deref for ObjectRef {
    type Target = dyn Object;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
