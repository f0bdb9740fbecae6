//! Charts and values to manifests, as Helm's `pkg/engine` does it.

mod capabilities;
mod data_funcs;
mod engine;
mod error;
mod excerpt;
mod files;
mod funcs;
mod glob;
mod objects;
mod scope;
mod tera;
mod values_methods;

pub use capabilities::{Capabilities, KubeVersion, KubeVersionError};
pub use engine::{Engine, ReleaseOptions, RenderValues, Rendered, fill_random, parse_ahead};
pub use error::RenderError;
pub use funcs::{Log, Lookup};
pub use templates_engine::exec::ParseAhead;
