//! `json.Marshal`.

use crate::{
    fmt::format_float,
    unicode::lossy,
    value::{Type, Value},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Number, Value as Json};

/// Containers nested deeper than this are taken for a cycle. Go follows a thousand levels before it
/// looks for one.
const MAX_DEPTH: usize = 1000;

/// A value that has no JSON. `Display` is Go's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A kind that JSON does not have.
    #[error("json: unsupported type: {0}")]
    Type(&'static str),
    /// NaN or an infinity.
    #[error("json: unsupported value: {0}")]
    Float(&'static str),
    /// A map or slice that holds itself (or nests too deeply to tell).
    #[error("json: unsupported value: encountered a cycle via {0}")]
    Cycle(String),
    /// Nested deeper than this, without holding itself.
    #[error("json: value is nested deeper than {0} levels")]
    Deep(usize),
    /// More text than one call may build.
    #[error("toJson: the result would be longer than {} bytes", crate::funcs::MAX_TEXT)]
    Long,
}

/// Whether `<`, `>` and `&` are written as `\u003c` and so on, as `json.Marshal` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As `json.Marshal`.
    Html,
    /// As an encoder with `SetEscapeHTML(false)`.
    Plain,
}

impl Value {
    /// What `json.Marshal` makes of the value, as a tree: nil maps and slices are null, `[]byte` is
    /// base64, bytes that are not UTF-8 become U+FFFD, and objects say themselves.
    ///
    /// # Errors
    /// Floats that are not finite, and cycles.
    ///
    /// ```
    /// use templates_engine::value::Value;
    /// let value = Value::list(vec![Value::int64(1), Value::float64(1.0), Value::from("a")]);
    /// assert_eq!(value.to_json()?, serde_json::json!([1, 1.0, "a"]));
    /// # Ok::<(), templates_engine::json::EncodeError>(())
    /// ```
    pub fn to_json(&self) -> Result<Json, EncodeError> {
        tree(self, 0)
    }
}

fn tree(value: &Value, depth: usize) -> Result<Json, EncodeError> {
    if depth > MAX_DEPTH {
        return Err(EncodeError::Cycle(value.type_name().unwrap_or_default().into_owned()));
    }
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(_, n) => Json::from(*n),
        Value::Uint(_, n) => Json::from(*n),
        Value::Float(_, n) => Json::Number(float(*n)?),
        Value::Complex(..) => return Err(EncodeError::Type("complex128")),
        Value::Str(text) => Json::String(lossy(text).into_owned()),
        Value::List(list) if list.is_nil() => Json::Null,
        Value::List(list) if *list.elem() == Type::BYTE => {
            list.as_bytes().map_or(Json::Null, |bytes| Json::String(STANDARD.encode(bytes)))
        }
        Value::List(list) => {
            Json::Array(list.iter().map(|item| tree(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Value::Map(map) if map.is_nil() => Json::Null,
        Value::Map(map) => {
            let mut entries = Map::new();
            for (key, value) in map.borrow().iter() {
                entries.insert(lossy(key).into_owned(), tree(value, depth + 1)?);
            }
            Json::Object(entries)
        }
        Value::Object(object) => object.to_json(),
    })
}

impl EncodeError {
    /// The refusal of a float that is not finite.
    pub(super) fn of_float(n: f64) -> Self {
        Self::Float(match n {
            n if n.is_nan() => "NaN",
            n if n > 0.0 => "+Inf",
            _ => "-Inf",
        })
    }
}

fn float(n: f64) -> Result<Number, EncodeError> {
    Number::from_f64(n).ok_or_else(|| EncodeError::of_float(n))
}

/// `json.Marshal` of a tree.
pub fn marshal(json: &Json, escape: Escape) -> String {
    let mut writer = Writer { out: String::new(), escape, indent: None };
    writer.value(json, 0);
    writer.out
}

/// `json.MarshalIndent` of a tree, without a prefix.
pub fn marshal_indent(json: &Json, indent: &str, escape: Escape) -> String {
    let mut writer = Writer { out: String::new(), escape, indent: Some(indent) };
    writer.value(json, 0);
    writer.out
}

struct Writer<'a> {
    out: String,
    escape: Escape,
    indent: Option<&'a str>,
}

impl Writer<'_> {
    fn value(&mut self, json: &Json, depth: usize) {
        match json {
            Json::Null => self.out.push_str("null"),
            Json::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Json::Number(number) => self.number(number),
            Json::String(text) => write_string(&mut self.out, text, self.escape),
            Json::Array(items) => {
                self.out.push('[');
                for (i, item) in items.iter().enumerate() {
                    self.separate(i, depth + 1);
                    self.value(item, depth + 1);
                }
                self.close(items.is_empty(), depth, ']');
            }
            Json::Object(entries) => {
                self.out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    self.separate(i, depth + 1);
                    write_string(&mut self.out, key, self.escape);
                    self.out.push_str(if self.indent.is_some() { ": " } else { ":" });
                    self.value(value, depth + 1);
                }
                self.close(entries.is_empty(), depth, '}');
            }
        }
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn close(&mut self, empty: bool, depth: usize, bracket: char) {
        if !empty {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            (0..depth).for_each(|_| self.out.push_str(indent));
        }
    }

    /// Integers in full; floats in the shortest form, with an exponent below 1e-6 and from 1e21 on.
    fn number(&mut self, number: &Number) {
        let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
            self.out.push_str(&number.to_string());
            return;
        };
        let magnitude = float.abs();
        if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
            let text = format_float(float, b'e', None, 64);
            // e-09 is written e-9.
            match text.split_once("e-0") {
                Some((digits, exponent)) => {
                    self.out.push_str(digits);
                    self.out.push_str("e-");
                    self.out.push_str(exponent);
                }
                None => self.out.push_str(&text),
            }
        } else {
            self.out.push_str(&format_float(float, b'f', None, 64));
        }
    }
}

