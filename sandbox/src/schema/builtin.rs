//! The types of the built-in kinds, as `build.rs` writes them from `k8s-openapi` and recorded tables.
//!
//! `types.bin` is compressed by deflate. Numbers have seven bits a byte, the lowest first. It holds strings (how many;
//! each one's length and bytes), schemas (how many; each one's facts, each a letter and its contents, up to a full
//! stop; inner schemas stand before outer ones) and types (how many; each one's name and schema).

use super::{Go, ListType, Schema, Shape, Types, Zero};
use std::sync::{Arc, LazyLock};

const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/types.bin"));

/// The types of all built-in kinds, without texts; read at the first call.
///
/// ```
/// use skiff_sandbox::schema::builtin;
/// let deployment = builtin().get("io.k8s.api.apps.v1.Deployment").unwrap();
/// let spec = deployment.property("spec").unwrap();
/// assert_eq!(spec.declared("strategy").unwrap().patch_strategy.as_deref(), Some("retainKeys"));
/// ```
#[must_use]
pub fn builtin() -> &'static Types {
    static TYPES: LazyLock<Types> = LazyLock::new(|| {
        // What the build wrote is whole; a damaged program would know no types and drop all fields, so it says so.
        read(BYTES).expect("types.bin is what build.rs wrote")
    });
    &TYPES
}

fn read(compressed: &[u8]) -> Option<Types> {
    let bytes = crate::packed::unpacked(compressed)?;
    let mut reader = Reader { bytes: &bytes };
    let strings: Vec<&str> = (0..reader.number()?).map(|_| reader.text()).collect::<Option<_>>()?;
    let mut schemas = Vec::new();
    for _ in 0..reader.number()? {
        let schema = reader.schema(&strings, &schemas)?;
        schemas.push(Arc::new(schema));
    }
    let mut types = Types::default();
    for _ in 0..reader.number()? {
        let name: &str = strings.get(reader.number()?)?;
        types.definitions.insert(name.into(), schemas.get(reader.number()?)?.clone());
    }
    Some(types)
}

/// What is left to read.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(first)
    }

    pub(super) fn number(&mut self) -> Option<usize> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }

    fn string(&mut self, strings: &[&'a str]) -> Option<&'a str> {
        strings.get(self.number()?).copied()
    }

    fn list<T: From<&'a str>>(&mut self, strings: &[&'a str]) -> Option<Vec<T>> {
        (0..self.number()?).map(|_| self.string(strings).map(T::from)).collect()
    }

    fn schema(&mut self, strings: &[&'a str], known: &[Arc<Schema>]) -> Option<Schema> {
        let mut schema = Schema::default();
        loop {
            match self.byte()? {
                b'.' => return Some(schema),
                b'r' => schema.reference = Some(self.string(strings)?.into()),
                b's' => schema.shape = shape(self.byte()?)?,
                b'f' => schema.format = Some(self.string(strings)?.into()),
                b'S' => schema.patch_strategy = Some(self.string(strings)?.into()),
                b'K' => schema.patch_merge_key = Some(self.string(strings)?.into()),
                b'd' => schema.default = Some(serde_json::from_str(self.string(strings)?).ok()?),
                b'i' => schema.items = Some(known.get(self.number()?)?.clone()),
                b'a' => schema.additional = Some(known.get(self.number()?)?.clone()),
                b'p' => {
                    for _ in 0..self.number()? {
                        let key = self.string(strings)?;
                        schema.properties.insert(key.into(), known.get(self.number()?)?.clone());
                    }
                }
                b'R' => schema.required = self.list(strings)?,
                b'A' => schema.list_type = Some(ListType::Atomic),
                b'T' => schema.list_type = Some(ListType::Set),
                b'M' => schema.list_type = Some(ListType::Map(self.list(strings)?)),
                b'm' => schema.atomic = true,
                tag => self.go(tag, strings, &mut schema.go)?,
            }
        }
    }

    fn go(&mut self, tag: u8, strings: &[&'a str], go: &mut Go) -> Option<()> {
        match tag {
            b'*' => go.pointer = true,
            b'g' => go.name = Some(self.string(strings)?.into()),
            b'u' => go.underlying = Some(self.string(strings)?.into()),
            b'z' => go.zero = zero(self.string(strings)?)?,
            _ => return None,
        }
        Some(())
    }
}

fn shape(letter: u8) -> Option<Shape> {
    Some(match letter {
        b'?' => Shape::Any,
        b'o' => Shape::Object,
        b'l' => Shape::Array,
        b's' => Shape::String,
        b'i' => Shape::Integer,
        b'n' => Shape::Number,
        b'b' => Shape::Boolean,
        b'x' => Shape::IntOrString,
        _ => return None,
    })
}

fn zero(text: &str) -> Option<Zero> {
    Some(match text {
        "null" => Zero::Null,
        "\"\"" => Zero::Text,
        "0" => Zero::Number,
        "false" => Zero::False,
        "\"0\"" => Zero::Quantity,
        "{}" => Zero::Struct,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(schema: &Schema) {
            if let Some(name) = &schema.reference {
                assert!(builtin().get(name).is_some(), "{name}");
            }
            schema
                .properties
                .values()
                .chain(&schema.items)
                .chain(&schema.additional)
                .for_each(|inner| check(inner));
        }
        builtin().definitions.values().for_each(|schema| check(schema));
    }

    #[test]
    fn facts_that_merging_needs_are_there() {
        let pod = builtin().get("io.k8s.api.core.v1.PodSpec").expect("a type");
        let containers = pod.declared("containers").expect("a field");
        assert_eq!(containers.list_type, Some(ListType::Map(vec!["name".into()])));
        assert_eq!(containers.patch_merge_key.as_deref(), Some("name"));
        let port =
            pod.property("containers").and_then(|list| list.items()).and_then(|item| item.declared("ports"));
        assert_eq!(
            port.expect("a field").list_type,
            Some(ListType::Map(vec!["containerPort".into(), "protocol".into()]))
        );
        assert!(pod.declared("nodeSelector").expect("a field").atomic);
        let intstr = builtin().get("io.k8s.apimachinery.pkg.util.intstr.IntOrString").expect("a type");
        assert_eq!(intstr.schema().shape, Shape::IntOrString);
    }

    #[test]
    fn facts_of_go_are_there() {
        let spec = builtin().get("io.k8s.api.apps.v1.DeploymentSpec").expect("a type");
        let field = |key: &str| spec.declared(key).expect("a field");
        assert!(field("replicas").go.pointer && !field("minReadySeconds").go.pointer);
        assert_eq!((field("strategy").go.zero, field("selector").go.zero), (Zero::Struct, Zero::Null));
        assert_eq!(field("template").go_name(), "v1.PodTemplateSpec");
        let port = builtin().get("io.k8s.api.core.v1.ServicePort").expect("a type");
        assert_eq!(port.declared("protocol").expect("a field").go_name(), "v1.Protocol");
    }

    #[test]
    fn damaged_bytes_are_no_types() {
        assert!(read(&BYTES[..BYTES.len() / 2]).is_none());
        assert!(read(b"").is_none());
    }
}
