//! Reading releases: whole ones, and no more of the others than is shown.

use super::{
    Error, OWNER, SYSTEM_LABELS, Storage,
    codec::CodecError,
    decode,
    driver::{DriverError, Record},
    head, key,
    parts::Pointer,
    summary::{Outline, Summaries, Summary, Unreadable},
};
use crate::release::Release;
use skiff_compact::Order;
use std::collections::{BTreeMap, BTreeSet};

/// Which revisions of each release are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revisions {
    /// The newest readable one.
    Newest,
    /// All.
    All,
}

impl Storage<'_> {
    /// One revision.
    ///
    /// # Errors
    /// [`Error::NotFound`], the store's, or [`Error::Decode`].
    pub fn get(&self, name: &str, version: i64) -> Result<Release, Error> {
        let (head, key) = self.head(name, version)?;
        let mut release = self.complete(head).map_err(|cause| self.undecoded(key, cause))?;
        release.labels.retain(|label, _| !SYSTEM_LABELS.contains(&label.as_str()));
        Ok(release)
    }

    /// One revision's record, decoded, and its key.
    pub(super) fn head(&self, name: &str, version: i64) -> Result<(Release, String), Error> {
        let key = key(name, version);
        let record = self.driver.get(&key).map_err(|error| match error {
            DriverError::NotFound => Error::NotFound,
            error => self.refused(error, |cause| Error::Get { key: key.clone(), cause }),
        })?;
        match decode(&record) {
            Ok(head) => Ok((head, key)),
            Err(cause) => Err(self.undecoded(key, cause)),
        }
    }

    fn undecoded(&self, key: String, cause: CodecError) -> Error {
        if self.driver.explains() { Error::Decode { key, cause } } else { Error::Unreadable(cause) }
    }

    /// A record's release, with its parts where it has some.
    fn whole(&self, record: &Record) -> Result<Release, CodecError> {
        let mut release = self.complete(decode(record)?)?;
        if self.driver.keeps_system_labels_apart() {
            release.labels.retain(|label, _| !SYSTEM_LABELS.contains(&label.as_str()));
        }
        Ok(release)
    }

    fn complete(&self, head: Release) -> Result<Release, CodecError> {
        let Some(pointer) = Pointer::of(&head) else { return Ok(head) };
        let version = pointer.version.to_string();
        let parts = self.driver.query(&pointer.labels(&version)).map_err(CodecError::Parts)?;
        pointer.join(&head, parts)
    }

    /// Every readable revision of a release, oldest first. Labels include the system's, as Helm's do here.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or the store's.
    pub fn history(&self, name: &str) -> Result<Vec<Release>, Error> {
        let records =
            self.driver.query(&revisions_of(name)).map_err(|error| self.refused(error, Error::Query))?;
        if records.is_empty() {
            return Err(Error::NotFound);
        }
        let mut releases: Vec<Release> =
            records.iter().filter_map(|record| self.whole(record).ok()).collect();
        releases.order_by_key(|release| release.version);
        Ok(releases)
    }

    /// The newest revision.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NoRevision`] when none is readable, or the store's.
    pub fn last(&self, name: &str) -> Result<Release, Error> {
        self.newest(&revisions_of(name))?.ok_or_else(|| Error::NoRevision(name.into()))
    }

    /// The newest revision, as lists show it.
    ///
    /// # Errors
    /// As [`Storage::last`].
    pub fn last_summary(&self, name: &str) -> Result<Summary, Error> {
        let labels = revisions_of(name);
        let outlines = self.driver.outlines(&labels).map_err(|error| self.refused(error, Error::Query))?;
        if outlines.is_empty() {
            return Err(Error::NotFound);
        }
        let mut summaries = self
            .summed_up(&labels, outlines, Revisions::Newest)
            .map_err(|error| self.refused(error, Error::Query))?;
        summaries.found.pop().ok_or_else(|| Error::NoRevision(name.into()))
    }

    /// Every revision that is marked deployed, oldest first.
    ///
    /// # Errors
    /// [`Error::NoDeployed`], or the store's.
    pub fn deployed_all(&self, name: &str) -> Result<Vec<Release>, Error> {
        let records =
            self.driver.query(&deployed(name)).map_err(|error| self.refused(error, Error::Query))?;
        if records.is_empty() {
            return Err(Error::NoDeployed(name.into()));
        }
        let mut releases: Vec<Release> =
            records.iter().filter_map(|record| self.whole(record).ok()).collect();
        releases.order_by_key(|release| release.version);
        Ok(releases)
    }

    /// The newest revision that is marked deployed.
    ///
    /// # Errors
    /// [`Error::NoDeployed`], or the store's.
    pub fn deployed(&self, name: &str) -> Result<Release, Error> {
        match self.newest(&deployed(name)) {
            Ok(Some(release)) => Ok(release),
            Ok(None) | Err(Error::NotFound) => Err(Error::NoDeployed(name.into())),
            Err(error) => Err(error),
        }
    }

    /// Every revision of a release as lists show it, and those that cannot be read; both in no order.
    ///
    /// # Errors
    /// The store's. That there is none is none.
    pub fn summaries(&self, name: &str) -> Result<Summaries, Error> {
        let labels = revisions_of(name);
        let outlines = self.driver.outlines(&labels);
        let summaries = outlines.and_then(|outlines| self.summed_up(&labels, outlines, Revisions::All));
        summaries.map_err(|error| self.refused(error, Error::Query))
    }

    /// The releases of the namespace whose names `shows` likes, as lists show them, and those that cannot be read; both
    /// in no order.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn all_summaries(
        &self,
        revisions: Revisions,
        shows: &dyn Fn(&str) -> bool,
    ) -> Result<Summaries, Error> {
        let labels = [("owner", OWNER)];
        let outlines = self.driver.outlines(&labels).map(|mut outlines| {
            outlines.retain(|outline| shows(outline.name()));
            outlines
        });
        let summaries = outlines.and_then(|outlines| self.summed_up(&labels, outlines, revisions));
        summaries.map_err(|error| self.refused(error, Error::List))
    }

    /// The newest readable record with these labels.
    fn newest(&self, labels: &[(&str, &str)]) -> Result<Option<Release>, Error> {
        let mut outlines = self.driver.outlines(labels).map_err(|error| self.refused(error, Error::Query))?;
        if outlines.is_empty() {
            return Err(Error::NotFound);
        }
        let of = outlines.len();
        outlines.order_by_key(Outline::version);
        while let Some(outline) = outlines.pop() {
            let mut release = None;
            let wanted = BTreeSet::from([(outline.namespace, outline.key)]);
            self.driver
                .fetch(labels, &wanted, of, &mut |record| release = self.whole(&record).ok())
                .map_err(|error| self.refused(error, Error::Query))?;
            if release.is_some() {
                return Ok(release);
            }
        }
        Ok(None)
    }

    /// Reads what the outlines do not say. Where the newest revision cannot be read the one before it counts, as Helm has
    /// it.
    fn summed_up(
        &self,
        labels: &[(&str, &str)],
        outlines: Vec<Outline>,
        revisions: Revisions,
    ) -> Result<Summaries, DriverError> {
        let of = outlines.len();
        let mut summaries = Summaries::default();
        let mut groups: BTreeMap<(String, String), Vec<Outline>> = BTreeMap::new();
        for outline in outlines {
            let release = match revisions {
                Revisions::Newest if !outline.name().is_empty() => outline.name().to_owned(),
                _ => outline.key.clone(),
            };
            groups.entry((outline.namespace.clone(), release)).or_default().push(outline);
        }
        groups.values_mut().for_each(|group| group.order_by_key(Outline::version));
        loop {
            let mut wanted = BTreeMap::new();
            groups.retain(|group, outlines| {
                let Some(newest) = outlines.pop() else { return false };
                match newest.summary {
                    Some(summary) => {
                        summaries.found.push(summary);
                        false
                    }
                    None => {
                        wanted.insert((newest.namespace, newest.key), group.clone());
                        true
                    }
                }
            });
            if wanted.is_empty() {
                return Ok(summaries);
            }
            let keys: BTreeSet<(String, String)> = wanted.keys().cloned().collect();
            self.driver.fetch(labels, &keys, of, &mut |record| {
                let Some(group) = wanted.remove(&(record.namespace.clone(), record.key.clone())) else {
                    return;
                };
                match head::decode(&record) {
                    Ok(summary) => {
                        summaries.found.push(summary);
                        groups.remove(&group);
                    }
                    Err(error) => summaries.unreadable.push(unreadable(record, &error)),
                }
            })?;
        }
    }
}

fn unreadable(record: Record, error: &CodecError) -> Unreadable {
    Unreadable { key: record.key, namespace: record.namespace, cause: error.to_string() }
}

fn revisions_of(name: &str) -> [(&str, &str); 2] {
    [("name", name), ("owner", OWNER)]
}

fn deployed(name: &str) -> [(&str, &str); 3] {
    [("name", name), ("owner", OWNER), ("status", "deployed")]
}
