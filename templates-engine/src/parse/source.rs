//! Where the nodes of one source live: side by side in one vector a kind, not each on its own.
//!
//! A chart's templates have a hundred thousand nodes. Nodes that refer to each other by number take a
//! third of the memory that boxes and vectors take, are made and freed in a few pieces, and can be made
//! by another thread than the one that executes them.

use super::{Arg, Branch, Command, Invocation, Literal, Name, Node, Number, Pipe, Span};
use bytes::Bytes;
use std::{marker::PhantomData, num::NonZeroU32, ops::Index};

/// The text that trees were parsed from, and all their nodes.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The name given to the parser; errors print it.
    pub(crate) name: Box<[u8]>,
    pub(crate) text: Bytes,
    /// Where the variables' names stand, by number, without the bare `$`.
    pub(super) variables: Vec<Span>,
    pub(super) pools: Pools,
}

/// The nodes by kind.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    nodes: Vec<Node>,
    branches: Vec<Branch>,
    invocations: Vec<Invocation>,
    pipes: Vec<Pipe>,
    commands: Vec<Command>,
    args: Vec<Arg>,
    names: Vec<Name>,
    spans: Vec<Span>,
    numbers: Vec<Number>,
    /// Values of string constants that differ from what stands between their quotes.
    texts: Vec<Box<[u8]>>,
}

/// One node of a source.
pub(crate) struct Id<T>(NonZeroU32, PhantomData<fn() -> T>);

/// Neighbouring nodes of a source.
pub(crate) struct Seq<T> {
    start: u32,
    len: u32,
    kind: PhantomData<fn() -> T>,
}

/// A kind of node: it knows its pool.
pub(crate) trait Pooled: Sized {
    fn pool(pools: &Pools) -> &Vec<Self>;
    fn pool_mut(pools: &mut Pools) -> &mut Vec<Self>;
}

macro_rules! pooled {
    ($($kind:ty => $pool:ident),* $(,)?) => {$(
        impl Pooled for $kind {
            fn pool(pools: &Pools) -> &Vec<Self> {
                &pools.$pool
            }
            fn pool_mut(pools: &mut Pools) -> &mut Vec<Self> {
                &mut pools.$pool
            }
        }
    )*};
}

pooled! {
    Node => nodes,
    Branch => branches,
    Invocation => invocations,
    Pipe => pipes,
    Command => commands,
    Arg => args,
    Name => names,
    Span => spans,
    Number => numbers,
    Box<[u8]> => texts,
}

impl Pools {
    /// How many there are: where the next one will stand.
    pub(super) fn len<T: Pooled>(&self) -> usize {
        T::pool(self).len()
    }

    /// Adds one.
    pub(super) fn add<T: Pooled>(&mut self, node: T) -> Id<T> {
        let pool = T::pool_mut(self);
        pool.push(node);
        // The text is shorter than 4 GiB and each node stands for some of it, so numbers fit.
        Id(NonZeroU32::new(pool.len() as u32).unwrap_or(NonZeroU32::MAX), PhantomData)
    }

    /// Adds one to a list that is still open.
    pub(super) fn push<T: Pooled>(&mut self, node: T) {
        T::pool_mut(self).push(node);
    }

    /// Moves what another pool holds from `mark` on to the end of this one's.
    pub(super) fn take<T: Pooled + Copy>(&mut self, open: &mut Pools, mark: usize) -> Seq<T> {
        let (pool, open) = (T::pool_mut(self), T::pool_mut(open));
        let start = pool.len();
        // One by one: there are two or three.
        for node in &open[mark..] {
            pool.push(*node);
        }
        open.truncate(mark);
        Seq { start: start as u32, len: (pool.len() - start) as u32, kind: PhantomData }
    }

    /// What was added from `mark` on.
    pub(super) fn since<T: Pooled>(&self, mark: usize) -> Seq<T> {
        Seq { start: mark as u32, len: (self.len::<T>() - mark) as u32, kind: PhantomData }
    }

    /// Takes all nodes out, as they are kept: without room for more. What was reserved stays for the next ones.
    pub(super) fn take_all(&mut self) -> Self {
        fn taken<T>(nodes: &mut Vec<T>) -> Vec<T> {
            let mut kept = Vec::with_capacity(nodes.len());
            kept.append(nodes);
            kept
        }
        Self {
            nodes: taken(&mut self.nodes),
            branches: taken(&mut self.branches),
            invocations: taken(&mut self.invocations),
            pipes: taken(&mut self.pipes),
            commands: taken(&mut self.commands),
            args: taken(&mut self.args),
            names: taken(&mut self.names),
            spans: taken(&mut self.spans),
            numbers: taken(&mut self.numbers),
            texts: taken(&mut self.texts),
        }
    }
}

impl Source {
    /// The value of a string constant.
    pub(crate) fn literal(&self, literal: &Literal) -> &[u8] {
        match literal.unquoted {
            Some(text) => &self[text],
            None => {
                let Span { start, end } = literal.quoted;
                Span { start: start + 1, end: end - 1 }.of(&self.text)
            }
        }
    }

    /// A variable's name, `$` included.
    pub(crate) fn variable(&self, name: Name) -> &[u8] {
        match (name.0 as usize).checked_sub(1) {
            Some(at) => self.variables[at].of(&self.text),
            None => b"$",
        }
    }
}

impl<T: Pooled> Index<Id<T>> for Source {
    type Output = T;
    fn index(&self, id: Id<T>) -> &T {
        &T::pool(&self.pools)[id.0.get() as usize - 1]
    }
}

impl<T: Pooled> Index<Seq<T>> for Source {
    type Output = [T];
    fn index(&self, seq: Seq<T>) -> &[T] {
        &T::pool(&self.pools)[seq.start as usize..][..seq.len as usize]
    }
}

impl<T> Seq<T> {
    pub(crate) const EMPTY: Self = Self { start: 0, len: 0, kind: PhantomData };

    pub(crate) fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(crate) fn len(self) -> usize {
        self.len as usize
    }

    /// Both, where `next` begins at the end of this one.
    pub(super) fn joined(self, next: Self) -> Self {
        debug_assert_eq!(self.start + self.len, next.start);
        Self { len: self.len + next.len, ..self }
    }
}

// Derived, these would ask the same of `T`.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> std::fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> Clone for Seq<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seq<T> {}

impl<T> std::fmt::Debug for Seq<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (self.start..self.start + self.len).fmt(f)
    }
}
