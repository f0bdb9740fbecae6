//! Old and new values side by side, as `apiserver/pkg/cel/common.CorrelatedObject` pairs them.
//!
//! Errors in parts that an update leaves as they were do not refuse the update (ratcheting), and transition rules
//! see the old value; both need to know which old value belongs to a new one.

use super::{lists::keys_of, props::Props};
use serde_json::Value;

/// A new value with the old one that it replaces.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) new: &'a Value,
    pub(crate) old: &'a Value,
    schema: &'a Props,
}

impl<'a> Pair<'a> {
    /// The pair of two whole objects.
    pub(crate) fn new(new: &'a Value, old: &'a Value, schema: &'a Props) -> Self {
        Self { new, old, schema }
    }

    /// The pair below a key; `None` where the values have no counterpart or no schema.
    pub(crate) fn key(self, key: &str) -> Option<Self> {
        let (new, old) = (self.new.as_object()?.get(key)?, self.old.as_object()?.get(key)?);
        Some(Self { new, old, schema: self.schema.child(key)? })
    }

    /// The pair at a place of the new list; only lists of type `map` have counterparts.
    pub(crate) fn index(self, place: usize) -> Option<Self> {
        if self.schema.list_type.as_deref() != Some("map") {
            return None;
        }
        let new = self.new.as_array()?.get(place)?;
        let old = same_item(self.schema, self.old.as_array()?, new)?;
        Some(Self { new, old, schema: self.schema.item()? })
    }

    /// Whether nothing changed.
    pub(crate) fn unchanged(self) -> bool {
        match (self.new, self.old) {
            (Value::Object(new), Value::Object(old)) => {
                let same = |key: &String| self.key(key).is_some_and(Pair::unchanged);
                new.len() == old.len() && new.keys().all(same)
            }
            (Value::Array(new), Value::Array(old)) => {
                let map = self.schema.list_type.as_deref() == Some("map");
                let same = |place| self.index(place).is_some_and(Pair::unchanged);
                new.len() == old.len() && if map { (0..new.len()).all(same) } else { new == old }
            }
            (new, old) => new == old,
        }
    }
}

/// The item of an old list map with the keys of `new`.
pub(crate) fn same_item<'a>(schema: &Props, old: &'a [Value], new: &Value) -> Option<&'a Value> {
    new.as_object()?;
    let keys = keys_of(schema, new);
    if keys.len() < schema.map_keys.len() {
        return None;
    }
    old.iter().find(|item| item.is_object() && keys_of(schema, item) == keys)
}
