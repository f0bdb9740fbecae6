//! Release records in the cluster, in Helm's format.
//!
//! A driver stores records; [`Storage`] knows what they mean: keys, labels, history and its limit.

pub mod codec;
mod driver;
mod error;
pub mod head;
pub mod lease;
mod memory;
mod objects;
mod read;
mod summary;

pub use driver::{Driver, DriverError, Record, SYSTEM_LABELS};
pub use error::Error;
pub use memory::Memory;
pub use objects::Objects;
pub use read::Revisions;
pub use summary::{Outline, SUMMARY_ANNOTATION, Summaries, Summary, Unreadable};

use crate::{
    clock::Clock,
    release::{Release, Status},
};
use skiff_compact::Order;
use std::collections::BTreeMap;

const KEY_PREFIX: &str = "sh.helm.release.v1";
const OWNER: &str = "helm";

/// Every revision of every release that one driver reaches.
pub struct Storage<'a> {
    driver: &'a dyn Driver,
    clock: &'a dyn Clock,
    /// How many revisions of a release are kept when one is added; 0 keeps all.
    pub max_history: usize,
}

impl<'a> Storage<'a> {
    /// Storage on a driver, without a limit.
    pub fn new(driver: &'a dyn Driver, clock: &'a dyn Clock) -> Self {
        Self { driver, clock, max_history: 0 }
    }

    /// One revision.
    ///
    /// # Errors
    /// [`Error::NotFound`], the store's, or [`Error::Decode`].
    pub fn get(&self, name: &str, version: i64) -> Result<Release, Error> {
        let key = key(name, version);
        let record = self.driver.get(&key).map_err(|error| match error {
            DriverError::NotFound => Error::NotFound,
            error => self.refused(error, |cause| Error::Get { key: key.clone(), cause }),
        })?;
        let mut release = decode(&record).map_err(|cause| match self.driver.explains() {
            true => Error::Decode { key, cause },
            false => Error::Unreadable(cause),
        })?;
        release.labels.retain(|label, _| !SYSTEM_LABELS.contains(&label.as_str()));
        Ok(release)
    }

    /// Stores a new revision, after making room for it.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Create`], or what deleting old revisions said.
    pub fn create(&self, release: &Release) -> Result<(), Error> {
        if self.max_history > 0 {
            self.remove_least_recent(&release.name, self.max_history - 1)?;
        }
        let record = self
            .encode(release, "createdAt")
            .map_err(|cause| Error::EncodeNew { name: release.name.clone(), cause })?;
        self.driver.create(&record).map_err(|error| match error {
            DriverError::Exists => Error::Exists,
            error => self.refused(error, Error::Create),
        })
    }

    /// Replaces a revision's record.
    ///
    /// # Errors
    /// [`Error::Update`].
    pub fn update(&self, release: &Release) -> Result<(), Error> {
        let record = self
            .encode(release, "modifiedAt")
            .map_err(|cause| Error::EncodeUpdate { name: release.name.clone(), cause })?;
        self.driver.update(&record).map_err(|error| self.refused(error, Error::Update))
    }

    /// Removes a revision's record. Helm reads it first, so a broken one is refused.
    ///
    /// # Errors
    /// As [`Storage::get`], or the store's.
    pub fn delete(&self, name: &str, version: i64) -> Result<Release, Error> {
        let release = self.get(name, version)?;
        self.driver.delete(&key(name, version)).map_err(Error::Store)?;
        Ok(release)
    }

    /// The store's refusal, with what was being done where Helm says it.
    fn refused(&self, error: DriverError, explained: impl FnOnce(DriverError) -> Error) -> Error {
        if self.driver.explains() { explained(error) } else { Error::Store(error) }
    }

    fn encode(&self, release: &Release, stamp: &str) -> Result<Record, codec::CodecError> {
        let mut labels: BTreeMap<String, String> = release.labels.clone();
        labels.insert(stamp.into(), self.clock.now().as_second().to_string());
        // Like Helm, the user's labels win over the stamp but not over the others.
        labels.extend(release.labels.clone());
        labels.insert("name".into(), release.name.clone());
        labels.insert("owner".into(), OWNER.into());
        labels.insert("status".into(), release.info.status.to_string());
        labels.insert("version".into(), release.version.to_string());
        let key = key(&release.name, release.version);
        let summary = Summary::of(release).to_annotation().unwrap_or_default();
        Ok(Record { key, namespace: String::new(), labels, body: codec::encode(release)?, summary })
    }

    /// Removes the oldest revisions, but never the deployed one, until at most `keep` are left.
    fn remove_least_recent(&self, name: &str, keep: usize) -> Result<(), Error> {
        let mut history = self.summaries(name)?.found;
        history.sort_by_key(|revision| revision.version);
        let deployed = history.iter().rfind(|r| r.info.status == Status::Deployed).map(|r| r.version);
        let surplus = history.len().saturating_sub(keep);
        let doomed: Vec<i64> =
            history.iter().map(|r| r.version).filter(|v| Some(*v) != deployed).take(surplus).collect();
        let mut errors: Vec<Error> =
            doomed.into_iter().filter_map(|version| self.delete(name, version).err()).collect();
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            count => Err(Error::Pruning { count, first: Box::new(errors.remove(0)) }),
        }
    }
}

/// Decodes a record and hangs its labels on the release.
///
/// # Errors
/// When the body is not a release.
pub fn decode(record: &Record) -> Result<Release, codec::CodecError> {
    let mut release = codec::decode(&record.body)?;
    release.labels.clone_from(&record.labels);
    Ok(release)
}

/// The name of a revision's record.
pub fn key(name: &str, version: i64) -> String {
    format!("{KEY_PREFIX}.{name}.v{version}")
}

#[cfg(test)]
mod tests;
