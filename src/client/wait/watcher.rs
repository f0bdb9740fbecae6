//! Following objects by watches, one for each kind in each namespace.
//!
//! Each target is listed and then watched from the list's version. A watch that ends, for whatever reason, leads to
//! a new list: nothing that happened in between is missed.

use super::{
    ATTENTION, Cluster, Computed, Object, Progress, Rules, WaitError, Waiting, Watch, complaint, items,
};
use crate::client::{
    Resource,
    cancel::CANCELLED,
    object::string,
    status::{self, SCHEDULE_WINDOW},
    transport::{Method, Request, Streams, Told},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The pause before a target is listed again.
const RELIST_PAUSE: Duration = Duration::from_secs(1);

/// What is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// That objects are where they should be, by these rules.
    Ready(Rules),
    /// That they are gone.
    Deleted,
}

/// A kind in a namespace.
struct Target<'a> {
    path: String,
    resource: &'a Resource,
    /// When it is to be listed; nothing while a watch is open.
    due: Option<Instant>,
    /// The kind itself is gone.
    is_stopped: bool,
}

/// One of the objects.
struct Followed<'a> {
    object: &'a Object,
    target: usize,
    computed: Computed,
    was_seen: bool,
    /// When a Pod without a node is to be looked at again.
    recheck: Option<Instant>,
}

/// All that is awaited and what is known of it.
pub(super) struct Watcher<'a> {
    cluster: &'a Cluster,
    watch: Watch<'a>,
    goal: Goal,
    targets: Vec<Target<'a>>,
    objects: Vec<Followed<'a>>,
}

impl<'a> Watcher<'a> {
    /// Nothing is asked yet. Objects without a name, which nobody created, are not followed.
    pub(super) fn new(cluster: &'a Cluster, objects: Vec<&'a Object>, goal: Goal, watch: Watch<'a>) -> Self {
        let mut known = BTreeMap::new();
        let mut targets = Vec::new();
        let mut followed = Vec::new();
        for object in objects.into_iter().filter(|object| !object.name.is_empty()) {
            let path = object.resource.path(&object.namespace, "");
            let target = *known.entry(path.clone()).or_insert_with(|| {
                let due = Some(Instant::now());
                targets.push(Target { path, resource: &object.resource, due, is_stopped: false });
                targets.len() - 1
            });
            let computed = Computed::default();
            followed.push(Followed { object, target, computed, was_seen: false, recheck: None });
        }
        Self { cluster, watch, goal, targets, objects: followed }
    }

