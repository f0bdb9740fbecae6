//! Watching a resource.

use super::{ListOptions, Registry, broken, key, read::selected};
use crate::{
    kinds::Resource,
    status::Status,
    store::{self, Watcher},
};
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

/// One event of a watch.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The object; a removed one as it was last, with the version of its removal.
    pub object: Arc<Value>,
    /// The revision.
    pub revision: u64,
    /// The write as stored, where the watch shows it as it is.
    pub raw: Option<Arc<store::Event>>,
}

/// A watch of one resource.
#[derive(Debug)]
pub struct Watch {
    watcher: Watcher,
    resource: Arc<Resource>,
    options: ListOptions,
    waiting: VecDeque<Event>,
}

impl Registry {
    /// Watches a resource from behind a revision on; `None` is now.
    ///
    /// # Errors
    /// 410 when the revision is too old.
    pub fn watch(
        &self,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        options: ListOptions,
        after: Option<u64>,
    ) -> Result<Watch, Status> {
        let prefix = key::prefix(resource, namespace);
        let after = match after {
            Some(after) => after,
            None => self.store.revision().map_err(|error| broken(&error))?,
        };
        let watcher = self.store.watch(&prefix, after).map_err(|error| too_old(&error, after))?;
        Ok(Watch { watcher, resource: Arc::clone(resource), options, waiting: VecDeque::new() })
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

impl Watch {
    /// The next event. May be dropped while it waits: nothing gets lost.
    ///
    /// # Errors
    /// 410 when the watch fell too far behind: begin anew with a list.
    pub async fn next(&mut self) -> Result<Event, Status> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(event);
            }
            let position = self.watcher.position();
            let events = self.watcher.next().await.map_err(|error| too_old(&error, position))?;
            let seen: Vec<Event> = events.iter().filter_map(|event| self.seen(event)).collect();
            self.waiting.extend(seen);
        }
    }

    /// All writes up to this revision were looked at.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.watcher.position()
    }

    /// A write as this watch sees it: an object that begins or ceases to be selected comes or goes.
    fn seen(&self, event: &Arc<store::Event>) -> Option<Event> {
        let all = self.options.labels.is_empty() && self.options.fields.is_empty();
        let object = event.object();
        let chosen = |object: &Value| all || selected(&self.resource, &self.options, object);
        let now = event.new.is_some() && chosen(&object);
        let before = event.old.is_some() && (all || event.before().is_some_and(|old| chosen(&old)));
        let kind = match (before, now) {
            (false, true) => EventKind::Added,
            (true, true) => EventKind::Modified,
            (true, false) => EventKind::Deleted,
            (false, false) => return None,
        };
        Some(Event { kind, object, revision: event.revision, raw: Some(Arc::clone(event)) })
    }
}
