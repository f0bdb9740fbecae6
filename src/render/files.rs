//! `.Files`: a chart's files that are no templates, as a map with methods.

use super::glob::Glob;
use crate::{chart::File, yaml};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use std::{any::Any, collections::BTreeMap};
use templates_engine::{
    exec::{Call, FuncError},
    value::{List, Object, Signature, Str, Type, Value},
};

/// Helm's `engine.files`.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    files: BTreeMap<String, Bytes>,
}

impl Files {
    /// The files of one chart, by their path in it.
    pub(super) fn new(files: &[File]) -> Self {
        Self { files: files.iter().map(|file| (file.name.clone(), file.data.clone())).collect() }
    }

    fn bytes(&self, name: &str) -> &[u8] {
        self.files.get(name).map_or(&[], |data| data)
    }

    /// Files whose path matches; a broken pattern matches every file, as in Helm.
    fn glob(&self, pattern: &str) -> Self {
        let glob = Glob::compile(pattern).unwrap_or_else(Glob::everything);
        let matching = self.files.iter().filter(|(name, _)| glob.matches(name));
        Self { files: matching.map(|(name, data)| (name.clone(), data.clone())).collect() }
    }

    /// A YAML map from base name to text; of two files with one base name, the later path wins.
    fn as_yaml(&self, text: impl Fn(&[u8]) -> String) -> String {
        let entries = self.files.iter().map(|(path, data)| {
            let base = path.rsplit('/').next().unwrap_or(path);
            (base.to_owned(), serde_json::Value::String(text(data)))
        });
        // Text in a map always has YAML.
        let mut yaml = yaml::from_json(&serde_json::Value::Object(entries.collect())).unwrap_or_default();
        if yaml.ends_with('\n') {
            yaml.pop();
        }
        yaml
    }

    fn lines(&self, name: &str) -> Value {
        let data = self.bytes(name);
        if data.is_empty() {
            return Value::strings::<Str>([]);
        }
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        Value::strings(data.split(|byte| *byte == b'\n').map(Str::from))
    }
}

/// `[]uint8`.
fn bytes(data: &[u8]) -> Value {
    Value::List(List::bytes(data))
}

const NAME: &[Type] = &[Type::String];

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn kind_name(&self) -> &str {
        "map"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.files.get(name).map(|data| bytes(data))
    }

    fn method(&self, name: &str) -> Option<Signature> {
        Some(match name {
            "AsConfig" | "AsSecrets" => Signature::fixed(&[], Type::String),
            "Get" => Signature::fixed(NAME, Type::String),
            "GetBytes" => Signature::fixed(NAME, Type::BYTES),
            "Glob" => Signature::fixed(NAME, Type::Opaque("engine.files")),
            "Lines" => Signature::fixed(NAME, Type::STRINGS),
            _ => return None,
        })
    }

    fn call_method(&self, _: &mut Call<'_>, method: &str, args: &[Value]) -> Result<Value, FuncError> {
        let name = args.first().and_then(Value::as_str).map(|s| s.to_text()).unwrap_or_default();
        Ok(match method {
            "AsConfig" => Value::string(self.as_yaml(|data| String::from_utf8_lossy(data).into_owned())),
            "AsSecrets" => Value::string(self.as_yaml(|data| STANDARD.encode(data))),
            "Get" => Value::string(self.bytes(&name)),
            "GetBytes" => bytes(self.bytes(&name)),
            "Glob" => Value::object(self.glob(&name)),
            "Lines" => self.lines(&name),
            other => return Err(FuncError::new(format!("no method {other}"))),
        })
    }

    fn map_type(&self) -> &'static Type {
        &Type::Map(&Type::BYTES)
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        Some(self.files.iter().map(|(name, data)| (Value::string(name.as_str()), bytes(data))).collect())
    }

    fn truth(&self) -> bool {
        !self.files.is_empty()
    }

    fn to_json(&self) -> serde_json::Value {
        self.files
            .iter()
            .map(|(name, data)| (name.clone(), serde_json::Value::from(STANDARD.encode(data))))
            .collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
