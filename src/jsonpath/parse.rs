//! Text to nodes.

use super::{Bound, Error, MAX_DEPTH, Node};
use templates_engine::quote::is_print;

struct Parser<'a> {
    input: &'a str,
    at: usize,
    depth: usize,
}

fn syntax<T>(message: impl Into<String>) -> Result<T, Error> {
    Err(Error::Syntax(message.into()))
}

/// The texts and actions of a template.
pub(super) fn template(input: &str, depth: usize) -> Result<Vec<Node>, Error> {
    if depth > MAX_DEPTH {
        return syntax("too many filters inside filters");
    }
    let mut parser = Parser { input, at: 0, depth };
    let mut nodes = Vec::new();
    loop {
        let rest = parser.rest();
        let Some(open) = rest.find('{') else {
            if !rest.is_empty() {
                nodes.push(Node::Text(rest.to_owned()));
            }
            return Ok(nodes);
        };
        if open > 0 {
            nodes.push(Node::Text(rest[..open].to_owned()));
        }
        parser.at += open + 1;
        nodes.push(Node::List(parser.action()?));
    }
}

/// The nodes of `{text}`.
fn action(text: &str, depth: usize) -> Result<Vec<Node>, Error> {
    match template(&format!("{{{text}}}"), depth + 1)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

fn is_end_of_line(c: char) -> bool {
    c == '\r' || c == '\n'
}

fn is_terminator(c: char) -> bool {
    is_end_of_line(c) || matches!(c, ' ' | '\t' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric()
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn action(&mut self) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with('}') {
                self.at += 1;
                return Ok(nodes);
            }
            if rest.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if rest.starts_with("..") {
                if matches!(nodes.last(), Some(Node::Recursive)) {
                    return syntax("invalid multiple recursive descent");
                }
                self.at += 2;
                nodes.push(Node::Recursive);
                if self.rest().starts_with(is_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.next() {
                None | Some('\r' | '\n') => return syntax("unclosed action"),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => nodes.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_numeric() => {
                    self.at -= c.len_utf8();
                    nodes.push(self.number()?);
                }
                Some(c) if is_word(c) => {
                    self.at -= c.len_utf8();
                    nodes.push(self.word());
                }
                Some(c) => return syntax(unrecognized(c)),
            }
        }
    }

    fn word(&mut self) -> Node {
        let rest = self.rest();
        let word = &rest[..rest.find(is_terminator).unwrap_or(rest.len())];
        self.at += word.len();
        match word {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            word => Node::Identifier(word.to_owned()),
        }
    }

    fn number(&mut self) -> Result<Node, Error> {
        let rest = self.rest();
        let signs = usize::from(rest.starts_with(['+', '-']));
        let digits = rest[signs..].find(|c: char| c != '.' && !c.is_numeric());
        let text = &rest[..digits.map_or(rest.len(), |len| signs + len)];
        self.at += text.len();
        if let Ok(number) = text.parse() {
            return Ok(Node::Int(number));
        }
        match text.parse() {
            Ok(number) => Ok(Node::Float(number)),
            Err(_) => syntax(format!("cannot parse number {text}")),
        }
    }

    /// A field's name ends at a terminator; `\` takes the next character as it is.
    fn field(&mut self) -> Node {
        let start = self.at;
        while let Some(c) = self.next() {
            if c == '\\' {
                self.next();
            } else if is_terminator(c) {
                self.at -= c.len_utf8();
                break;
            }
        }
        match &self.input[start..self.at] {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node, Error> {
        let start = self.at - 1;
        loop {
            match self.next() {
                None | Some('\n') => return syntax("unterminated quoted string"),
                Some(c) if c == quote && self.input.as_bytes()[self.at - 2] != b'\\' => break,
                Some(_) => {}
            }
        }
        let whole = &self.input[start..self.at];
        match unquote(&self.input[start + 1..self.at - 1], quote) {
            Some(text) => Ok(Node::Text(text)),
            None => syntax(format!("unquote string {whole} error invalid syntax")),
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), Error> {
        let rest = self.rest();
        let Some(end) = rest.find([']', '\n']).filter(|&end| rest[end..].starts_with(']')) else {
            return syntax("unterminated array");
        };
        self.at += end + 1;
        let text = if &rest[..end] == "*" { ":" } else { &rest[..end] };
        if text.contains(',') {
            let part = |part: &str| action(&format!("[{}]", part.trim_matches(' ')), self.depth);
            nodes.push(Node::Union(text.split(',').map(part).collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        if let Some(key) = key.filter(|key| !key.contains('\'')) {
            nodes.extend(action(&format!(".{key}"), self.depth)?);
            return Ok(());
        }
        nodes.push(Node::Array(slice(text)?));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, Error> {
        self.at += "[?(".len();
        let start = self.at;
        let (mut quote, mut closed) = (None, false);
        loop {
            match self.next() {
                None | Some('\n') => return syntax("unterminated filter"),
                Some(c @ ('"' | '\'')) => match quote {
                    None => quote = Some(c),
                    Some(open) => closed |= c == open && self.input.as_bytes()[self.at - 2] != b'\\',
                },
                Some(')') if quote.is_some() == closed => break,
                Some(_) => {}
            }
        }
        let text = &self.input[start..self.at - 1];
        if self.next() != Some(']') {
            return syntax("unclosed array expect ]");
        }
        let side = |text: &str| action(text, self.depth);
        let Some((left, operator, right)) = comparison(text) else {
            return Ok(Node::Filter { left: side(text)?, operator: "exists".to_owned(), right: Vec::new() });
        };
        Ok(Node::Filter { left: side(left)?, operator: operator.to_owned(), right: side(right)? })
    }
}

/// `%#U` of a character that means nothing here.
fn unrecognized(c: char) -> String {
    let shown = if is_print(c) { format!(" '{c}'") } else { String::new() };
    format!("unrecognized character in action: U+{:04X}{shown}", u32::from(c))
}

/// Left, operator and right of a comparison; there must be something on either side.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let sign = |c: char| matches!(c, '!' | '<' | '>' | '=');
    let start = text.find(sign).filter(|&at| at > 0)?;
    let mut end = text[start..].find(|c| !sign(c)).map_or(text.len(), |len| start + len);
    if end == text.len() {
        // The last sign is then what is compared with.
        end -= 1;
    }
    (end > start).then(|| (&text[..start], &text[start..end], &text[end..]))
}

fn slice(text: &str) -> Result<[Bound; 3], Error> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_bound = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(is_bound) {
        return syntax(format!("invalid array index {text}"));
    }
    let mut bounds = [Bound::default(); 3];
    for (bound, part) in bounds.iter_mut().zip(&parts).filter(|(_, part)| !part.is_empty()) {
        let Ok(value) = part.parse() else { return syntax(format!("array index {part} is not a number")) };
        *bound = Bound { value, known: true, derived: false };
    }
    if parts.len() == 1 {
        bounds[1] = Bound { value: bounds[0].value.saturating_add(1), known: true, derived: true };
    }
    Ok(bounds)
}

/// Go's escapes.
fn unquote(text: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let mut hex = |len: usize| {
            let digits: String = rest.by_ref().take(len).collect();
            (digits.len() == len).then_some(digits)
        };
        let c = match hex(1)?.chars().next()? {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            c if c == quote => c,
            'x' => char::from(u8::from_str_radix(&hex(2)?, 16).ok()?),
            'u' => char::from_u32(u32::from_str_radix(&hex(4)?, 16).ok()?)?,
            'U' => char::from_u32(u32::from_str_radix(&hex(8)?, 16).ok()?)?,
            first @ '0'..='7' => char::from(u8::from_str_radix(&format!("{first}{}", hex(2)?), 8).ok()?),
            _ => return None,
        };
        out.push(c);
    }
    Some(out)
}
