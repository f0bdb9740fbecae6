//! Events: what controllers tell becomes objects; what is told again is counted.

use super::super::action::{EVENTS, KUBELET, Note, SCHEDULER};
use super::Context;
use crate::object::edit::{micro_stamp, stamp};
use crate::object::text;
use crate::registry::Patch;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::mpsc;

/// How many events may wait to be written; more are dropped, as the real recorder does.
pub(super) const PENDING: usize = 1024;
/// How many different events are remembered, to count them.
const REMEMBERED: usize = 4096;
/// How long an event is kept, in seconds.
pub(super) const KEPT: i64 = 3600;

/// Which events are the same one again.
type Same = (String, String, String, String, &'static str);

/// The events that were written lately.
#[derive(Debug, Default)]
struct Memory {
    known: BTreeMap<Same, (String, u64)>,
    order: VecDeque<Same>,
    /// Told apart by it, events of one moment have names of their own.
    serial: i128,
}

/// Writes events until nobody tells any more.
pub(super) async fn record(context: Arc<Context>, mut notes: mpsc::Receiver<Note>) {
    let mut memory = Memory::default();
    while let Some(note) = notes.recv().await {
        memory.write(&context, &note).await;
    }
}

impl Memory {
    async fn write(&mut self, context: &Context, note: &Note) {
        let field = |name: &str| text(&note.about, &[name]).to_owned();
        let same =
            (field("uid"), field("fieldPath"), note.reason.clone(), note.message.clone(), note.component);
        let namespace = match field("namespace") {
            namespace if namespace.is_empty() => "default".to_owned(),
            namespace => namespace,
        };
        if let Some((name, count)) = self.known.get_mut(&same) {
            *count += 1;
            let patch = again(note, *count, context.clock.now());
            let events = EVENTS.gvr();
            let patched =
                context.client.patch(&events, None, Some(&namespace), name, Patch::Merge(patch)).await;
            if patched.is_ok() {
                return;
            }
            // It has expired, or was deleted.
            self.forget(&same);
        }
        self.serial += 1;
        let event = new(note, &namespace, context.clock.now(), self.serial);
        let name = crate::object::name(&event).to_owned();
        // An event that cannot be written is lost, as events are: its namespace may be on its way out.
        if context.client.create(&EVENTS.gvr(), Some(&namespace), event).await.is_ok() {
            self.remember(same, name);
        }
    }

    fn forget(&mut self, same: &Same) {
        self.known.remove(same);
        self.order.retain(|one| one != same);
    }

    fn remember(&mut self, same: Same, name: String) {
        while self.order.len() >= REMEMBERED {
            let Some(oldest) = self.order.pop_front() else { break };
            self.known.remove(&oldest);
        }
        self.order.push_back(same.clone());
        self.known.insert(same, (name, 1));
    }
}

/// The scheduler writes events in the newer form.
fn newer(note: &Note) -> bool {
    note.component == SCHEDULER
}

fn new(note: &Note, namespace: &str, now: jiff::Timestamp, serial: i128) -> Value {
    let name = text(&note.about, &["name"]);
    let mut event = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": format!("{name}.{:x}", now.as_nanosecond() + serial % 1000), "namespace": namespace},
        "involvedObject": note.about, "reason": note.reason, "message": note.message,
        "type": if note.warning { "Warning" } else { "Normal" },
        "reportingComponent": note.component, "reportingInstance": "",
    });
    let more = if newer(note) {
        json!({
            "eventTime": micro_stamp(now), "firstTimestamp": null, "lastTimestamp": null, "source": {},
            "action": if note.reason == "Scheduled" { "Binding" } else { "Scheduling" },
            "reportingInstance": format!("{}-{}", note.component, crate::node::machine::NAME),
        })
    } else {
        let mut source = json!({"component": note.component});
        let mut instance = "";
        if note.component == KUBELET {
            source["host"] = crate::node::machine::NAME.into();
            instance = crate::node::machine::NAME;
        }
        json!({
            "count": 1, "eventTime": null, "firstTimestamp": stamp(now), "lastTimestamp": stamp(now),
            "source": source, "reportingInstance": instance,
        })
    };
    if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
        event.extend(more);
    }
    event
}

fn again(note: &Note, count: u64, now: jiff::Timestamp) -> Value {
    if newer(note) {
        json!({"series": {"count": count, "lastObservedTime": micro_stamp(now)}})
    } else {
        json!({"count": count, "lastTimestamp": stamp(now)})
    }
}
