//! Objects in a file of redb: every acknowledged write is on the disk.
//!
//! One thread writes. It takes all writes that wait, puts them into one transaction, and acknowledges them once that is
//! on the disk: many writers cost one wait for the disk together.

use super::{
    Body, Change, Error, Items, Stored, Written,
    draft::{Draft, Settling},
    log::{Event, Log},
};
use bytes::Bytes;
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table,
    TableDefinition, WriteTransaction,
};
use serde_json::Value;
use std::{
    ops::Bound,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// Objects by key: the revision and the place of `resourceVersion`, eight and four bytes, then the JSON.
const OBJECTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("objects");
/// Keys of objects by their owners' uids.
const OWNED: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("owned");
/// `revision`: the latest one.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const REVISION: &str = "revision";
/// What redb may keep in memory.
const CACHE: usize = 2 << 20;
/// Writes in one transaction at most.
const MAX_BATCH: usize = 512;
/// How long writes are waited for that will come: those who wrote at the same time do so again.
const GATHER: Duration = Duration::from_millis(2);
/// How long a file is tried that another process has: one that ends lets go of it last of all.
const IN_USE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);
/// Bytes before an object's JSON.
const HEAD: usize = 12;

/// The backend.
#[derive(Debug)]
pub(super) struct Disk {
    database: Arc<Database>,
    queue: Option<Sender<Order>>,
    writer: Option<JoinHandle<()>>,
}

/// What the writer is asked to do.
enum Order {
    Write(Waiting),
    /// The file of a new store is complete.
    Settle,
}

/// A write, and who waits for it.
type Waiting = (Change, oneshot::Sender<Result<Written, Error>>);

/// A write that found what it expected, and who is told once it is on the disk.
type Done = (oneshot::Sender<Result<Written, Error>>, Written);

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Broken(error.to_string())
}

impl Disk {
    /// Opens a file, or makes it. The log begins behind its latest revision.
    pub(super) fn open(path: &Path) -> Result<(Self, Arc<Log>), Error> {
        let end = Instant::now() + IN_USE;
        loop {
            match builder().create(path) {
                Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < end => std::thread::sleep(PAUSE),
                opened => return Self::start(opened.map_err(broken)?, None),
            }
        }
    }

    /// Opens a file, or begins one that is complete with [`Disk::settle`]: the disk is not waited for until then.
    pub(super) fn draft(path: &Path) -> Result<(Self, Arc<Log>), Error> {
        // Windows keeps the lock's holder itself from reading.
        if cfg!(windows) || path.exists() {
            return Self::open(path);
        }
        let (draft, settling) = Draft::create(path)?;
        Self::start(builder().create_with_backend(draft).map_err(broken)?, Some(settling))
    }

    /// Opens what another backend holds.
    #[cfg(test)]
    pub(super) fn open_backend(backend: impl redb::StorageBackend) -> Result<(Self, Arc<Log>), Error> {
        Self::start(builder().create_with_backend(backend).map_err(broken)?, None)
    }

    fn start(database: Database, settling: Option<Settling>) -> Result<(Self, Arc<Log>), Error> {
        let transaction = database.begin_write().map_err(broken)?;
        transaction.open_table(OBJECTS).map_err(broken)?;
        transaction.open_table(OWNED).map_err(broken)?;
        let revision = {
            let meta = transaction.open_table(META).map_err(broken)?;
            let revision = meta.get(REVISION).map_err(broken)?;
            revision.map_or(0, |revision| revision.value())
        };
        transaction.commit().map_err(broken)?;
        let (database, log) = (Arc::new(database), Arc::new(Log::new(revision)));
        let (queue, orders) = channel();
        let writer = {
            let (database, log) = (Arc::clone(&database), Arc::clone(&log));
            let work = move || write_all(&database, &log, &orders, settling);
            std::thread::Builder::new().name("sandbox-store".to_owned()).spawn(work).map_err(broken)?
        };
        Ok((Self { database, queue: Some(queue), writer: Some(writer) }, log))
    }

    /// The file of a new store is complete: writes from now on are acknowledged when the disk has them and all before.
    pub(super) fn settle(&self) {
        // Without a writer no write is acknowledged.
        let _ = self.queue.as_ref().map(|queue| queue.send(Order::Settle));
    }

    /// Performs a write; it is on the disk when this returns.
    pub(super) async fn write(&self, change: Change) -> Result<Written, Error> {
        let (tell, told) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.send(Order::Write((change, tell))).map_err(|_| Error::Closed)?;
        told.await.map_err(|_| Error::Closed)?
    }

