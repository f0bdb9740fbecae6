//! Pipelines, commands and variables.

use super::{
    Operand,
    args::{Callee, Given},
    walk::{Result, State},
};
use crate::{
    parse::{Arg, Command, Id, Name, NodeRef, Number, Pipe, Span},
    value::Value,
};

impl<'t> State<'_, 't> {
    /// The value of a pipeline; variables it declares stay on the stack.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'t Pipe) -> Result<Operand> {
        self.at = Some(NodeRef::Pipe(pipe));
        let mut value = None;
        let source = self.source();
        for command in &source[pipe.cmds] {
            self.step()?;
            value = Some(self.command(dot, command, value)?.unwrapped());
        }
        let value = value.unwrap_or_default();
        for name in &source[pipe.decl] {
            if pipe.assign {
                self.assign(*name, value.clone())?;
            } else {
                self.vars.push((*name, value.clone()));
            }
        }
        Ok(value)
    }

    pub(super) fn assign(&mut self, name: Name, value: Operand) -> Result<()> {
        match self.vars.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.undefined(name)),
        }
    }

    pub(super) fn variable(&self, name: Name) -> Result<&Operand> {
        match self.vars.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value),
            None => Err(self.undefined(name)),
        }
    }

    fn undefined(&self, name: Name) -> super::ExecError {
        let name = crate::unicode::lossy(self.source().variable(name));
        self.error(format!("undefined variable: {name}"))
    }

    /// One command; `last` is what the command before it in the pipeline yielded.
    fn command(&mut self, dot: &Operand, command: &'t Command, last: Option<Operand>) -> Result<Operand> {
        let source = self.source();
        let args = &source[command.args];
        let (first, args) = (&args[0], &args[1..]);
        let given = Given { args, last };
        match first {
            Arg::Field { idents, .. } => {
                self.at = Some(NodeRef::Arg(first));
                return self.field_chain(dot, dot, NodeRef::Arg(first), *idents, given);
            }
            Arg::Chain { node, fields, .. } => {
                self.at = Some(NodeRef::Arg(first));
                let head = self.chain_head(dot, &source[*node])?;
                return self.field_chain(dot, &head, NodeRef::Arg(first), *fields, given);
            }
            Arg::Func { name, function } => {
                self.at = Some(NodeRef::Arg(first));
                let name = name.of(&source.text);
                let callee = Callee::Function(self.scope.funcs().function(*function));
                return self.call(dot, callee, NodeRef::Command(command), name, given);
            }
            Arg::Pipe(pipe) => {
                self.no_arguments(first, &given)?;
                self.check_stack()?;
                return self.pipeline(dot, &source[*pipe]);
            }
            Arg::Variable { name, fields, .. } => {
                self.at = Some(NodeRef::Arg(first));
                let value = self.variable(*name)?.clone();
                if fields.is_empty() {
                    self.no_arguments(first, &given)?;
                    return Ok(value);
                }
                return self.field_chain(dot, &value, NodeRef::Arg(first), *fields, given);
            }
            _ => {}
        }
        self.at = Some(NodeRef::Arg(first));
        self.no_arguments(first, &given)?;
        self.constant(dot, first)
    }

    fn no_arguments(&self, first: &Arg, given: &Given<'_>) -> Result<()> {
        if given.is_nothing() {
            return Ok(());
        }
        let text = first.text(self.source());
        Err(self.error(format!("can't give argument to non-function {text}")))
    }

    /// `.`, or a literal where nothing says which type is wanted.
    pub(super) fn constant(&mut self, dot: &Operand, arg: &'t Arg) -> Result<Operand> {
        match arg {
            Arg::Dot(_) => Ok(dot.clone()),
            Arg::Bool(_, b) => Ok(Operand::concrete((*b).into())),
            Arg::Number(text, number) => self.ideal(*text, *number),
            Arg::Str(literal) => Ok(Operand::concrete(Value::string(self.source().literal(literal)))),
            _ => Err(self.error("nil is not a command")),
        }
    }

    fn ideal(&self, text: Span, number: Id<Number>) -> Result<Operand> {
        let source = self.source();
        match source[number].ideal {
            Some(ideal) => Ok(Operand::concrete(ideal.into())),
            None => {
                let text = crate::unicode::lossy(text.of(&source.text));
                Err(self.error(format!("{text} overflows int")))
            }
        }
    }
}
