//! CEL's types, as rules of custom resources see them.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ty {
    /// Anything, checked when it runs.
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Duration,
    Timestamp,
    /// The type of types.
    Type,
    /// A list, with how Kubernetes compares it.
    List(Arc<Ty>, Order),
    Map(Arc<Ty>, Arc<Ty>),
    /// A structure with known fields.
    Object(Arc<Object>),
    Optional(Arc<Ty>),
    /// A type of Kubernetes' libraries, by its name.
    Opaque(&'static str),
    /// A type parameter of a function's signature.
    Param(u8),
}

/// How lists compare and join.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Order {
    /// By places.
    Atomic,
    /// As sets.
    Set,
    /// As maps by these keys.
    Map(Vec<Box<str>>),
}

/// A structure: field names as CEL writes them, with the JSON names and types.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object {
    pub(crate) fields: BTreeMap<Box<str>, Field>,
}

/// A field of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) json: Box<str>,
    pub(crate) ty: Ty,
}

impl Ty {
    /// A list of these items.
    pub(crate) fn list(items: Ty) -> Self {
        Self::List(Arc::new(items), Order::Atomic)
    }

    /// Whether values of the type are checked only when they run.
    pub(crate) fn is_dyn(&self) -> bool {
        matches!(self, Self::Dyn)
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Dyn => "dyn",
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::Text => "string",
            Self::Bytes => "bytes",
            Self::Duration => "duration",
            Self::Timestamp => "timestamp",
            Self::Type => "type",
            Self::Object(_) => "object",
            Self::Opaque(name) => name,
            Self::List(items, _) => return write!(f, "list({items})"),
            Self::Map(key, value) => return write!(f, "map({key}, {value})"),
            Self::Optional(inner) => return write!(f, "optional_type({inner})"),
            Self::Param(number) => return write!(f, "{}", char::from(b'A' + number)),
        };
        f.write_str(name)
    }
}

/// Words that cannot name fields.
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// A field's name as expressions write it; `None` where it cannot be written.
pub(crate) fn escape(name: &str) -> Option<String> {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__"));
    }
    let mut escaped = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("__") {
            escaped.push_str("__underscores__");
            rest = after;
            continue;
        }
        match c {
            '.' => escaped.push_str("__dot__"),
            '-' => escaped.push_str("__dash__"),
            '/' => escaped.push_str("__slash__"),
            '_' => escaped.push('_'),
            c if c.is_ascii_alphanumeric() => escaped.push(c),
            _ => return None,
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    Some(escaped)
}
