//! Go's structs as templates of `get all --template` see them.

use std::any::Any;
use templates_engine::{
    exec::{Call, FuncError},
    value::{Object, Signature, Type, Value},
};

/// A struct, or a pointer to one. Methods are those without arguments that give what they always give.
#[derive(Clone, Debug)]
pub(super) struct GoStruct {
    /// `v1.Hook`; with a star for pointers.
    pub(super) type_name: &'static str,
    /// Exported fields in Go's order.
    pub(super) fields: Vec<(&'static str, Value)>,
    /// Results of methods.
    pub(super) methods: Vec<(&'static str, Signature, Value)>,
}

impl GoStruct {
    /// A struct without methods.
    pub(super) fn value(type_name: &'static str, fields: Vec<(&'static str, Value)>) -> Value {
        Value::object(Self { type_name, fields, methods: Vec::new() })
    }
}

impl Object for GoStruct {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind_name(&self) -> &str {
        if self.type_name.starts_with('*') { "ptr" } else { "struct" }
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        self.fields.clone()
    }

    fn method(&self, name: &str) -> Option<Signature> {
        self.methods.iter().find(|(known, ..)| *known == name).map(|(_, signature, _)| *signature)
    }

    fn call_method(&self, _: &mut Call<'_>, name: &str, _: &[Value]) -> Result<Value, FuncError> {
        let found = self.methods.iter().find(|(known, ..)| *known == name);
        found.map(|(_, _, value)| value.clone()).ok_or_else(|| FuncError::new(format!("no method {name}")))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A pointer to no struct, of this type.
#[derive(Clone, Debug)]
pub(super) struct NilPointer(pub(super) &'static str);

impl Object for NilPointer {
    fn type_name(&self) -> &str {
        self.0
    }

    fn kind_name(&self) -> &str {
        "ptr"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn display(&self) -> Option<String> {
        Some("<nil>".to_owned())
    }

    fn truth(&self) -> bool {
        false
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A method that gives a string.
pub(super) fn text_method(name: &'static str, value: &str) -> (&'static str, Signature, Value) {
    (name, Signature::fixed(&[], Type::STRING), Value::from(value))
}
