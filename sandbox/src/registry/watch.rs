//! Watching a resource.

use super::{Converter, ListOptions, Registry, Served, broken, convert, key, meta, read::selected};
use crate::{
    status::Status,
    store::{self, Watcher},
};
use bytes::Bytes;
use serde_json::Value;
use std::{collections::VecDeque, sync::Arc};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// There is a new object, or it is selected from now on.
    Added,
    /// It changed.
    Modified,
    /// It is gone, or no longer selected.
    Deleted,
    /// Nothing happened up to this revision.
    Bookmark,
}

impl EventKind {
    /// `ADDED`, …
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
            Self::Bookmark => "BOOKMARK",
        }
    }
}

/// One event of a watch, decoded.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The object; a removed one as it was last, with the version of its removal.
    pub object: Arc<Value>,
    /// The revision.
    pub revision: u64,
}

/// One event of a watch, not decoded yet.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What happened.
    pub kind: EventKind,
    write: Arc<store::Event>,
    served: Served,
    /// Whether the write's own line says the same.
    as_stored: bool,
    /// The object in the version that is watched, where a webhook made it.
    converted: Option<Arc<Value>>,
}

/// A watch of one resource.
#[derive(Debug)]
pub struct Watch {
    watcher: Watcher,
    served: Served,
    options: ListOptions,
    /// Writes that were not judged yet.
    raw: VecDeque<Arc<store::Event>>,
    waiting: VecDeque<Seen>,
    converter: Option<Arc<dyn Converter>>,
    /// Whether objects are stored in the version that is watched.
    as_stored: bool,
}

impl Registry {
    /// Watches a resource from behind a revision on; `None` is now.
    ///
    /// # Errors
    /// 410 when the revision is too old.
    pub fn watch(
        &self,
        served: &Served,
        namespace: Option<&str>,
        options: ListOptions,
        after: Option<u64>,
    ) -> Result<Watch, Status> {
        self.check_fields(served, &options)?;
        let prefix = key::prefix(served, namespace);
        let after = match after {
            Some(after) => after,
            None => self.store().revision().map_err(|error| broken(&error))?,
        };
        let watcher = self.store().watch(&prefix, after).map_err(|error| too_old(&error, after))?;
        let as_stored = self.stored_as(served);
        let converter = self.converter_of(served);
        let (served, raw, waiting) = (served.clone(), VecDeque::new(), VecDeque::new());
        Ok(Watch { watcher, served, options, raw, waiting, converter, as_stored })
    }
}

fn too_old(error: &store::Error, wanted: u64) -> Status {
    match error {
        store::Error::Expired { oldest } => {
            Status::expired(format!("too old resource version: {wanted} ({})", oldest + 1))
        }
        other => broken(other),
    }
}

impl Seen {
    /// The revision.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.write.revision
    }

    /// The line of a plain watch, if all watches of the write have the same.
    #[must_use]
    pub fn line(&self) -> Option<Bytes> {
        self.as_stored.then(|| self.write.line())
    }

    /// The object in the version that is watched.
    #[must_use]
    pub fn object(&self) -> Arc<Value> {
        if let Some(converted) = &self.converted {
            return Arc::clone(converted);
        }
        if self.as_stored {
            return self.write.object();
        }
        // What is no longer selected is shown as it was, with the version of the write.
        let left = self.kind == EventKind::Deleted && self.write.new.is_some();
        let shown = if left { self.write.before() } else { None };
        let mut object = match shown {
            Some(shown) => Arc::unwrap_or_clone(self::left(&shown, self.write.revision)),
            None => self.write.object().as_ref().clone(),
        };
        convert::to(&self.served, &mut object);
        Arc::new(object)
    }
}

/// What happened, for a watcher who selects the object before and now, or does not.
fn kind(before: bool, now: bool) -> Option<EventKind> {
    match (before, now) {
        (false, true) => Some(EventKind::Added),
        (true, true) => Some(EventKind::Modified),
        (true, false) => Some(EventKind::Deleted),
        (false, false) => None,
    }
}