/// Appends a JSON string as Go quotes it.
pub fn write_string(out: &mut String, text: &str, escape: Escape) {
    out.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '<' | '>' | '&' if escape == Escape::Html => "",
            '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        plain = at + c.len_utf8();
        if short.is_empty() {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push_str(short);
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{List, Map, Str};
    use serde_json::json;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        let text = |n: f64| marshal(&json!(n), Escape::Html);
        assert_eq!(text(1.0), "1");
        assert_eq!(text(-0.0), "-0");
        assert_eq!(text(1e20), "100000000000000000000");
        assert_eq!(text(1e21), "1e+21");
        assert_eq!(text(0.000_001), "0.000001");
        assert_eq!(text(0.000_000_1), "1e-7");
    }

    #[test]
    fn strings_are_escaped_as_go_escapes_them() {
        assert_eq!(
            marshal(&json!("<a&\u{2028}\u{7}\u{8}\">"), Escape::Html),
            "\"\\u003ca\\u0026\\u2028\\u0007\\b\\\"\\u003e\""
        );
        assert_eq!(marshal(&json!("<a>"), Escape::Plain), "\"<a>\"");
    }

    #[test]
    fn indented_empty_containers_stay_on_one_line() {
        let text = marshal_indent(&json!({"a": [], "b": [1], "c": {}}), "  ", Escape::Html);
        assert_eq!(text, "{\n  \"a\": [],\n  \"b\": [\n    1\n  ],\n  \"c\": {}\n}");
    }

    #[test]
    fn nil_containers_are_null_and_bytes_are_base64() {
        assert_eq!(Value::Map(Map::nil(&Type::DICT)).to_json(), Ok(Json::Null));
        assert_eq!(Value::List(List::bytes(b"hi")).to_json(), Ok(json!("aGk=")));
    }

    #[test]
    fn every_byte_that_is_not_utf_8_is_replaced() {
        assert_eq!(Value::Str(Str::from(&b"a\xe2\x82"[..])).to_json(), Ok(json!("a\u{fffd}\u{fffd}")));
    }

    #[test]
    fn a_cycle_is_refused() {
        let map = Map::any([]);
        map.insert("self", Value::Map(map.clone()));
        assert_eq!(
            Value::Map(map.clone()).to_json().unwrap_err().to_string(),
            "json: unsupported value: encountered a cycle via map[string]interface {}"
        );
        map.remove(b"self");
    }
}
