//! Template functions as declarative tables: one file per family, each with a `TABLE`.
//!
//! A row carries the Go signature, because text/template checks arguments against it and words
//! its errors by it.

use crate::{
    exec::{Call, FuncError, Operand},
    value::{Signature, Type, Value},
};

mod args;
pub mod builtins;
mod cast;
pub mod collections;
pub mod conversion;
pub mod crypto;
pub mod dates;
mod deep;
pub mod encoding;
mod limits;
pub mod math;
pub mod network;
pub mod paths;
pub mod regex;
pub mod semver;
pub mod strings;

/// A function's body, as [`FuncSpec::call`] holds it.
pub type Body = fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError>;

/// One function: its name in templates, its Go signature and its body.
#[derive(Clone, Copy, Debug)]
pub struct FuncSpec {
    /// The name in templates.
    pub name: &'static str,
    /// Parameter types; the last one is the element type when `variadic`.
    pub params: &'static [Type],
    /// Whether the last parameter repeats.
    pub variadic: bool,
    /// The static result type (`Any` where Go says `interface {}`).
    pub returns: Type,
    /// The body. Arguments have been checked and converted to `params` by the executor:
    /// an `Int` parameter is a `Value::Int` of that kind, `String` a `Value::Str`, `Any` anything.
    pub call: Body,
}

impl FuncSpec {
    /// A function with a fixed number of arguments.
    pub const fn fixed(name: &'static str, params: &'static [Type], returns: Type, call: Body) -> Self {
        Self { name, params, variadic: false, returns, call }
    }

    /// A function whose last parameter repeats.
    pub const fn variadic(name: &'static str, params: &'static [Type], returns: Type, call: Body) -> Self {
        Self { name, params, variadic: true, returns, call }
    }

    /// The Go signature.
    pub const fn signature(&self) -> Signature {
        Signature { params: self.params, variadic: self.variadic, returns: self.returns }
    }
}

pub(crate) use args::as_list;
pub(crate) use encoding::encode64;
pub use limits::{MAX_ITEMS, MAX_NESTING, MAX_TEXT};

/// Every Sprig function that Helm exposes, and the duration functions that Helm adds, in no particular order.
pub fn sprig() -> impl Iterator<Item = &'static FuncSpec> {
    [
        collections::TABLE,
        conversion::TABLE,
        crypto::TABLE,
        dates::TABLE,
        encoding::TABLE,
        math::TABLE,
        network::TABLE,
        paths::TABLE,
        regex::TABLE,
        semver::TABLE,
        strings::TABLE,
    ]
    .into_iter()
    .flatten()
}

/// Go's zero value of a type.
pub(crate) fn zero(of: &'static Type) -> Value {
    Operand::zero(of).value
}
