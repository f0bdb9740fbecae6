//! Templates that can invoke each other.

use super::{ExecError, FuncMap, Functions, Host, Limits, ParseAhead, run::Run};
use crate::{
    parse::{self, ParseError, Scratch, Stack, Tree},
    value::{Str, Value},
};
use bytes::Bytes;
use memchr::arch::all::is_equal;
use std::{collections::BTreeMap, rc::Rc, sync::Arc};

/// What a missing map key yields: the `missingkey` option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value, which prints as `<no value>` and has any field (`default`, `invalid`).
    #[default]
    Invalid,
    /// The zero value of the map's element type (`zero`, Helm's choice).
    Zero,
    /// An error (`error`, Helm's `--strict`).
    Error,
}

/// Templates sharing one namespace and one set of functions: Go's `template.Template` with what is
/// associated with it.
#[derive(Clone, Debug)]
pub struct TemplateSet {
    name: Str,
    funcs: Rc<Functions>,
    templates: Templates,
    missing_key: MissingKey,
    limits: Limits,
}

impl TemplateSet {
    /// An empty set. The name is the one of Go's first template (Helm: `gotpl`), which only the
    /// message about a template that does not exist shows.
    pub fn new(name: &str, funcs: FuncMap) -> Self {
        Self {
            name: name.into(),
            funcs: Rc::new(Functions::new(funcs)),
            templates: Templates::default(),
            missing_key: MissingKey::default(),
            limits: Limits::default(),
        }
    }

    /// Sets what a missing map key yields.
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// Sets the bounds of each execution.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Parses a text as the template `name` (Go's `New(name).Parse(text)`). Its definitions join the
    /// set; each replaces one of the same name, unless its own body is only white space and comments.
    ///
    /// # Errors
    /// Go's [`ParseError`]; the set is unchanged then.
    pub fn parse(&mut self, name: &str, text: impl AsRef<[u8]>) -> Result<(), ParseError> {
        let text = Bytes::copy_from_slice(text.as_ref());
        let stack = Stack::here(self.limits.stack);
        let trees = parse::parse(name, &text, self.funcs.names(), stack, &mut Scratch::default())?;
        self.add(trees);
        Ok(())
    }

    /// Parses texts, given by name, one after the other as [`TemplateSet::parse`] does; large ones in
    /// several threads. What another thread parses of them already is taken from `ahead`.
    ///
    /// # Errors
    /// The first text's [`ParseError`] that has one; what the set holds then is not specified.
    pub fn parse_all(&mut self, texts: &[(&str, Bytes)], ahead: &ParseAhead) -> Result<(), ParseError> {
        let funcs = self.funcs.names();
        let parsed = ahead.take(texts, funcs);
        for trees in parsed.unwrap_or_else(|| parse::parse_all(texts, funcs, self.limits.stack)) {
            self.add(trees?);
        }
        Ok(())
    }

    fn add(&mut self, trees: Vec<Arc<Tree>>) {
        for tree in trees {
            if self.templates.get(&tree.name).is_some() && tree.is_empty() {
                continue;
            }
            self.templates.insert(tree);
        }
    }

    /// Whether a template of that name is defined.
    pub fn contains(&self, name: &str) -> bool {
        self.templates.get(name.as_bytes()).is_some()
    }

    /// The names of the defined templates, sorted.
    pub fn names(&self) -> Vec<Str> {
        let mut names: Vec<_> =
            self.templates.0.values().flatten().map(|tree| Str::from(&*tree.name)).collect();
        names.sort_unstable();
        names
    }

    /// Executes the template `name` with `data` as its `.` and `$` (Go's `ExecuteTemplate`).
    ///
    /// # Errors
    /// The first failure, with its place; what was written before it is dropped.
    pub fn execute(&self, host: &dyn Host, name: &str, data: &Value) -> Result<Vec<u8>, ExecError> {
        let mut run = Run::new(self.limits, self.missing_key);
        run.execute_named(host, &Scope::new(self), name, data)
    }
}

/// Templates by name. Names of a chart's templates have long beginnings in common, so they are told apart by
/// their length and their end.
#[derive(Clone, Debug, Default)]
struct Templates(BTreeMap<(usize, u64), Vec<Arc<Tree>>>);

impl Templates {
    fn key(name: &[u8]) -> (usize, u64) {
        let end = name.iter().rev().take(8).fold(0, |end, byte| end << 8 | u64::from(*byte));
        (name.len(), end)
    }

    fn get(&self, name: &[u8]) -> Option<&Arc<Tree>> {
        self.0.get(&Self::key(name))?.iter().find(|tree| is_equal(&tree.name, name))
    }

    /// Adds a template, or puts it in the place of the one that has its name.
    fn insert(&mut self, tree: Arc<Tree>) {
        let alike = self.0.entry(Self::key(&tree.name)).or_default();
        match alike.iter_mut().find(|known| known.name == tree.name) {
            Some(known) => *known = tree,
            None => alike.push(tree),
        }
    }
}

/// A set and the definitions of the texts being executed on top of it.
pub(crate) struct Scope<'a> {
    set: &'a TemplateSet,
    parent: Option<&'a Scope<'a>>,
    local: Vec<Arc<Tree>>,
}

impl<'a> Scope<'a> {
    fn new(set: &'a TemplateSet) -> Self {
        Self { set, parent: None, local: Vec::new() }
    }

    /// A copy of `parent` with further definitions, which follow the same rule as a set's.
    pub(crate) fn with(parent: &'a Scope<'a>, trees: &[Arc<Tree>]) -> Self {
        let replaces = |tree: &&Arc<Tree>| !tree.is_empty() || parent.lookup(&tree.name).is_none();
        Self {
            set: parent.set,
            parent: Some(parent),
            local: trees.iter().filter(replaces).cloned().collect(),
        }
    }

    pub(crate) fn lookup(&self, name: &[u8]) -> Option<&Arc<Tree>> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(tree) = here.local.iter().find(|tree| is_equal(&tree.name, name)) {
                return Some(tree);
            }
            scope = here.parent;
        }
        self.set.templates.get(name)
    }

    pub(crate) fn funcs(&self) -> &'a Functions {
        &self.set.funcs
    }

    pub(crate) fn name(&self) -> &'a Str {
        &self.set.name
    }
}
