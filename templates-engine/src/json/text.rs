//! `json.Marshal` of template values, written straight from them.

use super::{EncodeError, Escape};
use crate::{
    fmt::format_float,
    funcs::{MAX_TEXT, encode64},
    unicode::runes,
    value::{FloatKind, Type, Value},
};
use std::fmt::Write as _;

/// Containers nested deeper than this are refused. Go follows a thousand levels before it looks for a cycle.
const MAX_DEPTH: usize = 1000;

/// The value as JSON: fields of structs in their order, keys of maps sorted, and bytes that are not UTF-8
/// as `\ufffd`.
///
/// # Errors
/// Floats that are not finite, complex numbers, cycles, and what grows beyond the limits.
///
/// ```
/// use templates_engine::{json::{self, Escape}, value::{Str, Value}};
/// let value = Value::list(vec![Value::float64(1.0), "<".into(), Value::Str(Str::from(&b"\xff"[..]))]);
/// assert_eq!(json::text(&value, Escape::Html)?, r#"[1,"\u003c","\ufffd"]"#);
/// # Ok::<(), json::EncodeError>(())
/// ```
pub fn text(value: &Value, escape: Escape) -> Result<String, EncodeError> {
    let mut encoder = Encoder { out: String::new(), escape, path: Vec::new() };
    encoder.value(value)?;
    Ok(encoder.out)
}

/// `json.Indent` by two spaces, of a compact text.
pub fn indented(compact: &str) -> String {
    let mut out = String::with_capacity(compact.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let mut signs = compact.chars().peekable();
    while let Some(sign) = signs.next() {
        if quoted {
            out.push(sign);
            quoted = escaped || sign != '"';
            escaped = sign == '\\' && !escaped;
            continue;
        }
        match sign {
            '{' | '[' if matches!(signs.peek(), Some('}' | ']')) => {
                out.push(sign);
                out.extend(signs.next());
            }
            '{' | '[' => {
                depth += 1;
                out.push(sign);
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(sign);
            }
            ',' => {
                out.push(sign);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                quoted = sign == '"';
                out.push(sign);
            }
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

struct Encoder {
    out: String,
    escape: Escape,
    /// The addresses of the containers around.
    path: Vec<usize>,
}

impl Encoder {
    fn value(&mut self, value: &Value) -> Result<(), EncodeError> {
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(_, n) => self.display(n),
            Value::Uint(_, n) => self.display(n),
            Value::Float(kind, f) => self.float(*kind, *f)?,
            Value::Complex(..) => {
                return Err(EncodeError::Type("complex128"));
            }
            Value::Str(s) => self.string(s),
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) if *list.elem() == Type::BYTE => {
                let encoded = encode64(&list.as_bytes().unwrap_or_default());
                self.string(encoded.as_bytes());
            }
            Value::List(list) => {
                self.container(value, list.address(), ('[', ']'), list.iter(), Self::value)?;
            }
            Value::Map(map) if map.is_nil() => self.out.push_str("null"),
            Value::Map(map) => {
                let entries = map.borrow();
                self.container(value, map.address(), ('{', '}'), entries.iter(), |encoder, (key, value)| {
                    encoder.string(key);
                    encoder.out.push(':');
                    encoder.value(value)
                })?;
            }
            Value::Object(object) => {
                let text = object.json_text();
                self.out.push_str(&text.unwrap_or_else(|| super::marshal(&object.to_json(), self.escape)));
            }
        }
        if self.out.len() > MAX_TEXT { Err(EncodeError::Long) } else { Ok(()) }
    }

    fn display(&mut self, n: impl std::fmt::Display) {
        write!(self.out, "{n}").expect("a String takes all");
    }

    fn container<T>(
        &mut self,
        value: &Value,
        address: usize,
        (open, close): (char, char),
        items: impl Iterator<Item = T>,
        mut item: impl FnMut(&mut Self, T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if self.path.len() >= MAX_DEPTH {
            let name = || value.type_name().unwrap_or_default().into_owned();
            let cycle = self.path.contains(&address);
            return Err(if cycle { EncodeError::Cycle(name()) } else { EncodeError::Deep(MAX_DEPTH) });
        }
        self.path.push(address);
        self.out.push(open);
        let mut empty = true;
        for next in items {
            if !empty {
                self.out.push(',');
            }
            empty = false;
            item(self, next)?;
        }
        self.path.pop();
        self.out.push(close);
        Ok(())
    }

    /// As ECMAScript writes numbers: `%e` only for the very small and the very large.
    fn float(&mut self, kind: FloatKind, f: f64) -> Result<(), EncodeError> {
        let bits = if kind == FloatKind::Float32 { 32 } else { 64 };
        if !f.is_finite() {
            return Err(EncodeError::of_float(f));
        }
        let size = f.abs();
        let scientific = size != 0.0
            && if bits == 64 {
                !(1e-6..1e21).contains(&size)
            } else {
                !(1e-6..1e21).contains(&(size as f32))
            };
        let text = format_float(f, if scientific { b'e' } else { b'f' }, None, bits);
        match text.split_once("e-0") {
            Some((mantissa, exponent)) => self.display(format_args!("{mantissa}e-{exponent}")),
            None => self.out.push_str(&text),
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push('"');
        for (c, bytes) in runes(text) {
            match c {
                '"' | '\\' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                '\x08' => self.out.push_str("\\b"),
                '\x0c' => self.out.push_str("\\f"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '<' | '>' | '&' if self.escape == Escape::Html => self.escape(c),
                '\0'..='\x1f' | '\u{2028}' | '\u{2029}' => self.escape(c),
                char::REPLACEMENT_CHARACTER if bytes.len() == 1 => self.escape(c),
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, c: char) {
        self.display(format_args!("\\u{:04x}", u32::from(c)));
    }
}
