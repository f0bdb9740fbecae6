//! Objects in memory: for tests and for sandboxes that are thrown away.

use super::{
    Change, Error, Expect, Items, Stored, Written,
    log::{Event, Log},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{PoisonError, RwLock},
};

#[derive(Debug, Default)]
struct Objects {
    revision: u64,
    objects: BTreeMap<Box<str>, Stored>,
    /// (uid of an owner, key of what it owns).
    owned: BTreeSet<(Box<str>, Box<str>)>,
    owners: BTreeMap<Box<str>, Vec<Box<str>>>,
}

/// The backend.
#[derive(Debug, Default)]
pub(super) struct Memory {
    objects: RwLock<Objects>,
}

impl Memory {
    /// Performs a write and publishes it.
    pub(super) fn write(&self, change: Change, log: &Log) -> Result<Written, Error> {
        let mut state = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        let old = state.objects.get(&change.key).cloned();
        change.expect.check(old.as_ref())?;
        state.revision += 1;
        let revision = state.revision;
        let new = change.body.map(|body| Stored { revision, body });
        match &new {
            Some(stored) => state.objects.insert(change.key.clone(), stored.clone()),
            None => state.objects.remove(&change.key),
        };
        let owners = if new.is_some() { change.owners } else { Vec::new() };
        state.own(&change.key, owners);
        log.push([Event::new(revision, change.key, new, old.clone())]);
        log.publish(revision);
        Ok(Written { revision, old })
    }

    /// The latest revision and one object.
    pub(super) fn get(&self, key: &str) -> (u64, Option<Stored>) {
        let state = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        (state.revision, state.objects.get(key).cloned())
    }

    /// The latest revision and up to `max` objects below `prefix`, after `after`.
    pub(super) fn range(&self, prefix: &str, after: &str, max: usize) -> (u64, Items) {
        let state = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        let start = if after > prefix { Bound::Excluded(after) } else { Bound::Included(prefix) };
        let range = state.objects.range::<str, _>((start, Bound::Unbounded));
        let found = range.take_while(|(key, _)| key.starts_with(prefix)).take(max);
        (state.revision, found.map(|(key, stored)| (key.clone(), stored.clone())).collect())
    }

    /// How many objects are below `prefix`, after `after`.
    pub(super) fn count(&self, prefix: &str, after: &str) -> u64 {
        let state = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        let start = if after > prefix { Bound::Excluded(after) } else { Bound::Included(prefix) };
        let range = state.objects.range::<str, _>((start, Bound::Unbounded));
        range.take_while(|(key, _)| key.starts_with(prefix)).map(|_| 1).sum()
    }

    /// The keys of objects that name the owner `uid`.
    pub(super) fn owned(&self, uid: &str) -> Vec<Box<str>> {
        let state = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        let start = (Box::from(uid), Box::from(""));
        let range = state.owned.range(start..);
        range.take_while(|(owner, _)| &**owner == uid).map(|(_, key)| key.clone()).collect()
    }
}

impl Objects {
    fn own(&mut self, key: &str, owners: Vec<Box<str>>) {
        for owner in self.owners.remove(key).unwrap_or_default() {
            self.owned.remove(&(owner, key.into()));
        }
        if !owners.is_empty() {
            self.owned.extend(owners.iter().map(|owner| (owner.clone(), key.into())));
            self.owners.insert(key.into(), owners);
        }
    }
}

impl Expect {
    /// Whether what stands there fits.
    pub(super) fn check(self, found: Option<&Stored>) -> Result<(), Error> {
        let fits = match self {
            Self::Anything => true,
            Self::Nothing => found.is_none(),
            Self::Revision(revision) => found.is_some_and(|found| found.revision == revision),
        };
        if fits { Ok(()) } else { Err(Error::Changed(found.cloned().map(Box::new))) }
    }
}
