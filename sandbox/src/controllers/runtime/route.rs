//! Which controllers a change concerns. Small indexes of names and selectors are kept here.

use super::super::action::{
    AUTOSCALERS, BUDGETS, CLAIMS, CONFIG_MAPS, CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, ENDPOINT_SLICES, EVENTS,
    INGRESSES, JOBS, Known, NAMESPACES, NODES, PODS, QUOTAS, REPLICA_SETS, REPLICATION_CONTROLLERS, SECRETS,
    SERVICE_ACCOUNTS, SERVICES, STATEFUL_SETS, STORAGE_CLASSES, VOLUMES,
};
use super::super::job;
use super::work::{Place, Task, Work};
use super::{Context, recorder};
use crate::node::{machine, schedule};
use crate::object::edit::{controller, deleting, list, map, time};
use crate::object::select::{holds, matches};
use crate::object::{label, pod, text, uid};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long quotas wait for more to count.
const COUNTING: Duration = Duration::from_millis(50);

/// A namespace's names, and what they select.
type Selectors = BTreeMap<String, BTreeMap<String, Value>>;
/// Namespaces and names.
type Names = BTreeSet<(String, String)>;

/// What the router remembers.
#[derive(Debug, Default)]
pub(super) struct Router {
    services: Selectors,
    budgets: Selectors,
    /// Autoscalers, with their target's kind and name.
    autoscalers: Selectors,
    quotas: Names,
    daemon_sets: Names,
    unscheduled: Names,
    /// Pods that wait for config maps or secrets, or may.
    starting: Names,
    unbound: Names,
    ending: BTreeSet<String>,
}

/// Tasks and when they are due.
type Tasks = Vec<(Task, Option<Duration>)>;

/// A change of one object.
#[derive(Clone, Copy)]
struct Change<'a> {
    place: Place<'a>,
    old: Option<&'a Value>,
    new: Option<&'a Value>,
}

impl<'a> Change<'a> {
    fn is(&self, of: Known) -> bool {
        self.place.resource == of.resource && self.place.group == of.group
    }

    /// The object as it is now, or as it was last.
    fn object(&self) -> Option<&'a Value> {
        self.new.or(self.old)
    }

    fn task(&self, work: Work) -> (Task, Option<Duration>) {
        (Task::new(work, self.place.namespace, self.place.name), None)
    }

    fn name(&self) -> (String, String) {
        (self.place.namespace.to_owned(), self.place.name.to_owned())
    }
}

fn keep(names: &mut Names, name: (String, String), kept: bool) {
    if kept {
        names.insert(name);
    } else {
        names.remove(&name);
    }
}

fn index(selectors: &mut Selectors, change: Change<'_>, selector: Option<Value>) {
    let Place { namespace, name, .. } = change.place;
    match selector {
        Some(selector) => {
            selectors.entry(namespace.to_owned()).or_default().insert(name.to_owned(), selector);
        }
        None => {
            if let Some(names) = selectors.get_mut(namespace) {
                names.remove(name);
                if names.is_empty() {
                    selectors.remove(namespace);
                }
            }
        }
    }
}

fn labels(object: Option<&Value>) -> Option<&Map<String, Value>> {
    object.and_then(|object| map(object, &["metadata", "labels"]))
}

