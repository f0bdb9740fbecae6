//! Objects as the real server's Go types hold and write them: which empty fields appear, which are left out, and the one
//! way to write times and quantities.
//!
//! `sandbox/tables/fields.tsv` (made by `tests/peers/fields` from the types themselves) has a line for each type: its name,
//! then its fields as `name`, a mark (`!` is always written, `~` is left out when zero, none: `omitempty`), a colon, and a
//! code: `s` text, `i` whole number, `f` number, `b` boolean, `T` time, `U` time with microseconds, `Q` quantity, `I`
//! number or text, `D` duration, `B` bytes, `J` anything, `S…` the structure of that name, and before another code `A` a
//! list of it, `M` a map to it, `*` a pointer to it.

use crate::object::quantity::Quantity;
use jiff::Timestamp;
use serde_json::{Map, Value};

const TABLE: &str = include_str!("../../tables/fields.tsv");

/// The type of all objects' metadata.
pub(super) const OBJECT_META: &str = "meta.v1.ObjectMeta";

/// Brings an object of the type `type_name` (`io.k8s.api.apps.v1.Deployment`) into the shape that decoding and encoding
/// with Go's types gives it; of a type that is no built-in one, only the metadata.
pub fn shape(type_name: &str, object: &mut Value) {
    Empty::FromStore.shape(type_name, object);
}

/// The same of an object that was only decoded and not stored yet: lists and maps that are given and empty stay so where
/// they are always written, and whoever gave them manages them.
pub(super) fn decoded(type_name: &str, object: &mut Value) {
    Empty::AsGiven.shape(type_name, object);
}

/// What becomes of empty lists and maps that are always written.
#[derive(Clone, Copy, PartialEq)]
enum Empty {
    /// They stay what they are.
    AsGiven,
    /// They come back from the store as none.
    FromStore,
}

impl Empty {
    fn shape(self, type_name: &str, object: &mut Value) {
        let Value::Object(map) = object else { return };
        match line(TABLE, short(type_name)) {
            Some(fields) => self.structure(fields, map),
            None => {
                if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
                    self.part(OBJECT_META, metadata);
                }
            }
        }
    }

    fn part(self, name: &str, map: &mut Map<String, Value>) {
        if let Some(fields) = line(TABLE, name) {
            self.structure(fields, map);
        }
    }

    fn structure(self, fields: &str, map: &mut Map<String, Value>) {
        let mut given = std::mem::take(map);
        for field in fields.split('\t') {
            let Some((name, code)) = field.split_once(':') else { continue };
            let (name, mark) = match name.as_bytes().last() {
                Some(b'!') => (&name[..name.len() - 1], Mark::Always),
                Some(b'~') => (&name[..name.len() - 1], Mark::OmitZero),
                _ => (name, Mark::OmitEmpty),
            };
            let value = given.remove(name).unwrap_or(Value::Null);
            if let Some(value) = self.settled(code, mark, value) {
                map.insert(name.to_owned(), value);
            }
        }
    }

    /// What is written for a field; nothing where it is left out.
    fn settled(self, code: &str, mark: Mark, mut value: Value) -> Option<Value> {
        if value.is_null() {
            value = zero(code);
        }
        self.reshape(code, &mut value);
        let empty = match &value {
            Value::Null => !matches!(code, "T" | "U") || mark == Mark::OmitZero,
            Value::Object(map) if code.starts_with('S') => map.is_empty() && mark == Mark::OmitZero,
            other => is_empty(code, other),
        };
        match (empty, mark) {
            (false, _) => Some(value),
            (true, Mark::Always) if code.starts_with('B') => Some(Value::Null),
            (true, Mark::Always) if self == Self::FromStore && code.starts_with(['A', 'M']) => {
                Some(Value::Null)
            }
            (true, Mark::Always) => Some(value),
            (true, _) => None,
        }
    }

    fn reshape(self, code: &str, value: &mut Value) {
        let rest = code.get(1..).unwrap_or_default();
        match (code.as_bytes().first(), value) {
            (Some(b'*'), value) => self.reshape(rest, value),
            (Some(b'S'), Value::Object(map)) => self.part(rest, map),
            (Some(b'A'), Value::Array(items)) => items.iter_mut().for_each(|item| self.element(rest, item)),
            (Some(b'M'), Value::Object(map)) => map.values_mut().for_each(|item| self.element(rest, item)),
            (Some(b'T'), value) => time(value, 0),
            (Some(b'U'), value) => time(value, 6),
            (Some(b'Q'), value) => quantity(value),
            _ => {}
        }
    }

    /// An item of a list or map: none there is the zero value.
    fn element(self, code: &str, item: &mut Value) {
        if item.is_null() {
            // The bytes of a map's value come back from the store as empty ones.
            *item = if code == "B" { "".into() } else { zero(code) };
        }
        self.reshape(code, item);
    }
}

