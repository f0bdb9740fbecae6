//! Running parsed templates.

mod call;

pub use call::{Call, FuncError, Host};
