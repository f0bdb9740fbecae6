//! Go's types, as far as templates can observe them.

use std::borrow::Cow;

/// Signed integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntKind {
    /// `int`, 64 bits wide.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32` (`rune`).
    Int32,
    /// `int64`.
    Int64,
}

impl IntKind {
    /// The Go keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }

    /// Go's conversion from `int64`: what does not fit is cut off.
    pub const fn wrap(self, n: i64) -> i64 {
        match self {
            Self::Int | Self::Int64 => n,
            Self::Int8 => n as i8 as i64,
            Self::Int16 => n as i16 as i64,
            Self::Int32 => n as i32 as i64,
        }
    }
}

/// Unsigned integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UintKind {
    /// `uint`, 64 bits wide.
    Uint,
    /// `uint8` (`byte`).
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
}

impl UintKind {
    /// The Go keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
        }
    }

    /// Go's conversion from `uint64`: what does not fit is cut off.
    pub const fn wrap(self, n: u64) -> u64 {
        match self {
            Self::Uint | Self::Uint64 => n,
            Self::Uint8 => n as u8 as u64,
            Self::Uint16 => n as u16 as u64,
            Self::Uint32 => n as u32 as u64,
        }
    }
}

/// Float kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatKind {
    /// `float32`.
    Float32,
    /// `float64`.
    Float64,
}

impl FloatKind {
    /// The Go keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }

    /// Go's conversion from `float64`.
    pub const fn round(self, f: f64) -> f64 {
        match self {
            Self::Float32 => f as f32 as f64,
            Self::Float64 => f,
        }
    }
}

/// A static Go type: of a function's parameter, a slice's element or a map's element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `reflect.Value`: the argument is passed as it is, nil included (text/template's built-ins).
    Reflect,
    /// `bool`.
    Bool,
    /// A signed integer.
    Int(IntKind),
    /// An unsigned integer.
    Uint(UintKind),
    /// A float.
    Float(FloatKind),
    /// `string`.
    String,
    /// `error`.
    Error,
    /// A slice.
    Slice(&'static Type),
    /// A map with string keys.
    Map(&'static Type),
    /// A named type over another one, for example `common.Values`.
    Named(&'static str, &'static Type),
    /// A struct or pointer known by its printed name, for example `time.Time`.
    Opaque(&'static str),
    /// Results that text/template cannot take (`time.Time`'s `Date` gives three), with its refusal.
    Unusable(&'static str),
}

/// A Go function's or method's signature, which text/template checks calls against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Parameter types; the last one is the element type when `variadic`.
    pub params: &'static [Type],
    /// Whether the last parameter repeats.
    pub variadic: bool,
    /// The static result type (`Any` where Go says `interface {}`).
    pub returns: Type,
}

impl Signature {
    /// A signature without a variadic parameter.
    pub const fn fixed(params: &'static [Type], returns: Type) -> Self {
        Self { params, variadic: false, returns }
    }

    /// A signature whose last parameter repeats.
    pub const fn variadic(params: &'static [Type], returns: Type) -> Self {
        Self { params, variadic: true, returns }
    }
}

impl Type {
    /// `interface {}`.
    pub const ANY: Type = Type::Any;
    /// `string`.
    pub const STRING: Type = Type::String;
    /// `int`.
    pub const INT: Type = Type::Int(IntKind::Int);
    /// `int64`.
    pub const INT64: Type = Type::Int(IntKind::Int64);
    /// `uint8`.
    pub const BYTE: Type = Type::Uint(UintKind::Uint8);
    /// `float64`.
    pub const FLOAT64: Type = Type::Float(FloatKind::Float64);
    /// `[]interface {}`.
    pub const LIST: Type = Type::Slice(&Type::Any);
    /// `[]string`.
    pub const STRINGS: Type = Type::Slice(&Type::String);
    /// `[]uint8`.
    pub const BYTES: Type = Type::Slice(&Type::BYTE);
    /// `map[string]interface {}`.
    pub const DICT: Type = Type::Map(&Type::Any);
    /// `map[string]string`.
    pub const STRING_DICT: Type = Type::Map(&Type::String);

    /// The type as Go prints it.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Any => "interface {}".into(),
            Self::Reflect => "reflect.Value".into(),
            Self::Bool => "bool".into(),
            Self::Int(kind) => kind.name().into(),
            Self::Uint(kind) => kind.name().into(),
            Self::Float(kind) => kind.name().into(),
            Self::String => "string".into(),
            Self::Error => "error".into(),
            Self::Slice(elem) => format!("[]{}", elem.name()).into(),
            Self::Map(elem) => format!("map[string]{}", elem.name()).into(),
            Self::Named(name, _) | Self::Opaque(name) | Self::Unusable(name) => (*name).into(),
        }
    }
}
