//! Watches as answers: a line of JSON for each event.

use super::{
    Body,
    negotiate::{Shape, Wanted},
    options::Asked,
    show,
    verbs::Call,
};
use crate::{
    object::selector::{FieldSelector, Term},
    registry::{EventKind, Registry, Seen, Served, Watch, parse_version},
    status::Status,
};
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde_json::{Value, json};
use std::{collections::VecDeque, time::Duration};
use tokio::time::Instant;

/// How long a watch lasts that does not say.
const WATCH_TIME: Duration = Duration::from_secs(1800);
/// Between two bookmarks.
const BOOKMARKS: Duration = Duration::from_secs(60);
/// Lines that are there at the same time go together, up to so many bytes.
const TOGETHER: usize = 64 << 10;
/// What happens so soon after the last lines waits for more, as long as there are watchers: else each write would wake
/// each client of many. A watcher that is alone hardly waits.
const PACE: Duration = Duration::from_micros(75);
/// The longest such wait.
const MAX_PACE: Duration = Duration::from_millis(20);

/// The least time between two answers to the same watch, with so many watches in all.
fn pace(watches: usize) -> Duration {
    PACE.saturating_mul(u32::try_from(watches).unwrap_or(u32::MAX)).min(MAX_PACE)
}

/// A field selector that also names one object.
pub(super) fn only(fields: FieldSelector, name: &str) -> Result<FieldSelector, Status> {
    if fields.is_empty() {
        let term = Term { field: "metadata.name".to_owned(), equal: true, value: name.to_owned() };
        return Ok(FieldSelector { terms: vec![term] });
    }
    if fields.exact("metadata.name") == Some(name) {
        return Ok(fields);
    }
    Err(Status::bad_request("fieldSelector metadata.name doesn't match requested name"))
}

/// What a watch still has to say, and how.
struct Running {
    watch: Watch,
    served: Served,
    shape: Shape,
    /// Lines that come before anything else.
    first: VecDeque<Bytes>,
    end: Instant,
    bookmark: Option<Instant>,
    /// When the last lines were given.
    given: Instant,
    /// Whether columns were named already.
    columns: bool,
    over: bool,
}

/// Begins a watch.
pub(super) async fn begin(
    registry: &Registry,
    call: &Call<'_>,
    namespace: Option<&str>,
    asked: Asked,
    wanted: Wanted,
) -> Result<Response<Body>, Status> {
    let served = &call.served;
    let given = asked.list.resource_version.as_str();
    let from: u64 = if given.is_empty() { 0 } else { version(given)? };
    let synthetic = match asked.initial {
        Some(initial) => initial,
        None => from == 0,
    };
    let mut options = asked.list.clone();
    options.limit = 0;
    options.continue_.clear();
    options.resource_version.clear();
    options.version_match.clear();
    let (list, after) = if synthetic {
        let list = registry.fetch_list(served, namespace, &options).await?;
        let after = list.resource_version;
        (Some(list), Some(after))
    } else {
        (None, (from != 0).then_some(from))
    };
    let watch = match registry.watch(served, namespace, options, after) {
        Ok(watch) => watch,
        Err(status) if status.code == 410 => return Ok(stream(error_line(&status))),
        Err(status) => return Err(status),
    };
    let now = Instant::now();
    let mut running = Running {
        watch,
        served: served.clone(),
        shape: wanted.shape,
        first: VecDeque::new(),
        end: now + asked.timeout.map_or(WATCH_TIME, Duration::from_secs),
        bookmark: asked.bookmarks.then_some(now + BOOKMARKS),
        given: now.checked_sub(MAX_PACE).unwrap_or(now),
        columns: false,
        over: false,
    };
    for object in list.iter().flat_map(|list| &list.items) {
        let line = running.line("ADDED", object);
        running.first.push_back(line);
    }
    if asked.initial == Some(true) && asked.bookmarks {
        let version = after.unwrap_or_default();
        let line = running.bookmark_line(version, true);
        running.first.push_back(line);
    }
    let body = Body::stream(running, |mut running| async move {
        let line = running.next().await?;
        Some((line, running))
    });
    Ok(with_type(body))
}

fn version(text: &str) -> Result<u64, Status> {
    parse_version(text).map_err(|why| Status::new(500, "", why))
}

fn error_line(status: &Status) -> Bytes {
    format!("{}\n", json!({"type": "ERROR", "object": status.to_json()})).into()
}

fn stream(line: Bytes) -> Response<Body> {
    with_type(Body::Full(line))
}

fn with_type(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl Running {
    /// The next lines; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        if self.over {
            return None;
        }
        let wake = self.bookmark.map_or(self.end, |bookmark| bookmark.min(self.end));
        let pace = pace(self.watch.watches());
        if self.given.elapsed() < pace {
            tokio::time::sleep_until(self.given + pace).await;
        }
        match tokio::time::timeout_at(wake, self.watch.seen()).await {
            Ok(Ok(event)) => {
                let lines = self.events(&event);
                self.given = Instant::now();
                Some(lines)
            }
            Ok(Err(status)) => {
                self.over = true;
                Some(error_line(&status))
            }
            Err(_) if Instant::now() >= self.end => None,
            Err(_) => {
                self.bookmark = Some(Instant::now() + BOOKMARKS);
                Some(self.bookmark_line(self.watch.position(), false))
            }
        }
    }

    /// The line of an event, and of those that are there already.
    fn events(&mut self, first: &Seen) -> Bytes {
        let line = self.event(first);
        let Some(mut next) = self.watch.waiting() else { return line };
        let mut lines = Vec::from(line);
        loop {
            lines.extend_from_slice(&self.event(&next));
            let more = if lines.len() < TOGETHER { self.watch.waiting() } else { None };
            match more {
                Some(more) => next = more,
                None => return lines.into(),
            }
        }
    }

    fn event(&mut self, event: &Seen) -> Bytes {
        match event.line() {
            Some(line) if self.shape == Shape::Whole => line,
            _ => self.line(event.kind.text(), &event.object()),
        }
    }

    fn line(&mut self, kind: &str, object: &Value) -> Bytes {
        let shown = match self.shape {
            Shape::Whole => return format!("{}\n", json!({"type": kind, "object": object})).into(),
            Shape::Metadata => show::metadata(object),
            Shape::Table(include) => {
                let version = object.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
                let about = json!({"resourceVersion": version});
                let columns = !std::mem::replace(&mut self.columns, true);
                show::table(&self.served, std::slice::from_ref(object), about, columns, include)
            }
        };
        format!("{}\n", json!({"type": kind, "object": shown})).into()
    }

    fn bookmark_line(&mut self, revision: u64, initial: bool) -> Bytes {
        let mut metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
        if initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = json!({
            "kind": self.served.kind, "apiVersion": self.served.gvr.api_version(), "metadata": metadata,
        });
        let kind = EventKind::Bookmark.text();
        match self.shape {
            Shape::Whole => format!("{}\n", json!({"type": kind, "object": object})).into(),
            _ => self.line(kind, &object),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PACE, pace};
    use std::time::Duration;

    #[test]
    fn few_watches_are_told_at_once_and_many_together() {
        assert_eq!(pace(1), Duration::from_micros(75));
        assert_eq!(pace(200), Duration::from_millis(15));
        assert_eq!(pace(usize::MAX), MAX_PACE);
    }
}
