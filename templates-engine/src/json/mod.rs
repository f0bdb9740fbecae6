//! JSON as Go's `encoding/json` reads and writes it: its error texts, its numbers, its escapes.

mod decode;
mod encode;
mod text;

pub use decode::{Error, MAX_DEPTH, Numbers, first_value, kind_name, object, unmarshal, whole_value};
pub use encode::{EncodeError, Escape, marshal, marshal_indent, write_string};
pub use text::{indented, text};
