//! What stands between `{{` and `}}`.

use super::{
    Arg, Branch, Closer, Command, Invocation, Item, Kind, MAX_BLOCK_DEPTH, MAX_PAREN_DEPTH, Name, Node,
    Parser, Pipe, Result, Span, Token, number, span,
};
use crate::{
    fmt::{quote, unquote},
    value::{Str, Value},
};

impl Parser<'_> {
    /// An action, after its `{{`.
    pub(super) fn action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.jump("{{break}}", Node::Break(token.start as u32))?,
            Kind::Continue => self.jump("{{continue}}", Node::Continue(token.start as u32))?,
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
        let token = self.next_non_space();
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
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(Kind::RightDelim, "else")?;
        }
        Ok(Item::Closer(Closer::Else))
    }

    /// `if`, `with` or `range`, after the word, up to its `end`.
    fn control(&mut self, context: &'static str) -> Result<Branch> {
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
        Ok(Branch { pipe, list, otherwise })
    }

    /// What follows `else`. `else if` within `if` and `else with` within `with` share one `end`.
    fn otherwise(&mut self, context: &'static str) -> Result<Vec<Node>> {
        let next = self.peek().kind;
        if context == "if" && next == Kind::If {
            self.next();
            return Ok(vec![Node::If(self.control("if")?)]);
        }
        if context == "with" && next == Kind::With {
            self.next();
            return Ok(vec![Node::With(self.control("with")?)]);
        }
        let (list, closer) = self.item_list()?;
        if closer == Closer::End {
            return Ok(list);
        }
        Err(self.error(format!("expected end; found {}", closer.text())))
    }

    /// `{{block "name" pipeline}} … {{end}}`: a definition and its invocation.
    fn block(&mut self) -> Result<Node> {
        const CONTEXT: &str = "block clause";
        if self.block_depth >= MAX_BLOCK_DEPTH || self.stack.is_spent() {
            return Err(self.error("max block depth exceeded"));
        }
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        self.block_depth += 1;
        let saved = std::mem::take(&mut self.scope);
        let (root, closer) = self.item_list()?;
        self.close_tree(name.clone(), root, closer, CONTEXT)?;
        self.scope = saved;
        self.block_depth -= 1;
        Ok(Node::Template(Invocation { pos: token.start as u32, name, pipe: Some(pipe) }))
    }

    fn template(&mut self) -> Result<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = if self.next_non_space().kind == Kind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
        };
        Ok(Node::Template(Invocation { pos: token.start as u32, name, pipe }))
    }

    fn template_name(&mut self, token: Token, context: &str) -> Result<Str> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquote(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    /// The value of a string token.
    pub(super) fn unquote(&self, token: Token) -> Result<Str> {
        unquote(self.text_of(token)).map(Str::from).ok_or_else(|| self.error("invalid syntax"))
    }

    /// Declarations and commands up to `end`, which is consumed.
    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe> {
        let pos = self.peek_non_space().start as u32;
        let mut pipe = Pipe { pos, assign: false, decl: Vec::new(), cmds: Vec::new() };
        while self.declaration(&mut pipe, context)? {}
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
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
                    pipe.cmds.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
    }

    /// One `$name :=`, `$name =` or, in `range`, `$name,`. Says whether another one may follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Result<bool> {
        let variable = self.peek_non_space();
        if variable.kind != Kind::Variable {
            return Ok(false);
        }
        self.next();
        // A space is a token: `$x foo` may need three tokens pushed back.
        let after = self.peek();
        let next = self.peek_non_space();
        match next.kind {
            Kind::Assign | Kind::Declare => {
                pipe.assign = next.kind == Kind::Assign;
                self.next_non_space();
                self.declare(pipe, variable);
                Ok(false)
            }
            Kind::Char if self.text_of(next) == b"," => {
                self.next_non_space();
                self.declare(pipe, variable);
                if context != "range" || pipe.decl.len() >= 2 {
                    return Err(self.error(format!("too many declarations in {context}")));
                }
                match self.peek_non_space().kind {
                    Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(true),
                    _ => Err(self.error("range can only initialize variables")),
                }
            }
            _ => {
                if after.kind == Kind::Space {
                    self.backup3(variable, after);
                } else {
                    self.backup2(variable);
                }
                Ok(false)
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, token: Token) {
        let name = self.name(token);
        pipe.decl.push(name);
        self.scope.vars.push(name.id);
    }

    /// The number of a variable's name.
    fn name(&mut self, token: Token) -> Name {
        let text = self.text_of(token);
        let id = self.names.iter().position(|name| *name == text).unwrap_or_else(|| {
            self.names.push(text);
            self.names.len() - 1
        });
        Name { id: id as u32, span: span(token) }
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result<()> {
        if pipe.cmds.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (i, command) in pipe.cmds.iter().enumerate().skip(1) {
            if matches!(
                command.args[0],
                Arg::Bool(..) | Arg::Dot(_) | Arg::Nil(_) | Arg::Number(_) | Arg::Str { .. }
            ) {
                return Err(self.error(format!("non executable command in pipeline stage {}", i + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command> {
        let pos = self.peek_non_space().start as u32;
        let mut args = Vec::new();
        loop {
            self.peek_non_space();
            args.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
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
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let pos = first.start as u32;
        let mut more = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            more.push(field(token));
        }
        Ok(Some(match term {
            Arg::Field { mut idents, .. } => {
                idents.extend(more);
                Arg::Field { pos, idents }
            }
            Arg::Variable { name, mut fields, .. } => {
                fields.extend(more);
                Arg::Variable { pos, name, fields }
            }
            Arg::Bool(..) | Arg::Str { .. } | Arg::Number(_) | Arg::Nil(_) | Arg::Dot(_) => {
                let text = match &term {
                    // As it stands in the source, where bytes that are not UTF-8 keep their value.
                    Arg::Str { quoted, .. } => quote(quoted.of(self.lex.input())),
                    term => quote(term.text(self.lex.input()).as_bytes()),
                };
                return Err(self.error(format!("unexpected . after term {text}")));
            }
            node => Arg::Chain { pos, node: Box::new(node), fields: more },
        }))
    }

    fn term(&mut self) -> Result<Option<Arg>> {
        let token = self.next_non_space();
        let pos = token.start as u32;
        Ok(Some(match token.kind {
            Kind::Identifier => {
                let name = self.text_of(token);
                let Some(function) = self.funcs.get(name) else {
                    return Err(self.error(format!("function {} not defined", quote(name))));
                };
                Arg::Func { pos, name: span(token), function: function.clone() }
            }
            Kind::Dot => Arg::Dot(pos),
            Kind::Nil => Arg::Nil(pos),
            Kind::Variable => {
                let name = self.name(token);
                if !self.scope.vars.contains(&name.id) {
                    let text = quote(self.text_of(token));
                    return Err(self.error(format!("undefined variable {text}")));
                }
                Arg::Variable { pos, name, fields: Vec::new() }
            }
            Kind::Field => Arg::Field { pos, idents: vec![field(token)] },
            Kind::Bool => Arg::Bool(pos, self.text_of(token) == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let text = crate::unicode::lossy(self.text_of(token));
                let number = number::parse(pos, &text, token.kind).map_err(|message| self.error(message))?;
                Arg::Number(Box::new(number))
            }
            Kind::LeftParen => {
                if self.scope.paren_depth >= MAX_PAREN_DEPTH || self.stack.is_spent() {
                    return Err(self.error("max expression depth exceeded"));
                }
                self.scope.paren_depth += 1;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.scope.paren_depth -= 1;
                Arg::Pipe(Box::new(pipe))
            }
            Kind::String | Kind::RawString => {
                let text = Value::Str(self.unquote(token)?);
                Arg::Str { pos, quoted: span(token), text }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }
}

/// A field token without its dot.
fn field(token: Token) -> Span {
    let Span { start, end } = span(token);
    Span { start: start + 1, end }
}
