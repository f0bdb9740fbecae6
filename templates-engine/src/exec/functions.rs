//! The functions a set of templates may call.

use super::{Call, FuncError};
use crate::{
    funcs::{FuncSpec, builtins::Builtin},
    parse::{FuncId, FunctionNames},
    value::{Signature, Value},
};
use std::{collections::BTreeMap, fmt, rc::Rc};

type Body = dyn Fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError>;

/// A function that templates may call.
#[derive(Clone)]
pub(crate) enum Function {
    /// One of text/template's own.
    Builtin(Builtin),
    /// A row of a table.
    Table(&'static FuncSpec),
    /// A host program's closure.
    Closure(Rc<Closure>),
}

/// A host program's function.
pub(crate) struct Closure {
    signature: Signature,
    body: Box<Body>,
}

impl Function {
    pub(crate) fn signature(&self) -> Signature {
        match self {
            Self::Builtin(builtin) => builtin.signature(),
            Self::Table(spec) => spec.signature(),
            Self::Closure(closure) => closure.signature,
        }
    }
}

impl Closure {
    pub(crate) fn call(&self, call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
        (self.body)(call, args)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(builtin) => builtin.fmt(f),
            Self::Table(spec) => f.write_str(spec.name),
            Self::Closure(closure) => closure.signature.fmt(f),
        }
    }
}

/// Go's `template.FuncMap`: names to functions. Adding a name again replaces the function, also one
/// of text/template's own.
#[derive(Clone, Debug)]
pub struct FuncMap {
    entries: BTreeMap<&'static str, Function>,
}

impl Default for FuncMap {
    fn default() -> Self {
        Self::new()
    }
}

impl FuncMap {
    /// text/template's own functions.
    pub fn new() -> Self {
        let entries = Builtin::ALL.iter().map(|builtin| (builtin.name(), Function::Builtin(*builtin)));
        Self { entries: entries.collect() }
    }

    /// Adds tables of functions, for example [`crate::funcs::sprig`].
    pub fn add_table(&mut self, specs: impl IntoIterator<Item = &'static FuncSpec>) -> &mut Self {
        self.entries.extend(specs.into_iter().map(|spec| (spec.name, Function::Table(spec))));
        self
    }

    /// Adds a function of the host program. Arguments reach `body` checked and converted by the
    /// signature, as [`FuncSpec::call`] gets them; host state is what the closure captures (through
    /// `Rc` and cells), and templates are executed through its [`Call`].
    pub fn add(
        &mut self,
        name: &'static str,
        signature: Signature,
        body: impl Fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError> + 'static,
    ) -> &mut Self {
        let closure = Closure { signature, body: Box::new(body) };
        self.entries.insert(name, Function::Closure(Rc::new(closure)));
        self
    }

    /// Removes a function, so that templates that call it do not parse.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.entries.remove(name);
        self
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.entries.keys().copied()
    }
}

/// The functions of a set of templates, by number. Syntax trees hold the numbers, so that they can be
/// made by any thread.
#[derive(Debug)]
pub(crate) struct Functions {
    names: FunctionNames,
    functions: Vec<Function>,
}

impl Functions {
    pub(crate) fn new(map: FuncMap) -> Self {
        let names = FunctionNames::new(map.names());
        let mut entries = map.entries;
        let functions = names.iter().filter_map(|name| entries.remove(name)).collect();
        Self { names, functions }
    }

    pub(crate) fn names(&self) -> &FunctionNames {
        &self.names
    }

    /// The function of a number that [`Functions::names`] gave.
    pub(crate) fn function(&self, id: FuncId) -> &Function {
        &self.functions[id.index()]
    }

    pub(crate) fn find(&self, name: &[u8]) -> Option<&Function> {
        self.names.find(name).map(|id| self.function(id))
    }
}
