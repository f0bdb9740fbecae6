//! Bodies in protobuf, which typed clients send (`kubectl create configmap`, helm's releases): read into JSON.
//!
//! The numbers and names of fields are recorded from Kubernetes' own sources by tests/peers/record-proto.py. Answers are
//! never protobuf: every client that sends it accepts JSON too.

mod special;
mod wire;

use crate::packed::Packed;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::OnceLock};
use wire::{Field, Reader};

static TABLE: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/proto.tsv.bin")));
/// What every body begins with.
const MAGIC: &[u8] = b"k8s\0";
/// How deep messages may nest.
const MAX_DEPTH: usize = 100;

/// Why a body is no good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not begin as Kubernetes' bodies do.
    #[error("provided data does not appear to be a protobuf message, expected prefix {MAGIC:?}")]
    Prefix,
    /// It ends too early, or holds what cannot be.
    #[error("proto: {0}")]
    Broken(&'static str),
    /// Its kind has no protobuf form.
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    Unknown {
        /// Its kind.
        kind: String,
        /// Its version.
        api_version: String,
    },
}

/// The object that a body holds.
///
/// # Errors
/// When it is no good.
pub fn decode(body: &[u8]) -> Result<Value, Error> {
    let rest = body.strip_prefix(MAGIC).ok_or(Error::Prefix)?;
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    let mut envelope = Reader::new(rest);
    while let Some((number, field)) = envelope.next()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => {
                let mut about = Reader::new(bytes);
                while let Some((number, field)) = about.next()? {
                    match number {
                        1 => api_version = field.text()?,
                        2 => kind = field.text()?,
                        _ => {}
                    }
                }
            }
            (2, Field::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let name = message_name(&api_version, &kind);
    let Some(name) = name else { return Err(Error::Unknown { kind, api_version }) };
    let mut object = message(&name, raw, MAX_DEPTH)?;
    if let Value::Object(fields) = &mut object {
        fields.insert("apiVersion".to_owned(), api_version.into());
        fields.insert("kind".to_owned(), kind.into());
    }
    Ok(object)
}

/// The messages and their fields, by name.
fn messages() -> &'static BTreeMap<&'static str, &'static str> {
    static MESSAGES: OnceLock<BTreeMap<&'static str, &'static str>> = OnceLock::new();
    let line = |line: &'static str| line.split_once('\t').unwrap_or((line, ""));
    MESSAGES.get_or_init(|| TABLE.text().lines().map(line).collect())
}

/// The message of a kind: `apps/v1` `Deployment` is `api.apps.v1.Deployment`.
fn message_name(api_version: &str, kind: &str) -> Option<String> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let package = match group.split('.').next().unwrap_or_default() {
        "" => "core",
        first => first,
    };
    let own = format!("api.{package}.{version}.{kind}");
    let general = format!("apis.meta.v1.{kind}");
    [own, general].into_iter().find(|name| messages().contains_key(name.as_str()))
}

/// A field of a message, as recorded.
struct Known {
    name: &'static str,
    kept: bool,
    repeated: bool,
    map: bool,
    of: &'static str,
}

fn known(fields: &'static str, number: u64) -> Option<Known> {
    let mut all = fields.split('\t').map(|field| field.splitn(3, ':'));
    let (name, mut of) = all.find_map(|mut parts| {
        let found = parts.next()?.parse::<u64>().ok()? == number;
        found.then_some((parts.next()?, parts.next()?))
    })?;
    let mut take = |mark: char| {
        let rest = of.strip_prefix(mark);
        of = rest.unwrap_or(of);
        rest.is_some()
    };
    let (kept, repeated, map) = (take('!'), take('*'), take('%'));
    Some(Known { name, kept, repeated, map, of })
}

/// A message as JSON.
fn message(name: &str, bytes: &[u8], depth: usize) -> Result<Value, Error> {
    if depth == 0 {
        return Err(Error::Broken("exceeded max depth"));
    }
    if let Some(value) = special::value(name, bytes)? {
        return Ok(value);
    }
    let fields = messages().get(name).copied().unwrap_or_default();
    let (mut object, mut reader) = (Map::new(), Reader::new(bytes));
    while let Some((number, field)) = reader.next()? {
        let Some(known) = known(fields, number) else { continue };
        if known.map {
            let Field::Bytes(entry) = field else { return Err(Error::Broken("wrong wireType")) };
            let (key, value) = entry_of(known.of, entry, depth)?;
            if let Value::Object(map) = object.entry(known.name).or_insert_with(|| Value::Object(Map::new()))
            {
                map.insert(key, value);
            }
        } else if known.repeated {
            let list = object.entry(known.name).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(list) = list else { continue };
            match (known.of, field) {
                ("i", Field::Bytes(packed)) => {
                    list.extend(wire::packed(packed)?.into_iter().map(Value::from))
                }
                (_, field) => list.push(value(known.of, field, depth)?),
            }
        } else {
            let value = value(known.of, field, depth)?;
            if known.name.is_empty() {
                if let Value::Object(inner) = value {
                    object.extend(inner);
                }
            } else if known.kept || !is_zero(&value) {
                object.insert(known.name.to_owned(), value);
            }
        }
    }
    Ok(special::unwrapped(name, object))
}

/// A map's entry.
fn entry_of(of: &str, bytes: &[u8], depth: usize) -> Result<(String, Value), Error> {
    let (mut key, mut held) = (String::new(), None);
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        match number {
            1 => key = field.text()?,
            2 => held = Some(value(of, field, depth)?),
            _ => {}
        }
    }
    let held = match held {
        Some(held) => held,
        None if of.len() == 1 => "".into(),
        None => message(of, &[], depth - 1)?,
    };
    Ok((key, held))
}

fn value(of: &str, field: Field<'_>, depth: usize) -> Result<Value, Error> {
    match (of, field) {
        ("s", field) => Ok(field.text()?.into()),
        ("b", Field::Bytes(bytes)) => Ok(special::base64(bytes).into()),
        ("t", Field::Number(number)) => Ok((number != 0).into()),
        ("i", Field::Number(number)) => Ok(number.cast_signed().into()),
        ("d", Field::Fixed(bits)) => Ok(f64::from_bits(bits).into()),
        (name, Field::Bytes(bytes)) if name.len() > 1 => message(name, bytes, depth - 1),
        _ => Err(Error::Broken("wrong wireType")),
    }
}

/// What Go leaves out with `omitempty`.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
