//! Where records are kept: the part that differs between Secrets, ConfigMaps, SQL and memory.

use std::collections::BTreeMap;

/// The labels that belong to the storage, not to the user.
pub const SYSTEM_LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// One stored revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// `sh.helm.release.v1.NAME.vN`.
    pub key: String,
    /// The namespace it was found in; empty for a record that is still to be stored.
    pub namespace: String,
    /// System labels and the user's.
    pub labels: BTreeMap<String, String>,
    /// The encoded release.
    pub body: String,
}

/// Why a driver cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// No record by that key.
    #[error("release: not found")]
    NotFound,
    /// There is a record by that key.
    #[error("release: already exists")]
    Exists,
    /// The store itself refused or cannot be reached.
    #[error(transparent)]
    Store(Box<dyn std::error::Error + Send + Sync>),
}

/// A store of records. Each method is one visit to the store; nothing is cached.
pub trait Driver {
    /// Whether errors say what was being done when the store refused, as Helm's own drivers do or do not.
    fn explains(&self) -> bool {
        false
    }

    /// The record with this key.
    ///
    /// # Errors
    /// [`DriverError::NotFound`], or the store's.
    fn get(&self, key: &str) -> Result<Record, DriverError>;

    /// Every record whose labels include all of these.
    ///
    /// # Errors
    /// The store's.
    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError>;

    /// Stores a new record.
    ///
    /// # Errors
    /// [`DriverError::Exists`], or the store's.
    fn create(&self, record: &Record) -> Result<(), DriverError>;

    /// Replaces a record.
    ///
    /// # Errors
    /// [`DriverError::NotFound`], or the store's.
    fn update(&self, record: &Record) -> Result<(), DriverError>;

    /// Removes a record.
    ///
    /// # Errors
    /// [`DriverError::NotFound`], or the store's.
    fn delete(&self, key: &str) -> Result<(), DriverError>;
}
