//! Post-renderers: what Helm's YAML library makes of documents on their way through a plugin, and the plugins.

mod commented;
mod nodes;
mod plugins;
mod streams;
