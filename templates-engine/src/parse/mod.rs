//! Template text to syntax trees, with Go's rules and Go's error texts.

mod action;
mod ahead;
mod functions;
mod lex;
mod node;
mod number;
mod parallel;
mod print;
mod source;
mod stack;
mod token;

use crate::fmt::quote;
use bytes::Bytes;
use lex::Lexer;
use source::Pools;
use std::{mem, sync::Arc};
use token::{Kind, Token};

pub(crate) use ahead::Ahead;
pub(crate) use functions::{FuncId, FunctionNames};
pub(crate) use lex::newlines;
pub(crate) use node::{
    Arg, Branch, Command, Ideal, Invocation, Literal, Name, Node, NodeRef, Number, Pipe, Span, Tree,
};
pub(crate) use number::{parse_float, parse_int};
pub(crate) use parallel::{BYTES_PER_THREAD, Parsed, parse_all};
pub(crate) use source::{Id, Seq, Source};
pub(crate) use stack::Stack;

/// Go's own bound on nested parentheses.
pub const MAX_PAREN_DEPTH: usize = 10_000;
/// The deepest nesting of `if`, `with`, `range`, `block` and of `else if` chains.
pub const MAX_BLOCK_DEPTH: usize = 10_000;

/// A text that is not a template. `Display` is Go's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub struct ParseError {
    /// The name the text was parsed under.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

type Result<T> = std::result::Result<T, ParseError>;

/// Parses `text`: the trees of its definitions and, last, of its own body. Of two definitions with
/// one name in one text the non-empty one stays.
///
/// # Errors
/// Go's [`ParseError`], also for an undefined function.
pub(crate) fn parse(
    name: &str,
    text: &Bytes,
    funcs: &FunctionNames,
    stack: Stack,
    scratch: &mut Scratch,
) -> Result<Vec<Arc<Tree>>> {
    let mut parser = Parser::new(name, text, funcs, stack, scratch)?;
    let body = parser.body()?;
    parser.add(name.as_bytes().into(), body)?;
    let (source, trees) = parser.finish(scratch);
    Ok(self::trees(source, trees))
}

/// As [`parse`], for a text whose name is not known yet.
fn parse_unnamed(
    text: &Bytes,
    funcs: &FunctionNames,
    stack: Stack,
    scratch: &mut Scratch,
) -> Result<Unnamed> {
    let mut parser = Parser::new("", text, funcs, stack, scratch)?;
    let body = parser.body()?;
    let (source, definitions) = parser.finish(scratch);
    Ok(Unnamed { source, definitions, body })
}

/// Room that one parser leaves to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    nodes: Pools,
    open: Pools,
}

/// Bodies by name.
type Definitions = Vec<(Box<[u8]>, Seq<Node>)>;

/// A text's definitions, and its body, which is to get a name.
struct Unnamed {
    source: Source,
    definitions: Definitions,
    body: Seq<Node>,
}

impl Unnamed {
    /// Whether the text defines a template of that name.
    fn defines(&self, name: &str) -> bool {
        self.definitions.iter().any(|(defined, _)| **defined == *name.as_bytes())
    }

    /// What [`parse`] gives for a name that the text does not [define](Self::defines).
    fn named(mut self, name: &str) -> Vec<Arc<Tree>> {
        self.source.name = name.as_bytes().into();
        self.definitions.push((name.as_bytes().into(), self.body));
        trees(self.source, self.definitions)
    }
}

/// The trees of a finished source.
fn trees(source: Source, trees: Definitions) -> Vec<Arc<Tree>> {
    let source = Arc::new(source);
    let tree = |(name, root)| Arc::new(Tree { name, source: source.clone(), root });
    trees.into_iter().map(tree).collect()
}

/// What belongs to one tree under construction.
struct Frame {
    /// The variables defined at the moment.
    vars: Vec<Name>,
    range_depth: usize,
    paren_depth: usize,
    /// The line of the delimiter that opened the current action, or 0.
    action_line: u32,
}

impl Default for Frame {
    fn default() -> Self {
        Self { vars: vec![Name::ROOT], range_depth: 0, paren_depth: 0, action_line: 0 }
    }
}

struct Parser<'s> {
    lex: Lexer<'s>,
    funcs: &'s FunctionNames,
    /// The finished nodes.
    source: Source,
    /// The nodes of lists that are still open, the innermost last.
    open: Pools,
    /// Look-ahead, newest first.
    tokens: [Token; 2],
    peeked: usize,
    trees: Definitions,
    /// Variable names by number, without `$`.
    names: Vec<&'s [u8]>,
    /// The first numeric constants, which later ones of the same text share.
    numbers: Vec<(&'s [u8], Id<Number>)>,
    scope: Frame,
    block_depth: usize,
    stack: Stack,
}

/// What ended a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closer {
    End,
    Else,
}

