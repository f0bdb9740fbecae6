//! The syntax tree. Nodes keep byte spans into their source instead of copies of it.

use crate::{
    exec::Function,
    fmt::quote,
    value::{Str, Value},
};
use std::rc::Rc;

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

/// The text that trees were parsed from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name given to the parser; errors print it.
    pub(crate) name: Str,
    pub(crate) text: Str,
}

/// One template: a file's body, a `define` or a `block`.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: Str,
    pub(crate) source: Rc<Source>,
    pub(crate) root: Vec<Node>,
}

impl Tree {
    /// Whether the body is nothing but white space and comments; such a body replaces none.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.iter().all(|node| match node {
            Node::Text(span) => {
                crate::unicode::runes(span.of(&self.source.text)).all(|(c, _)| crate::unicode::is_space(c))
            }
            _ => false,
        })
    }
}

/// A piece of a template's body.
#[derive(Debug)]
pub(crate) enum Node {
    Text(Span),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Invocation),
    Break(u32),
    Continue(u32),
}

/// `if`, `with` and `range`.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) list: Vec<Node>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

/// `{{template "name" pipeline}}`.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) pos: u32,
    pub(crate) name: Str,
    pub(crate) pipe: Option<Pipe>,
}

/// Commands joined by `|`, with the variables they set.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) pos: u32,
    /// `=` rather than `:=`.
    pub(crate) assign: bool,
    pub(crate) decl: Vec<Name>,
    pub(crate) cmds: Vec<Command>,
}

/// A variable's name: its text, `$` included, and its number within the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) id: u32,
    pub(crate) span: Span,
}

/// An operand and its arguments.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) pos: u32,
    pub(crate) args: Vec<Arg>,
}

/// An operand.
#[derive(Debug)]
pub(crate) enum Arg {
    Dot(u32),
    Nil(u32),
    Bool(u32, bool),
    Number(Box<Number>),
    Str { pos: u32, quoted: Span, text: Value },
    Field { pos: u32, idents: Vec<Span> },
    Variable { pos: u32, name: Name, fields: Vec<Span> },
    Func { pos: u32, name: Span, function: Function },
    Chain { pos: u32, node: Box<Arg>, fields: Vec<Span> },
    Pipe(Box<Pipe>),
}

/// A numeric constant under every type that can hold it, as Go's ideal constants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number {
    pub(crate) pos: u32,
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
    /// The value where nothing says which type is wanted; `None` when it overflows `int`.
    pub(crate) ideal: Option<Value>,
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

impl NodeRef<'_> {
    /// The byte offset errors report.
    pub(crate) fn pos(&self) -> usize {
        let pos = match self {
            Self::Node(node) => node.pos(),
            Self::Invocation(invocation) => invocation.pos,
            Self::Pipe(pipe) => pipe.pos,
            Self::Command(command) => command.pos,
            Self::Arg(arg) => arg.pos(),
        };
        pos as usize
    }

    /// The node as Go's `String` prints it.
    pub(crate) fn text(&self, source: &[u8]) -> String {
        let mut out = Vec::new();
        match self {
            Self::Node(node) => node.write(source, &mut out),
            Self::Invocation(invocation) => invocation.write(source, &mut out),
            Self::Pipe(pipe) => pipe.write(source, &mut out),
            Self::Command(command) => command.write(source, &mut out),
            Self::Arg(arg) => arg.write(source, &mut out),
        }
        crate::unicode::lossy(&out).into_owned()
    }
}

impl Node {
    fn pos(&self) -> u32 {
        match self {
            Self::Text(span) => span.start,
            Self::Action(pipe) => pipe.pos,
            Self::If(branch) | Self::With(branch) | Self::Range(branch) => branch.pipe.pos,
            Self::Template(invocation) => invocation.pos,
            Self::Break(pos) | Self::Continue(pos) => *pos,
        }
    }

