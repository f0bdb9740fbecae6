//! A value on its way through a pipeline, with what Go's `reflect` knows about it besides.

use crate::value::{List, Map, Type, Value};
use std::borrow::Cow;

/// A value and whether its static type is `interface {}`, which Go's messages tell apart: a map's
/// element is in `type interface {}` until a pipeline has unwrapped it. `Nil` that is no interface is
/// Go's invalid `reflect.Value`, which prints as `<no value>` and has any field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    pub(crate) interface: bool,
}

impl Operand {
    /// Go's invalid `reflect.Value`.
    pub(crate) const INVALID: Self = Self { value: Value::Nil, interface: false };
    /// A nil `interface {}`.
    pub(crate) const NIL: Self = Self { value: Value::Nil, interface: true };

    /// A value of its own type.
    pub(crate) fn concrete(value: Value) -> Self {
        Self { value, interface: false }
    }

    /// A value of a static type: an element, a function's result.
    pub(crate) fn of(static_type: &Type, value: Value) -> Self {
        match (&value, static_type) {
            (_, Type::Any | Type::Error) => Self { value, interface: true },
            (Value::Nil, Type::Slice(elem)) => Self::concrete(Value::List(List::nil(elem))),
            (Value::Nil, Type::Named(..) | Type::Map(_)) => Self::NIL,
            _ => Self::concrete(value),
        }
    }

    /// Go's `reflect.Zero`.
    pub(crate) fn zero(static_type: &'static Type) -> Self {
        use crate::value::Str;
        let mut underlying = static_type;
        while let Type::Named(_, inner) = underlying {
            underlying = inner;
        }
        Self::concrete(match underlying {
            Type::Any | Type::Error | Type::Opaque(_) | Type::Unusable(_) => return Self::NIL,
            Type::Reflect => return Self::INVALID,
            Type::Bool => Value::Bool(false),
            Type::Int(kind) => Value::Int(*kind, 0),
            Type::Uint(kind) => Value::Uint(*kind, 0),
            Type::Float(kind) => Value::Float(*kind, 0.0),
            Type::String => Value::Str(Str::from("")),
            Type::Slice(elem) => Value::List(List::nil(elem)),
            Type::Map(_) | Type::Named(..) => Value::Map(Map::nil(static_type)),
        })
    }

    /// Whether this is Go's invalid `reflect.Value`.
    pub(crate) fn is_invalid(&self) -> bool {
        self.value.is_nil() && !self.interface
    }

    /// The static type's name, as messages print it.
    pub(crate) fn type_name(&self) -> Cow<'_, str> {
        if self.interface {
            return "interface {}".into();
        }
        self.value.type_name().unwrap_or("<nil>".into())
    }

    /// The value inside an interface.
    pub(crate) fn unwrapped(self) -> Self {
        Self { interface: false, ..self }
    }
}