/// An object that is no longer selected: as it was, with the version of the write.
fn left(before: &Value, revision: u64) -> Arc<Value> {
    let mut object = before.clone();
    meta::set(&mut object, "resourceVersion", Some(revision.to_string().into()));
    Arc::new(object)
}

impl Watch {
    /// The next event, decoded. May be dropped while it waits: nothing gets lost.
    ///
    /// # Errors
    /// 410 when the watch fell too far behind: begin anew with a list.
    pub async fn next(&mut self) -> Result<Event, Status> {
        let seen = self.seen().await?;
        Ok(Event { kind: seen.kind, object: seen.object(), revision: seen.revision() })
    }

    /// The next event. May be dropped while it waits: nothing gets lost.
    ///
    /// # Errors
    /// 410 when the watch fell too far behind: begin anew with a list.
    pub async fn seen(&mut self) -> Result<Seen, Status> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(event);
            }
            // A write leaves the queue when it is judged: whoever stops waiting meanwhile loses none.
            while let Some(write) = self.raw.front().cloned() {
                let seen = match &self.converter {
                    Some(converter) => self.judge_converted(&**converter, write).await?,
                    None => self.judge(write),
                };
                self.raw.pop_front();
                self.waiting.extend(seen);
            }
            if self.waiting.is_empty() {
                let position = self.watcher.position();
                let events = self.watcher.next().await.map_err(|error| too_old(&error, position))?;
                self.raw.extend(events);
            }
        }
    }

    /// What is there already, without waiting.
    #[must_use]
    pub fn waiting(&mut self) -> Option<Seen> {
        self.waiting.pop_front()
    }

    /// All writes up to this revision were looked at.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.watcher.position()
    }

    /// How many watches there are, of all resources.
    #[must_use]
    pub fn watches(&self) -> usize {
        self.watcher.watchers()
    }

    /// A write as this watch sees it: an object that begins or ceases to be selected comes or goes.
    fn judge(&self, write: Arc<store::Event>) -> Option<Seen> {
        let all = self.options.labels.is_empty() && self.options.fields.is_empty();
        let chosen = |object: &Value| selected(&self.served, &self.options, object);
        let now = write.new.is_some() && (all || chosen(&write.object()));
        let before = write.old.is_some() && (all || write.before().is_some_and(|old| chosen(&old)));
        let kind = kind(before, now)?;
        let plain = match kind {
            EventKind::Added => write.old.is_none(),
            EventKind::Deleted => write.new.is_none(),
            _ => true,
        };
        let (served, as_stored) = (self.served.clone(), self.as_stored && plain);
        Some(Seen { kind, write, served, as_stored, converted: None })
    }

    /// [`Watch::judge`] of what a webhook may have to convert before.
    async fn judge_converted(
        &self,
        converter: &dyn Converter,
        write: Arc<store::Event>,
    ) -> Result<Option<Seen>, Status> {
        let chosen = |object: &Value| selected(&self.served, &self.options, object);
        let object = self.converted(converter, write.object()).await?;
        let before = match write.before() {
            Some(old) => Some(self.converted(converter, old).await?),
            None => None,
        };
        let now = write.new.is_some() && chosen(&object);
        let Some(kind) = kind(before.as_deref().is_some_and(chosen), now) else { return Ok(None) };
        let shown = match before {
            Some(before) if kind == EventKind::Deleted && write.new.is_some() => {
                left(&before, write.revision)
            }
            _ => object,
        };
        Ok(Some(Seen { kind, write, served: self.served.clone(), as_stored: false, converted: Some(shown) }))
    }

    async fn converted(&self, converter: &dyn Converter, object: Arc<Value>) -> Result<Arc<Value>, Status> {
        match &self.served.custom {
            Some(custom) if convert::by_webhook(custom, &object) => {
                convert::through(Some(converter), custom, &object).await.map(Arc::new)
            }
            _ => Ok(object),
        }
    }
}
