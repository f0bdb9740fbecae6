//! Nodes: what produces output and steers control.

use super::{ExecError, ExecErrorKind, FuncError, Host, Location, Operand, Scope, run::Run};
use crate::{
    fmt,
    parse::{Branch, Id, Invocation, Name, Node, NodeRef, Pipe, Seq, Source, Tree, newlines},
    value::Value,
};

pub(super) type Result<T> = std::result::Result<T, ExecError>;

/// How a node was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

/// One template being executed.
pub(super) struct State<'r, 't> {
    pub(super) run: &'r mut Run,
    pub(super) host: &'t dyn Host,
    pub(super) scope: &'t Scope<'t>,
    pub(super) tree: &'t Tree,
    /// The variables, innermost last, by number.
    pub(super) vars: Vec<(Name, Operand)>,
    /// The node errors point at.
    pub(super) at: Option<NodeRef<'t>>,
    pub(super) out: &'r mut Vec<u8>,
}

impl<'r, 't> State<'r, 't> {
    pub(super) fn new(
        run: &'r mut Run,
        host: &'t dyn Host,
        scope: &'t Scope<'t>,
        tree: &'t Tree,
        dot: Operand,
        out: &'r mut Vec<u8>,
    ) -> Self {
        let mut vars = Vec::with_capacity(8);
        vars.push((Name::ROOT, dot));
        Self { run, host, scope, tree, vars, at: None, out }
    }

    /// The source of the template.
    pub(super) fn source(&self) -> &'t Source {
        &self.tree.source
    }

    /// An error at the current node.
    #[cold]
    pub(super) fn error(&self, message: impl Into<String>) -> ExecError {
        self.failure(ExecErrorKind::Exec, message, None)
    }

    #[cold]
    pub(super) fn limit(&self, message: impl Into<String>) -> ExecError {
        self.failure(ExecErrorKind::Limit, message, None)
    }

    #[cold]
    pub(super) fn failure(
        &self,
        kind: ExecErrorKind,
        message: impl Into<String>,
        cause: Option<FuncError>,
    ) -> ExecError {
        let at = self.at.map(|node| {
            let source = self.source();
            let offset = node.pos(source);
            let before = &source.text[..offset];
            let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            let location = Location {
                source: crate::unicode::lossy(&source.name).into_owned(),
                line: newlines(before) + 1,
                column: offset - line_start,
                offset,
            };
            (location, node.text(source))
        });
        ExecError::at(kind, crate::unicode::lossy(&self.tree.name), at, message, cause)
    }

    /// Counts one more nested execution.
    pub(super) fn enter(&mut self) -> Result<()> {
        if self.run.depth >= self.run.limits.depth {
            return Err(self.limit(format!("exceeded maximum template depth ({})", self.run.limits.depth)));
        }
        if self.run.stack.is_spent() {
            let depth = self.run.depth;
            return Err(self.limit(format!("exceeded maximum template depth ({depth}: out of stack)")));
        }
        self.run.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.run.depth -= 1;
    }

    /// Counts one step.
    pub(super) fn step(&mut self) -> Result<()> {
        match self.run.fuel.checked_sub(1) {
            Some(fuel) => {
                self.run.fuel = fuel;
                Ok(())
            }
            None => Err(self.limit(format!("exceeded maximum of {} steps", self.run.limits.fuel))),
        }
    }

    /// Fails when nesting has used up the stack.
    pub(super) fn check_stack(&self) -> Result<()> {
        if self.run.stack.is_spent() { Err(self.limit("nested too deep: out of stack")) } else { Ok(()) }
    }

    fn check_output(&self) -> Result<()> {
        if self.out.len().saturating_add(self.run.written) <= self.run.limits.output {
            return Ok(());
        }
        Err(self.limit(format!("exceeded maximum output of {} bytes", self.run.limits.output)))
    }

    pub(super) fn walk(&mut self, dot: &Operand, nodes: Seq<Node>) -> Result<Flow> {
        let source = self.source();
        for node in &source[nodes] {
            self.step()?;
            let flow = match node {
                Node::Text(span) => {
                    self.out.extend_from_slice(span.of(&source.text));
                    Flow::Next
                }
                Node::Action(pipe) => {
                    let value = self.pipeline(dot, pipe)?;
                    if pipe.decl.is_empty() {
                        self.print(node, &value.value)?;
                    }
                    Flow::Next
                }
                Node::If(branch) => self.branch(dot, *branch, false)?,
                Node::With(branch) => self.branch(dot, *branch, true)?,
                Node::Range(branch) => {
                    self.at = Some(NodeRef::Node(node));
                    self.range(dot, &source[*branch])?
                }
                Node::Template(invocation) => {
                    self.invoke(dot, &source[*invocation])?;
                    Flow::Next
                }
                Node::Break(_) => Flow::Break,
                Node::Continue(_) => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        self.check_output()?;
        Ok(Flow::Next)
    }

    /// `if`, or `with`, which also sets dot.
    fn branch(&mut self, dot: &Operand, branch: Id<Branch>, sets_dot: bool) -> Result<Flow> {
        self.check_stack()?;
        let branch = &self.source()[branch];
        let mark = self.vars.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = if value.value.truth() {
            self.walk(if sets_dot { &value } else { dot }, branch.list)?
        } else if let Some(otherwise) = branch.otherwise {
            self.walk(dot, otherwise)?
        } else {
            Flow::Next
        };
        self.vars.truncate(mark);
        Ok(flow)
    }

    /// `{{template "name" pipeline}}`: the template sees none of the caller's variables.
    fn invoke(&mut self, dot: &Operand, invocation: &'t Invocation) -> Result<()> {
        self.at = Some(NodeRef::Invocation(invocation));
        let scope = self.scope;
        let name = self.source().literal(&invocation.name);
        let Some(tree) = scope.lookup(name) else {
            let name = fmt::quote(name);
            return Err(self.error(format!("template {name} not defined")));
        };
        self.enter()?;
        let dot = self.optional_pipeline(dot, invocation.pipe.as_ref())?;
        let mut inner = State::new(self.run, self.host, scope, tree, dot.clone(), self.out);
        inner.walk(&dot, tree.root)?;
        self.leave();
        Ok(())
    }

    fn optional_pipeline(&mut self, dot: &Operand, pipe: Option<&'t Pipe>) -> Result<Operand> {
        pipe.map_or(Ok(Operand::INVALID), |pipe| self.pipeline(dot, pipe))
    }

    fn print(&mut self, node: &'t Node, value: &Value) -> Result<()> {
        match value {
            Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::Str(text) => self.out.extend_from_slice(text),
            Value::Object(object) if object.kind_name() == "func" => {
                self.at = Some(NodeRef::Node(node));
                let name = NodeRef::Node(node).text(self.source());
                return Err(self.error(format!("can't print {name} of type {}", object.type_name())));
            }
            value => {
                if !fmt::append_printable(self.out, value, self.run.limits.output) {
                    self.at = Some(NodeRef::Node(node));
                    return Err(self.limit("can't print a value that nests too deep or holds itself"));
                }
            }
        }
        Ok(())
    }
}
