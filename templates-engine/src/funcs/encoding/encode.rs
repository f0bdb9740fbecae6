//! `json.Marshal`, with encoding/json's escapes, floats and messages.

use super::base::encode64;
use crate::{
    exec::FuncError,
    fmt::format_float,
    funcs::{
        args::{refuse, type_name},
        limits::{MAX_NESTING, check_text},
    },
    unicode::runes,
    value::{FloatKind, Type, Value},
};
use std::fmt::Write as _;

/// How the text looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// On one line, HTML's special characters escaped.
    Compact,
    /// Indented by two spaces, HTML's special characters escaped.
    Pretty,
    /// On one line, HTML's special characters as they are.
    Raw,
}

/// The value as JSON.
pub(super) fn text(value: &Value, style: Style) -> Result<String, FuncError> {
    let mut encoder = Encoder { out: String::new(), style, path: Vec::new() };
    encoder.value(value)?;
    Ok(encoder.out)
}

struct Encoder {
    out: String,
    style: Style,
    /// The addresses of the containers around.
    path: Vec<usize>,
}

impl Encoder {
    fn value(&mut self, value: &Value) -> Result<(), FuncError> {
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(_, n) => self.display(n),
            Value::Uint(_, n) => self.display(n),
            Value::Float(kind, f) => self.float(*kind, *f)?,
            Value::Complex(..) => {
                return refuse(format!("json: unsupported type: {}", type_name(value)));
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
                    encoder.out.push_str(if encoder.style == Style::Pretty { ": " } else { ":" });
                    encoder.value(value)
                })?;
            }
            Value::Object(object) => {
                let plain = Value::from_json(&object.to_json());
                self.value(&plain)?;
            }
        }
        check_text("toJson", Some(self.out.len()))
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
        mut item: impl FnMut(&mut Self, T) -> Result<(), FuncError>,
    ) -> Result<(), FuncError> {
        if self.path.len() >= MAX_NESTING {
            return refuse(if self.path.contains(&address) {
                format!("json: unsupported value: encountered a cycle via {}", type_name(value))
            } else {
                format!("json: value is nested deeper than {MAX_NESTING} levels")
            });
        }
        self.path.push(address);
        self.out.push(open);
        let mut empty = true;
        for next in items {
            if !empty {
                self.out.push(',');
            }
            empty = false;
            self.line();
            item(self, next)?;
        }
        self.path.pop();
        if !empty {
            self.line();
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self) {
        if self.style == Style::Pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.path.len()));
        }
    }

    /// As ECMAScript writes numbers: `%e` only for the very small and the very large.
    fn float(&mut self, kind: FloatKind, f: f64) -> Result<(), FuncError> {
        let bits = if kind == FloatKind::Float32 { 32 } else { 64 };
        if !f.is_finite() {
            return refuse(format!("json: unsupported value: {}", format_float(f, b'g', None, bits)));
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
                '<' | '>' | '&' if self.style != Style::Raw => self.escape(c),
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
