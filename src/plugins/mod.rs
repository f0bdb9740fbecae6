//! Plugins: programs in folders of `$HELM_PLUGINS`, each described by a `plugin.yaml`.
//!
//! [`manifest`] reads the description, [`find()`] looks through folders, [`command`] chooses what to start and
//! [`process`] starts it; [`PostRendererPlugin`] is the one kind of plugin that is used so far.

pub mod command;
mod decode;
mod error;
mod find;
mod legacy;
pub mod manifest;
mod post_renderer;
pub mod process;
mod v1;

pub use error::Error;
pub use find::{Descriptor, find, load_folder};
pub use post_renderer::{POST_RENDERER, PostRendererPlugin};

use manifest::Metadata;
use std::path::PathBuf;

/// The file that describes a plugin, in its folder.
pub const PLUGIN_FILE: &str = "plugin.yaml";

/// A plugin that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// Its folder, as messages and `HELM_PLUGIN_DIR` show it.
    pub folder: PathBuf,
    /// What its `plugin.yaml` says.
    pub metadata: Metadata,
}

#[cfg(test)]
mod tests;
