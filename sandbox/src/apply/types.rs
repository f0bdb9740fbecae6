//! What server-side apply must know of a type: whether it is a scalar, a list or a map, and how lists and maps merge. The rules are
//! those of `kube-openapi/pkg/schemaconv`.

use crate::schema::{ListType, Shape, TypeRef, Types};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A type, with what its place adds to it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type<'a> {
    /// A declared type.
    Declared {
        /// The type.
        of: TypeRef<'a>,
        /// The place says that it is replaced as a whole.
        atomic: bool,
        /// Fields that are not declared are taken.
        preserve: bool,
        /// It is a custom resource's root: its metadata are what all objects have, whatever is declared.
        root: bool,
    },
    /// Nothing is declared: maps merge, lists do not.
    Deduced,
    /// Nothing is declared, and nothing merges.
    Untyped,
    /// No value may stand here.
    Nothing,
}

/// Which scalars are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Numeric,
    String,
    Boolean,
    Untyped,
}

/// What tells a list's items apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys<'a> {
    None,
    One(&'a str),
    Many(&'a [String]),
}

impl<'a> Keys<'a> {
    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> {
        let (one, many) = match self {
            Self::None => (None, &[][..]),
            Self::One(key) => (Some(key), &[][..]),
            Self::Many(keys) => (None, keys),
        };
        one.into_iter().chain(many.iter().map(String::as_str))
    }
}

/// A list's side of a type.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) atomic: bool,
    pub(super) keys: Keys<'a>,
    pub(super) items: Type<'a>,
}

/// A map's side of a type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) atomic: bool,
    /// The type of values that no field is declared for.
    pub(super) others: Type<'a>,
    /// The declared fields.
    of: Option<TypeRef<'a>>,
    preserve: bool,
    root: bool,
}

/// The sides that a type has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sides<'a> {
    pub(super) scalar: Option<Scalar>,
    pub(super) list: Option<List<'a>>,
    pub(super) map: Option<Fields<'a>>,
}

/// Which side a value is looked at from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side<'a> {
    Map(Fields<'a>),
    Scalar(Scalar),
    List(List<'a>),
    /// The type has no side.
    None,
}

static METADATA: LazyLock<Types> = LazyLock::new(|| {
    let text = json!({"type": "string"});
    let texts = json!({"type": "object", "additionalProperties": text});
    let owner = json!({"type": "object", "x-kubernetes-map-type": "atomic", "properties": {
        "apiVersion": text, "kind": text, "name": text, "uid": text,
        "blockOwnerDeletion": {"type": "boolean"}, "controller": {"type": "boolean"},
    }});
    let time = json!({"type": "string", "format": "date-time"});
    let number = json!({"type": "integer"});
    let document = json!({"definitions": {"io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {
        "type": "object",
        "properties": {
            "annotations": texts, "labels": texts, "creationTimestamp": time, "deletionTimestamp": time,
            "deletionGracePeriodSeconds": number, "generation": number, "generateName": text, "name": text, "namespace": text,
            "resourceVersion": text, "selfLink": text, "uid": text,
            "finalizers": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
            "managedFields": {"type": "array", "x-kubernetes-list-type": "atomic", "items": {"type": "object"}},
            "ownerReferences": {"type": "array", "items": owner, "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["uid"]},
        },
    }}});
    // It is a constant; a mistake in it shows in the first test.
    Types::from_openapi(&document).unwrap_or_default()
});

/// The type of all objects' metadata.
fn metadata() -> Type<'static> {
    METADATA.get("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta").map_or(Type::Deduced, Type::new)
}

impl<'a> Type<'a> {
    /// A declared type.
    pub(super) fn new(of: TypeRef<'a>) -> Self {
        Self::Declared { of, atomic: false, preserve: false, root: false }
    }

    /// A custom resource's type.
    pub(super) fn custom(of: TypeRef<'a>) -> Self {
        Self::Declared { of, atomic: false, preserve: of.schema().preserve_unknown, root: true }
    }

    /// The default of a declared field, as a list's keys need it.
    pub(super) fn default_of(self, name: &str) -> Option<&'a Value> {
        match self {
            Self::Declared { of, .. } => of.declared(name)?.default.as_ref(),
            _ => None,
        }
    }

    /// All sides.
    pub(super) fn sides(self) -> Sides<'a> {
        let undeclared = |atomic, others| Sides {
            scalar: Some(Scalar::Untyped),
            list: Some(List { atomic: true, keys: Keys::None, items: Self::Untyped }),
            map: Some(Fields { atomic, others, of: None, preserve: false, root: false }),
        };
        match self {
            Self::Deduced => undeclared(false, Self::Deduced),
            Self::Untyped => undeclared(true, Self::Untyped),
            Self::Nothing => Sides::default(),
            Self::Declared { of, atomic, preserve, root } => declared(of, atomic, preserve, root),
        }
    }

    /// The side that fits a value; without a value, or for null, the first of map, scalar and list.
    pub(super) fn side(self, value: Option<&Value>) -> Side<'a> {
        let sides = self.sides();
        match (value, sides) {
            (Some(Value::Array(_)), Sides { list: Some(list), .. }) => Side::List(list),
            (
                Some(Value::String(_) | Value::Number(_) | Value::Bool(_)),
                Sides { scalar: Some(scalar), .. },
            ) => Side::Scalar(scalar),
            (_, Sides { map: Some(map), .. }) => Side::Map(map),
            (_, Sides { scalar: Some(scalar), .. }) => Side::Scalar(scalar),
            (_, Sides { list: Some(list), .. }) => Side::List(list),
            _ => Side::None,
        }
    }
}

