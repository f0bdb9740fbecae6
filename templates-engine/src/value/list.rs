//! Slices: shared, immutable, with an element type that `%T` and argument checks can see.

use super::{
    Type, Value,
    release::{Content, release},
};
use std::{borrow::Cow, ops::Deref, rc::Rc};

/// A Go slice.
#[derive(Clone, Debug)]
pub struct List {
    elem: &'static Type,
    /// `None` is Go's nil slice, which differs from an empty one in `encoding/json` and `%#v`.
    items: Option<Rc<Items>>,
}

#[derive(Debug)]
struct Items(Vec<Value>);

impl Drop for Items {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            release(Content::Items(std::mem::take(&mut self.0)));
        }
    }
}

impl List {
    /// A slice of `elem`.
    pub fn new(elem: &'static Type, items: Vec<Value>) -> Self {
        Self { elem, items: Some(Rc::new(Items(items))) }
    }

    /// `[]interface {}`.
    pub fn any(items: Vec<Value>) -> Self {
        Self::new(&Type::ANY, items)
    }

    /// The nil slice of `elem`: empty, `null` in JSON.
    pub fn nil(elem: &'static Type) -> Self {
        Self { elem, items: None }
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.items.is_none()
    }

    /// The element type.
    pub fn elem(&self) -> &'static Type {
        self.elem
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        self.items.as_ref().map_or(&[], |items| &items.0)
    }

    /// The bytes of a `[]uint8`, or `None` for any other element type.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        if *self.elem != Type::BYTE {
            return None;
        }
        let byte = |item: &Value| match item {
            Value::Uint(_, n) => *n as u8,
            _ => 0,
        };
        Some(self.items().iter().map(byte).collect())
    }

    /// A `[]uint8`.
    pub fn bytes(bytes: &[u8]) -> Self {
        let byte = |b: &u8| Value::Uint(super::UintKind::Uint8, u64::from(*b));
        Self::new(&Type::BYTE, bytes.iter().map(byte).collect())
    }

    /// The slice's type as Go prints it.
    pub fn list_type_name(&self) -> Cow<'static, str> {
        if *self.elem == Type::ANY {
            return "[]interface {}".into();
        }
        format!("[]{}", self.elem.name()).into()
    }

    /// Whether both are the same memory.
    pub fn same(&self, other: &List) -> bool {
        match (&self.items, &other.items) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    /// A number that differs between distinct slices, for `%p` and cycle checks.
    pub(crate) fn address(&self) -> usize {
        self.items.as_ref().map_or(0, |items| Rc::as_ptr(items).addr())
    }
}

impl Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        self.items()
    }
}