    /// The latest revision and one object.
    pub(super) fn get(&self, key: &str) -> Result<(u64, Option<Stored>), Error> {
        let transaction = self.database.begin_read().map_err(broken)?;
        let objects = transaction.open_table(OBJECTS).map_err(broken)?;
        let meta = transaction.open_table(META).map_err(broken)?;
        let revision = meta.get(REVISION).map_err(broken)?.map_or(0, |revision| revision.value());
        let found = objects.get(key).map_err(broken)?;
        Ok((revision, found.and_then(|found| decode(found.value()))))
    }

    /// The latest revision and up to `max` objects below `prefix`, after `after`.
    pub(super) fn range(&self, prefix: &str, after: &str, max: usize) -> Result<(u64, Items), Error> {
        let transaction = self.database.begin_read().map_err(broken)?;
        let objects = transaction.open_table(OBJECTS).map_err(broken)?;
        let meta = transaction.open_table(META).map_err(broken)?;
        let revision = meta.get(REVISION).map_err(broken)?.map_or(0, |revision| revision.value());
        let mut found = Vec::new();
        for entry in objects.range::<&str>(bounds(prefix, after)).map_err(broken)?.take(max) {
            let (key, value) = entry.map_err(broken)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            if let Some(stored) = decode(value.value()) {
                found.push((Box::from(key.value()), stored));
            }
        }
        Ok((revision, found))
    }

    /// How many objects are below `prefix`, after `after`.
    pub(super) fn count(&self, prefix: &str, after: &str) -> Result<u64, Error> {
        let transaction = self.database.begin_read().map_err(broken)?;
        let objects = transaction.open_table(OBJECTS).map_err(broken)?;
        if prefix.is_empty() && after.is_empty() {
            return objects.len().map_err(broken);
        }
        let mut count = 0;
        for entry in objects.range::<&str>(bounds(prefix, after)).map_err(broken)? {
            if !entry.map_err(broken)?.0.value().starts_with(prefix) {
                break;
            }
            count += 1;
        }
        Ok(count)
    }

