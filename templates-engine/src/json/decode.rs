//! JSON as Go's `encoding/json` reads it into an `interface{}`, with Go's words for what is wrong.
//!
//! The last of two equal keys wins, a lone surrogate becomes U+FFFD, and a value can be read off the front
//! of a longer text, which `--set-json` needs to find the comma behind it.

use serde_json::{Map, Number, Value};

/// How deep arrays and objects may be nested. Go allows 10000, on a stack that grows.
pub const MAX_DEPTH: usize = 512;

/// Why a text is not JSON.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// There is no text.
    #[error("EOF")]
    Empty,
    /// The text is empty or ends inside a value, as `json.Unmarshal` says it.
    #[error("unexpected end of JSON input")]
    EndOfInput,
    /// The text ends inside a value, as a decoder of a stream says it.
    #[error("unexpected EOF")]
    End,
    /// A byte that may not stand here, and what Go was doing.
    #[error("invalid character {} {context}", quoted(*.byte))]
    Character {
        /// The byte.
        byte: u8,
        /// Where it stands.
        context: &'static str,
    },
    /// More than blanks after the value.
    #[error("invalid character after top-level value")]
    Trailing,
    /// A number that no `float64` holds.
    #[error("json: cannot unmarshal number {0} into Go value of type float64")]
    Range(String),
    /// Deeper than [`MAX_DEPTH`].
    #[error("exceeded max depth")]
    Depth,
    /// A value that is not an object where one must be.
    #[error("json: cannot unmarshal {0} into Go value of type map[string]interface {{}}")]
    NotObject(&'static str),
}

fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let text = crate::fmt::quote(char::from(byte).encode_utf8(&mut [0; 4]).as_bytes());
            format!("'{}'", &text[1..text.len() - 1])
        }
    }
}

/// How a number becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// `float64`, Go's default.
    Float,
    /// As written where 64 bits hold it, as with Go's `UseNumber`.
    Exact,
}

/// `json.Unmarshal` into an `interface{}`: every number is a float.
///
/// # Errors
/// Go's text: [`Error::EndOfInput`] when the text is empty or ends inside a value.
///
/// ```
/// let error = templates_engine::json::unmarshal(b"{\"a\": }").unwrap_err();
/// assert_eq!(error.to_string(), "invalid character '}' looking for beginning of value");
/// ```
pub fn unmarshal(text: &[u8]) -> Result<Value, Error> {
    let text = String::from_utf8_lossy(text);
    let mut decoder = Decoder { text: &text, at: 0, numbers: Numbers::Float };
    let value = decoder.value(0).map_err(|error| match error {
        Error::Empty | Error::End => Error::EndOfInput,
        other => other,
    })?;
    match decoder.after_blanks() {
        Some(byte) => Err(Error::Character { byte, context: "after top-level value" }),
        None => Ok(value),
    }
}

/// What `encoding/json` calls a value in its errors: `object`, `array`, `string`, `number`, `bool`.
pub fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The first value of `text` and the number of bytes that it takes, leading blanks included.
///
/// # Errors
/// What is wrong with it.
pub fn first_value(text: &str) -> Result<(Value, usize), Error> {
    let mut decoder = Decoder { text, at: 0, numbers: Numbers::Float };
    let value = decoder.value(0)?;
    Ok((value, decoder.at))
}

/// The one value that `text` is, blanks around it allowed.
///
/// # Errors
/// What is wrong with it, or what follows it.
pub fn whole_value(text: &str, numbers: Numbers) -> Result<Value, Error> {
    let mut decoder = Decoder { text, at: 0, numbers };
    if decoder.after_blanks().is_none() {
        return Err(Error::Empty);
    }
    let value = decoder.value(0)?;
    decoder.after_blanks().map_or(Ok(value), |_| Err(Error::Trailing))
}

/// The object that `text` is, blanks around it allowed; `null` is an empty one.
///
/// # Errors
/// What is wrong with it, or that it is no object.
pub fn object(text: &str) -> Result<Map<String, Value>, Error> {
    match whole_value(text, Numbers::Float)? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        other => Err(Error::NotObject(kind_name(&other))),
    }
}

const TRUE: [(u8, &str); 3] = [
    (b'r', "in literal true (expecting 'r')"),
    (b'u', "in literal true (expecting 'u')"),
    (b'e', "in literal true (expecting 'e')"),
];
const FALSE: [(u8, &str); 4] = [
    (b'a', "in literal false (expecting 'a')"),
    (b'l', "in literal false (expecting 'l')"),
    (b's', "in literal false (expecting 's')"),
    (b'e', "in literal false (expecting 'e')"),
];
const NULL: [(u8, &str); 3] = [
    (b'u', "in literal null (expecting 'u')"),
    (b'l', "in literal null (expecting 'l')"),
    (b'l', "in literal null (expecting 'l')"),
];

