//! What stands between `{{` and `}}`.

use super::{
    Arg, Branch, Closer, Command, Id, Invocation, Item, Kind, Literal, MAX_BLOCK_DEPTH, MAX_PAREN_DEPTH,
    Name, Node, Number, Parser, Pipe, Result, Seq, Span, Token, number, span,
};
use crate::fmt::{quote, unquote};
use memchr::arch::all::is_equal;

/// How many numeric constants of a source are kept for later ones of the same text.
const SHARED_NUMBERS: usize = 32;

impl Parser<'_> {
    /// An action, after its `{{`.
    pub(super) fn action(&mut self) -> Result<Item> {
        let token = self.next();
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.jump("{{break}}", Node::Break(token.start))?,
            Kind::Continue => self.jump("{{continue}}", Node::Continue(token.start))?,
            Kind::Else => return self.else_control(),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::Closer(Closer::End));
            }
            Kind::If => Node::If(self.control("if")?),
            Kind::Range => Node::Range(self.control("range")?),
            Kind::With => Node::With(self.control("with")?),
            Kind::Template => self.template()?,
            _ => {
                self.backup();
                Node::Action(self.pipeline("command", Kind::RightDelim)?)
            }
        };
        Ok(Item::Node(node))
    }

    fn jump(&mut self, text: &str, node: Node) -> Result<Node> {
        let token = self.next();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(token, text));
        }
        if self.scope.range_depth == 0 {
            return Err(self.error(format!("{text} outside {{{{range}}}}")));
        }
        Ok(node)
    }

    /// `else`; for `else if` and `else with` the second word stays for [`Parser::control`].
    fn else_control(&mut self) -> Result<Item> {
        if !matches!(self.peek().kind, Kind::If | Kind::With) {
            self.expect(Kind::RightDelim, "else")?;
        }
        Ok(Item::Closer(Closer::Else))
    }

    /// `if`, `with` or `range`, after the word, up to its `end`.
    fn control(&mut self, context: &'static str) -> Result<Id<Branch>> {
        if self.block_depth >= MAX_BLOCK_DEPTH || self.stack.is_spent() {
            return Err(self.error("max block depth exceeded"));
        }
        self.block_depth += 1;
        let vars = self.scope.vars.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let in_range = usize::from(context == "range");
        self.scope.range_depth += in_range;
        let (list, closer) = self.item_list()?;
        self.scope.range_depth -= in_range;
        let otherwise = match closer {
            Closer::End => None,
            Closer::Else => Some(self.otherwise(context)?),
        };
        self.scope.vars.truncate(vars);
        self.block_depth -= 1;
        Ok(self.source.pools.add(Branch { pipe, list, otherwise }))
    }

    /// What follows `else`. `else if` within `if` and `else with` within `with` share one `end`.
    fn otherwise(&mut self, context: &'static str) -> Result<Seq<Node>> {
        let next = self.peek().kind;
        if context == "if" && next == Kind::If {
            self.next();
            let branch = self.control("if")?;
            return Ok(self.alone(Node::If(branch)));
        }
        if context == "with" && next == Kind::With {
            self.next();
            let branch = self.control("with")?;
            return Ok(self.alone(Node::With(branch)));
        }
        let (list, closer) = self.item_list()?;
        if closer == Closer::End {
            return Ok(list);
        }
        Err(self.error(format!("expected end; found {}", closer.text())))
    }

    /// A list of one node.
    fn alone(&mut self, node: Node) -> Seq<Node> {
        let mark = self.open.len::<Node>();
        self.open(node);
        self.close(mark)
    }

    /// `{{block "name" pipeline}} … {{end}}`: a definition and its invocation.
    fn block(&mut self) -> Result<Node> {
        const CONTEXT: &str = "block clause";
        if self.block_depth >= MAX_BLOCK_DEPTH || self.stack.is_spent() {
            return Err(self.error("max block depth exceeded"));
        }
        let token = self.next();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        self.block_depth += 1;
        let saved = std::mem::take(&mut self.scope);
        let (root, closer) = self.item_list()?;
        self.close_tree(&name, root, closer, CONTEXT)?;
        self.scope = saved;
        self.block_depth -= 1;
        Ok(Node::Template(self.source.pools.add(Invocation { name, pipe: Some(pipe) })))
    }

    fn template(&mut self) -> Result<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = if self.next().kind == Kind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
        };
        Ok(Node::Template(self.source.pools.add(Invocation { name, pipe })))
    }

    fn template_name(&mut self, token: Token, context: &str) -> Result<Literal> {
        match token.kind {
            Kind::String | Kind::RawString => self.literal(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    /// The constant of a string token.
    pub(super) fn literal(&mut self, token: Token) -> Result<Literal> {
        let text = self.text_of(token);
        let quoted = span(token);
        if token.plain || stands_for_itself(text) {
            return Ok(Literal { quoted, unquoted: None });
        }
        let text = unquote(text).ok_or_else(|| self.error("invalid syntax"))?;
        Ok(Literal { quoted, unquoted: Some(self.source.pools.add(text.into_boxed_slice())) })
    }

    /// Declarations and commands up to `end`, which is consumed.
    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe> {
        let pos = self.peek().start;
        let mut pipe = Pipe { pos, assign: false, decl: Seq::EMPTY, cmds: Seq::EMPTY };
        let names = self.open.len::<Name>();
        while self.declaration(&mut pipe, names, context)? {}
        pipe.decl = self.close(names);
        let commands = self.open.len::<Command>();
        loop {
            let token = self.next();
            match token.kind {
                kind if kind == end => {
                    pipe.cmds = self.close(commands);
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.backup();
                    let command = self.command()?;
                    self.open(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
    }

    /// One `$name :=`, `$name =` or, in `range`, `$name,`. Says whether another one may follow.
    fn declaration(&mut self, pipe: &mut Pipe, names: usize, context: &str) -> Result<bool> {
        let variable = self.peek();
        if variable.kind != Kind::Variable {
            return Ok(false);
        }
        self.next();
        let next = self.peek();
        match next.kind {
            Kind::Assign | Kind::Declare => {
                pipe.assign = next.kind == Kind::Assign;
                self.next();
                self.declare(variable);
                Ok(false)
            }
            Kind::Char if self.text_of(next) == b"," => {
                self.next();
                self.declare(variable);
                if context != "range" || self.open.len::<Name>() - names >= 2 {
                    return Err(self.error(format!("too many declarations in {context}")));
                }
                match self.peek().kind {
                    Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(true),
                    _ => Err(self.error("range can only initialize variables")),
                }
            }
            _ => {
                self.backup2(variable);
                Ok(false)
            }
        }
    }

    fn declare(&mut self, token: Token) {
        let name = self.name(token);
        self.open(name);
        self.scope.vars.push(name);
    }

    /// The number of a variable's name.
    fn name(&mut self, token: Token) -> Name {
        let text = self.text_of(token);
        if text == b"$" {
            return Name::ROOT;
        }
        let at = self.names.iter().position(|name| is_equal(name, text)).unwrap_or_else(|| {
            self.names.push(text);
            self.source.variables.push(span(token));
            self.names.len() - 1
        });
        Name(at as u32 + 1)
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result<()> {
        if pipe.cmds.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (i, command) in self.source[pipe.cmds].iter().enumerate().skip(1) {
            if matches!(
                self.source[command.args][0],
                Arg::Bool(..) | Arg::Dot(_) | Arg::Nil(_) | Arg::Number(..) | Arg::Str(_)
            ) {
                return Err(self.error(format!("non executable command in pipeline stage {}", i + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command> {
        let pos = self.peek().start;
        let mark = self.open.len::<Arg>();
        loop {
            if let Some(arg) = self.operand()? {
                self.open(arg);
                let next = self.peek();
                if next.spaced && !matches!(next.kind, Kind::RightDelim | Kind::RightParen | Kind::Pipe) {
                    continue;
                }
            }
            let token = self.next();
            match token.kind {
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            let args = self.close(mark);
            if args.is_empty() {
                return Err(self.error("empty command"));
            }
            return Ok(Command { pos, args });
        }
    }

    /// A term and the fields chained to it.
    fn operand(&mut self) -> Result<Option<Arg>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field || first.spaced {
            return Ok(Some(term));
        }
        let pos = first.start;
        let mark = self.source.pools.len::<Span>();
        let is_next = |token: Token| token.kind == Kind::Field && !token.spaced;
        while is_next(self.peek()) {
            let token = self.next();
            self.source.pools.push(field(token));
        }
        let more = self.source.pools.since(mark);
        Ok(Some(match term {
            Arg::Field { idents, .. } => Arg::Field { pos, idents: idents.joined(more) },
            Arg::Variable { name, .. } => Arg::Variable { pos, name, fields: more },
            Arg::Bool(..) | Arg::Str(_) | Arg::Number(..) | Arg::Nil(_) | Arg::Dot(_) => {
                let text = match &term {
                    // As it stands in the source, where bytes that are not UTF-8 keep their value.
                    Arg::Str(literal) => quote(literal.quoted.of(self.lex.input())),
                    term => quote(term.text(&self.source).as_bytes()),
                };
                // Go reads the white space behind it by then, and no more.
                return Err(self.error_on(self.lex.space_line(), format!("unexpected . after term {text}")));
            }
            node => Arg::Chain { pos, node: self.source.pools.add(node), fields: more },
        }))
    }

    fn term(&mut self) -> Result<Option<Arg>> {
        let token = self.next();
        let pos = token.start;
        Ok(Some(match token.kind {
            Kind::Identifier => {
                let name = self.text_of(token);
                let Some(function) = self.funcs.find(name) else {
                    return Err(self.error(format!("function {} not defined", quote(name))));
                };
                Arg::Func { name: span(token), function }
            }
            Kind::Dot => Arg::Dot(pos),
            Kind::Nil => Arg::Nil(pos),
            Kind::Variable => {
                let name = self.name(token);
                if !self.scope.vars.contains(&name) {
                    let text = quote(self.text_of(token));
                    return Err(self.error(format!("undefined variable {text}")));
                }
                Arg::Variable { pos, name, fields: Seq::EMPTY }
            }
            Kind::Field => {
                let mark = self.source.pools.len::<Span>();
                self.source.pools.push(field(token));
                Arg::Field { pos, idents: self.source.pools.since(mark) }
            }
            Kind::Bool => Arg::Bool(pos, self.text_of(token) == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                Arg::Number(span(token), self.number(token)?)
            }
            Kind::LeftParen => {
                if self.scope.paren_depth >= MAX_PAREN_DEPTH || self.stack.is_spent() {
                    return Err(self.error("max expression depth exceeded"));
                }
                self.scope.paren_depth += 1;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.scope.paren_depth -= 1;
                Arg::Pipe(self.source.pools.add(pipe))
            }
            Kind::String | Kind::RawString => Arg::Str(self.literal(token)?),
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }

    fn number(&mut self, token: Token) -> Result<Id<Number>> {
        let text = self.text_of(token);
        if let Some((_, known)) = self.numbers.iter().find(|(known, _)| *known == text) {
            return Ok(*known);
        }
        let parsed = number::parse(&crate::unicode::lossy(text), token.kind);
        let number = parsed.map_err(|message| self.error(message))?;
        let id = self.source.pools.add(number);
        if self.numbers.len() < SHARED_NUMBERS {
            self.numbers.push((text, id));
        }
        Ok(id)
    }
}

/// Whether a quoted text's value is what stands between its quotes (as most are).
fn stands_for_itself(quoted: &[u8]) -> bool {
    match quoted {
        [b'`', inner @ .., b'`'] => memchr::memchr2(b'`', b'\r', inner).is_none(),
        [b'"', inner @ .., b'"'] => inner.iter().all(|b| b.is_ascii() && !matches!(b, b'\\' | b'\n' | b'"')),
        _ => false,
    }
}

/// A field token without its dot.
fn field(token: Token) -> Span {
    let Span { start, end } = span(token);
    Span { start: start + 1, end }
}
