//! Slices: shared, immutable, with an element type that `%T` and argument checks can see.

use super::{Type, Value};
use std::{borrow::Cow, ops::Deref, rc::Rc};

/// A Go slice.
#[derive(Clone, Debug)]
pub struct List {
    elem: &'static Type,
    items: Rc<Vec<Value>>,
    nil: bool,
}

impl List {
    /// A slice of `elem`.
    pub fn new(elem: &'static Type, items: Vec<Value>) -> Self {
        Self { elem, items: Rc::new(items), nil: false }
    }

    /// A nil slice of `elem`: empty everywhere, but `null` in JSON and YAML.
    pub fn nil(elem: &'static Type) -> Self {
        Self { elem, items: Rc::default(), nil: true }
    }

    /// Whether it is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// `[]interface {}`.
    pub fn any(items: Vec<Value>) -> Self {
        Self::new(&Type::ANY, items)
    }

    /// The element type.
    pub fn elem(&self) -> &'static Type {
        self.elem
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// The slice's type as Go prints it.
    pub fn list_type_name(&self) -> Cow<'static, str> {
        format!("[]{}", self.elem.name()).into()
    }
}

impl Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.items
    }
}
