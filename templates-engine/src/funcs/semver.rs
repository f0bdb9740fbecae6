//! Versions and constraints by Masterminds' rules.

use super::FuncSpec;
use crate::{
    exec::{Call, FuncError},
    semver::{Constraint, Error, Version},
    value::{List, Object, Signature, Type, UintKind, Value},
};
use std::any::Any;

const VERSION: Type = Type::Opaque("*semver.Version");

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec { name: "semver", params: &[Type::STRING], variadic: false, returns: VERSION, call: semver },
    FuncSpec {
        name: "semverCompare",
        params: &[Type::STRING, Type::STRING],
        variadic: false,
        returns: Type::Bool,
        call: semver_compare,
    },
];

impl From<Error> for FuncError {
    fn from(error: Error) -> Self {
        Self::new(error.to_string())
    }
}

fn bytes(args: &[Value], at: usize) -> &[u8] {
    args.get(at).and_then(Value::as_str).map(|s| s.as_bytes()).unwrap_or_default()
}

fn semver(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::object(VersionObject::pointer(Version::parse(bytes(args, 0))?)))
}

fn semver_compare(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let constraint = Constraint::parse(bytes(args, 0))?;
    let version = Version::parse(bytes(args, 1))?;
    Ok(Value::Bool(constraint.check(&version)))
}

/// What the template function `semver` yields: `*semver.Version`, or the plain `semver.Version`
/// that `IncMajor` and its like yield, which lacks the pointer's methods.
#[derive(Clone, Debug)]
pub struct VersionObject {
    version: Version,
    pointer: bool,
}

/// Methods of `semver.Version`, and so of the pointer too.
const VALUE_METHODS: &[&str] = &[
    "IncMajor",
    "IncMinor",
    "IncPatch",
    "Major",
    "MarshalJSON",
    "MarshalText",
    "Metadata",
    "Minor",
    "Patch",
    "Prerelease",
    "SetMetadata",
    "SetPrerelease",
    "String",
    "Value",
];

/// Methods of `*semver.Version` alone.
const POINTER_METHODS: &[&str] =
    &["Compare", "Equal", "GreaterThan", "GreaterThanEqual", "LessThan", "LessThanEqual", "Original"];

impl VersionObject {
    /// A `*semver.Version`.
    pub fn pointer(version: Version) -> Self {
        Self { version, pointer: true }
    }

    /// The version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    fn value(version: Option<Version>, part: &str) -> Result<Value, FuncError> {
        // Go panics here, and text/template hands the panic's text on as the error.
        let version = version
            .ok_or_else(|| FuncError::new(format!("{part} version increment would overflow uint64")))?;
        Ok(Value::object(Self { version, pointer: false }))
    }
}

fn other<'a>(method: &str, args: &'a [Value]) -> Result<&'a Version, FuncError> {
    if let [Value::Nil] = args {
        return Err(FuncError::new(super::args::NIL_POINTER));
    }
    let [Value::Object(object)] = args else {
        return Err(FuncError::new(format!("wrong number of args for {method}: want 1 got {}", args.len())));
    };
    let version = object.as_any().downcast_ref::<VersionObject>();
    version.map(VersionObject::version).ok_or_else(|| {
        FuncError::new(format!("wrong type for value; expected *semver.Version; got {}", object.type_name()))
    })
}

impl Object for VersionObject {
    fn type_name(&self) -> &str {
        if self.pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn kind_name(&self) -> &str {
        if self.pointer { "ptr" } else { "struct" }
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn is_unexported(&self, name: &str) -> bool {
        self.fields().iter().any(|(field, _)| *field == name)
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        let v = &self.version;
        let number = |n| Value::Uint(UintKind::Uint64, n);
        vec![
            ("major", number(v.major())),
            ("minor", number(v.minor())),
            ("patch", number(v.patch())),
            ("pre", v.prerelease().into()),
            ("metadata", v.metadata().into()),
            ("original", v.original().into()),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        const OTHER: &[Type] = &[VERSION];
        const RESULT: Type = Type::Opaque("semver.Version");
        if !(VALUE_METHODS.contains(&name) || self.pointer && POINTER_METHODS.contains(&name)) {
            return None;
        }
        Some(match name {
            "Major" | "Minor" | "Patch" => Signature::fixed(&[], Type::Uint(UintKind::Uint64)),
            "IncMajor" | "IncMinor" | "IncPatch" => Signature::fixed(&[], RESULT),
            "SetPrerelease" | "SetMetadata" => Signature::fixed(&[Type::String], RESULT),
            "Compare" => Signature::fixed(OTHER, Type::INT),
            "Equal" | "GreaterThan" | "GreaterThanEqual" | "LessThan" | "LessThanEqual" => {
                Signature::fixed(OTHER, Type::Bool)
            }
            "MarshalJSON" | "MarshalText" => Signature::fixed(&[], Type::BYTES),
            "Value" => Signature::fixed(&[], Type::Any),
            _ => Signature::fixed(&[], Type::String),
        })
    }

    fn call_method(&self, _: &mut Call<'_>, name: &str, args: &[Value]) -> Result<Value, FuncError> {
        let v = &self.version;
        let number = |n| Ok(Value::Uint(UintKind::Uint64, n));
        let text = || args.first().and_then(Value::as_str).map(|s| s.to_text()).unwrap_or_default();
        match name {
            "Major" => number(v.major()),
            "Minor" => number(v.minor()),
            "Patch" => number(v.patch()),
            "Prerelease" => Ok(v.prerelease().into()),
            "Metadata" => Ok(v.metadata().into()),
            "Original" => Ok(v.original().into()),
            "String" | "Value" => Ok(v.to_string().into()),
            "MarshalText" => Ok(Value::List(List::bytes(v.to_string().as_bytes()))),
            "MarshalJSON" => Ok(Value::List(List::bytes(format!("\"{v}\"").as_bytes()))),
            "IncMajor" => Self::value(v.next_major(), "major"),
            "IncMinor" => Self::value(v.next_minor(), "minor"),
            "IncPatch" => Self::value(v.next_patch(), "patch"),
            "SetPrerelease" => Self::value(Some(v.with_prerelease(&text())?), ""),
            "SetMetadata" => Self::value(Some(v.with_metadata(&text())?), ""),
            "Compare" => Ok(Value::int(v.cmp(other(name, args)?) as i64)),
            "Equal" => Ok((v == other(name, args)?).into()),
            "GreaterThan" => Ok((v > other(name, args)?).into()),
            "GreaterThanEqual" => Ok((v >= other(name, args)?).into()),
            "LessThan" => Ok((v < other(name, args)?).into()),
            "LessThanEqual" => Ok((v <= other(name, args)?).into()),
            _ => Err(FuncError::new(format!("no method {name}"))),
        }
    }

    fn deep_copied(&self) -> Option<Value> {
        Some(Value::object(Self { version: Version::default(), pointer: self.pointer }))
    }

    fn display(&self) -> Option<String> {
        Some(self.version.to_string())
    }

    fn to_json(&self) -> serde_json::Value {
        self.version.to_string().into()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
