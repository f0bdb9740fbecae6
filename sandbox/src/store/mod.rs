//! Objects by key, each write with a revision of its own; watches and lists of the past from the log of late writes.

mod body;
mod disk;
mod draft;
mod log;
mod memory;
#[cfg(test)]
mod tests;

pub use body::{Body, Stored};
pub use log::{Event, Log, Watcher};

use std::{collections::BTreeMap, path::Path, sync::Arc};

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What stands there is not what the write expected.
    #[error("the object has changed")]
    Changed(Option<Box<Stored>>),
    /// The log no longer reaches back so far; it begins after `oldest`.
    #[error("the log begins after revision {oldest}")]
    Expired {
        /// The latest revision that is gone.
        oldest: u64,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The file, or the disk.
    #[error("the store fails: {0}")]
    Broken(String),
}

/// What a write expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever it is.
    Anything,
    /// No object.
    Nothing,
    /// The object of this revision.
    Revision(u64),
}

/// One write.
#[derive(Debug, Clone)]
pub struct Change {
    /// The object's key.
    pub key: Box<str>,
    /// What must be there.
    pub expect: Expect,
    /// The object from now on; `None` removes it.
    pub body: Option<Body>,
    /// The uids of its owners, for [`Store::owned`].
    pub owners: Vec<Box<str>>,
}

/// A write that came to pass, durably where the store is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its revision.
    pub revision: u64,
    /// What was there before.
    pub old: Option<Stored>,
}

/// Keys and objects, by key.
type Items = Vec<(Box<str>, Stored)>;

/// Some objects, all as of one revision.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The revision.
    pub revision: u64,
    /// Keys and objects, by key.
    pub items: Vec<(Box<str>, Stored)>,
    /// Whether there are more.
    pub more: bool,
}

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Arc<Backend>,
    log: Arc<Log>,
}

#[derive(Debug)]
enum Backend {
    Memory(memory::Memory),
    Disk(disk::Disk),
}

impl Store {
    /// An empty store in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { backend: Arc::new(Backend::Memory(memory::Memory::default())), log: Arc::new(Log::new(0)) }
    }

    /// The store in a file, which is made if it is missing. It is safe against crashes at any time.
    ///
    /// # Errors
    /// The file is no store, is in use, or cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (disk, log) = disk::Disk::open(path)?;
        Ok(Self { backend: Arc::new(Backend::Disk(disk)), log })
    }

    /// The store in a file, or a new one that is made by and by: until [`Store::settle`] nobody waits for the disk, and
    /// the file has no name that lasts. So the writes that every new store begins with cost no time.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn draft(path: &Path) -> Result<Self, Error> {
        let (disk, log) = disk::Disk::draft(path)?;
        Ok(Self { backend: Arc::new(Backend::Disk(disk)), log })
    }

    /// A new store is complete. Writes from now on are acknowledged once they and all before them are on the disk.
    pub fn settle(&self) {
        if let Backend::Disk(disk) = &*self.backend {
            disk.settle();
        }
    }

    /// The store in a backend of redb.
    #[cfg(test)]
    fn open_backend(backend: impl redb::StorageBackend) -> Result<Self, Error> {
        let (disk, log) = disk::Disk::open_backend(backend)?;
        Ok(Self { backend: Arc::new(Backend::Disk(disk)), log })
    }

    /// Performs a write.
    ///
    /// # Errors
    /// [`Error::Changed`] with what is there instead of what was expected; failures of the disk.
    pub async fn write(&self, change: Change) -> Result<Written, Error> {
        match &*self.backend {
            Backend::Memory(memory) => memory.write(change, &self.log),
            Backend::Disk(disk) => disk.write(change).await,
        }
    }

    /// The object of `key`, and the revision at which it was looked up.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn get(&self, key: &str) -> Result<(u64, Option<Stored>), Error> {
        match &*self.backend {
            Backend::Memory(memory) => Ok(memory.get(key)),
            Backend::Disk(disk) => disk.get(key),
        }
    }

    /// The latest revision.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn revision(&self) -> Result<u64, Error> {
        Ok(self.get("")?.0)
    }

    /// Up to `max` objects below `prefix` after the key `after`, as of `revision` (`None`: now).
    ///
    /// # Errors
    /// [`Error::Expired`] when the log does not reach back so far; failures of the disk.
    pub fn page(&self, prefix: &str, after: &str, revision: Option<u64>, max: usize) -> Result<Page, Error> {
        let wanted = max.saturating_add(1);
        let mut fetched = wanted;
        loop {
            let (now, mut items) = match &*self.backend {
                Backend::Memory(memory) => memory.range(prefix, after, fetched),
                Backend::Disk(disk) => disk.range(prefix, after, fetched)?,
            };
            let then = revision.unwrap_or(now).min(now);
            if then < now {
                let undone = self.undone(prefix, then, now)?;
                // New objects take at most as many places as there are undone keys.
                let enough = wanted.saturating_add(undone.len());
                let all = items.len() < fetched;
                if !all && items.len() < enough {
                    fetched = enough;
                    continue;
                }
                let end = items.last().filter(|_| !all).map(|(key, _)| key.clone());
                items = merge(items, &undone, after, end.as_deref());
            }
            let more = items.len() > max;
            items.truncate(max);
            return Ok(Page { revision: then, items, more });
        }
    }

    /// What stood at the changed keys at `revision`.
    fn undone(
        &self,
        prefix: &str,
        revision: u64,
        now: u64,
    ) -> Result<BTreeMap<Box<str>, Option<Stored>>, Error> {
        let events = self.log.between(prefix, revision, now)?;
        Ok(events.iter().rev().map(|event| (event.key.clone(), event.old.clone())).collect())
    }

    /// How many objects are below `prefix` after the key `after`, now.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn count(&self, prefix: &str, after: &str) -> Result<u64, Error> {
        match &*self.backend {
            Backend::Memory(memory) => Ok(memory.count(prefix, after)),
            Backend::Disk(disk) => disk.count(prefix, after),
        }
    }

    /// The keys of the objects that name the owner `uid`.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn owned(&self, uid: &str) -> Result<Vec<Box<str>>, Error> {
        match &*self.backend {
            Backend::Memory(memory) => Ok(memory.owned(uid)),
            Backend::Disk(disk) => disk.owned(uid),
        }
    }

    /// The writes after `after` below `prefix`, as they come.
    ///
    /// # Errors
    /// [`Error::Expired`] when the log no longer has all of them.
    pub fn watch(&self, prefix: &str, after: u64) -> Result<Watcher, Error> {
        let oldest = self.log.oldest();
        if after < oldest {
            Err(Error::Expired { oldest })
        } else {
            Ok(Watcher::new(Arc::clone(&self.log), prefix, after))
        }
    }

    /// The oldest revision that can be watched from and listed.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        self.log.oldest()
    }
}

/// Puts what was undone over the items, between `after` and `end`.
fn merge(
    items: Vec<(Box<str>, Stored)>,
    undone: &BTreeMap<Box<str>, Option<Stored>>,
    after: &str,
    end: Option<&str>,
) -> Vec<(Box<str>, Stored)> {
    let mut merged: BTreeMap<Box<str>, Stored> = items.into_iter().collect();
    for (key, old) in undone {
        let inside = &**key > after && end.is_none_or(|end| &**key <= end);
        match old {
            Some(stored) if inside => {
                merged.insert(key.clone(), stored.clone());
            }
            _ => {
                merged.remove(key);
            }
        }
    }
    merged.into_iter().collect()
}