impl Router {
    /// Forgets everything, before all is seen anew.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::default();
    }

    /// What a change makes necessary.
    pub(super) fn seen(
        &mut self,
        context: &Context,
        key: &str,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> Tasks {
        let Some(place) = Place::of(key) else { return Vec::new() };
        let change = Change { place, old, new };
        let mut tasks = Vec::new();
        if change.is(EVENTS) {
            // Events change nothing else; their hour begins anew when they happen again.
            if new.is_some() {
                let kept = Duration::from_secs(recorder::KEPT.unsigned_abs());
                tasks.push((change.task(Work::Expire).0, Some(kept)));
            }
            self.note_ending(change, &mut tasks);
            return tasks;
        }
        self.ownership(context, change, key, &mut tasks);
        self.note_ending(change, &mut tasks);
        self.count(change, &mut tasks);
        self.own_kind(change, &mut tasks);
        if change.is(PODS) {
            self.pod(context, change, &mut tasks);
        } else if change.is(REPLICA_SETS) {
            context.note_orphan(
                REPLICA_SETS,
                place.namespace,
                place.name,
                new.is_some_and(|new| controller(new).is_none()),
            );
        }
        self.cluster(change, &mut tasks);
        self.workload(change, &mut tasks);
        tasks
    }

    /// Owners and what they own, for garbage collection and for controllers.
    fn ownership(&self, context: &Context, change: Change<'_>, key: &str, tasks: &mut Tasks) {
        let collect = |key: &str| (Task::new(Work::Collect, "", key), None);
        let owners =
            |object: Option<&Value>| object.map(|one| list(one, &["metadata", "ownerReferences"]).to_vec());
        if let Some(new) = change.new {
            let changed = owners(change.new) != owners(change.old);
            let waiting = deleting(new) && {
                let finalizers = list(new, &["metadata", "finalizers"]);
                finalizers.iter().any(|one| one == "foregroundDeletion" || one == "orphan")
            };
            if (changed && owners(change.new).is_some_and(|owners| !owners.is_empty())) || waiting {
                tasks.push(collect(key));
            }
        } else if let Some(old) = change.old {
            for child in context.store().owned(uid(old)).unwrap_or_default() {
                tasks.push(collect(&child));
            }
            // An owner may have waited for this.
            for owner in owners(change.old).unwrap_or_default() {
                tasks.extend(
                    super::drive::garbage::key_of_owner(context, change.place.namespace, &owner)
                        .map(|key| collect(&key)),
                );
            }
        }
        for owner in [change.old, change.new].into_iter().flatten().filter_map(controller) {
            let group = text(owner, &["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
            let work = match (group, text(owner, &["kind"])) {
                ("apps", "Deployment") => Work::Deployment,
                ("apps", "ReplicaSet") => Work::ReplicaSet,
                ("", "ReplicationController") => Work::ReplicationController,
                ("apps", "StatefulSet") => Work::StatefulSet,
                ("apps", "DaemonSet") => Work::DaemonSet,
                ("batch", "Job") => Work::Job,
                ("batch", "CronJob") => Work::CronJob,
                ("", "Service") if change.is(ENDPOINT_SLICES) => Work::Endpoints,
                _ => continue,
            };
            tasks.push((Task::new(work, change.place.namespace, text(owner, &["name"])), None));
        }
    }

    /// Namespaces on their way out look again whenever something in them changes.
    fn note_ending(&mut self, change: Change<'_>, tasks: &mut Tasks) {
        if change.is(NAMESPACES) {
            let name = change.place.name;
            match change.new {
                Some(new) if deleting(new) => {
                    self.ending.insert(name.to_owned());
                    tasks.push((Task::new(Work::Namespace, "", name), None));
                }
                Some(_) => tasks.push((Task::new(Work::Accounts, name, ""), None)),
                None => {
                    self.ending.remove(name);
                }
            }
        } else if self.ending.contains(change.place.namespace) {
            tasks.push((Task::new(Work::Namespace, "", change.place.namespace), None));
        }
    }

    fn count(&mut self, change: Change<'_>, tasks: &mut Tasks) {
        if change.is(QUOTAS) {
            keep(&mut self.quotas, change.name(), change.new.is_some());
        }
        let counts = change.old.is_none()
            || change.new.is_none()
            || change.is(PODS)
            || change.is(QUOTAS)
            || change.is(SERVICES)
            || change.is(CLAIMS);
        if counts && !self.quotas.is_empty() {
            let namespace = change.place.namespace;
            let all = self.quotas.range((namespace.to_owned(), String::new())..);
            for (place, name) in all.take_while(|(place, _)| place == namespace) {
                tasks.push((Task::new(Work::Quota, place, name), Some(COUNTING)));
            }
        }
    }

    /// Objects whose controller looks at them whenever they change.
    fn own_kind(&mut self, change: Change<'_>, tasks: &mut Tasks) {
        let kinds = [
            (DEPLOYMENTS, Work::Deployment),
            (REPLICA_SETS, Work::ReplicaSet),
            (REPLICATION_CONTROLLERS, Work::ReplicationController),
            (STATEFUL_SETS, Work::StatefulSet),
            (DAEMON_SETS, Work::DaemonSet),
            (JOBS, Work::Job),
            (CRON_JOBS, Work::CronJob),
            (SERVICES, Work::Endpoints),
            (SERVICES, Work::LoadBalancer),
            (INGRESSES, Work::Ingress),
            (CLAIMS, Work::Claim),
            (VOLUMES, Work::Volume),
            (BUDGETS, Work::Budget),
            (AUTOSCALERS, Work::Autoscaler),
        ];
        for (of, work) in kinds {
            if change.is(of) && (change.new.is_some() || work == Work::Endpoints) {
                tasks.push(change.task(work));
            }
        }
        let selector = |path: &[&str]| change.new.and_then(|new| crate::object::at(new, path)).cloned();
        if change.is(SERVICES) {
            index(&mut self.services, change, selector(&["spec", "selector"]).filter(Value::is_object));
        } else if change.is(BUDGETS) {
            index(&mut self.budgets, change, selector(&["spec", "selector"]));
        } else if change.is(AUTOSCALERS) {
            index(&mut self.autoscalers, change, selector(&["spec", "scaleTargetRef"]));
        } else if change.is(DAEMON_SETS) {
            keep(&mut self.daemon_sets, change.name(), change.new.is_some());
        } else if change.is(ENDPOINT_SLICES) {
            if let Some(service) = change.object().and_then(|one| label(one, "kubernetes.io/service-name")) {
                tasks.push((Task::new(Work::Endpoints, change.place.namespace, service), None));
            }
        } else if change.place.resource == "endpoints" && change.place.group.is_empty() {
            tasks.push(change.task(Work::Endpoints));
        }
    }

    fn pod(&mut self, context: &Context, change: Change<'_>, tasks: &mut Tasks) {
        let Place { namespace, name, .. } = change.place;
        let orphan = change.new.is_some_and(|new| controller(new).is_none());
        context.note_orphan(PODS, namespace, name, orphan);
        let waits = change.new.is_some_and(|new| pod::node(new).is_empty() && pod::active(new));
        keep(&mut self.unscheduled, change.name(), waits);
        let here = change.new.is_some_and(|new| pod::node(new) == machine::NAME) && context.options.node;
        let starts = here && change.new.is_some_and(|new| pod::phase(new) == "Pending");
        keep(&mut self.starting, change.name(), starts);
        if waits {
            tasks.push(change.task(Work::Schedule));
        }
        if here {
            tasks.push(change.task(Work::Kubelet));
        }
        match change.new {
            Some(new) => {
                context.note_address(new);
                if job::of_a_job(new) || !list(new, &["metadata", "finalizers"]).is_empty() {
                    tasks.push(change.task(Work::Release));
                }
                if orphan && change.old.is_none() {
                    tasks.extend(
                        super::drive::workloads::adopters(context, namespace)
                            .into_iter()
                            .map(|task| (task, None)),
                    );
                }
            }
            None => {
                if let Some(old) = change.old {
                    context.forget_pod(old);
                }
                // Room has become free.
                for (namespace, name) in &self.unscheduled {
                    tasks.push((Task::new(Work::Schedule, namespace, name), None));
                }
            }
        }
        let selected =
            |selector: &Value, labels: Option<&Map<String, Value>>| holds(selector.as_object(), labels);
        for (service, selector) in self.services.get(namespace).into_iter().flatten() {
            if selected(selector, labels(change.new)) || selected(selector, labels(change.old)) {
                tasks.push((Task::new(Work::Endpoints, namespace, service), None));
            }
        }
        for (budget, selector) in self.budgets.get(namespace).into_iter().flatten() {
            if matches(selector, labels(change.new)) || matches(selector, labels(change.old)) {
                tasks.push((Task::new(Work::Budget, namespace, budget), None));
            }
        }
        let born_or_ended = change.old.is_none()
            || change.new.is_none()
            || change.old.map(pod::terminal) != change.new.map(pod::terminal);
        if born_or_ended {
            for claim in change.object().map(schedule::claim_names).unwrap_or_default() {
                tasks.push((Task::new(Work::Claim, namespace, &claim), None));
            }
        }
    }

    /// What concerns more than one namespace or object.
    fn cluster(&mut self, change: Change<'_>, tasks: &mut Tasks) {
        let namespace = change.place.namespace;
        let reschedule = |names: &Names, within: Option<&str>, tasks: &mut Tasks| {
            for (place, name) in names.iter().filter(|(place, _)| within.is_none_or(|within| within == place))
            {
                tasks.push((Task::new(Work::Schedule, place, name), None));
            }
        };
        if change.is(NODES) {
            let shape = |node: Option<&Value>| {
                node.map(|one| {
                    (
                        one["spec"].clone(),
                        one["metadata"]["labels"].clone(),
                        one["status"]["allocatable"].clone(),
                    )
                })
            };
            if shape(change.old) != shape(change.new) {
                reschedule(&self.unscheduled, None, tasks);
                for (place, name) in &self.daemon_sets {
                    tasks.push((Task::new(Work::DaemonSet, place, name), None));
                }
            }
        } else if change.is(CLAIMS) {
            let bound = change.new.is_none_or(|new| text(new, &["status", "phase"]) == "Bound");
            keep(&mut self.unbound, change.name(), !bound);
            reschedule(&self.unscheduled, Some(namespace), tasks);
            for volume in
                [change.old, change.new].into_iter().flatten().map(|one| text(one, &["spec", "volumeName"]))
            {
                if !volume.is_empty() {
                    tasks.push((Task::new(Work::Volume, "", volume), None));
                }
            }
        } else if change.is(VOLUMES) || change.is(STORAGE_CLASSES) {
            for (place, name) in &self.unbound {
                tasks.push((Task::new(Work::Claim, place, name), None));
            }
            if let Some(claim) =
                change.object().map(|one| &one["spec"]["claimRef"]).filter(|claim| claim.is_object())
            {
                tasks.push((
                    Task::new(Work::Claim, text(claim, &["namespace"]), text(claim, &["name"])),
                    None,
                ));
            }
        } else if change.is(CONFIG_MAPS) || change.is(SECRETS) {
            for (place, name) in self.starting.iter().filter(|(place, _)| place == namespace) {
                tasks.push((Task::new(Work::Kubelet, place, name), None));
            }
            let root = change.is(CONFIG_MAPS) && change.place.name == "kube-root-ca.crt";
            if root && !self.ending.contains(namespace) {
                tasks.push((Task::new(Work::Accounts, namespace, ""), None));
            }
            if change.is(SECRETS)
                && change.new.is_some_and(|new| new["type"] == "kubernetes.io/service-account-token")
            {
                tasks.push(change.task(Work::Token));
            }
        } else if change.is(SERVICE_ACCOUNTS) && !self.ending.contains(namespace) {
            if change.new.is_none() {
                tasks.push((Task::new(Work::Accounts, namespace, ""), None));
            }
            if change.old.is_none() || change.new.is_none() {
                // Secrets of this account are filled, or go.
                tasks.push((Task::new(Work::Token, namespace, ""), None));
            }
        }
    }

    /// Changes of sizes concern budgets and autoscalers.
    fn workload(&self, change: Change<'_>, tasks: &mut Tasks) {
        let size = |one: Option<&Value>| one.map(|one| one["spec"]["replicas"].clone());
        if ![DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, REPLICATION_CONTROLLERS]
            .iter()
            .any(|of| change.is(*of))
            || size(change.old) == size(change.new)
        {
            return;
        }
        let namespace = change.place.namespace;
        for budget in self.budgets.get(namespace).into_iter().flat_map(BTreeMap::keys) {
            tasks.push((Task::new(Work::Budget, namespace, budget), None));
        }
        let kind = change.object().map_or("", |one| text(one, &["kind"]));
        for (autoscaler, target) in self.autoscalers.get(namespace).into_iter().flatten() {
            if text(target, &["kind"]) == kind && text(target, &["name"]) == change.place.name {
                tasks.push((Task::new(Work::Autoscaler, namespace, autoscaler), None));
            }
        }
    }
}

/// When an event was last seen.
pub(super) fn last_seen(event: &Value) -> Option<jiff::Timestamp> {
    [
        &["series", "lastObservedTime"][..],
        &["lastTimestamp"],
        &["eventTime"],
        &["metadata", "creationTimestamp"],
    ]
    .into_iter()
    .find_map(|path| time(event, path))
}
