//! TOML as BurntSushi/toml writes and reads it, which Helm's `toToml` and `fromToml` are made of.
//!
//! ```
//! use templates_engine::{toml, value::Value};
//!
//! let table = toml::decode("a = 1\n[b]\nc = 1e6\n", 0)?;
//! assert_eq!(toml::encode(&table)?, b"a = 1\n\n[b]\n  c = 1e+06\n");
//! # Ok::<(), toml::Error>(())
//! ```

mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;

/// Deepest value that is written.
pub const MAX_DEPTH: usize = 256;

/// Why a value or a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A nil in a list.
    #[error("toml: cannot encode array with nil element")]
    NilElement,
    /// A list of tables without a name.
    #[error("toml: top-level values must be Go maps or structs")]
    NoKey,
    /// A nil alone; the library panics there.
    #[error("reflect: call of reflect.Value.Type on zero Value")]
    Nil,
    /// Deeper than [`MAX_DEPTH`], for example a map that holds itself.
    #[error("toml: value nests too deeply")]
    Depth,
    /// Not TOML: the line (from 1) and what is wrong, in the words of the parser used here.
    #[error("toml: line {0}: {1}")]
    Syntax(usize, String),
}
