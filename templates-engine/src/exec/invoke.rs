//! Calling a function of the set by name, for programs that bring a second template language.

use super::{Call, FuncError, Function, Operand};
use crate::{
    funcs::builtins,
    value::{List, Signature, Type, Value},
};

impl Call<'_> {
    /// Calls a function of the current set with arguments of any kind: integers become the integer
    /// or float kind the function wants, lists its kind of list, nil its nil.
    ///
    /// # Errors
    /// When there is no such function, the arguments do not fit, or what the function refuses.
    pub fn invoke(&mut self, name: &str, args: &[Value]) -> Result<Value, FuncError> {
        let function = self.function(name).cloned();
        let function = function.ok_or_else(|| FuncError::new(format!("function {name:?} not defined")))?;
        let signature = function.signature();
        check_count(&signature, name, args.len())?;
        let wanted = |at: usize| signature.params.get(at).or(signature.params.last());
        let fitted = args.iter().enumerate().map(|(at, arg)| fit(arg, wanted(at)));
        let args = fitted.collect::<Result<Vec<_>, _>>()?;
        match &function {
            Function::Builtin(builtin) => {
                let operands: Vec<Operand> = args.into_iter().map(Operand::concrete).collect();
                Ok(builtins::call(*builtin, &operands, || Some(name.to_owned()))?.value)
            }
            Function::Table(spec) => (spec.call)(self, &args),
            Function::Closure(closure) => closure.call(self, &args),
        }
    }
}

fn check_count(signature: &Signature, name: &str, given: usize) -> Result<(), FuncError> {
    let wanted = signature.params.len();
    if signature.variadic && given < wanted - 1 {
        let least = wanted - 1;
        return Err(FuncError::new(format!(
            "wrong number of args for {name}: want at least {least} got {given}"
        )));
    }
    if !signature.variadic && given != wanted {
        return Err(FuncError::new(format!("wrong number of args for {name}: want {wanted} got {given}")));
    }
    Ok(())
}

fn fit(value: &Value, wanted: Option<&'static Type>) -> Result<Value, FuncError> {
    let Some(wanted) = wanted else { return Ok(value.clone()) };
    let whole = |n: f64| n.fract() == 0.0 && n.abs() < 9e18;
    Ok(match (wanted, value) {
        (Type::Any | Type::Reflect, value) => value.clone(),
        (Type::Int(kind), Value::Int(_, n)) => Value::Int(*kind, kind.wrap(*n)),
        (Type::Int(kind), Value::Float(_, n)) if whole(*n) => Value::Int(*kind, kind.wrap(*n as i64)),
        (Type::Uint(kind), Value::Int(_, n)) if *n >= 0 => Value::Uint(*kind, kind.wrap(n.unsigned_abs())),
        (Type::Float(kind), Value::Int(_, n)) => Value::Float(*kind, *n as f64),
        (Type::Slice(elem), Value::List(list)) if list.elem() != *elem => {
            let items = list.iter().map(|item| fit(item, Some(elem))).collect::<Result<_, _>>()?;
            Value::List(List::new(elem, items))
        }
        (Type::Slice(_) | Type::Map(_) | Type::Named(..) | Type::Error, Value::Nil) => {
            Operand::zero(wanted).value
        }
        (Type::Bool, Value::Bool(_))
        | (Type::String, Value::Str(_))
        | (Type::Float(_), Value::Float(..))
        | (Type::Uint(_), Value::Uint(..))
        | (Type::Slice(_), Value::List(_))
        | (Type::Map(_) | Type::Named(..), Value::Map(_)) => value.clone(),
        (Type::Opaque(name), Value::Object(object)) if object.type_name() == *name => value.clone(),
        _ => {
            let got = value.type_name().unwrap_or("nil".into());
            let text = format!("wrong type for value; expected {}; got {got}", wanted.name());
            return Err(FuncError::new(text));
        }
    })
}
