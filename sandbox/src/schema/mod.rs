//! Types of objects: fields, list types, merge keys, defaults. One model for built-in kinds and custom resources.

mod builtin;
mod decode;
mod go;
mod openapi;
mod texts;

pub use builtin::builtin;
pub use decode::{Decoded, Mode, decode, decode_value};
pub use go::{Go, Zero};
pub use openapi::Unreadable;
pub use texts::texts;

use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Named types that may refer to each other: the built-in ones, or those of one custom resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Types {
    definitions: BTreeMap<Box<str>, Arc<Schema>>,
}

/// What JSON kind a value must have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// Anything: no type is declared.
    #[default]
    Any,
    /// A map with known fields, or with values of one type.
    Object,
    /// A list.
    Array,
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// true or false.
    Boolean,
    /// A whole number or a text (`x-kubernetes-int-or-string`, `IntOrString`).
    IntOrString,
}

/// `x-kubernetes-list-type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListType {
    /// Replaced as a whole.
    Atomic,
    /// Items are scalars, each once.
    Set,
    /// Items are maps that these keys tell apart (`x-kubernetes-list-map-keys`).
    Map(Vec<String>),
}

/// One type. Everything that any consumer asks for (apply, strategic merge, pruning, defaulting, validation, `explain`)
/// stands here once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    /// The name of the type that this one stands for; all else but `default` and `description` is empty then.
    pub reference: Option<Box<str>>,
    /// The JSON kind.
    pub shape: Shape,
    /// `int32`, `date-time`, `quantity`, …
    pub format: Option<Box<str>>,
    /// Known fields.
    pub properties: BTreeMap<Box<str>, Arc<Schema>>,
    /// The type of a map's values.
    pub additional: Option<Arc<Schema>>,
    /// The type of a list's items.
    pub items: Option<Arc<Schema>>,
    /// Fields that must be given.
    pub required: Vec<Box<str>>,
    /// The default value.
    pub default: Option<Value>,
    /// Whether null is a value.
    pub nullable: bool,
    /// How lists merge when applied; `None` means atomic.
    pub list_type: Option<ListType>,
    /// `x-kubernetes-map-type: atomic`: the map or structure is replaced as a whole when applied.
    pub atomic: bool,
    /// `x-kubernetes-patch-strategy`: `merge`, `replace`, `retainKeys`, or `merge,retainKeys`.
    pub patch_strategy: Option<Box<str>>,
    /// `x-kubernetes-patch-merge-key`.
    pub patch_merge_key: Option<Box<str>>,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub preserve_unknown: bool,
    /// `x-kubernetes-embedded-resource`.
    pub embedded_resource: bool,
    /// How Go holds the field (built-in kinds).
    pub go: Go,
}

/// A type with the names it may refer to: how consumers walk.
#[derive(Debug, Clone, Copy)]
pub struct TypeRef<'a> {
    types: &'a Types,
    schema: &'a Schema,
    name: Option<&'a str>,
}

impl Types {
    /// A named type: `io.k8s.api.apps.v1.Deployment`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<TypeRef<'_>> {
        let (name, schema) = self.definitions.get_key_value(name)?;
        let found = self.resolve(schema);
        Some(TypeRef { name: found.name.or(Some(name)), ..found })
    }

    /// Adds or replaces a named type.
    pub fn insert(&mut self, name: &str, schema: Schema) {
        self.definitions.insert(name.into(), Arc::new(schema));
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(AsRef::as_ref)
    }

    /// The names of these types and of all that they refer to.
    #[must_use]
    pub fn closure<'a>(
        &'a self,
        roots: impl IntoIterator<Item = &'a str>,
    ) -> std::collections::BTreeSet<&'a str> {
        let mut found = std::collections::BTreeSet::new();
        let mut open: Vec<&str> = roots.into_iter().collect();
        while let Some(name) = open.pop() {
            if let Some((name, schema)) = self.definitions.get_key_value(name)
                && found.insert(name.as_ref())
            {
                schema.references(&mut open);
            }
        }
        found
    }

    /// Follows references; a name that is missing, or a circle of bare references, is a type that takes anything.
    fn resolve<'a>(&'a self, schema: &'a Schema) -> TypeRef<'a> {
        /// Chains of bare references are never longer in real documents.
        const MAX_CHAIN: usize = 16;
        let (mut schema, mut name) = (schema, None);
        for _ in 0..MAX_CHAIN {
            match schema.reference.as_ref().and_then(|name| self.definitions.get_key_value(name)) {
                Some((known, target)) => (name, schema) = (Some(known.as_ref()), target),
                None => break,
            }
        }
        TypeRef { types: self, schema, name }
    }
}

impl Schema {
    /// The names that this schema refers to, at any depth.
    fn references<'a>(&'a self, into: &mut Vec<&'a str>) {
        into.extend(self.reference.as_deref());
        self.properties
            .values()
            .chain(&self.items)
            .chain(&self.additional)
            .for_each(|inner| inner.references(into));
    }
}

impl<'a> TypeRef<'a> {
    /// The name of the type, `io.k8s.api.core.v1.PodSpec`, where it has one. Its last part is the Go type's name, which
    /// messages of the real server show.
    #[must_use]
    pub fn name(self) -> Option<&'a str> {
        self.name
    }

    /// The type itself, with all references followed.
    #[must_use]
    pub fn schema(self) -> &'a Schema {
        self.schema
    }

    /// A known field's type; `None` for unknown names and for maps.
    #[must_use]
    pub fn property(self, key: &str) -> Option<TypeRef<'a>> {
        self.schema.properties.get(key).map(|schema| self.types.resolve(schema))
    }

    /// A known field's own declaration, before references are followed: list types, merge keys, defaults and strategies
    /// that belong to the field and not to its type stand there.
    #[must_use]
    pub fn declared(self, key: &str) -> Option<&'a Schema> {
        self.schema.properties.get(key).map(AsRef::as_ref)
    }

    /// The type of the value below `key`: a known field, or a map's value.
    #[must_use]
    pub fn field(self, key: &str) -> Option<TypeRef<'a>> {
        self.property(key).or_else(|| self.additional())
    }

    /// The type of a map's values.
    #[must_use]
    pub fn additional(self) -> Option<TypeRef<'a>> {
        self.schema.additional.as_deref().map(|schema| self.types.resolve(schema))
    }

    /// The type of a list's items.
    #[must_use]
    pub fn items(self) -> Option<TypeRef<'a>> {
        self.schema.items.as_deref().map(|schema| self.types.resolve(schema))
    }
}
