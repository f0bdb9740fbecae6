//! One execution from the outside in: its budgets, and the ways to start a template.

use super::{
    ExecError, Host, Limits, MissingKey, Operand, Scope, TextError,
    walk::{Flow, State},
};
use crate::{
    parse::{self, Scratch, Stack, Tree},
    value::{Str, Value},
};
use bytes::Bytes;

/// Room for the output of most templates: a buffer that starts empty is moved half a dozen times.
const OUTPUT_CAPACITY: usize = 512;

/// What one execution has left, and its options.
pub(crate) struct Run {
    pub(super) limits: Limits,
    pub(super) missing_key: MissingKey,
    pub(super) fuel: u64,
    pub(super) depth: usize,
    /// Bytes in the buffers of finished nested executions.
    pub(super) written: usize,
    pub(super) stack: Stack,
    /// Where texts are parsed that are executed.
    scratch: Scratch,
}

impl Run {
    #[inline(never)]
    pub(crate) fn new(limits: Limits, missing_key: MissingKey) -> Self {
        let stack = Stack::here(limits.stack);
        Self {
            limits,
            missing_key,
            fuel: limits.fuel,
            depth: 0,
            written: 0,
            stack,
            scratch: Scratch::default(),
        }
    }

    /// Executes a template of the scope by name.
    pub(crate) fn execute_named(
        &mut self,
        host: &dyn Host,
        scope: &Scope<'_>,
        name: &str,
        data: &Value,
    ) -> Result<Vec<u8>, ExecError> {
        match scope.lookup(name.as_bytes()) {
            Some(tree) => self.execute_tree(host, scope, tree, data),
            None => Err(ExecError::no_template(name, &scope.name().to_text())),
        }
    }

    /// Parses a text into a copy of the scope and executes it there.
    pub(crate) fn execute_text(
        &mut self,
        host: &dyn Host,
        scope: &Scope<'_>,
        name: &str,
        text: &Str,
        data: &Value,
    ) -> Result<Vec<u8>, TextError> {
        let text = Bytes::copy_from_slice(text);
        let trees = parse::parse(name, &text, scope.funcs().names(), self.stack, &mut self.scratch)?;
        let inner = Scope::with(scope, &trees);
        match trees.iter().find(|tree| *tree.name == *name.as_bytes()) {
            Some(main) => Ok(self.execute_tree(host, &inner, main, data)?),
            None => Err(ExecError::no_template(name, &scope.name().to_text()).into()),
        }
    }

    fn execute_tree(
        &mut self,
        host: &dyn Host,
        scope: &Scope<'_>,
        tree: &Tree,
        data: &Value,
    ) -> Result<Vec<u8>, ExecError> {
        let mut out = Vec::with_capacity(OUTPUT_CAPACITY);
        let dot = Operand::concrete(data.clone());
        let mut state = State::new(self, host, scope, tree, dot.clone(), &mut out);
        state.enter()?;
        let flow = state.walk(&dot, tree.root);
        state.leave();
        debug_assert!(!matches!(flow, Ok(Flow::Break | Flow::Continue)));
        flow?;
        self.written = self.written.saturating_add(out.len());
        Ok(out)
    }
}
