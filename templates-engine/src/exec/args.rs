//! Calls: arguments evaluated for the parameters they are given to.

use super::{
    Call, ExecErrorKind, FuncError, Function, Operand,
    walk::{Result, State},
};
use crate::{
    funcs::builtins::{self, Builtin},
    parse::{Arg, NodeRef},
    value::{ObjectRef, Signature, Type, Value},
};

/// What is being called.
pub(super) enum Callee<'c> {
    Function(&'c Function),
    Method(&'c ObjectRef, Signature),
}

/// What a call is given: the arguments written behind it, and what the pipeline before it yielded.
pub(super) struct Given<'t> {
    pub(super) args: &'t [Arg],
    pub(super) last: Option<Operand>,
}

impl Given<'_> {
    pub(super) const NOTHING: Self = Self { args: &[], last: None };

    pub(super) fn is_nothing(&self) -> bool {
        self.args.is_empty() && self.last.is_none()
    }
}

impl Callee<'_> {
    fn signature(&self) -> Signature {
        match self {
            Self::Function(function) => function.signature(),
            Self::Method(_, signature) => *signature,
        }
    }
}

impl<'t> State<'_, 't> {
    /// Calls; `node` is what a failure of the callee itself points at.
    pub(super) fn call(
        &mut self,
        dot: &Operand,
        callee: Callee<'_>,
        node: NodeRef<'t>,
        name: &'t [u8],
        given: Given<'t>,
    ) -> Result<Operand> {
        let signature = callee.signature();
        self.check_count(&signature, name, &given)?;
        if let Type::Unusable(why) = signature.returns {
            return Err(self.error(why));
        }
        let outcome = match callee {
            Callee::Function(Function::Builtin(Builtin::And)) => return self.choose(dot, given, false),
            Callee::Function(Function::Builtin(Builtin::Or)) => return self.choose(dot, given, true),
            Callee::Function(Function::Builtin(builtin)) => {
                let args = given.args;
                let argv = self.arguments(dot, &signature, given)?;
                let name = || args.first().map(|arg| arg.text(self.source()));
                builtins::call(*builtin, &argv, name)
            }
            Callee::Function(Function::Table(spec)) => {
                let argv = self.values(dot, &signature, given)?;
                let mut call = Call::inside(self.host, self.run, self.scope);
                (spec.call)(&mut call, &argv).map(|value| Operand::of(&signature.returns, value))
            }
            Callee::Function(Function::Closure(closure)) => {
                let argv = self.values(dot, &signature, given)?;
                let mut call = Call::inside(self.host, self.run, self.scope);
                closure.call(&mut call, &argv).map(|value| Operand::of(&signature.returns, value))
            }
            Callee::Method(object, _) => {
                let argv = self.values(dot, &signature, given)?;
                let mut call = Call::inside(self.host, self.run, self.scope);
                let name = crate::unicode::lossy(name);
                object
                    .call_method(&mut call, &name, &argv)
                    .map(|value| Operand::of(&signature.returns, value))
            }
        };
        match outcome {
            Ok(value) => self.check_size(value),
            Err(cause) => {
                self.at = Some(node);
                Err(self.call_failed(name, cause))
            }
        }
    }

    /// Strings that double in a loop never reach the output: they are bounded where they come from.
    fn check_size(&self, value: Operand) -> Result<Operand> {
        match &value.value {
            Value::Str(text) if text.len() > self.run.limits.output => {
                Err(self.limit(format!("exceeded maximum text of {} bytes", self.run.limits.output)))
            }
            _ => Ok(value),
        }
    }

    fn call_failed(&self, name: &[u8], cause: FuncError) -> super::ExecError {
        let kind = cause.limit().unwrap_or(ExecErrorKind::Exec);
        let name = crate::unicode::lossy(name);
        self.failure(kind, format!("error calling {name}: "), Some(cause))
    }

    fn check_count(&self, signature: &Signature, name: &[u8], given: &Given<'_>) -> Result<()> {
        let args = given.args.len();
        let given = args + usize::from(given.last.is_some());
        let wanted = signature.params.len();
        let name = || crate::unicode::lossy(name);
        if signature.variadic {
            if given < wanted - 1 {
                let (name, least) = (name(), wanted - 1);
                return Err(
                    self.error(format!("wrong number of args for {name}: want at least {least} got {args}"))
                );
            }
        } else if given != wanted {
            let name = name();
            return Err(self.error(format!("wrong number of args for {name}: want {wanted} got {given}")));
        }
        Ok(())
    }

    /// `and` and `or`: the first argument whose truth decides, or the last one.
    fn choose(&mut self, dot: &Operand, given: Given<'t>, wanted: bool) -> Result<Operand> {
        let mut value = Operand::INVALID;
        for arg in given.args {
            value = self.arg(dot, Some(&Type::Reflect), arg)?;
            if value.value.truth() == wanted {
                return Ok(value);
            }
        }
        Ok(given.last.unwrap_or(value))
    }

    fn arguments(&mut self, dot: &Operand, signature: &Signature, given: Given<'t>) -> Result<Vec<Operand>> {
        let Given { args, last } = given;
        let mut argv = Vec::with_capacity(args.len() + 1);
        for (i, arg) in args.iter().enumerate() {
            let parameter = parameter(signature, i);
            argv.push(passed(self.arg(dot, parameter, arg)?, parameter));
        }
        if let Some(last) = last {
            let parameter = parameter(signature, args.len());
            argv.push(passed(self.check(last, parameter)?, parameter));
        }
        Ok(argv)
    }

    fn values(&mut self, dot: &Operand, signature: &Signature, given: Given<'t>) -> Result<Vec<Value>> {
        let Given { args, last } = given;
        let mut argv = Vec::with_capacity(args.len() + 1);
        for (i, arg) in args.iter().enumerate() {
            let parameter = parameter(signature, i);
            argv.push(passed(self.arg(dot, parameter, arg)?, parameter).value);
        }
        if let Some(last) = last {
            let parameter = parameter(signature, args.len());
            argv.push(passed(self.check(last, parameter)?, parameter).value);
        }
        Ok(argv)
    }
}

/// The argument as the parameter holds it: `interface {}` takes a copy, `reflect.Value` the thing itself.
fn passed(argument: Operand, parameter: Option<&Type>) -> Operand {
    match &argument.value {
        Value::Object(object) if parameter != Some(&Type::Reflect) => match object.copied() {
            Some(value) => Operand { value, ..argument },
            None => argument,
        },
        _ => argument,
    }
}

/// The type of the parameter at `i`; the variadic one repeats.
fn parameter(signature: &Signature, i: usize) -> Option<&'static Type> {
    signature.params.get(i).or(signature.params.last())
}
