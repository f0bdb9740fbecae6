//! Writing releases: encoding, parts, history's limit.

use super::{
    Error, OWNER, Storage, codec,
    codec::CodecError,
    driver::{DriverError, Record},
    key,
    parts::{self, Pointer, Split},
    summary::Summary,
};
use crate::release::{Release, Status};
use skiff_compact::Order;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be stored of a release.
struct Encoded {
    record: Record,
    /// Where the record is a head alone.
    rest: Option<(Pointer, Vec<Record>)>,
}

impl Storage<'_> {
    /// Stores a new revision, after making room for it.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Create`], or what deleting old revisions said.
    pub fn create(&self, release: &Release) -> Result<(), Error> {
        if self.max_history > 0 {
            self.remove_least_recent(&release.name, self.max_history - 1)?;
        }
        let Encoded { record, rest } = self
            .encode(release, "createdAt")
            .map_err(|cause| Error::EncodeNew { name: release.name.clone(), cause })?;
        let stored = self.store(rest, &record, |record| self.driver.create(record));
        stored.map_err(|error| match error {
            DriverError::Exists => Error::Exists,
            error => self.refused(error, Error::Create),
        })
    }

    /// Replaces a revision's record.
    ///
    /// # Errors
    /// [`Error::Update`].
    pub fn update(&self, release: &Release) -> Result<(), Error> {
        let Encoded { record, rest } = self
            .encode(release, "modifiedAt")
            .map_err(|cause| Error::EncodeUpdate { name: release.name.clone(), cause })?;
        let stored = self.store(rest, &record, |record| self.driver.update(record));
        stored.map_err(|error| self.refused(error, Error::Update))
    }

    /// Removes a revision's record. Helm reads it first, so a broken one is refused.
    ///
    /// # Errors
    /// As [`Storage::get`], or the store's.
    pub fn delete(&self, name: &str, version: i64) -> Result<(), Error> {
        let (head, _) = self.head(name, version)?;
        // The head first: parts without one are nothing.
        self.driver.delete(&key(name, version)).map_err(Error::Store)?;
        match Pointer::of(&head) {
            Some(pointer) if pointer.version == version => {
                self.delete_parts(&pointer, &BTreeSet::new()).map_err(Error::Store)
            }
            _ => Ok(()),
        }
    }

    /// Stores parts, then the head, then removes what parts there were before.
    fn store(
        &self,
        rest: Option<(Pointer, Vec<Record>)>,
        head: &Record,
        write: impl FnOnce(&Record) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        let Some((pointer, parts)) = rest else { return write(head) };
        let known = self.part_keys(&pointer)?;
        let new: Vec<&Record> = parts.iter().filter(|part| !known.contains(&part.key)).collect();
        for part in &new {
            match self.driver.create(part) {
                // Left by a write that was cut off, or made by another one of the same content.
                Err(DriverError::Exists) => self.driver.update(part)?,
                other => other?,
            }
        }
        write(head)?;
        let keys: Vec<String> = new.into_iter().map(|part| part.key.clone()).collect();
        self.driver.adopt(&head.key, &keys)?;
        self.delete_parts(&pointer, &pointer.keys().into_iter().collect())
    }

    fn part_keys(&self, pointer: &Pointer) -> Result<BTreeSet<String>, DriverError> {
        let outlines = self.driver.outlines(&pointer.labels(&pointer.version.to_string()))?;
        Ok(outlines.into_iter().map(|outline| outline.key).collect())
    }

    fn delete_parts(&self, pointer: &Pointer, but: &BTreeSet<String>) -> Result<(), DriverError> {
        for key in self.part_keys(pointer)?.difference(but) {
            match self.driver.delete(key) {
                // The server removes parts whose head is gone, too.
                Err(DriverError::NotFound) => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn encode(&self, release: &Release, stamp: &str) -> Result<Encoded, CodecError> {
        let body = codec::encode(release)?;
        match self.driver.max_body() {
            Some(max) if body.len() > max => {
                let Split { head, pointer, parts } = parts::split(release, max)?;
                let record = self.record(release, stamp, codec::encode(&head)?);
                Ok(Encoded { record, rest: Some((pointer, parts)) })
            }
            _ => Ok(Encoded { record: self.record(release, stamp, body), rest: None }),
        }
    }

    fn record(&self, release: &Release, stamp: &str, body: String) -> Record {
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
        Record { key, namespace: release.namespace.clone(), labels, body, summary }
    }

    /// Removes the oldest revisions, but never the deployed one, until at most `keep` are left.
    fn remove_least_recent(&self, name: &str, keep: usize) -> Result<(), Error> {
        let mut history = self.summaries(name)?.found;
        history.order_by_key(|revision| revision.version);
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
