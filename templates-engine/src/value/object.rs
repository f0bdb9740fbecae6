//! Struct-like values: what Go code hands to templates that is neither map nor slice.

use super::Value;
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

    /// Fields in declaration order, for printing.
    fn fields(&self) -> Vec<(&str, Value)> {
        Vec::new()
    }

    /// Whether the type has a method of that name.
    fn has_method(&self, _name: &str) -> bool {
        false
    }

    /// Calls a method. Only called after [`Object::has_method`] said yes.
    ///
    /// # Errors
    /// What the method itself refuses, worded as Go words it.
    fn call_method(&self, _call: &mut Call<'_>, name: &str, _args: &[Value]) -> Result<Value, FuncError> {
        Err(FuncError::new(format!("no method {name}")))
    }

    /// How `print` shows it (a `String()` or `Error()` method), or `None` to print the fields.
    fn display(&self) -> Option<String> {
        None
    }

    /// What `encoding/json` writes for it.
    fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Object(serde_json::Map::new())
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
