//! The methods of Helm's `common.Values` (`pkg/chart/common/values.go`).

use super::scope::VALUES;
use crate::yaml;
use std::any::Any;
use templates_engine::{
    exec::{Call, FuncError},
    fmt::quote,
    value::{Map, Object, ObjectRef, Signature, Str, Type, Value},
};

/// The method of that name, when the map is a `common.Values` and has one.
pub(super) fn method(map: &Map, name: &[u8]) -> Option<(ObjectRef, Signature)> {
    // Asked for each field of a value: nearly every name is none of these.
    let signature = match name {
        b"AsMap" => Signature::fixed(&[], Type::DICT),
        b"YAML" => Signature::fixed(&[], Type::String),
        b"Table" => Signature::fixed(&[Type::String], VALUES),
        b"PathValue" => Signature::fixed(&[Type::String], Type::Any),
        b"Encode" => Signature::fixed(&[Type::Opaque("io.Writer")], Type::Error),
        _ => return None,
    };
    if *map.map_type() != VALUES {
        return None;
    }
    Some((ObjectRef::new(Methods(map.clone())), signature))
}

/// A `common.Values` as the receiver of its methods.
#[derive(Debug)]
struct Methods(Map);

impl Methods {
    fn yaml(&self) -> Result<Value, FuncError> {
        let refuse = |error: &dyn std::fmt::Display| FuncError::new(error.to_string());
        let tree = Value::Map(self.0.clone()).to_json().map_err(|error| refuse(&error))?;
        yaml::from_json(&tree).map(Value::from).map_err(|error| refuse(&error))
    }

    /// The table that a dotted path leads to.
    fn table(&self, path: &[u8]) -> Result<Map, FuncError> {
        let mut table = self.0.clone();
        for part in path.split(|byte| *byte == b'.') {
            table = match table.get(part) {
                Some(Value::Map(map)) => map,
                _ => return Err(FuncError::new(format!("{} is not a table", quote(part)))),
            };
        }
        Ok(table.with_type(&VALUES))
    }

    /// What a dotted path leads to, unless that is a table.
    fn path_value(&self, path: &[u8]) -> Result<Value, FuncError> {
        if path.is_empty() {
            return Err(FuncError::new("YAML path cannot be empty"));
        }
        let (table, key) = match path.iter().rposition(|byte| *byte == b'.') {
            Some(dot) => (self.table(&path[..dot]).ok(), &path[dot + 1..]),
            None => (Some(self.0.clone()), path),
        };
        match table.and_then(|table| table.get(key)) {
            Some(value) if !matches!(value, Value::Map(_)) => Ok(value),
            _ => Err(FuncError::new(format!("{} is not a value", quote(key)))),
        }
    }
}

impl Object for Methods {
    fn type_name(&self) -> &str {
        "common.Values"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call_method(&self, _: &mut Call<'_>, name: &str, args: &[Value]) -> Result<Value, FuncError> {
        let path = args.first().and_then(Value::as_str).map_or(&[][..], Str::as_bytes);
        match name {
            "AsMap" => Ok(Value::Map(self.0.with_type(&Type::DICT))),
            "YAML" => self.yaml(),
            "Table" => self.table(path).map(Value::Map),
            "PathValue" => self.path_value(path),
            other => Err(FuncError::new(format!("no method {other}"))),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
