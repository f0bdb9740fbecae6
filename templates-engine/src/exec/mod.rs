//! Running parsed templates.

mod ahead;
mod args;
mod call;
mod check;
mod error;
mod eval;
mod field;
mod functions;
mod invoke;
mod limits;
mod operand;
mod range;
mod run;
mod set;
mod walk;

pub use ahead::ParseAhead;
pub use call::{Call, FuncError, Host, TextError};
pub use error::{ExecError, ExecErrorKind, Location};
pub use functions::FuncMap;
pub use limits::{Limits, MAX_EXEC_DEPTH};
pub use set::{MissingKey, TemplateSet};

pub(crate) use functions::{Function, Functions};
pub(crate) use operand::Operand;
pub(crate) use set::Scope;
