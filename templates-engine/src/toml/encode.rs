//! The encoder: plain keys first, then tables, each in byte order, two blanks a level.

use super::{Error, MAX_DEPTH};
use crate::{
    fmt::format_float,
    funcs::{
        as_list,
        dates::{DurationObject, TimeObject},
        semver::VersionObject,
    },
    time::RFC3339_NANO,
    value::{FloatKind, ObjectRef, Str, Value},
};
use std::borrow::Cow;

/// What `toml.NewEncoder(…).Encode` writes.
///
/// # Errors
/// An [`Error`] in the library's words.
pub fn encode(value: &Value) -> Result<Vec<u8>, Error> {
    if value.is_nil() {
        return Err(Error::Nil);
    }
    let mut encoder = Encoder { out: Vec::new() };
    encoder.value(&mut Vec::new(), value)?;
    Ok(encoder.out)
}

/// What decides how a value is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nil,
    Plain,
    Table,
    Tables,
}

/// A table's entries: of a map in byte order, of a struct in the order of its fields.
fn entries(value: &Value) -> Option<Cow<'_, [(Str, Value)]>> {
    match value {
        Value::Map(map) => Some(map.snapshot().into()),
        Value::Object(object) if !is_plain(object) => {
            let exported = |(name, _): &(&str, Value)| name.starts_with(char::is_uppercase);
            let fields =
                object.fields().into_iter().filter(exported).map(|(name, value)| (name.into(), value));
            Some(fields.collect::<Vec<_>>().into())
        }
        _ => None,
    }
}

/// Whether the object is written as a single value.
fn is_plain(object: &ObjectRef) -> bool {
    object.underlying().is_some()
        || object.as_any().is::<TimeObject>()
        || object.as_any().is::<VersionObject>()
}

fn shape(value: &Value, depth: usize) -> Result<Shape, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::Depth);
    }
    Ok(match value {
        Value::Nil => Shape::Nil,
        Value::List(list) if list.is_nil() => Shape::Nil,
        Value::List(list) => {
            let mut tables = !list.is_empty();
            for item in list.iter() {
                match shape(item, depth + 1)? {
                    Shape::Nil => return Err(Error::NilElement),
                    item => tables &= item == Shape::Table,
                }
            }
            if tables { Shape::Tables } else { Shape::Plain }
        }
        Value::Map(_) => Shape::Table,
        Value::Object(object) if object.kind_name() == "slice" => {
            shape(&as_list(value).map_or(Value::Nil, Value::List), depth + 1)?
        }
        Value::Object(object) if !is_plain(object) => Shape::Table,
        _ => Shape::Plain,
    })
}

struct Encoder {
    out: Vec<u8>,
}

