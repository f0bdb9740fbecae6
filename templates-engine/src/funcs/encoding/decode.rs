//! `json.Unmarshal` into `interface {}`, with encoding/json's messages.

use crate::{
    fmt::quote,
    unicode::runes,
    value::{List, Str, Type, Value},
};

/// Go's own bound.
const MAX_DEPTH: usize = 10_000;

/// The value and the error: a number out of range becomes nil, and the rest is there all the same.
pub(super) fn value(source: &[u8]) -> (Value, Option<String>) {
    let mut decoder = Decoder { source, at: 0, open: Vec::new(), out_of_range: None };
    match decoder.document() {
        Ok(value) => (value, decoder.out_of_range),
        Err(error) => (Value::Nil, Some(error)),
    }
}

struct Decoder<'a> {
    source: &'a [u8],
    at: usize,
    open: Vec<Container>,
    out_of_range: Option<String>,
}

/// A list or object whose end has not been met.
enum Container {
    List(Vec<Value>),
    Map(Vec<(Str, Value)>, Str),
}

type Step<T> = Result<T, String>;

impl Decoder<'_> {
    fn document(&mut self) -> Step<Value> {
        loop {
            if let Some(value) = self.begin()?
                && let Some(whole) = self.end(value)?
            {
                return Ok(whole);
            }
        }
    }

    /// A whole value, or `None` when a container with something inside begins.
    fn begin(&mut self) -> Step<Option<Value>> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => {
                self.enter()?;
                if self.takes(b'}') {
                    return Ok(Some(Value::map([])));
                }
                let key = self.key()?;
                self.open.push(Container::Map(Vec::new(), key));
                Ok(None)
            }
            Some(b'[') => {
                self.enter()?;
                if self.takes(b']') {
                    return Ok(Some(Value::list(Vec::new())));
                }
                self.open.push(Container::List(Vec::new()));
                Ok(None)
            }
            Some(b'"') => Ok(Some(Value::Str(self.string()?))),
            Some(b'-' | b'0'..=b'9') => self.number().map(Some),
            Some(b't') => self.literal("true", Value::Bool(true)).map(Some),
            Some(b'f') => self.literal("false", Value::Bool(false)).map(Some),
            Some(b'n') => self.literal("null", Value::Nil).map(Some),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    /// What follows a value: the document's end, or another value to begin.
    fn end(&mut self, mut value: Value) -> Step<Option<Value>> {
        loop {
            self.skip_space();
            let next = self.peek();
            match self.open.pop() {
                None if next.is_none() => return Ok(Some(value)),
                None => return Err(self.unexpected("after top-level value")),
                Some(Container::List(mut items)) => {
                    items.push(value);
                    match next {
                        Some(b',') => {
                            self.at += 1;
                            self.open.push(Container::List(items));
                            return Ok(None);
                        }
                        Some(b']') => value = Value::List(List::appended(&Type::ANY, 0, items)),
                        _ => return Err(self.unexpected("after array element")),
                    }
                }
                Some(Container::Map(mut entries, key)) => {
                    entries.push((key, value));
                    match next {
                        Some(b',') => {
                            self.at += 1;
                            let key = self.key()?;
                            self.open.push(Container::Map(entries, key));
                            return Ok(None);
                        }
                        Some(b'}') => value = Value::map(entries),
                        _ => return Err(self.unexpected("after object key:value pair")),
                    }
                }
            }
            self.at += 1;
        }
    }

    fn enter(&mut self) -> Step<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.unexpected("exceeded max depth"));
        }
        self.at += 1;
        Ok(())
    }

    fn key(&mut self) -> Step<Str> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("looking for beginning of object key string"));
        }
        let key = self.string()?;
        if !self.takes(b':') {
            return Err(self.unexpected("after object key"));
        }
        Ok(key)
    }

    fn literal(&mut self, word: &str, value: Value) -> Step<Value> {
        for wanted in word.bytes() {
            if self.peek() != Some(wanted) {
                let wanted = char::from(wanted);
                return Err(self.broken(&format!("in literal {word} (expecting '{wanted}')")));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Step<Value> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.source[start..self.at]);
        match text.parse::<f64>() {
            Ok(f) if f.is_finite() => Ok(Value::float64(f)),
            _ => {
                let error = format!("json: cannot unmarshal number {text} into Go value of type float64");
                self.out_of_range.get_or_insert(error);
                Ok(Value::Nil)
            }
        }
    }

    fn digits(&mut self, context: &str) -> Step<()> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.broken(context));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Step<Str> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|b| b >= b' ' && b != b'"' && b != b'\\') {
                self.at += 1;
            }
            match std::str::from_utf8(&self.source[start..self.at]) {
                Ok(text) => out.push_str(text),
                Err(_) => out.extend(runes(&self.source[start..self.at]).map(|(c, _)| c)),
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out.into());
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Step<char> {
        let c = match self.peek() {
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b @ (b'\\' | b'/' | b'"')) => char::from(b),
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.broken("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    /// The four digits after `\u`, and those of a second surrogate where one belongs.
    fn unicode(&mut self) -> Step<char> {
        let unit = self.hex()?;
        if let Some(c) = char::from_u32(unit) {
            return Ok(c);
        }
        let behind = self.at;
        if self.source[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex()?;
            if unit < 0xdc00 && (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = behind;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Step<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            unit = unit << 4 | digit.ok_or_else(|| self.broken("in \\u hexadecimal character escape"))?;
            self.at += 1;
        }
        Ok(unit)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Whether the next byte that is no space is `wanted`; it is taken then.
    fn takes(&mut self, wanted: u8) -> bool {
        self.skip_space();
        let taken = self.peek() == Some(wanted);
        self.at += usize::from(taken);
        taken
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    /// The error where a space would be fine, so that the end is what is wrong.
    fn unexpected(&self, context: &str) -> String {
        match self.peek() {
            None => "unexpected end of JSON input".into(),
            Some(_) => self.broken(context),
        }
    }

    /// The error inside a literal: Go's scanner is told of the end by a space.
    fn broken(&self, context: &str) -> String {
        let c = char::from(self.peek().unwrap_or(b' '));
        let shown = match c {
            '\'' => "\\'".into(),
            '"' => "\"".into(),
            _ => {
                let quoted = quote(c.to_string().as_bytes());
                quoted[1..quoted.len() - 1].to_owned()
            }
        };
        format!("invalid character '{shown}' {context}")
    }
}
