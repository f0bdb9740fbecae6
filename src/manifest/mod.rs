//! Splitting, ordering and classifying rendered documents, as Helm's `release/v1/util` does.
//!
//! Everything here is a function of text: nothing reads a file or a cluster.

mod head;
mod order;
mod sort;
mod split;

pub(crate) use head::is_head_key;
pub use head::{Head, HeadError};
pub use order::{INSTALL_ORDER, KindOrder, UNINSTALL_ORDER, compare};
pub use sort::{FileDocuments, Manifest, SortError, Sorted, sort_documents, sort_manifests};
pub use split::split_manifests;
