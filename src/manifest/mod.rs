//! Splitting, ordering and classifying rendered documents.