    /// Follows until all is well, all that is not has failed, or the time is up.
    pub(super) fn run(mut self, timeout: Duration) -> Result<(), WaitError> {
        if self.objects.is_empty() {
            return Ok(());
        }
        let deadline = Instant::now().checked_add(timeout);
        let _until = self.cluster.until(deadline);
        let transport = self.cluster.transport().map_err(WaitError::new)?;
        let mut streams = transport.streams();
        loop {
            self.list_due(&mut *streams)?;
            self.recheck_due();
            if self.is_settled() || self.targets.iter().all(|target| target.is_stopped) {
                return self.verdict(false);
            }
            let now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                return self.verdict(true);
            }
            let due = self.targets.iter().filter_map(|target| target.due);
            let rechecks = self.objects.iter().filter_map(|followed| followed.recheck);
            let wake = due.chain(rechecks).chain(deadline).min();
            let patience = wake.map_or(RELIST_PAUSE, |wake| wake.saturating_duration_since(now));
            if self.cluster.cancel().is_cancelled() {
                return Err(WaitError::new(CANCELLED));
            }
            self.tell();
            match streams.next(patience.min(ATTENTION)) {
                None => {}
                Some((target, Told::End)) => self.relist(target),
                Some((target, Told::Line(line))) => self.event(target, &line),
            }
        }
    }

    fn relist(&mut self, target: usize) {
        if let Some(target) = self.targets.get_mut(target) {
            target.due = Some(Instant::now() + RELIST_PAUSE);
        }
    }

    /// Lists what is due and watches it from there.
    fn list_due(&mut self, streams: &mut dyn Streams) -> Result<(), WaitError> {
        let now = Instant::now();
        let due: Vec<usize> = (0..self.targets.len())
            .filter(|index| self.targets[*index].due.is_some_and(|due| due <= now))
            .collect();
        let request = |index: &usize| Ok(Request::new(Method::Get, &*self.targets[*index].path).unnamed());
        let answers = self.cluster.exchange_all(due.iter().map(request).collect());
        for (index, answer) in due.into_iter().zip(answers) {
            self.targets[index].due = None;
            match answer {
                Ok(list) => {
                    let version = list.pointer("/metadata/resourceVersion").and_then(Value::as_str);
                    let version = version.unwrap_or_default().to_owned();
                    self.listed(index, list);
                    let query = crate::client::query(&[("resourceVersion", &version), ("watch", "true")]);
                    let path = format!("{}?{query}", self.targets[index].path);
                    streams.open(index, Request::new(Method::Get, path).unnamed());
                }
                Err(error) if error.is_not_found() => self.targets[index].is_stopped = true,
                Err(error) if error.code() == Some(403) => {
                    let resource = self.targets[index].resource.go_string();
                    return Err(WaitError::new(format!("failed to list {resource}: {error}")));
                }
                Err(_) => self.relist(index),
            }
        }
        Ok(())
    }

    fn listed(&mut self, target: usize, list: Value) {
        let resource = self.targets[target].resource;
        let items = items(list, &resource.api_version(), &resource.kind);
        let live: BTreeMap<&str, &Value> = items.iter().map(|item| (string(item, "name"), item)).collect();
        for index in 0..self.objects.len() {
            if self.objects[index].target != target {
                continue;
            }
            match live.get(self.objects[index].object.name.as_str()) {
                Some(item) => self.update(index, item),
                None if self.objects[index].was_seen => self.gone(index),
                None => {}
            }
        }
    }

    fn event(&mut self, target: usize, line: &[u8]) {
        // A line that is no event is an answer broken off; the stream ends behind it.
        let Ok(event) = serde_json::from_slice::<Value>(line) else { return };
        let (kind, object) = (event["type"].as_str().unwrap_or_default(), &event["object"]);
        let name = string(object, "name");
        let is_it = |followed: &Followed<'_>| followed.target == target && followed.object.name == name;
        let concerned: Vec<usize> = (0..self.objects.len()).filter(|i| is_it(&self.objects[*i])).collect();
        for index in concerned {
            match kind {
                "ADDED" | "MODIFIED" => self.update(index, object),
                "DELETED" => self.gone(index),
                // Errors end the stream, which leads to a new list.
                _ => {}
            }
        }
    }

    fn gone(&mut self, index: usize) {
        let followed = &mut self.objects[index];
        followed.computed = Computed::not_found();
        followed.recheck = None;
    }

    fn update(&mut self, index: usize, live: &Value) {
        let rules = match self.goal {
            Goal::Ready(rules) => rules,
            Goal::Deleted => Rules::Started,
        };
        let now = self.watch.clock.now();
        let mut computed = status::compute(live, rules, now);
        let mut without_node = status::is_unschedulable(live);
        if status::has_pods(live) {
            computed = match self.cluster.selected(live, "v1", "Pod") {
                Ok(pods) => {
                    without_node |= pods.iter().any(status::is_unschedulable);
                    status::with_pods(computed, &pods, now)
                }
                Err(error) if error.is_not_found() => Computed::not_found(),
                Err(_) => Computed::default(),
            };
        }
        let followed = &mut self.objects[index];
        followed.was_seen = true;
        followed.computed = computed;
        followed.recheck = without_node.then(|| Instant::now() + SCHEDULE_WINDOW.unsigned_abs());
    }

    /// Looks again at Pods whose time to find a node is over.
    fn recheck_due(&mut self) {
        let now = Instant::now();
        for index in 0..self.objects.len() {
            if self.objects[index].recheck.is_none_or(|due| due > now) {
                continue;
            }
            self.objects[index].recheck = None;
            let object = std::slice::from_ref(self.objects[index].object);
            match self.cluster.get_all(object).pop() {
                Some(Ok(live)) => {
                    self.update(index, &live);
                    // Once: what changes afterwards comes as an event.
                    self.objects[index].recheck = None;
                }
                Some(Err(error)) if error.is_not_found() => self.gone(index),
                _ => {}
            }
        }
    }

    /// Tells what is still awaited.
    fn tell(&self) {
        let left = self.objects.iter().filter(|followed| !self.is_there(followed));
        let left: Vec<Waiting<'_>> =
            left.map(|followed| Waiting { object: followed.object, computed: &followed.computed }).collect();
        (self.watch.follow)(&left);
    }

    /// Whether an object is where it should be.
    fn is_there(&self, followed: &Followed<'_>) -> bool {
        match self.goal {
            Goal::Ready(_) => followed.computed.status == Progress::Current,
            Goal::Deleted => matches!(followed.computed.status, Progress::NotFound | Progress::Unknown),
        }
    }

    /// Whether nothing more is awaited: what has failed stays so.
    fn is_settled(&self) -> bool {
        self.objects.iter().all(|followed| match (self.goal, followed.computed.status) {
            (Goal::Ready(_), status) => matches!(status, Progress::Current | Progress::Failed),
            (Goal::Deleted, status) => matches!(status, Progress::NotFound | Progress::Unknown),
        })
    }

    fn verdict(&self, is_late: bool) -> Result<(), WaitError> {
        let complaints = self.objects.iter().filter_map(|followed| {
            let verdict = match self.goal {
                _ if self.is_there(followed) => return None,
                Goal::Ready(_) => "not ready",
                Goal::Deleted => "still exists",
            };
            Some(complaint(followed.object, verdict, &followed.computed))
        });
        let mut complaints: Vec<String> = complaints.collect();
        if is_late {
            complaints.push(super::DEADLINE.into());
        }
        if complaints.is_empty() { Ok(()) } else { Err(WaitError::Objects(complaints)) }
    }
}
