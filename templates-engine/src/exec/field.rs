//! `.Field`, `.Method arg`, and chains of them.

use super::{
    MissingKey, Operand,
    args::{Callee, Given},
    walk::{Result, State},
};
use crate::{
    fmt::quote,
    parse::{NodeRef, Seq, Span},
    value::{Map, ObjectRef, Str, Type, Value},
};

impl<'t> State<'_, 't> {
    /// `receiver.x.y.z arg…`; only the last name can be a method with arguments.
    pub(super) fn field_chain(
        &mut self,
        dot: &Operand,
        receiver: &Operand,
        node: NodeRef<'t>,
        names: Seq<Span>,
        given: Given<'t>,
    ) -> Result<Operand> {
        let source = self.source();
        let (names, source) = (&source[names], &source.text);
        let Some((final_name, names)) = names.split_last() else { return Ok(receiver.clone()) };
        let Some((first, names)) = names.split_first() else {
            return self.field(dot, final_name.of(source), node, given, receiver);
        };
        let mut value = self.field(dot, first.of(source), node, Given::NOTHING, receiver)?;
        for name in names {
            value = self.field(dot, name.of(source), node, Given::NOTHING, &value)?;
        }
        self.field(dot, final_name.of(source), node, given, &value)
    }

    fn field(
        &mut self,
        dot: &Operand,
        name: &'t [u8],
        node: NodeRef<'t>,
        given: Given<'t>,
        receiver: &Operand,
    ) -> Result<Operand> {
        let has_args = !given.is_nothing();
        match &receiver.value {
            Value::Nil => self.field_of_nil(name, receiver),
            Value::Map(map) => {
                if let Type::Named(..) = map.map_type()
                    && let Some((object, signature)) = self.host.map_method(map, name)
                {
                    return self.call(dot, Callee::Method(&object, signature), node, name, given);
                }
                self.entry(map, name, has_args)
            }
            Value::Object(object) => {
                let text = crate::unicode::lossy(name);
                if let Some(signature) = object.method(&text) {
                    return self.call(dot, Callee::Method(object, signature), node, name, given);
                }
                self.object_field(object, name, receiver, has_args)
            }
            _ => Err(self.no_field(name, receiver)),
        }
    }

    fn field_of_nil(&self, name: &[u8], receiver: &Operand) -> Result<Operand> {
        if receiver.interface {
            let name = crate::unicode::lossy(name);
            return Err(self.error(format!("nil pointer evaluating interface {{}}.{name}")));
        }
        if self.run.missing_key == MissingKey::Error {
            return Err(self.error(format!("nil data; no entry for key {}", quote(name))));
        }
        Ok(Operand::INVALID)
    }

    fn entry(&self, map: &Map, name: &[u8], has_args: bool) -> Result<Operand> {
        if has_args {
            let name = crate::unicode::lossy(name);
            return Err(self.error(format!("{name} is not a method but has arguments")));
        }
        if let Some(value) = map.get(name) {
            return Ok(Operand::of(map.elem(), value));
        }
        match self.run.missing_key {
            MissingKey::Invalid => Ok(Operand::INVALID),
            MissingKey::Zero => Ok(Operand::zero(map.elem())),
            MissingKey::Error => Err(self.error(format!("map has no entry for key {}", quote(name)))),
        }
    }

    fn object_field(
        &self,
        object: &ObjectRef,
        name: &[u8],
        receiver: &Operand,
        has_args: bool,
    ) -> Result<Operand> {
        if let Some(Value::Map(map)) = object.underlying() {
            return self.entry(&map, name, has_args);
        }
        let text = crate::unicode::lossy(name);
        if object.kind_name() == "map" {
            let entry = object.field(&text).map(|value| (Str::from(name), value));
            return self.entry(&Map::new(object.map_type(), entry), name, has_args);
        }
        match object.field(&text) {
            Some(_) if has_args => {
                Err(self.error(format!("{text} has arguments but cannot be invoked as function")))
            }
            Some(Value::Nil) => Ok(Operand::NIL),
            Some(value) => Ok(Operand { value, interface: object.is_interface_field(&text) }),
            None if object.is_unexported(&text) => {
                let of = receiver.type_name();
                Err(self.error(format!("{text} is an unexported field of struct type {of}")))
            }
            None => Err(self.no_field(name, receiver)),
        }
    }

    fn no_field(&self, name: &[u8], receiver: &Operand) -> super::ExecError {
        let name = crate::unicode::lossy(name);
        self.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }
}
