//! Values between the two dialects.

use templates_engine::value::{Map as GoMap, ObjectRef, Str, Value as GoValue};
use tera::{
    Context, Map, Value,
    value::{Key, ValueKind},
};

/// The key under which an object's map says which object it is.
const HANDLE: &str = "__object";
/// The context's name for Go's `.`.
const DOT: &str = "dot";
/// Deepest value that crosses; a map may hold itself.
const MAX_DEPTH: usize = 200;

/// The objects that Tera has seen, so that it can hand them back (`genCA` to `genSignedCert`).
#[derive(Default)]
pub(super) struct Objects(Vec<GoValue>);

/// What a Tera file sees: the entries of `.` by name, and all of it as `dot`.
pub(super) fn context(objects: &mut Objects, data: &GoValue) -> Context {
    let mut context = Context::new();
    let dot = objects.give(data);
    if let Some(entries) = dot.as_map() {
        for (key, value) in entries {
            if let Some(key) = key.as_str() {
                context.insert_value(key.to_owned(), value.clone());
            }
        }
    }
    context.insert_value(DOT, dot);
    context
}

impl Objects {
    /// A Go value for Tera: whole floats, which every YAML number is, become integers.
    pub(super) fn give(&mut self, value: &GoValue) -> Value {
        self.convert(value, 0)
    }

    fn convert(&mut self, value: &GoValue, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::none();
        }
        match value {
            GoValue::Bool(b) => (*b).into(),
            GoValue::Int(_, n) => (*n).into(),
            GoValue::Uint(_, n) => (*n).into(),
            GoValue::Float(_, n) if n.fract() == 0.0 && n.abs() < 1e15 => (*n as i64).into(),
            GoValue::Float(_, n) => (*n).into(),
            GoValue::Str(text) => text.to_text().into(),
            GoValue::List(list) => {
                list.iter().map(|item| self.convert(item, depth + 1)).collect::<Vec<Value>>().into()
            }
            GoValue::Map(map) => self.table(map.snapshot(), depth),
            GoValue::Object(object) => self.object(value, object, depth),
            _ => Value::none(),
        }
    }

    fn table(&mut self, entries: Vec<(Str, GoValue)>, depth: usize) -> Value {
        let mut table = Map::new();
        for (key, value) in entries {
            table.insert(key.to_text().into_owned().into(), self.convert(&value, depth + 1));
        }
        table.into()
    }

    fn object(&mut self, value: &GoValue, object: &ObjectRef, depth: usize) -> Value {
        if let Some(entries) = object.entries() {
            // Maps such as `.Files` hold bytes; a list has no keys worth keeping.
            if object.kind_name() == "map" {
                let text = |value: GoValue| match value.as_list() {
                    Some(list) => list_text(list).map_or(value.clone(), GoValue::string),
                    None => value,
                };
                let entries = entries.into_iter().map(|(key, value)| (key_text(&key), text(value)));
                return self.table(entries.collect(), depth);
            }
            return entries
                .iter()
                .map(|(_, item)| self.convert(item, depth + 1))
                .collect::<Vec<Value>>()
                .into();
        }
        if let Some(plain) = object.underlying() {
            return self.convert(&plain, depth + 1);
        }
        let mut fields: Vec<(Str, GoValue)> =
            object.fields().into_iter().map(|(name, value)| (name.into(), value)).collect();
        fields.push((HANDLE.into(), GoValue::int64(self.0.len() as i64)));
        self.0.push(value.clone());
        self.table(fields, depth)
    }

    /// A value of Tera's for Go.
    pub(super) fn take(&self, value: &Value) -> GoValue {
        match value.kind() {
            ValueKind::Bool => value.as_bool().unwrap_or_default().into(),
            ValueKind::U64 | ValueKind::I64 | ValueKind::U128 | ValueKind::I128 => match value.as_i64() {
                Some(n) => GoValue::int64(n),
                None => GoValue::float64(value.as_f64().unwrap_or_default()),
            },
            ValueKind::F64 => GoValue::float64(value.as_f64().unwrap_or_default()),
            ValueKind::String => value.as_str().unwrap_or_default().into(),
            ValueKind::Array => GoValue::list(
                value.as_array().unwrap_or_default().iter().map(|item| self.take(item)).collect(),
            ),
            ValueKind::Map => self.take_map(value),
            ValueKind::Bytes => GoValue::string(value.as_bytes().unwrap_or_default()),
            _ => GoValue::Nil,
        }
    }

    fn take_map(&self, value: &Value) -> GoValue {
        let Some(table) = value.as_map() else { return GoValue::Nil };
        let handle =
            value.get_from_path(HANDLE).and_then(Value::as_i64).and_then(|at| usize::try_from(at).ok());
        if let Some(object) = handle.and_then(|at| self.0.get(at)) {
            return object.clone();
        }
        let entry = |(key, value): (&Key<'static>, &Value)| {
            let key = key.as_str().map_or_else(|| key.as_value().to_string(), str::to_owned);
            (Str::from(key), self.take(value))
        };
        GoValue::Map(GoMap::any(table.iter().map(entry)))
    }
}

fn key_text(key: &GoValue) -> Str {
    key.as_str().cloned().unwrap_or_else(|| "".into())
}

/// The text of a list of bytes.
fn list_text(list: &templates_engine::value::List) -> Option<Vec<u8>> {
    let byte = |item: &GoValue| match item {
        GoValue::Uint(_, n) => u8::try_from(*n).ok(),
        _ => None,
    };
    list.iter().map(byte).collect()
}
