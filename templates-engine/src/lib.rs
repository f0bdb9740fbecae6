//! Go's text/template and Sprig in Rust, byte for byte.
//!
//! | module | owns |
//! |---|---|
//! | [`value`] | what a template sees: Go's kinds, shared maps, byte strings |
//! | [`exec`] | running templates |
//! | [`funcs`] | built-ins and Sprig, as tables with Go signatures |
//! | [`regexp`] | Go's regular expressions |
//! | [`semver`] | Masterminds' versions and constraints |

pub mod exec;
pub mod funcs;
mod quote;
pub mod regexp;
pub mod semver;
pub mod value;
