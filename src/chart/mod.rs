//! The chart model: loading, saving, scaffolding.

mod content;
mod decode;
pub mod ignore;
pub mod io;
pub mod load;
mod metadata;
mod model;
mod moment;
pub mod path;
pub mod save;
pub mod scaffold;
mod validate;
mod wire;

pub use content::{Content, ContentError};
pub use decode::{DecodeError, Unknown};
pub use metadata::{API_VERSION_V1, API_VERSION_V2, Dependency, Maintainer, Metadata, Origin};
pub use model::{Chart, Crd, File, Lock, Placed};
pub use moment::{Moment, MomentError};
pub use validate::ValidationError;
