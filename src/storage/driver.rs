//! Where records are kept: the part that differs between Secrets, ConfigMaps, SQL and memory.

use super::summary::Outline;
use std::collections::{BTreeMap, BTreeSet};

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
    /// The annotation that says what lists show, for a record that is to be stored; empty for none, and for one that was
    /// read.
    pub summary: String,
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

    /// Whether releases show the users' labels alone even where Helm's other drivers let them show all.
    fn keeps_system_labels_apart(&self) -> bool {
        false
    }

    /// The most bytes that a body may have, where there is a limit; releases that are larger are kept in parts.
    fn max_body(&self) -> Option<usize> {
        None
    }

    /// Lets the records under `keys` end with the one under `owner`, whoever removes that.
    ///
    /// # Errors
    /// [`DriverError::NotFound`], or the store's.
    fn adopt(&self, owner: &str, keys: &[String]) -> Result<(), DriverError> {
        let _ = (owner, keys);
        Ok(())
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

    /// What is known of every record whose labels include all of these, as far as it comes without their bodies.
    ///
    /// # Errors
    /// The store's.
    fn outlines(&self, labels: &[(&str, &str)]) -> Result<Vec<Outline>, DriverError> {
        let outline = |record: Record| Outline {
            key: record.key,
            namespace: record.namespace,
            labels: record.labels,
            summary: None,
        };
        Ok(self.query(labels)?.into_iter().map(outline).collect())
    }

    /// Gives the records with these namespaces and keys to `each`, in any order, one of them perhaps twice; those that
    /// are gone are left out. `labels` are labels that they all have, and which `of` records have.
    ///
    /// # Errors
    /// The store's.
    fn fetch(
        &self,
        labels: &[(&str, &str)],
        wanted: &BTreeSet<(String, String)>,
        of: usize,
        each: &mut dyn FnMut(Record),
    ) -> Result<(), DriverError> {
        let _ = of;
        let is_wanted = |record: &Record| wanted.contains(&(record.namespace.clone(), record.key.clone()));
        self.query(labels)?.into_iter().filter(is_wanted).for_each(each);
        Ok(())
    }

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
