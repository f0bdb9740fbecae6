//! A body and its type, side by side.

use super::scalar::{self, Own, Refusal};
use crate::{
    field::go_quote,
    schema::{Schema, Shape, TypeRef},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use std::{collections::BTreeSet, fmt};

/// Unknown and duplicate fields beyond these are not told of.
const MAX_STRICT: usize = 100;

/// The entries of a JSON map in their order, duplicates too.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// What a value stands in: its type, and how its field is declared.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    of: Option<TypeRef<'a>>,
    declared: Option<&'a Schema>,
    /// Lists and maps that the value is inside of, counted from the field.
    depth: usize,
}

impl<'a> Slot<'a> {
    /// The whole body.
    pub(super) fn root(of: Option<TypeRef<'a>>) -> Self {
        Self { of, declared: None, depth: 0 }
    }

    fn field(of: TypeRef<'a>, key: &str) -> Option<Self> {
        Some(Self { of: Some(of.property(key)?), declared: of.declared(key), depth: 0 })
    }

    /// An item or a map's value.
    fn inner(self, of: Option<TypeRef<'a>>) -> Self {
        Self { of, declared: self.declared, depth: self.depth + 1 }
    }

    fn bytes(self) -> bool {
        self.of.is_some_and(|of| of.schema().format.as_deref() == Some("byte"))
    }

    /// The Go type that the value must fit.
    fn go_name(self) -> String {
        let Some(declared) = self.declared else {
            return self.of.map_or_else(String::new, TypeRef::go_name);
        };
        let mut name = declared.go_name();
        for level in 0..self.depth {
            if level == 0
                && !name.starts_with(['[', 'm'])
                && let Some(underlying) = &declared.go.underlying
            {
                name = underlying.to_string();
            }
            name = element(&name).to_owned();
        }
        name
    }
}

/// `v1.Container` of `[]v1.Container`, `string` of `map[string]string`.
fn element(name: &str) -> &str {
    name.strip_prefix("[]")
        .or_else(|| name.strip_prefix("map[").and_then(|rest| rest.split_once(']')).map(|(_, value)| value))
        .unwrap_or(name)
}

/// A walk through a body.
#[derive(Default)]
pub(super) struct Walk {
    /// The first value of a wrong type.
    pub(super) mismatch: Option<String>,
    /// Unknown and duplicate fields.
    pub(super) strict: Vec<String>,
    seen: BTreeSet<String>,
    /// `spec.template.spec.containers[0]`
    path: String,
    /// The structure that the innermost field belongs to, and the fields that lead to it.
    structure: String,
    fields: Vec<String>,
}

impl Walk {
    /// A value in its slot; nothing for null and for what does not fit.
    ///
    /// # Errors
    /// What ends the decoding at once: the refusal of a type's own decoder.
    pub(super) fn value(&mut self, raw: &RawValue, slot: Slot<'_>) -> Result<Option<Value>, String> {
        let kind = kind(raw);
        let Some(of) = slot.of else {
            return self.untyped(raw);
        };
        if kind == "null" {
            return Ok(None);
        }
        let schema = of.schema();
        if schema.go.name.as_deref() == Some("custom") {
            return self.own(raw, slot, Own::of(of.name().unwrap_or_default()));
        }
        let fits = match schema.shape {
            Shape::Object => kind == "object",
            Shape::Array => kind == "array",
            Shape::String => kind == "string",
            Shape::Integer | Shape::Number => kind == "number",
            Shape::Boolean => kind == "bool",
            Shape::IntOrString | Shape::Any => return self.own(raw, slot, Own::Raw),
        };
        if !fits {
            self.mismatch(kind, &slot.go_name());
            return Ok(None);
        }
        match schema.shape {
            Shape::Object if of.name().is_some() && schema.additional.is_none() => self.structure(raw, of),
            Shape::Object => self.map(raw, slot),
            Shape::Array => self.list(raw, slot),
            Shape::Integer | Shape::Number => Ok(self.number(raw, slot)),
            Shape::String if slot.bytes() => Ok(self.bytes(raw)),
            _ => parsed(raw).map(Some),
        }
    }

    /// Any value; duplicates are told of.
    fn untyped(&mut self, raw: &RawValue) -> Result<Option<Value>, String> {
        match kind(raw) {
            "object" => self.map(raw, Slot::root(None)),
            "array" => self.list(raw, Slot::root(None)),
            _ => parsed(raw).map(Some),
        }
    }

    fn structure(&mut self, raw: &RawValue, of: TypeRef<'_>) -> Result<Option<Value>, String> {
        let name = of.name().and_then(|name| name.rsplit('.').next()).unwrap_or_default().to_owned();
        let (mut fields, mut seen) = (Map::new(), BTreeSet::new());
        for (key, inner) in entries(raw)? {
            let Some(slot) = Slot::field(of, &key) else {
                self.tell("unknown", &key);
                continue;
            };
            if !seen.insert(key.clone()) {
                self.tell("duplicate", &key);
            }
            let outer = std::mem::replace(&mut self.structure, name.clone());
            self.fields.push(key.clone());
            let value = self.at(&key, |walk| walk.value(inner, slot));
            self.fields.pop();
            self.structure = outer;
            if let Some(value) = value? {
                put(&mut fields, key, value);
            }
        }
        Ok(Some(fields.into()))
    }

