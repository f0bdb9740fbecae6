//! The value that go-yaml v2 decodes into an `interface{}`, and how Go prints it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A decoded value. As a mapping's key only the scalars occur.
#[derive(Debug, Clone)]
pub(super) enum Native {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(String),
    /// What `!!binary` holds when it is not UTF-8.
    Bytes(Vec<u8>),
    Seq(Vec<Native>),
    Map(BTreeMap<Native, Native>),
}

impl Native {
    /// The order in which `fmt` prints keys of different kinds.
    fn rank(&self) -> u8 {
        match self {
            Self::Nil => 0,
            Self::Str(_) | Self::Bytes(_) => 1,
            Self::Uint(_) => 2,
            Self::Int(_) => 3,
            Self::Float(_) => 4,
            Self::Bool(_) => 5,
            Self::Seq(_) => 6,
            Self::Map(_) => 7,
        }
    }

    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Str(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// What `%#v` prints.
    pub(super) fn go_syntax(&self) -> String {
        let mut out = String::new();
        self.write_go_syntax(&mut out, false);
        out
    }

    fn write_go_syntax(&self, out: &mut String, inside: bool) {
        match self {
            Self::Nil => out.push_str(if inside { "interface {}(nil)" } else { "<nil>" }),
            Self::Bool(truth) => out.push_str(&truth.to_string()),
            Self::Int(integer) => out.push_str(&integer.to_string()),
            Self::Uint(integer) => out.push_str(&format!("{integer:#x}")),
            Self::Float(float) if float.is_nan() => out.push_str("NaN"),
            Self::Float(float) if float.is_infinite() => {
                out.push_str(if *float > 0.0 { "+Inf" } else { "-Inf" });
            }
            Self::Float(float) => super::number::write_g(*float, out),
            Self::Str(text) => quote(text, out),
            Self::Bytes(bytes) => quote_bytes(bytes, out),
            Self::Seq(items) => {
                out.push_str("[]interface {}{");
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    item.write_go_syntax(out, true);
                }
                out.push('}');
            }
            Self::Map(entries) => {
                out.push_str("map[interface {}]interface {}{");
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    key.write_go_syntax(out, true);
                    out.push(':');
                    value.write_go_syntax(out, true);
                }
                out.push('}');
            }
        }
    }
}

impl PartialEq for Native {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Native {}

impl PartialOrd for Native {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Native {
    /// Keys of different kinds differ, as they do in Go's maps: 1 is not "1" nor 1.0.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Uint(a), Self::Uint(b)) => a.cmp(b),
            // 0 and -0 are the same key.
            (Self::Float(a), Self::Float(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
            (Self::Str(_) | Self::Bytes(_), Self::Str(_) | Self::Bytes(_)) => {
                self.bytes().cmp(&other.bytes())
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// `strconv.Quote`.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        quote_char(character, out);
    }
    out.push('"');
}

fn quote_bytes(bytes: &[u8], out: &mut String) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            quote_char(character, out);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
}

fn quote_char(character: char, out: &mut String) {
    match character {
        '"' | '\\' => out.extend(['\\', character]),
        '\'' => out.push('\''),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0C' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0B' => out.push_str("\\v"),
        _ if is_printable(character) => out.push(character),
        _ if u32::from(character) < 0x80 => out.push_str(&format!("\\x{:02x}", u32::from(character))),
        _ if u32::from(character) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(character))),
        _ => out.push_str(&format!("\\U{:08x}", u32::from(character))),
    }
}

fn is_printable(character: char) -> bool {
    character == ' ' || (!character.is_whitespace() && character.escape_debug().len() == 1)
}
