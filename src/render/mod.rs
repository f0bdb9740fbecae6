//! Charts and values to manifests.