impl Side<'_> {
    /// Whether both are of one sort.
    pub(super) fn same(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

fn declared(of: TypeRef<'_>, atomic: bool, preserve: bool, root: bool) -> Sides<'_> {
    let schema = of.schema();
    let only = |scalar| Sides { scalar: Some(scalar), ..Sides::default() };
    match of.name() {
        Some("io.k8s.apimachinery.pkg.api.resource.Quantity") => return only(Scalar::Untyped),
        Some("io.k8s.apimachinery.pkg.runtime.RawExtension") => return Type::Untyped.sides(),
        _ => {}
    }
    let preserve = preserve || schema.preserve_unknown;
    let map = || Some(map_side(of, atomic, preserve, root));
    let list = || Some(list_side(of, preserve));
    match schema.shape {
        Shape::Any => Sides { scalar: Some(Scalar::Untyped), list: list(), map: map() },
        Shape::Object => Sides { map: map(), ..Sides::default() },
        Shape::Array => Sides { list: list(), ..Sides::default() },
        Shape::Integer | Shape::Number => only(Scalar::Numeric),
        Shape::Boolean => only(Scalar::Boolean),
        Shape::IntOrString => only(Scalar::Untyped),
        Shape::String => match schema.format.as_deref() {
            None | Some("" | "byte") => only(Scalar::String),
            _ => only(Scalar::Untyped),
        },
    }
}

/// The type at a place: what the place's own declaration adds counts for named types only.
fn at_place<'a>(of: TypeRef<'a>, named: bool, atomic: bool, preserve: bool) -> Type<'a> {
    Type::Declared { of, atomic: named && atomic, preserve: !named && preserve, root: false }
}

fn map_side(of: TypeRef<'_>, atomic: bool, preserve: bool, root: bool) -> Fields<'_> {
    let schema = of.schema();
    let others = match (of.additional(), schema.additional.as_deref()) {
        (Some(values), Some(declared)) => {
            at_place(values, declared.reference.is_some(), declared.atomic, preserve)
        }
        _ if preserve || schema.properties.is_empty() => Type::Deduced,
        _ => Type::Nothing,
    };
    Fields { atomic: atomic || schema.atomic, others, of: Some(of), preserve, root }
}

fn list_side(of: TypeRef<'_>, preserve: bool) -> List<'_> {
    let schema = of.schema();
    let items = match (of.items(), schema.items.as_deref()) {
        (Some(items), Some(declared)) => {
            at_place(items, declared.reference.is_some(), declared.atomic, preserve)
        }
        _ => Type::Untyped,
    };
    let (atomic, keys) = match &schema.list_type {
        Some(ListType::Atomic) => (true, Keys::None),
        Some(ListType::Set) => (false, Keys::None),
        Some(ListType::Map(keys)) => (false, Keys::Many(keys)),
        None => match schema.patch_strategy.as_deref() {
            Some("merge" | "merge,retainKeys") => {
                (false, schema.patch_merge_key.as_deref().map_or(Keys::None, Keys::One))
            }
            _ => (true, Keys::None),
        },
    };
    List { atomic, keys, items }
}

impl<'a> Fields<'a> {
    /// The type of a declared field.
    pub(super) fn declared(self, name: &str) -> Option<Type<'a>> {
        if self.root {
            match name {
                "metadata" => return Some(metadata()),
                "apiVersion" | "kind" => return Some(Type::Deduced),
                _ => {}
            }
        }
        let of = self.of?;
        let (field, declared) = (of.property(name)?, of.declared(name)?);
        Some(at_place(field, declared.reference.is_some(), declared.atomic, self.preserve))
    }

    /// The type of the value below a key.
    pub(super) fn field(self, name: &str) -> Type<'a> {
        self.declared(name).unwrap_or(self.others)
    }

    /// Whether it says nothing of what it holds.
    pub(super) fn says_nothing(self) -> bool {
        let fields = self.of.is_some_and(|of| !of.schema().properties.is_empty()) || self.root;
        let untyped = match self.others {
            Type::Deduced => true,
            // Go looks for an inlined scalar of any sort.
            Type::Declared { of, .. } => {
                of.name().is_none() && of.schema().shape == Shape::Any && of.schema().reference.is_none()
            }
            _ => false,
        };
        untyped && !fields
    }
}
