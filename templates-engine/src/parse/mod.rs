//! Template text to syntax trees, with Go's rules and Go's error texts.

mod action;
mod lex;
mod node;
mod number;
mod stack;

use crate::{exec::FuncMap, fmt::quote, value::Str};
use lex::{Kind, Lexer, Token};
use std::rc::Rc;

pub(crate) use lex::newlines;
pub(crate) use node::{
    Arg, Branch, Command, Invocation, Name, Node, NodeRef, Number, Pipe, Source, Span, Tree,
};
pub(crate) use number::{parse_float, parse_int};
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
pub(crate) fn parse(name: &str, text: &Str, funcs: &FuncMap, stack: Stack) -> Result<Vec<Rc<Tree>>> {
    let source = Rc::new(Source { name: name.into(), text: text.clone() });
    let mut parser = Parser {
        lex: Lexer::new(text, !funcs.contains(b"break"), !funcs.contains(b"continue")),
        funcs,
        source,
        tokens: [Token { kind: Kind::Eof, start: 0, end: 0, line: 1 }; 3],
        peeked: 0,
        trees: Vec::new(),
        names: vec![b"$"],
        scope: Frame::default(),
        block_depth: 0,
        stack,
    };
    if text.len() >= u32::MAX as usize {
        return Err(parser.error("text is too large"));
    }
    let root = parser.body()?;
    parser.add(name.into(), root)?;
    Ok(parser.trees)
}

/// What belongs to one tree under construction.
struct Frame {
    /// The variables defined at the moment.
    vars: Vec<u32>,
    range_depth: usize,
    paren_depth: usize,
    /// The line of the delimiter that opened the current action, or 0.
    action_line: usize,
}

impl Default for Frame {
    fn default() -> Self {
        Self { vars: vec![0], range_depth: 0, paren_depth: 0, action_line: 0 }
    }
}

struct Parser<'s> {
    lex: Lexer<'s>,
    funcs: &'s FuncMap,
    source: Rc<Source>,
    /// Look-ahead, newest first.
    tokens: [Token; 3],
    peeked: usize,
    trees: Vec<Rc<Tree>>,
    /// Variable names by number.
    names: Vec<&'s [u8]>,
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

    /// Pushes back three tokens; the newest is in place already.
    fn backup3(&mut self, first: Token, second: Token) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    fn peek(&mut self) -> Token {
        if self.peeked == 0 {
            self.peeked = 1;
            self.tokens[0] = self.lex.next_token();
        }
        self.tokens[self.peeked - 1]
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn text_of(&self, token: Token) -> &'s [u8] {
        &self.lex.input()[token.start..token.end]
    }

    /// An error on the line of the newest token.
    fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError {
            name: self.source.name.to_text().into_owned(),
            line: self.tokens[0].line,
            message: message.into(),
        }
    }

    fn expect(&mut self, expected: Kind, context: &str) -> Result<Token> {
        let token = self.next_non_space();
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
        let source = self.source.name.to_text();
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
    fn body(&mut self) -> Result<Vec<Node>> {
        let mut root = Vec::new();
        loop {
            let token = self.peek();
            if token.kind == Kind::Eof {
                return Ok(root);
            }
            if token.kind == Kind::LeftDelim {
                let delim = self.next();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.backup2(delim);
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::Closer(closer) => return Err(self.error(format!("unexpected {}", closer.text()))),
            }
        }
    }

    /// `{{define "name"}} … {{end}}`, after the word.
    fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next_non_space();
        let saved = std::mem::take(&mut self.scope);
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, CONTEXT));
        }
        let name = self.unquote(token)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        let (root, closer) = self.item_list()?;
        self.close_tree(name, root, closer, CONTEXT)?;
        self.scope = saved;
        Ok(())
    }

    fn close_tree(&mut self, name: Str, root: Vec<Node>, closer: Closer, context: &str) -> Result<()> {
        if closer != Closer::End {
            return Err(self.error(format!("unexpected {} in {context}", closer.text())));
        }
        self.add(name, root)
    }

    fn add(&mut self, name: Str, root: Vec<Node>) -> Result<()> {
        let tree = Tree { name: name.clone(), source: self.source.clone(), root };
        match self.trees.iter().position(|old| old.name == name) {
            None => self.trees.push(Rc::new(tree)),
            Some(at) if self.trees[at].is_empty() => self.trees[at] = Rc::new(tree),
            Some(_) if tree.is_empty() => {}
            Some(_) => {
                let name = quote(&name);
                return Err(self.error(format!("template: multiple definition of template {name}")));
            }
        }
        Ok(())
    }

    /// Nodes up to `end` or `else`.
    fn item_list(&mut self) -> Result<(Vec<Node>, Closer)> {
        let mut list = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::Closer(closer) => return Ok((list, closer)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
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

/// A token's place. The text is shorter than 4 GiB, so it fits.
fn span(token: Token) -> Span {
    Span { start: token.start as u32, end: token.end as u32 }
}
