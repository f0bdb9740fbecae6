//! The syntax tree. Nodes keep byte spans into their source instead of copies of it, and refer to
//! other nodes by number (see [`super::source`]).

use super::{FuncId, Id, Seq, Source};
use crate::value::Value;
use std::sync::Arc;

/// A byte range of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// The text it stands for.
    pub(crate) fn of<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        &source[self.start as usize..self.end as usize]
    }
}

/// One template: a file's body, a `define` or a `block`.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: Box<[u8]>,
    pub(crate) source: Arc<Source>,
    pub(crate) root: Seq<Node>,
}

impl Tree {
    /// Whether the body is nothing but white space and comments; such a body replaces none.
    pub(crate) fn is_empty(&self) -> bool {
        is_blank(&self.source, self.root)
    }
}

/// Whether nodes are nothing but white space and comments.
pub(super) fn is_blank(source: &Source, nodes: Seq<Node>) -> bool {
    source[nodes].iter().all(|node| match node {
        Node::Text(span) => {
            crate::unicode::runes(span.of(&source.text)).all(|(c, _)| crate::unicode::is_space(c))
        }
        _ => false,
    })
}

/// A piece of a template's body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    Text(Span),
    Action(Pipe),
    If(Id<Branch>),
    With(Id<Branch>),
    Range(Id<Branch>),
    Template(Id<Invocation>),
    Break(u32),
    Continue(u32),
}

/// `if`, `with` and `range`.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) list: Seq<Node>,
    pub(crate) otherwise: Option<Seq<Node>>,
}

/// `{{template "name" pipeline}}`.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) name: Literal,
    pub(crate) pipe: Option<Pipe>,
}

/// Commands joined by `|`, with the variables they set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pipe {
    pub(crate) pos: u32,
    /// `=` rather than `:=`.
    pub(crate) assign: bool,
    pub(crate) decl: Seq<Name>,
    pub(crate) cmds: Seq<Command>,
}

/// The number of a variable's name within its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) u32);

impl Name {
    /// `$`, which every template has.
    pub(crate) const ROOT: Self = Self(0);
}

/// An operand and its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) pos: u32,
    pub(crate) args: Seq<Arg>,
}

/// An operand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arg {
    Dot(u32),
    Nil(u32),
    Bool(u32, bool),
    /// The text, and its value, which constants of the same text share.
    Number(Span, Id<Number>),
    Str(Literal),
    Field {
        pos: u32,
        idents: Seq<Span>,
    },
    Variable {
        pos: u32,
        name: Name,
        fields: Seq<Span>,
    },
    Func {
        name: Span,
        function: FuncId,
    },
    Chain {
        pos: u32,
        node: Id<Arg>,
        fields: Seq<Span>,
    },
    Pipe(Id<Pipe>),
}

/// A string constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal {
    /// As it stands in the source.
    pub(crate) quoted: Span,
    /// The value where it is not just what stands between the quotes.
    pub(crate) unquoted: Option<Id<Box<[u8]>>>,
}

/// A numeric constant under every type that can hold it, as Go's ideal constants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
    /// The value where nothing says which type is wanted; `None` when it overflows `int`.
    pub(crate) ideal: Option<Ideal>,
}

/// A constant of Go's default type for its form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ideal {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
}

impl From<Ideal> for Value {
    fn from(ideal: Ideal) -> Self {
        match ideal {
            Ideal::Int(n) => Self::int(n),
            Ideal::Float(n) => Self::float64(n),
            Ideal::Complex(re, im) => Self::Complex(re, im),
        }
    }
}

/// Any node, by reference: what an error points at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NodeRef<'t> {
    Node(&'t Node),
    Invocation(&'t Invocation),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Arg(&'t Arg),
}