impl Closer {
    const fn text(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

/// A node, or what closes the list it would be in.
enum Item {
    Node(Node),
    Closer(Closer),
}

impl<'s> Parser<'s> {
    fn new(
        name: &str,
        text: &'s Bytes,
        funcs: &'s FunctionNames,
        stack: Stack,
        scratch: &mut Scratch,
    ) -> Result<Self> {
        if text.len() >= u32::MAX as usize {
            return Err(ParseError { name: name.into(), line: 1, message: "text is too large".into() });
        }
        let has_function = |name: &str| funcs.find(name.as_bytes()).is_some();
        let Scratch { nodes, open } = mem::take(scratch);
        Ok(Self {
            // A function of that name makes the word an ordinary one.
            lex: Lexer::new(text, !has_function("break"), !has_function("continue")),
            funcs,
            source: Source {
                name: name.as_bytes().into(),
                text: text.clone(),
                variables: Vec::new(),
                pools: nodes,
            },
            open,
            tokens: [Token { kind: Kind::Eof, spaced: false, plain: false, start: 0, end: 0, line: 1 }; 2],
            peeked: 0,
            trees: Vec::new(),
            names: Vec::new(),
            numbers: Vec::new(),
            scope: Frame::default(),
            block_depth: 0,
            stack,
        })
    }

    /// What was parsed; what it was made in goes back.
    fn finish(self, scratch: &mut Scratch) -> (Source, Definitions) {
        let Self { mut source, open, trees, .. } = self;
        let kept = source.pools.take_all();
        *scratch = Scratch { nodes: mem::replace(&mut source.pools, kept), open };
        (source, trees)
    }

    fn next(&mut self) -> Token {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = self.lex.next_token();
        }
        self.tokens[self.peeked]
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    /// Pushes back two tokens; the newest is in place already.
    fn backup2(&mut self, first: Token) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    fn peek(&mut self) -> Token {
        if self.peeked == 0 {
            self.peeked = 1;
            self.tokens[0] = self.lex.next_token();
        }
        self.tokens[self.peeked - 1]
    }

    fn text_of(&self, token: Token) -> &'s [u8] {
        &self.lex.input()[token.start as usize..token.end as usize]
    }

    /// An error on the line of the newest token.
    fn error(&self, message: impl Into<String>) -> ParseError {
        self.error_on(self.tokens[0].line, message)
    }

    fn error_on(&self, line: u32, message: impl Into<String>) -> ParseError {
        let name = crate::unicode::lossy(&self.source.name).into_owned();
        ParseError { name, line: line as usize, message: message.into() }
    }

    fn expect(&mut self, expected: Kind, context: &str) -> Result<Token> {
        let token = self.next();
        if token.kind == expected { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    fn unexpected(&self, token: Token, context: &str) -> ParseError {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {} in {context}", self.describe(token)));
        }
        let message = self.lex.failure();
        let line = self.scope.action_line;
        if line == 0 || line == token.line {
            return self.error(message);
        }
        let subject = if message.ends_with(" action") { "" } else { " in action" };
        let source = crate::unicode::lossy(&self.source.name);
        self.error(format!("{message}{subject} started at {source}:{line}"))
    }

    fn describe(&self, token: Token) -> String {
        let text = self.text_of(token);
        match token.kind {
            Kind::Eof => "EOF".into(),
            Kind::Error => self.lex.failure().into(),
            kind if kind.is_keyword() => format!("<{}>", crate::unicode::lossy(text)),
            _ if text.len() > 10 => {
                let width = crate::unicode::runes(text).take(10).map(|(_, bytes)| bytes.len()).sum();
                format!("{}...", quote(&text[..width]))
            }
            _ => quote(text),
        }
    }

    /// The whole text: nodes and definitions up to its end.
    fn body(&mut self) -> Result<Seq<Node>> {
        let mark = self.open.len::<Node>();
        loop {
            let token = self.peek();
            if token.kind == Kind::Eof {
                return Ok(self.close(mark));
            }
            if token.kind == Kind::LeftDelim {
                let delim = self.next();
                if self.next().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.backup2(delim);
            }
            match self.text_or_action()? {
                Item::Node(node) => self.open(node),
                Item::Closer(closer) => return Err(self.error(format!("unexpected {}", closer.text()))),
            }
        }
    }

    /// `{{define "name"}} … {{end}}`, after the word.
    fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next();
        let saved = mem::take(&mut self.scope);
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, CONTEXT));
        }
        let name = self.literal(token)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        let (root, closer) = self.item_list()?;
        self.close_tree(&name, root, closer, CONTEXT)?;
        self.scope = saved;
        Ok(())
    }

    fn close_tree(&mut self, name: &Literal, root: Seq<Node>, closer: Closer, context: &str) -> Result<()> {
        if closer != Closer::End {
            return Err(self.error(format!("unexpected {} in {context}", closer.text())));
        }
        let name = self.source.literal(name).into();
        self.add(name, root)
    }

    fn add(&mut self, name: Box<[u8]>, root: Seq<Node>) -> Result<()> {
        let is_blank = |root| node::is_blank(&self.source, root);
        match self.trees.iter().position(|(old, _)| *old == name) {
            None => self.trees.push((name, root)),
            Some(at) if is_blank(self.trees[at].1) => self.trees[at] = (name, root),
            Some(_) if is_blank(root) => {}
            Some(_) => {
                let name = quote(&name);
                return Err(self.error(format!("template: multiple definition of template {name}")));
            }
        }
        Ok(())
    }

    /// Adds a node to the innermost open list of its kind.
    fn open<T: source::Pooled>(&mut self, node: T) {
        self.open.push(node);
    }

    /// Ends the innermost open list, which began at `mark`.
    fn close<T: source::Pooled + Copy>(&mut self, mark: usize) -> Seq<T> {
        self.source.pools.take(&mut self.open, mark)
    }

    /// Nodes up to `end` or `else`.
    fn item_list(&mut self) -> Result<(Seq<Node>, Closer)> {
        let mark = self.open.len::<Node>();
        while self.peek().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => self.open(node),
                Item::Closer(closer) => return Ok((self.close(mark), closer)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let token = self.next();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(span(token)))),
            Kind::LeftDelim => {
                self.scope.action_line = token.line;
                let item = self.action()?;
                self.scope.action_line = 0;
                Ok(item)
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }
}

/// A token's place.
fn span(token: Token) -> Span {
    Span { start: token.start, end: token.end }
}