    /// The keys of objects that name the owner `uid`.
    pub(super) fn owned(&self, uid: &str) -> Result<Vec<Box<str>>, Error> {
        let transaction = self.database.begin_read().map_err(broken)?;
        let owned = transaction.open_table(OWNED).map_err(broken)?;
        let mut keys = Vec::new();
        for entry in owned.range((uid, "")..).map_err(broken)? {
            let (place, _) = entry.map_err(broken)?;
            let (owner, key) = place.value();
            if owner != uid {
                break;
            }
            keys.push(key.into());
        }
        Ok(keys)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Without a queue the writer ends; the file is closed when it has.
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn bounds<'a>(prefix: &'a str, after: &'a str) -> (Bound<&'a str>, Bound<&'a str>) {
    let start = if after > prefix { Bound::Excluded(after) } else { Bound::Included(prefix) };
    (start, Bound::Unbounded)
}

fn encode(stored: &Stored) -> Vec<u8> {
    let json = stored.body.json();
    let mut bytes = Vec::with_capacity(HEAD + json.len());
    bytes.extend_from_slice(&stored.revision.to_le_bytes());
    bytes.extend_from_slice(&stored.body.splice().to_le_bytes());
    bytes.extend_from_slice(json);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Stored> {
    let (revision, rest) = bytes.split_first_chunk()?;
    let (splice, json) = rest.split_first_chunk()?;
    let body = Body::from_parts(Bytes::copy_from_slice(json), u32::from_le_bytes(*splice));
    Some(Stored { revision: u64::from_le_bytes(*revision), body })
}

/// The writer's work, until nobody can ask any more.
fn write_all(database: &Database, log: &Log, orders: &Receiver<Order>, mut settling: Option<Settling>) {
    let mut writers = 0;
    while let Ok(first) = orders.recv() {
        let (batch, order) = gather(orders, first, writers);
        writers = batch.len();
        if !batch.is_empty() {
            write_batch(database, log, batch);
        }
        if matches!(order, Some(Order::Settle))
            && let Some(settling) = settling.take()
            && settling.settle().is_err()
        {
            // The store has no name to be found by: whoever writes is told that it is closed.
            return;
        }
    }
}

/// The writes of one transaction, and the order that came after them, if one did. Each transaction costs waits for the disk
/// and some twenty pages, whatever is in it: the `before` writers of the last one, who were just told, are waited for a
/// little beside those who wrote meanwhile. Who writes alone never waits.
fn gather(orders: &Receiver<Order>, first: Order, before: usize) -> (Vec<Waiting>, Option<Order>) {
    let (mut batch, mut order) = (Vec::new(), Some(first));
    let (mut expected, mut end) = (None, None);
    while let Some(Order::Write(waiting)) = order {
        batch.push(waiting);
        if batch.len() >= MAX_BATCH {
            return (batch, None);
        }
        order = orders.try_recv().ok();
        if order.is_none() && batch.len() < *expected.get_or_insert(before + batch.len() - 1) {
            let end = *end.get_or_insert_with(|| Instant::now() + GATHER);
            order = orders.recv_timeout(end.saturating_duration_since(Instant::now())).ok();
        }
    }
    (batch, order)
}

/// One transaction. When it fails as a whole, everyone in it is told.
fn write_batch(database: &Database, log: &Log, batch: Vec<Waiting>) {
    let before = log.visible();
    let mut done: Vec<Done> = Vec::with_capacity(batch.len());
    let (mut tellers, mut result) = (Vec::new(), Ok(()));
    match database.begin_write() {
        Ok(transaction) => {
            result = perform(&transaction, before, batch, log, &mut done)
                .and_then(|()| transaction.commit().map_err(broken))
        }
        Err(error) => {
            result = result.and(Err(broken(error)));
            tellers.extend(batch.into_iter().map(|(_, tell)| tell));
        }
    }
    match result {
        Ok(()) => {
            // Watchers may see the writes before the writers hear of them.
            if let Some((_, last)) = done.last() {
                log.publish(last.revision);
            }
            for (tell, written) in done {
                let _ = tell.send(Ok(written));
            }
        }
        Err(error) => {
            log.retract(before);
            for tell in tellers.into_iter().chain(done.into_iter().map(|(tell, _)| tell)) {
                let _ = tell.send(Err(error.clone()));
            }
        }
    }
}

/// Performs the writes of a batch. Those that do not find what they expect are told at once.
fn perform(
    transaction: &WriteTransaction,
    before: u64,
    batch: Vec<Waiting>,
    log: &Log,
    done: &mut Vec<Done>,
) -> Result<(), Error> {
    let mut objects = transaction.open_table(OBJECTS).map_err(broken)?;
    let mut owned = transaction.open_table(OWNED).map_err(broken)?;
    let mut meta = transaction.open_table(META).map_err(broken)?;
    let (mut revision, mut events) = (before, Vec::new());
    for (change, tell) in batch {
        let found = objects.get(&*change.key).map_err(broken)?;
        let old = found.and_then(|found| decode(found.value()));
        if let Err(error) = change.expect.check(old.as_ref()) {
            let _ = tell.send(Err(error));
            continue;
        }
        revision += 1;
        let new = change.body.map(|body| Stored { revision, body });
        own(&mut owned, &change.key, old.as_ref(), new.is_some().then_some(&change.owners))?;
        match &new {
            Some(stored) => objects.insert(&*change.key, &*encode(stored)).map_err(broken)?,
            None => objects.remove(&*change.key).map_err(broken)?,
        };
        events.push(Event::new(revision, change.key, new, old.clone()));
        done.push((tell, Written { revision, old }));
    }
    meta.insert(REVISION, revision).map_err(broken)?;
    // Before the commit, so that readers of the new state can undo it; not visible before it is certain.
    log.push(events);
    Ok(())
}

/// Notes whose an object is from now on.
fn own(
    owned: &mut Table<'_, (&'static str, &'static str), ()>,
    key: &str,
    old: Option<&Stored>,
    owners: Option<&Vec<Box<str>>>,
) -> Result<(), Error> {
    for uid in old.map(owners_of).unwrap_or_default() {
        owned.remove((&*uid, key)).map_err(broken)?;
    }
    for uid in owners.into_iter().flatten() {
        owned.insert((&**uid, key), ()).map_err(broken)?;
    }
    Ok(())
}

/// The uids of a stored object's owners; most have none and are not decoded for that.
fn owners_of(stored: &Stored) -> Vec<String> {
    const NAME: &[u8] = b"\"ownerReferences\":";
    let json = stored.body.json();
    if !json.windows(NAME.len()).any(|window| window == NAME) {
        return Vec::new();
    }
    let object = stored.decode();
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let uids = owners.into_iter().flatten().filter_map(|owner| owner.get("uid").and_then(Value::as_str));
    uids.map(str::to_owned).collect()
}