impl Encoder {
    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self, key: &[Str]) {
        self.out.resize(self.out.len() + 2 * key.len().saturating_sub(1), b' ');
    }

    fn header(&mut self, key: &[Str], open: &[u8], close: &[u8]) {
        self.indent(key);
        self.out.extend_from_slice(open);
        for (at, part) in key.iter().enumerate() {
            if at > 0 {
                self.out.push(b'.');
            }
            self.key(part);
        }
        self.out.extend_from_slice(close);
        self.newline();
    }

    fn key(&mut self, key: &[u8]) {
        let bare = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if !key.is_empty() && key.iter().all(bare) {
            self.out.extend_from_slice(key);
        } else {
            self.quoted(key);
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for &byte in text {
            let short = match byte {
                b'"' | b'\\' => byte,
                0x08 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                0x0c => b'f',
                b'\r' => b'r',
                0..0x20 | 0x7f => {
                    self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                    continue;
                }
                _ => {
                    self.out.push(byte);
                    continue;
                }
            };
            self.out.extend_from_slice(&[b'\\', short]);
        }
        self.out.push(b'"');
    }

    fn value(&mut self, key: &mut Vec<Str>, value: &Value) -> Result<(), Error> {
        match shape(value, key.len())? {
            Shape::Nil => Ok(()),
            Shape::Plain => self.pair(key, value, false),
            Shape::Tables => self.tables(key, value),
            Shape::Table => {
                if key.len() == 1 {
                    self.newline();
                }
                if !key.is_empty() {
                    self.header(key, b"[", b"]");
                }
                self.table(key, value)
            }
        }
    }

    fn tables(&mut self, key: &mut Vec<Str>, value: &Value) -> Result<(), Error> {
        if key.is_empty() {
            return Err(Error::NoKey);
        }
        for item in value.as_list().map(|list| list.items()).unwrap_or_default() {
            self.newline();
            self.header(key, b"[[", b"]]");
            self.table(key, item)?;
        }
        Ok(())
    }

    fn table(&mut self, key: &mut Vec<Str>, value: &Value) -> Result<(), Error> {
        let entries = entries(value).unwrap_or_default();
        let (direct, below) = split(&entries, key.len())?;
        for (name, value) in direct.into_iter().chain(below) {
            key.push(name.clone());
            self.value(key, value)?;
            key.pop();
        }
        Ok(())
    }

    fn pair(&mut self, key: &[Str], value: &Value, inline: bool) -> Result<(), Error> {
        let Some(name) = key.last() else { return self.element(value, 0) };
        self.indent(key);
        self.key(name);
        self.out.extend_from_slice(b" = ");
        self.element(value, key.len())?;
        if !inline {
            self.newline();
        }
        Ok(())
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::Depth);
        }
        match value {
            Value::Bool(b) => self.out.extend_from_slice(b.to_string().as_bytes()),
            Value::Int(_, n) => self.out.extend_from_slice(n.to_string().as_bytes()),
            Value::Uint(_, n) => self.out.extend_from_slice(n.to_string().as_bytes()),
            Value::Float(kind, n) => self.float(*n, if *kind == FloatKind::Float32 { 32 } else { 64 }),
            Value::Str(text) => self.quoted(text),
            Value::List(list) => {
                self.out.push(b'[');
                for (at, item) in list.iter().enumerate() {
                    if at > 0 {
                        self.out.extend_from_slice(b", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.out.push(b']');
            }
            Value::Object(object) if object.kind_name() == "slice" => {
                self.element(&as_list(value).map_or(Value::Nil, Value::List), depth + 1)?;
            }
            Value::Object(object) if is_plain(object) => self.object(object, depth)?,
            Value::Map(_) | Value::Object(_) => self.inline(value, depth)?,
            _ => {}
        }
        Ok(())
    }

    fn float(&mut self, n: f64, bits: u32) {
        let text = if n.is_nan() {
            "nan".to_owned()
        } else if n.is_infinite() {
            if n > 0.0 { "inf" } else { "-inf" }.to_owned()
        } else {
            format_float(n, b'g', None, bits)
        };
        self.out.extend_from_slice(text.as_bytes());
        if n.is_finite() && !text.contains(['e', '.']) {
            self.out.extend_from_slice(b".0");
        }
    }

    fn object(&mut self, object: &ObjectRef, depth: usize) -> Result<(), Error> {
        if let Some(TimeObject(time)) = object.as_any().downcast_ref() {
            // Local dates and times carry their kind in the zone's name.
            let layout: &[u8] = match time.zone().name() {
                "datetime-local" => b"2006-01-02T15:04:05.999999999",
                "date-local" => b"2006-01-02",
                "time-local" => b"15:04:05.999999999",
                _ => RFC3339_NANO,
            };
            self.out.extend_from_slice(&time.format(layout));
            return Ok(());
        }
        let any = object.as_any();
        match object.underlying() {
            Some(plain) if !any.is::<DurationObject>() => self.element(&plain, depth + 1),
            _ => {
                self.quoted(object.display().unwrap_or_default().as_bytes());
                Ok(())
            }
        }
    }

    fn inline(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        let entries = entries(value).unwrap_or_default();
        let (direct, below) = split(&entries, depth)?;
        let (plain, all) = (direct.len(), direct.len() + below.len());
        self.out.push(b'{');
        for (at, (name, value)) in direct.into_iter().chain(below).enumerate() {
            if shape(value, depth)? == Shape::Nil {
                continue;
            }
            self.key(name);
            self.out.extend_from_slice(b" = ");
            self.element(value, depth + 1)?;
            // A nil at the end leaves the comma before it, as the library does.
            if at + 1 != all && (at + 1 != plain || all > plain) {
                self.out.extend_from_slice(b", ");
            }
        }
        self.out.push(b'}');
        Ok(())
    }
}

type Entries<'a> = Vec<&'a (Str, Value)>;

/// What stands before the tables, and the tables.
fn split(entries: &[(Str, Value)], depth: usize) -> Result<(Entries<'_>, Entries<'_>), Error> {
    let (mut direct, mut below) = (Vec::new(), Vec::new());
    for entry in entries {
        match shape(&entry.1, depth)? {
            Shape::Table | Shape::Tables => below.push(entry),
            _ => direct.push(entry),
        }
    }
    Ok((direct, below))
}