    fn map(&mut self, raw: &RawValue, slot: Slot<'_>) -> Result<Option<Value>, String> {
        let inner = slot.inner(slot.of.and_then(TypeRef::additional));
        let (mut fields, mut seen) = (Map::new(), BTreeSet::new());
        for (key, raw) in entries(raw)? {
            if !seen.insert(key.clone()) {
                self.tell("duplicate", &key);
            }
            let value = self.at(&key, |walk| walk.value(raw, inner))?;
            put(&mut fields, key, value.unwrap_or_else(|| zero(inner)));
        }
        Ok(Some(fields.into()))
    }

    fn list(&mut self, raw: &RawValue, slot: Slot<'_>) -> Result<Option<Value>, String> {
        let inner = slot.inner(slot.of.and_then(TypeRef::items));
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        let length = self.path.len();
        let mut values = Vec::with_capacity(items.len());
        for (index, raw) in items.into_iter().enumerate() {
            self.path.push_str(&format!("[{index}]"));
            let value = self.value(raw, inner);
            self.path.truncate(length);
            values.push(value?.unwrap_or_else(|| zero(inner)));
        }
        Ok(Some(values.into()))
    }

    fn number(&mut self, raw: &RawValue, slot: Slot<'_>) -> Option<Value> {
        let text = raw.get();
        let value = match (slot.of?.schema().shape, slot.of?.schema().format.as_deref()) {
            (Shape::Number, _) => serde_json::from_str(text).ok(),
            (_, Some("int32")) => text.parse::<i32>().ok().map(Value::from),
            _ => text.parse::<i64>().ok().map(Value::from),
        };
        if value.is_none() {
            self.mismatch(&format!("number {text}"), &slot.go_name());
        }
        value
    }

    fn bytes(&mut self, raw: &RawValue) -> Option<Value> {
        let text: String = serde_json::from_str(raw.get()).ok()?;
        match scalar::broken_base64(&text) {
            None => Some(text.into()),
            Some(position) => {
                self.save(format!("illegal base64 data at input byte {position}"));
                None
            }
        }
    }

    fn own(&mut self, raw: &RawValue, slot: Slot<'_>, decoder: Own) -> Result<Option<Value>, String> {
        match scalar::own(decoder, raw) {
            Ok(value) => Ok(Some(value)),
            Err(Refusal::Text(text)) => Err(text),
            Err(Refusal::Type(wanted)) => {
                let shown = match kind(raw) {
                    "number" if slot.of.is_some() && wanted != "string" => format!("number {}", raw.get()),
                    kind => kind.to_owned(),
                };
                Err(self.refusal(&shown, wanted))
            }
        }
    }

    /// Inside the field `key`.
    fn at<T>(&mut self, key: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        let result = inner(self);
        self.path.truncate(length);
        result
    }

    fn tell(&mut self, what: &str, key: &str) {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let text = format!("{what} field {}", go_quote(&path));
        if self.strict.len() < MAX_STRICT && self.seen.insert(text.clone()) {
            self.strict.push(text);
        }
    }

    fn mismatch(&mut self, kind: &str, go_name: &str) {
        let text = self.refusal(kind, go_name);
        self.save(text);
    }

    /// Only the first is told.
    fn save(&mut self, text: String) {
        self.mismatch.get_or_insert(text);
    }

    fn refusal(&self, kind: &str, go_name: &str) -> String {
        if self.fields.is_empty() {
            return format!("json: cannot unmarshal {kind} into Go value of type {go_name}");
        }
        let (structure, fields) = (&self.structure, self.fields.join("."));
        format!("json: cannot unmarshal {kind} into Go struct field {structure}.{fields} of type {go_name}")
    }
}

/// What messages call a value.
fn kind(raw: &RawValue) -> &'static str {
    match raw.get().as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'n') | None => "null",
        Some(_) => "number",
    }
}

fn entries(raw: &RawValue) -> Result<Vec<(String, &RawValue)>, String> {
    let Entries(entries) = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    Ok(entries)
}

fn parsed(raw: &RawValue) -> Result<Value, String> {
    serde_json::from_str(raw.get()).map_err(|error| error.to_string())
}

/// A null among items or a map's values is the type's zero value.
fn zero(slot: Slot<'_>) -> Value {
    let Some(of) = slot.of else { return Value::Null };
    match of.schema().shape {
        _ if of.schema().go.name.is_some() => Value::Null,
        Shape::Object if of.schema().additional.is_none() => Value::Object(Map::new()),
        Shape::String if !slot.bytes() => "".into(),
        Shape::Integer | Shape::Number => 0.into(),
        Shape::Boolean => false.into(),
        _ => Value::Null,
    }
}

/// A field that stands twice is decoded into the first one's value: maps and structures merge.
fn put(fields: &mut Map<String, Value>, key: String, value: Value) {
    match (fields.get_mut(&key), value) {
        (Some(Value::Object(known)), Value::Object(more)) => {
            more.into_iter().for_each(|(key, value)| put(known, key, value));
        }
        (_, value) => drop(fields.insert(key, value)),
    }
}
