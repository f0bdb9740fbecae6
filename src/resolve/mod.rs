//! Dependency build and update.
