//! The latest writes, in a bounded ring that all watchers read: none has a buffer of its own, and one that falls behind
//! the ring is told so. With the values before each write, the ring also undoes writes, for lists at an older revision.

use super::{Error, Stored};
use bytes::Bytes;
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak},
};
use tokio::sync::watch;

/// Writes kept at most.
const MAX_EVENTS: usize = 20_000;
/// Bytes kept at most; one write is kept in any case.
const MAX_BYTES: usize = 6 << 20;
/// Writes that a watcher looks through while it holds the lock.
const BATCH: usize = 256;
/// What an event costs besides its JSON.
const OVERHEAD: usize = 400;
/// Decoded objects that are kept at most: many watchers look at the same writes, one shortly after the other. What happens
/// within two rounds of all of them has to be here, or each decodes it for itself.
const WARM: usize = 512;
/// Bytes of JSON that these may have had together.
const WARM_BYTES: usize = 256 << 10;
/// An object with more JSON is not kept decoded.
const MAX_WARM: usize = 16 << 10;

/// One write.
#[derive(Debug)]
pub struct Event {
    /// Its revision: one more than that of the write before.
    pub revision: u64,
    /// The object's key.
    pub key: Box<str>,
    /// The object from now on; `None` when it was removed.
    pub new: Option<Stored>,
    /// The object until now; `None` when there was none.
    pub old: Option<Stored>,
    encoded: OnceLock<Bytes>,
    parsed: Mutex<(Weak<Value>, Weak<Value>)>,
    warm: Option<Arc<Warm>>,
}

/// The objects that were decoded last.
#[derive(Debug, Default)]
struct Warm(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// With the length of their JSON.
    objects: VecDeque<(Arc<Value>, usize)>,
    bytes: usize,
}

impl Warm {
    fn keep(&self, object: &Arc<Value>, bytes: usize) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.objects.push_back((Arc::clone(object), bytes));
        kept.bytes += bytes;
        while kept.objects.len() > WARM || kept.bytes > WARM_BYTES {
            let Some((_, gone)) = kept.objects.pop_front() else { return };
            kept.bytes -= gone;
        }
    }
}

impl Event {
    /// A write.
    #[must_use]
    pub fn new(revision: u64, key: Box<str>, new: Option<Stored>, old: Option<Stored>) -> Self {
        Self { revision, key, new, old, encoded: OnceLock::new(), parsed: Mutex::default(), warm: None }
    }

    /// The line of a plain watch, made once for all watchers: the object as stored.
    #[must_use]
    pub fn line(&self) -> Bytes {
        let make = || {
            let kind: &[u8] = match (&self.new, &self.old) {
                (None, _) => b"DELETED",
                (Some(_), None) => b"ADDED",
                _ => b"MODIFIED",
            };
            let mut line = Vec::with_capacity(64);
            line.extend_from_slice(b"{\"type\":\"");
            line.extend_from_slice(kind);
            line.extend_from_slice(b"\",\"object\":");
            match self.shown() {
                Some(stored) => stored.write_json(&mut line),
                None => line.extend_from_slice(b"null"),
            }
            line.extend_from_slice(b"}\n");
            line.into()
        };
        self.encoded.get_or_init(make).clone()
    }

    /// The object as watchers see it: the new one, or the removed one with the revision of its removal.
    #[must_use]
    pub fn shown(&self) -> Option<Stored> {
        let removed = || Some(Stored { revision: self.revision, body: self.old.as_ref()?.body.clone() });
        self.new.clone().or_else(removed)
    }

    /// [`Event::shown`] decoded, shared by all who hold it at the same time.
    #[must_use]
    pub fn object(&self) -> Arc<Value> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = parsed.0.upgrade();
        known.unwrap_or_else(|| {
            let object = Arc::new(self.shown().map(|stored| stored.decode()).unwrap_or_default());
            parsed.0 = Arc::downgrade(&object);
            self.keep_warm(&object);
            object
        })
    }

    /// The object before the write, decoded and shared; `None` when there was none.
    #[must_use]
    pub fn before(&self) -> Option<Arc<Value>> {
        let old = self.old.as_ref()?;
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = parsed.1.upgrade();
        Some(known.unwrap_or_else(|| {
            let object = Arc::new(old.decode());
            parsed.1 = Arc::downgrade(&object);
            self.keep_warm(&object);
            object
        }))
    }

    fn keep_warm(&self, object: &Arc<Value>) {
        let size = |stored: &Option<Stored>| stored.as_ref().map_or(0, |stored| stored.body.len());
        let bytes = size(&self.new).max(size(&self.old));
        if let Some(warm) = self.warm.as_ref().filter(|_| bytes <= MAX_WARM) {
            warm.keep(object, bytes);
        }
    }

    fn cost(&self) -> usize {
        let size = |stored: &Option<Stored>| stored.as_ref().map_or(0, |stored| stored.body.len());
        // The line counts once more when watchers asked for it.
        OVERHEAD + self.key.len() + 2 * size(&self.new) + size(&self.old)
    }
}

#[derive(Debug)]
struct Ring {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    /// The revision of the latest write that is no longer here.
    trimmed: u64,
}

/// The ring, and the bell that wakes watchers.
#[derive(Debug)]
pub struct Log {
    ring: RwLock<Ring>,
    /// The latest revision that watchers may see.
    visible: watch::Sender<u64>,
    warm: Arc<Warm>,
}

