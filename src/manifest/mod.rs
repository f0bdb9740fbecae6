//! Splitting, ordering and classifying rendered documents, as Helm's `release/v1/util` does.
//!
//! Everything here is a function of text: nothing reads a file or a cluster.

mod head;
mod order;
mod sort;
mod split;

pub use head::{Head, HeadError};
pub use order::{INSTALL_ORDER, KindOrder, UNINSTALL_ORDER, compare};
pub use sort::{Manifest, SortError, Sorted, sort_manifests};
pub use split::split_manifests;
