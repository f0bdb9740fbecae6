//! Pipelines, commands and variables.

use super::{
    Operand,
    args::{Callee, Given},
    walk::{Result, State},
};
use crate::parse::{Arg, Command, Name, NodeRef, Number, Pipe};

impl<'t> State<'_, 't> {
    /// The value of a pipeline; variables it declares stay on the stack.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'t Pipe) -> Result<Operand> {
        self.at = Some(NodeRef::Pipe(pipe));
        let mut value = None;
        for command in &pipe.cmds {
            self.step()?;
            value = Some(self.command(dot, command, value)?.unwrapped());
        }
        let value = value.unwrap_or_default();
        for name in &pipe.decl {
            if pipe.assign {
                self.assign(*name, value.clone())?;
            } else {
                self.vars.push((name.id, value.clone()));
            }
        }
        Ok(value)
    }

    pub(super) fn assign(&mut self, name: Name, value: Operand) -> Result<()> {
        match self.vars.iter_mut().rev().find(|(id, _)| *id == name.id) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.undefined(name)),
        }
    }

    pub(super) fn variable(&self, name: Name) -> Result<&Operand> {
        match self.vars.iter().rev().find(|(id, _)| *id == name.id) {
            Some((_, value)) => Ok(value),
            None => Err(self.undefined(name)),
        }
    }

    fn undefined(&self, name: Name) -> super::ExecError {
        let name = crate::unicode::lossy(name.span.of(self.source()));
        self.error(format!("undefined variable: {name}"))
    }

    /// One command; `last` is what the command before it in the pipeline yielded.
    fn command(&mut self, dot: &Operand, command: &'t Command, last: Option<Operand>) -> Result<Operand> {
        let (first, args) = (&command.args[0], &command.args[1..]);
        let given = Given { args, last };
        match first {
            Arg::Field { idents, .. } => {
                self.at = Some(NodeRef::Arg(first));
                return self.field_chain(dot, dot, NodeRef::Arg(first), idents, given);
            }
            Arg::Chain { node, fields, .. } => {
                self.at = Some(NodeRef::Arg(first));
                let head = self.chain_head(dot, node)?;
                return self.field_chain(dot, &head, NodeRef::Arg(first), fields, given);
            }
            Arg::Func { name, function, .. } => {
                self.at = Some(NodeRef::Arg(first));
                let name = name.of(self.source());
                let callee = Callee::Function(function);
                return self.call(dot, callee, NodeRef::Command(command), name, given);
            }
            Arg::Pipe(pipe) => {
                self.no_arguments(first, &given)?;
                self.check_stack()?;
                return self.pipeline(dot, pipe);
            }
            Arg::Variable { name, fields, .. } => {
                self.at = Some(NodeRef::Arg(first));
                let value = self.variable(*name)?.clone();
                if fields.is_empty() {
                    self.no_arguments(first, &given)?;
                    return Ok(value);
                }
                return self.field_chain(dot, &value, NodeRef::Arg(first), fields, given);
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
            Arg::Number(number) => self.ideal(number),
            Arg::Str { text, .. } => Ok(Operand::concrete(text.clone())),
            _ => Err(self.error("nil is not a command")),
        }
    }

    fn ideal(&self, number: &Number) -> Result<Operand> {
        match &number.ideal {
            Some(value) => Ok(Operand::concrete(value.clone())),
            None => Err(self.error(format!("{} overflows int", number.text))),
        }
    }
}
