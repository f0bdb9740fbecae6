//! Splitting, ordering and classifying rendered documents, as Helm's `release/v1/util` does.
//!
//! Everything here is a function of text: nothing reads a file or a cluster.

mod order;
mod split;

pub use order::{INSTALL_ORDER, KindOrder, UNINSTALL_ORDER, compare};
pub use split::split_manifests;
