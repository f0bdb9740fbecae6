//! Maps with string keys: reference types, as in Go, so that `set` is seen by every holder.

use super::{
    Entries, Str, Type, Value,
    release::{Content, release},
};
use std::{
    borrow::Cow,
    cell::{Ref, RefCell, RefMut},
    rc::Rc,
};

/// A Go map; a clone is the same map.
#[derive(Clone, Debug)]
pub struct Map {
    map_type: &'static Type,
    body: Rc<Body>,
}

#[derive(Debug)]
struct Body {
    /// Go's nil map, which differs from an empty one in `encoding/json` and `%#v`.
    nil: bool,
    entries: RefCell<Entries>,
}

impl Drop for Body {
    fn drop(&mut self) {
        let entries = self.entries.get_mut();
        if !entries.is_empty() {
            release(Content::Entries(std::mem::take(entries)));
        }
    }
}

impl Map {
    /// A map of the given type (`Type::Map` or a `Type::Named` over one).
    pub fn new(map_type: &'static Type, entries: impl IntoIterator<Item = (Str, Value)>) -> Self {
        let entries = RefCell::new(entries.into_iter().collect());
        Self { map_type, body: Rc::new(Body { nil: false, entries }) }
    }

    /// The nil map of the given type: empty, `null` in JSON.
    pub fn nil(map_type: &'static Type) -> Self {
        Self { map_type, body: Rc::new(Body { nil: true, entries: RefCell::default() }) }
    }

    /// The same map under another type (`common.Values` over `map[string]interface {}`): what one
    /// holder sets, the other sees.
    #[must_use]
    pub fn with_type(&self, map_type: &'static Type) -> Self {
        Self { map_type, body: self.body.clone() }
    }

    /// Whether this is a nil map to which nothing was added.
    pub fn is_nil(&self) -> bool {
        self.body.nil && self.is_empty()
    }

    /// `map[string]interface {}`.
    pub fn any(entries: impl IntoIterator<Item = (Str, Value)>) -> Self {
        Self::new(&Type::DICT, entries)
    }

    /// `map[string]string`.
    pub fn strings(entries: impl IntoIterator<Item = (Str, Str)>) -> Self {
        Self::new(&Type::STRING_DICT, entries.into_iter().map(|(k, v)| (k, Value::Str(v))))
    }

    /// The element type.
    pub fn elem(&self) -> &'static Type {
        let mut map_type = self.map_type;
        loop {
            match map_type {
                Type::Map(elem) => return elem,
                Type::Named(_, underlying) => map_type = underlying,
                _ => return &Type::ANY,
            }
        }
    }

    /// The map's type.
    pub fn map_type(&self) -> &'static Type {
        self.map_type
    }

    /// The map's type as Go prints it.
    pub fn map_type_name(&self) -> Cow<'static, str> {
        if *self.map_type == Type::DICT {
            return "map[string]interface {}".into();
        }
        self.map_type.name()
    }

    /// A copy of the entry (maps inside stay shared).
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.body.entries.borrow().get(key).cloned()
    }

    /// Whether the key is there.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.body.entries.borrow().get(key).is_some()
    }

    /// Sets an entry for every holder of this map.
    pub fn insert(&self, key: impl Into<Str>, value: Value) {
        self.body.entries.borrow_mut().insert(key.into(), value);
    }

    /// Removes an entry for every holder of this map.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        self.body.entries.borrow_mut().remove(key)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.body.entries.borrow().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.body.entries.borrow().is_empty()
    }

    /// The entries, in key order. Do not run template code while holding it: `set` would panic;
    /// use [`Map::snapshot`] for that.
    pub fn borrow(&self) -> Ref<'_, Entries> {
        self.body.entries.borrow()
    }

    /// The entries, for changing.
    pub fn borrow_mut(&self) -> RefMut<'_, Entries> {
        self.body.entries.borrow_mut()
    }

    /// A copy of the entries as they are now, in key order.
    pub fn snapshot(&self) -> Vec<(Str, Value)> {
        self.body.entries.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// Whether both are the same map, not merely equal ones.
    pub fn same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.body, &other.body)
    }

    /// A number that differs between distinct maps, for `%p` and cycle checks.
    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.body).addr()
    }
}