impl Log {
    /// An empty log behind `revision`.
    #[must_use]
    pub fn new(revision: u64) -> Self {
        let ring = Ring { events: VecDeque::new(), bytes: 0, trimmed: revision };
        Self { ring: RwLock::new(ring), visible: watch::Sender::new(revision), warm: Arc::default() }
    }

    fn read(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds writes that are not visible yet: their revisions follow on the last one's.
    pub fn push(&self, events: impl IntoIterator<Item = Event>) {
        let mut ring = self.write();
        for mut event in events {
            event.warm = Some(Arc::clone(&self.warm));
            debug_assert_eq!(event.revision, ring.next());
            ring.bytes += event.cost();
            ring.events.push_back(Arc::new(event));
        }
        let visible = *self.visible.borrow();
        while ring.events.len() > MAX_EVENTS || ring.bytes > MAX_BYTES {
            // What nobody could see yet stays.
            match ring.events.front() {
                Some(event) if event.revision <= visible && ring.events.len() > 1 => {}
                _ => break,
            }
            if let Some(event) = ring.events.pop_front() {
                ring.bytes -= event.cost();
                ring.trimmed = event.revision;
            }
        }
    }

    /// Takes back writes after `revision`, which did not come to pass.
    pub fn retract(&self, revision: u64) {
        let mut ring = self.write();
        while let Some(event) = ring.events.pop_back_if(|event| event.revision > revision) {
            ring.bytes -= event.cost();
        }
    }

    /// Lets watchers see all writes up to `revision`.
    pub fn publish(&self, revision: u64) {
        self.visible.send_if_modified(|visible| {
            let later = revision > *visible;
            *visible = revision.max(*visible);
            later
        });
    }

    /// The latest revision that watchers may see.
    #[must_use]
    pub fn visible(&self) -> u64 {
        *self.visible.borrow()
    }

    /// Writes after this revision are all here.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        self.read().trimmed
    }

    /// The writes with keys below `prefix` in `(after, until]`, visible or not, oldest first.
    ///
    /// # Errors
    /// [`Error::Expired`] when the ring no longer has all of them.
    pub fn between(&self, prefix: &str, after: u64, until: u64) -> Result<Vec<Arc<Event>>, Error> {
        let ring = self.read();
        let start = ring.place(after)?;
        let events = ring.events.iter().skip(start).take_while(|event| event.revision <= until);
        Ok(events.filter(|event| event.key.starts_with(prefix)).cloned().collect())
    }

    /// Some of the visible writes after `after` below `prefix`, and how far it looked.
    fn batch(&self, prefix: &str, after: u64) -> Result<(Vec<Arc<Event>>, u64), Error> {
        let visible = self.visible();
        let ring = self.read();
        let start = ring.place(after)?;
        let (mut found, mut seen) = (Vec::new(), after);
        for event in ring.events.iter().skip(start).take_while(|event| event.revision <= visible).take(BATCH)
        {
            seen = event.revision;
            if event.key.starts_with(prefix) {
                found.push(Arc::clone(event));
            }
        }
        Ok((found, seen))
    }
}

impl Ring {
    fn next(&self) -> u64 {
        self.events.back().map_or(self.trimmed, |event| event.revision) + 1
    }

    /// The index of the first write after `after`: revisions have no gaps.
    fn place(&self, after: u64) -> Result<usize, Error> {
        let place = after.checked_sub(self.trimmed).ok_or(Error::Expired { oldest: self.trimmed })?;
        Ok(usize::try_from(place).unwrap_or(usize::MAX))
    }
}

/// A reader of the log from some revision on.
#[derive(Debug)]
pub struct Watcher {
    log: Arc<Log>,
    prefix: Box<str>,
    position: u64,
    bell: watch::Receiver<u64>,
}

impl Watcher {
    /// Reads writes after `after` whose keys begin with `prefix`.
    #[must_use]
    pub fn new(log: Arc<Log>, prefix: &str, after: u64) -> Self {
        let bell = log.visible.subscribe();
        Self { log, prefix: prefix.into(), position: after, bell }
    }

    /// All writes up to this revision were looked at.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many watchers the log has, this one among them.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.log.visible.receiver_count()
    }

    /// What there is now, perhaps nothing.
    ///
    /// # Errors
    /// [`Error::Expired`] when the log no longer has what comes next.
    pub fn ready(&mut self) -> Result<Vec<Arc<Event>>, Error> {
        loop {
            self.bell.mark_unchanged();
            let (found, seen) = self.log.batch(&self.prefix, self.position)?;
            let end = seen == self.position;
            self.position = seen;
            if end || !found.is_empty() {
                return Ok(found);
            }
        }
    }

    /// The next writes, at least one. May be dropped while it waits: nothing gets lost.
    ///
    /// # Errors
    /// [`Error::Expired`] when the watcher was too slow, [`Error::Closed`] when the store is gone.
    pub async fn next(&mut self) -> Result<Vec<Arc<Event>>, Error> {
        loop {
            let found = self.ready()?;
            if !found.is_empty() {
                return Ok(found);
            }
            self.bell.changed().await.map_err(|_| Error::Closed)?;
        }
    }
}