struct Decoder<'a> {
    text: &'a str,
    at: usize,
    numbers: Numbers,
}

impl Decoder<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn after_blanks(&mut self) -> Option<u8> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.peek()
    }

    /// The error for what stands here.
    fn here(&self, context: &'static str) -> Error {
        self.peek().map_or(Error::End, |byte| Error::Character { byte, context })
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::Depth);
        }
        match self.after_blanks() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(&TRUE, Value::Bool(true)),
            Some(b'f') => self.word(&FALSE, Value::Bool(false)),
            Some(b'n') => self.word(&NULL, Value::Null),
            _ => Err(self.here("looking for beginning of value")),
        }
    }

    fn word(&mut self, rest: &[(u8, &'static str)], value: Value) -> Result<Value, Error> {
        self.at += 1;
        for &(expected, context) in rest {
            if self.peek() != Some(expected) {
                return Err(self.here(context));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self, context: &'static str) -> Result<(), Error> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.here(context));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
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
        let text = &self.text[start..self.at];
        if self.numbers == Numbers::Exact {
            if let Ok(number) = text.parse::<i64>() {
                return Ok(number.into());
            }
            if let Ok(number) = text.parse::<u64>() {
                return Ok(number.into());
            }
        }
        let float = text.parse::<f64>().ok().and_then(Number::from_f64);
        float.map(Value::Number).ok_or_else(|| Error::Range(text.to_owned()))
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut list = Vec::new();
        if self.after_blanks() == Some(b']') {
            self.at += 1;
            return Ok(list.into());
        }
        loop {
            list.push(self.value(depth + 1)?);
            match self.after_blanks() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(list.into());
                }
                _ => return Err(self.here("after array element")),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut map = Map::new();
        if self.after_blanks() == Some(b'}') {
            self.at += 1;
            return Ok(map.into());
        }
        loop {
            if self.after_blanks() != Some(b'"') {
                return Err(self.here("looking for beginning of object key string"));
            }
            let key = self.string()?;
            if self.after_blanks() != Some(b':') {
                return Err(self.here("after object key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            map.insert(key, value);
            match self.after_blanks() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(map.into());
                }
                _ => return Err(self.here("after object key:value pair")),
            }
        }
    }

    fn string(&mut self) -> Result<String, Error> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c| c == '"' || c == '\\' || c < ' ').ok_or(Error::End)?;
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err(self.here("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let c = match self.peek() {
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.here("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, Error> {
        let high = self.hex()?;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        // A surrogate: half of a pair when a low one follows, else the replacement character.
        let after_high = self.at;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                let pair = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after_high;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    /// Reads `uXXXX`, standing at the `u`.
    fn hex(&mut self) -> Result<u32, Error> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let digit = self
                .peek()
                .and_then(|b| char::from(b).to_digit(16))
                .ok_or_else(|| self.here("in \\u hexadecimal character escape"))?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_ends_where_the_next_character_cannot_belong_to_it() {
        assert_eq!(first_value("1,b=2"), Ok((json!(1.0), 1)));
        assert_eq!(first_value(r#" {"a":[1.5,true,null,"x"]}z"#), Ok((json!({"a":[1.5,true,null,"x"]}), 26)));
        assert_eq!(first_value("01"), Ok((json!(0.0), 1)));
    }

    #[test]
    fn escapes_are_gos() {
        assert_eq!(first_value(r#""\u00e9\ud83d\ude00\ud800x\n""#).unwrap().0, json!("é😀\u{fffd}x\n"));
    }

    #[test]
    fn errors_have_gos_words() {
        let error = |text: &str| whole_value(text, Numbers::Exact).unwrap_err().to_string();
        assert_eq!(error("{a"), "invalid character 'a' looking for beginning of object key string");
        assert_eq!(error("{\"a\" 1"), "invalid character '1' after object key");
        assert_eq!(error("[1 2]"), "invalid character '2' after array element");
        assert_eq!(error("trve"), "invalid character 'v' in literal true (expecting 'u')");
        assert_eq!(error("\"\n\""), "invalid character '\\n' in string literal");
        assert_eq!(error("é"), "invalid character 'Ã' looking for beginning of value");
        assert_eq!(
            (error(" "), error("{"), error("1 2")),
            ("EOF".into(), "unexpected EOF".into(), "invalid character after top-level value".into())
        );
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in
            ["", "{", "[1", "\"a", "-", "1.", "1e", "tru", "{1:2}", "\"\n\"", "\"\\x\"", "1e999", "[1,]"]
        {
            assert!(first_value(text).is_err(), "{text:?}");
        }
        assert_eq!(first_value(&"[".repeat(100_000)), Err(Error::Depth));
        assert!(object("{} x").is_err());
        assert!(object("[]").is_err());
    }
}