    fn write(&self, source: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Text(span) => out.extend_from_slice(span.of(source)),
            Self::Action(pipe) => {
                out.extend_from_slice(b"{{");
                pipe.write(source, out);
                out.extend_from_slice(b"}}");
            }
            Self::If(branch) => branch.write("if", source, out),
            Self::With(branch) => branch.write("with", source, out),
            Self::Range(branch) => branch.write("range", source, out),
            Self::Template(invocation) => invocation.write(source, out),
            Self::Break(_) => out.extend_from_slice(b"{{break}}"),
            Self::Continue(_) => out.extend_from_slice(b"{{continue}}"),
        }
    }
}

impl Branch {
    fn write(&self, word: &str, source: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{");
        out.extend_from_slice(word.as_bytes());
        out.push(b' ');
        self.pipe.write(source, out);
        out.extend_from_slice(b"}}");
        self.list.iter().for_each(|node| node.write(source, out));
        if let Some(nodes) = &self.otherwise {
            out.extend_from_slice(b"{{else}}");
            nodes.iter().for_each(|node| node.write(source, out));
        }
        out.extend_from_slice(b"{{end}}");
    }
}

impl Invocation {
    fn write(&self, source: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{template ");
        out.extend_from_slice(quote(&self.name).as_bytes());
        if let Some(pipe) = &self.pipe {
            out.push(b' ');
            pipe.write(source, out);
        }
        out.extend_from_slice(b"}}");
    }
}

impl Pipe {
    pub(crate) fn write(&self, source: &[u8], out: &mut Vec<u8>) {
        for (i, name) in self.decl.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(name.span.of(source));
        }
        if !self.decl.is_empty() {
            out.extend_from_slice(if self.assign { b" = " } else { b" := " });
        }
        for (i, command) in self.cmds.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b" | ");
            }
            command.write(source, out);
        }
    }
}

impl Command {
    fn write(&self, source: &[u8], out: &mut Vec<u8>) {
        for (i, arg) in self.args.iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            arg.write_nested(source, out);
        }
    }
}

impl Arg {
    /// The byte offset errors report.
    fn pos(&self) -> u32 {
        match self {
            Self::Dot(pos) | Self::Nil(pos) | Self::Bool(pos, _) => *pos,
            Self::Number(number) => number.pos,
            Self::Str { pos, .. }
            | Self::Field { pos, .. }
            | Self::Variable { pos, .. }
            | Self::Func { pos, .. }
            | Self::Chain { pos, .. } => *pos,
            Self::Pipe(pipe) => pipe.pos,
        }
    }

    /// As an argument or a chain's head: a pipeline gets its parentheses.
    fn write_nested(&self, source: &[u8], out: &mut Vec<u8>) {
        if let Self::Pipe(pipe) = self {
            out.push(b'(');
            pipe.write(source, out);
            out.push(b')');
        } else {
            self.write(source, out);
        }
    }

    pub(crate) fn write(&self, source: &[u8], out: &mut Vec<u8>) {
        let write_fields = |fields: &[Span], out: &mut Vec<u8>| {
            for field in fields {
                out.push(b'.');
                out.extend_from_slice(field.of(source));
            }
        };
        match self {
            Self::Dot(_) => out.push(b'.'),
            Self::Nil(_) => out.extend_from_slice(b"nil"),
            Self::Bool(_, b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Self::Number(number) => out.extend_from_slice(number.text.as_bytes()),
            Self::Str { quoted, .. } => out.extend_from_slice(quoted.of(source)),
            Self::Field { idents, .. } => write_fields(idents, out),
            Self::Variable { name, fields, .. } => {
                out.extend_from_slice(name.span.of(source));
                write_fields(fields, out);
            }
            Self::Func { name, .. } => out.extend_from_slice(name.of(source)),
            Self::Chain { node, fields, .. } => {
                node.write_nested(source, out);
                write_fields(fields, out);
            }
            Self::Pipe(pipe) => pipe.write(source, out),
        }
    }

    /// The node as Go's `String` prints it.
    pub(crate) fn text(&self, source: &[u8]) -> String {
        NodeRef::Arg(self).text(source)
    }
}
