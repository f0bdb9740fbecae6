//! Nodes as Go's `String` methods print them, for messages.

use super::{Arg, Branch, Command, Id, Invocation, Node, NodeRef, Pipe, Seq, Source, Span};
use crate::fmt::quote;

impl NodeRef<'_> {
    /// The byte offset errors report.
    pub(crate) fn pos(&self, source: &Source) -> usize {
        let pos = match self {
            Self::Node(node) => node.pos(source),
            Self::Invocation(invocation) => invocation.name.quoted.start,
            Self::Pipe(pipe) => pipe.pos,
            Self::Command(command) => command.pos,
            Self::Arg(arg) => arg.pos(source),
        };
        pos as usize
    }

    /// The node as Go's `String` prints it.
    pub(crate) fn text(&self, source: &Source) -> String {
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
    fn pos(&self, source: &Source) -> u32 {
        match self {
            Self::Text(span) => span.start,
            Self::Action(pipe) => pipe.pos,
            Self::If(branch) | Self::With(branch) | Self::Range(branch) => source[*branch].pipe.pos,
            Self::Template(invocation) => source[*invocation].name.quoted.start,
            Self::Break(pos) | Self::Continue(pos) => *pos,
        }
    }

    fn write(&self, source: &Source, out: &mut Vec<u8>) {
        match self {
            Self::Text(span) => out.extend_from_slice(span.of(&source.text)),
            Self::Action(pipe) => {
                out.extend_from_slice(b"{{");
                pipe.write(source, out);
                out.extend_from_slice(b"}}");
            }
            Self::If(branch) => write_branch(*branch, "if", source, out),
            Self::With(branch) => write_branch(*branch, "with", source, out),
            Self::Range(branch) => write_branch(*branch, "range", source, out),
            Self::Template(invocation) => source[*invocation].write(source, out),
            Self::Break(_) => out.extend_from_slice(b"{{break}}"),
            Self::Continue(_) => out.extend_from_slice(b"{{continue}}"),
        }
    }
}

fn write_branch(branch: Id<Branch>, word: &str, source: &Source, out: &mut Vec<u8>) {
    let branch = &source[branch];
    out.extend_from_slice(b"{{");
    out.extend_from_slice(word.as_bytes());
    out.push(b' ');
    branch.pipe.write(source, out);
    out.extend_from_slice(b"}}");
    source[branch.list].iter().for_each(|node| node.write(source, out));
    if let Some(nodes) = branch.otherwise {
        out.extend_from_slice(b"{{else}}");
        source[nodes].iter().for_each(|node| node.write(source, out));
    }
    out.extend_from_slice(b"{{end}}");
}

impl Invocation {
    fn write(&self, source: &Source, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{template ");
        out.extend_from_slice(quote(source.literal(&self.name)).as_bytes());
        if let Some(pipe) = &self.pipe {
            out.push(b' ');
            pipe.write(source, out);
        }
        out.extend_from_slice(b"}}");
    }
}

impl Pipe {
    fn write(&self, source: &Source, out: &mut Vec<u8>) {
        for (i, name) in source[self.decl].iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(source.variable(*name));
        }
        if !self.decl.is_empty() {
            out.extend_from_slice(if self.assign { b" = " } else { b" := " });
        }
        for (i, command) in source[self.cmds].iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b" | ");
            }
            command.write(source, out);
        }
    }
}

impl Command {
    fn write(&self, source: &Source, out: &mut Vec<u8>) {
        for (i, arg) in source[self.args].iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            arg.write_nested(source, out);
        }
    }
}

impl Arg {
    /// The byte offset errors report.
    fn pos(&self, source: &Source) -> u32 {
        match self {
            Self::Dot(pos) | Self::Nil(pos) | Self::Bool(pos, _) => *pos,
            Self::Number(text, _) => text.start,
            Self::Str(literal) => literal.quoted.start,
            Self::Func { name, .. } => name.start,
            Self::Field { pos, .. } | Self::Variable { pos, .. } | Self::Chain { pos, .. } => *pos,
            Self::Pipe(pipe) => source[*pipe].pos,
        }
    }

    /// As an argument or a chain's head: a pipeline gets its parentheses.
    fn write_nested(&self, source: &Source, out: &mut Vec<u8>) {
        if let Self::Pipe(pipe) = self {
            out.push(b'(');
            source[*pipe].write(source, out);
            out.push(b')');
        } else {
            self.write(source, out);
        }
    }

    fn write(&self, source: &Source, out: &mut Vec<u8>) {
        let text = &source.text;
        match self {
            Self::Dot(_) => out.push(b'.'),
            Self::Nil(_) => out.extend_from_slice(b"nil"),
            Self::Bool(_, b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Self::Number(number, _) => out.extend_from_slice(number.of(text)),
            Self::Str(literal) => out.extend_from_slice(literal.quoted.of(text)),
            Self::Field { idents, .. } => write_fields(*idents, source, out),
            Self::Variable { name, fields, .. } => {
                out.extend_from_slice(source.variable(*name));
                write_fields(*fields, source, out);
            }
            Self::Func { name, .. } => out.extend_from_slice(name.of(text)),
            Self::Chain { node, fields, .. } => {
                source[*node].write_nested(source, out);
                write_fields(*fields, source, out);
            }
            Self::Pipe(pipe) => source[*pipe].write(source, out),
        }
    }

    /// The node as Go's `String` prints it.
    pub(crate) fn text(&self, source: &Source) -> String {
        NodeRef::Arg(self).text(source)
    }
}

fn write_fields(fields: Seq<Span>, source: &Source, out: &mut Vec<u8>) {
    for field in &source[fields] {
        out.push(b'.');
        out.extend_from_slice(field.of(&source.text));
    }
}
