//! `.Files`: a chart's files that are no templates, as a map with methods.

use super::glob::Glob;
use crate::{
    chart::{Content, File},
    yaml,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{any::Any, cell::OnceCell, collections::BTreeMap, rc::Rc};
use templates_engine::{
    exec::{Call, FuncError},
    value::{List, Object, Signature, Str, Type, Value},
};

/// Helm's `engine.files`.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    files: BTreeMap<String, Content>,
    unreadable: Unreadable,
}

/// Why a file could not be read where a template cannot be told: in `range` and in a field. The template fails
/// when it is done.
pub(super) type Unreadable = Rc<OnceCell<String>>;

impl Files {
    /// The files of one chart, by their path in it.
    pub(super) fn new(files: &[File], unreadable: &Unreadable) -> Self {
        let files = files.iter().map(|file| (file.name.clone(), file.data.clone())).collect();
        Self { files, unreadable: unreadable.clone() }
    }

    /// The bytes, or none and a word in [`Unreadable`].
    fn read(&self, name: &str, data: &Content) -> Vec<u8> {
        match read(name, data) {
            Ok(bytes) => bytes.to_vec(),
            Err(error) => {
                self.unreadable.get_or_init(|| error.to_string());
                Vec::new()
            }
        }
    }

    fn bytes(&self, name: &str) -> Result<&[u8], FuncError> {
        self.files.get(name).map_or(Ok(&[]), |data| read(name, data))
    }

    /// Files whose path matches; a broken pattern matches every file, as in Helm.
    fn glob(&self, pattern: &str) -> Self {
        let glob = Glob::compile(pattern).unwrap_or_else(Glob::everything);
        let matching = self.files.iter().filter(|(name, _)| glob.matches(name));
        let files = matching.map(|(name, data)| (name.clone(), data.clone())).collect();
        Self { files, unreadable: self.unreadable.clone() }
    }

    /// A YAML map from base name to text; of two files with one base name, the later path wins.
    fn as_yaml(&self, text: impl Fn(&[u8]) -> String) -> Result<String, FuncError> {
        let entry = |(path, data): (&String, &Content)| {
            let base = path.rsplit('/').next().unwrap_or(path);
            Ok((base.to_owned(), serde_json::Value::String(text(read(path, data)?))))
        };
        let entries = self.files.iter().map(entry).collect::<Result<_, FuncError>>()?;
        // Text in a map always has YAML.
        let mut yaml = yaml::from_json(&serde_json::Value::Object(entries)).unwrap_or_default();
        if yaml.ends_with('\n') {
            yaml.pop();
        }
        Ok(yaml)
    }

    fn lines(&self, name: &str) -> Result<Value, FuncError> {
        let data = self.bytes(name)?;
        if data.is_empty() {
            return Ok(Value::strings::<Str>([]));
        }
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        Ok(Value::strings(data.split(|byte| *byte == b'\n').map(Str::from)))
    }
}

fn read<'a>(name: &str, data: &'a Content) -> Result<&'a [u8], FuncError> {
    let unreadable = |error| FuncError::new(format!("error reading {name}: {error}"));
    data.bytes().map(|bytes| &bytes[..]).map_err(unreadable)
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
        self.files.get(name).map(|data| bytes(&self.read(name, data)))
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
            "AsConfig" => Value::string(self.as_yaml(|data| String::from_utf8_lossy(data).into_owned())?),
            "AsSecrets" => Value::string(self.as_yaml(|data| STANDARD.encode(data))?),
            "Get" => Value::string(self.bytes(&name)?),
            "GetBytes" => bytes(self.bytes(&name)?),
            "Glob" => Value::object(self.glob(&name)),
            "Lines" => self.lines(&name)?,
            other => return Err(FuncError::new(format!("no method {other}"))),
        })
    }

    fn map_type(&self) -> &'static Type {
        &Type::Map(&Type::BYTES)
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        let entry =
            |(name, data): (&String, &Content)| (Value::string(name.as_str()), bytes(&self.read(name, data)));
        Some(self.files.iter().map(entry).collect())
    }

    fn truth(&self) -> bool {
        !self.files.is_empty()
    }

    fn to_json(&self) -> serde_json::Value {
        self.files
            .iter()
            .map(|(name, data)| {
                (name.clone(), serde_json::Value::from(STANDARD.encode(self.read(name, data))))
            })
            .collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