/// `apps.v1.Deployment` of `io.k8s.api.apps.v1.Deployment`: the last three parts.
fn short(type_name: &str) -> &str {
    type_name
        .rmatch_indices('.')
        .nth(2)
        .and_then(|(index, _)| type_name.get(index + 1..))
        .unwrap_or(type_name)
}

/// A type's fields in a table whose lines are sorted, tabs between them.
pub(super) fn line(table: &'static str, name: &str) -> Option<&'static str> {
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let middle = (low + high) / 2;
        let start = table.get(low..middle)?.rfind('\n').map_or(low, |index| low + index + 1);
        let end = table.get(middle..high)?.find('\n').map_or(high, |index| middle + index);
        let (found, fields) = table.get(start..end)?.split_once('\t')?;
        match found.cmp(name) {
            std::cmp::Ordering::Equal => return Some(fields),
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

/// How a field behaves when it is empty.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Always,
    OmitZero,
    OmitEmpty,
}

/// Whether `omitempty` leaves a value out.
fn is_empty(code: &str, value: &Value) -> bool {
    match (code.as_bytes().first(), value) {
        (Some(b's' | b'B'), Value::String(text)) => text.is_empty(),
        (Some(b'i' | b'f'), Value::Number(number)) => number.as_f64() == Some(0.0),
        (Some(b'b'), Value::Bool(flag)) => !flag,
        (Some(b'A'), Value::Array(items)) => items.is_empty(),
        (Some(b'M'), Value::Object(map)) => map.is_empty(),
        _ => false,
    }
}

/// Go's zero value of a type, as JSON.
pub(super) fn zero(code: &str) -> Value {
    match code.as_bytes().first() {
        Some(b's') => "".into(),
        Some(b'i' | b'f' | b'I') => 0.into(),
        Some(b'b') => false.into(),
        Some(b'Q') => "0".into(),
        Some(b'D') => "0s".into(),
        Some(b'S') => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

fn time(value: &mut Value, digits: usize) {
    let read = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    if let Some(time) = read {
        *value = match digits {
            0 => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            _ => time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        }
        .into();
    }
}

fn quantity(value: &mut Value) {
    let text = match &*value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return,
    };
    if let Ok(quantity) = Quantity::parse(&text) {
        *value = quantity.to_string().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_line_of_the_table_is_found() {
        for name in TABLE.lines().filter_map(|line| line.split_once('\t')).map(|(name, _)| name) {
            assert!(line(TABLE, name).is_some(), "{name}");
        }
        assert_eq!(line(TABLE, "core.v1.Nothing"), None);
    }

    #[test]
    fn empty_fields_appear_or_not_as_go_writes_them() {
        let mut object = json!({
            "metadata": {"name": "web", "labels": {}, "creationTimestamp": null},
            "spec": {"replicas": 0, "paused": false, "template": {"spec": {"containers": [{"image": null}], "hostNetwork": false}}},
        });
        shape("io.k8s.api.apps.v1.Deployment", &mut object);
        let expected = json!({
            "metadata": {"name": "web"},
            "spec": {
                "replicas": 0, "selector": null, "strategy": {},
                "template": {"metadata": {}, "spec": {"containers": [{"name": "", "resources": {}}]}},
            },
            "status": {},
        });
        assert_eq!(object, expected);
    }
}
