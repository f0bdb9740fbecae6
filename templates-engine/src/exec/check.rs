//! Whether an argument fits a parameter: Go's rules of assignment, and its messages.

use super::{
    Operand,
    args::{Callee, Given},
    walk::{Result, State},
};
use crate::{
    parse::{Arg, NodeRef},
    value::{Type, Value},
};

impl<'t> State<'_, 't> {
    /// The head of a chain such as `(pipeline).Field`: any type will do.
    pub(super) fn chain_head(&mut self, dot: &Operand, node: &'t Arg) -> Result<Operand> {
        self.arg(dot, None, node)
    }

    /// An argument, evaluated for a parameter of type `wanted` (`None`: any).
    pub(super) fn arg(
        &mut self,
        dot: &Operand,
        wanted: Option<&'static Type>,
        arg: &'t Arg,
    ) -> Result<Operand> {
        self.at = Some(NodeRef::Arg(arg));
        let source = self.source();
        let value = match arg {
            Arg::Dot(_) => dot.clone(),
            Arg::Nil(_) => return self.nil(wanted),
            Arg::Field { idents, .. } => {
                self.field_chain(dot, dot, NodeRef::Arg(arg), *idents, Given::NOTHING)?
            }
            Arg::Variable { name, fields, .. } => {
                let value = self.variable(*name)?.clone();
                if fields.is_empty() {
                    value
                } else {
                    self.field_chain(dot, &value, NodeRef::Arg(arg), *fields, Given::NOTHING)?
                }
            }
            Arg::Pipe(pipe) => {
                self.check_stack()?;
                self.pipeline(dot, &source[*pipe])?
            }
            Arg::Func { name, function } => {
                let callee = Callee::Function(self.scope.funcs().function(*function));
                self.call(dot, callee, NodeRef::Arg(arg), name.of(&source.text), Given::NOTHING)?
            }
            Arg::Chain { node, fields, .. } => {
                let head = self.chain_head(dot, &source[*node])?;
                self.field_chain(dot, &head, NodeRef::Arg(arg), *fields, Given::NOTHING)?
            }
            Arg::Bool(..) | Arg::Number(..) | Arg::Str(_) => return self.literal(dot, wanted, arg),
        };
        self.check(value, wanted)
    }

    fn nil(&self, wanted: Option<&'static Type>) -> Result<Operand> {
        match wanted {
            Some(wanted) if can_be_nil(wanted) => Ok(Operand::zero(wanted)),
            wanted => {
                let name = wanted.map_or("<nil>".into(), Type::name);
                Err(self.error(format!("cannot assign nil to {name}")))
            }
        }
    }

    /// A literal becomes what the parameter wants, if its form allows.
    fn literal(&mut self, dot: &Operand, wanted: Option<&'static Type>, arg: &'t Arg) -> Result<Operand> {
        let Some(wanted) = wanted else { return self.constant(dot, arg) };
        let source = self.source();
        let number = match arg {
            Arg::Number(_, number) => Some(&source[*number]),
            _ => None,
        };
        let int = number.and_then(|number| number.int);
        let uint = number.and_then(|number| number.uint);
        let float = number.and_then(|number| number.float);
        let value = match (underlying(wanted), arg) {
            (Type::Any | Type::Reflect, _) => return self.constant(dot, arg),
            (Type::Bool, Arg::Bool(_, b)) => Value::Bool(*b),
            (Type::Bool, _) => return Err(self.expected("bool", arg)),
            (Type::String, Arg::Str(literal)) => Value::string(source.literal(literal)),
            (Type::String, _) => return Err(self.expected("string", arg)),
            (Type::Int(kind), _) => {
                let int = int.ok_or_else(|| self.expected("integer", arg))?;
                Value::Int(*kind, kind.wrap(int))
            }
            (Type::Uint(kind), _) => {
                let uint = uint.ok_or_else(|| self.expected("unsigned integer", arg))?;
                Value::Uint(*kind, kind.wrap(uint))
            }
            (Type::Float(kind), _) => {
                let float = float.ok_or_else(|| self.expected("float", arg))?;
                Value::Float(*kind, kind.round(float))
            }
            _ => {
                let text = arg.text(source);
                return Err(self.error(format!("can't handle {text} for arg of type {}", wanted.name())));
            }
        };
        Ok(Operand::concrete(value))
    }

    fn expected(&self, what: &str, arg: &Arg) -> super::ExecError {
        self.error(format!("expected {what}; found {}", arg.text(self.source())))
    }

    /// The value, if it may be assigned to `wanted`.
    pub(super) fn check(&self, value: Operand, wanted: Option<&'static Type>) -> Result<Operand> {
        let Some(wanted) = wanted else { return Ok(value) };
        if *wanted == Type::Reflect {
            return Ok(value);
        }
        if value.is_invalid() {
            if can_be_nil(wanted) {
                return Ok(Operand::zero(wanted));
            }
            return Err(self.error(format!("invalid value; expected {}", wanted.name())));
        }
        if *wanted == Type::Any || is_assignable(&value.value, wanted) {
            return Ok(value);
        }
        let found = if value.value.is_nil() { value } else { value.unwrapped() };
        let (wanted, found) = (wanted.name(), found.type_name());
        Err(self.error(format!("wrong type for value; expected {wanted}; got {found}")))
    }
}

fn underlying(mut named: &'static Type) -> &'static Type {
    while let Type::Named(_, inner) = named {
        named = inner;
    }
    named
}

fn can_be_nil(wanted: &'static Type) -> bool {
    match underlying(wanted) {
        Type::Any | Type::Reflect | Type::Error | Type::Slice(_) | Type::Map(_) => true,
        Type::Opaque(name) => name.starts_with('*'),
        _ => false,
    }
}

/// Go's `AssignableTo`, for a value that is not nil; a pointer also fits the type it points to.
fn is_assignable(value: &Value, wanted: &'static Type) -> bool {
    match (wanted, value) {
        (Type::Any | Type::Reflect, _) | (Type::Bool, Value::Bool(_)) | (Type::String, Value::Str(_)) => true,
        (Type::Int(wanted), Value::Int(kind, _)) => wanted == kind,
        (Type::Uint(wanted), Value::Uint(kind, _)) => wanted == kind,
        (Type::Float(wanted), Value::Float(kind, _)) => wanted == kind,
        (Type::Slice(elem), Value::List(list)) => *elem == list.elem(),
        (Type::Map(elem), Value::Map(map)) => *elem == map.elem(),
        (Type::Named(name, inner), Value::Map(map)) => {
            map.map_type_name() == *name
                || matches!(map.map_type(), Type::Map(elem) if **inner == Type::Map(elem))
        }
        (Type::Named(_, inner), Value::List(_)) => is_assignable(value, inner),
        (Type::Error, Value::Object(object)) => object.is_error(),
        (Type::Map(_) | Type::Slice(_), Value::Object(object)) => {
            object.underlying().is_some_and(|value| is_assignable(&value, wanted))
        }
        (Type::Opaque(name) | Type::Named(name, _), Value::Object(object)) => {
            let found = object.type_name();
            found == *name || found.strip_prefix('*') == Some(name)
        }
        _ => false,
    }
}
