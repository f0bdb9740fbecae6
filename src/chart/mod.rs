//! The chart model: loading, saving, scaffolding.

mod decode;
mod metadata;
mod model;
mod moment;
mod validate;
mod wire;

pub use decode::{DecodeError, Unknown};
pub use metadata::{API_VERSION_V1, API_VERSION_V2, Dependency, Maintainer, Metadata, Origin};
pub use model::{Chart, Crd, File, Lock, Placed};
pub use moment::{Moment, MomentError};
pub use validate::ValidationError;
