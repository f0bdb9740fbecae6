//! What workers share: the API, the time, the memory of pods, and how actions are performed.

use super::super::action::{Action, Known, Note};
use super::Clock;
use crate::node::{life::Life, machine};
use crate::object::{name, namespace, uid};
use crate::registry::{Client, DeleteOptions, ListOptions, Patch, Propagation};
use crate::status::Status;
use crate::store::Store;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Makes a service account's token for a secret: namespace, account's name, its uid, the secret's name.
pub type TokenMaker = Arc<dyn Fn(&str, &str, &str, &str) -> Option<String> + Send + Sync>;

/// How the controllers run.
#[derive(Clone)]
pub struct Options {
    /// Whether there is a node. Without one the sandbox is as a control plane without machines: pods stay pending, no
    /// volumes are made, load balancers get no address.
    pub node: bool,
    /// The version that the node reports: `v1.36.3`.
    pub version: String,
    /// `ca.crt` of the config map `kube-root-ca.crt` in each namespace.
    pub ca: String,
    /// Fills secrets of the type `kubernetes.io/service-account-token`.
    pub tokens: Option<TokenMaker>,
    /// The time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            node: true,
            version: "v1.36.3".to_owned(),
            ca: String::new(),
            tokens: None,
            clock: Clock::Wall,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("node", &self.node)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What workers share.
#[derive(Debug)]
pub struct Context {
    /// The API.
    pub client: Client,
    /// The time.
    pub clock: Clock,
    /// How the controllers run.
    pub options: Options,
    notes: mpsc::Sender<Note>,
    lives: Mutex<BTreeMap<String, Life>>,
    addresses: Mutex<Addresses>,
    failures: Mutex<BTreeMap<String, String>>,
    /// Objects without a controller, by resource and namespace.
    orphans: Mutex<BTreeMap<(&'static str, String), BTreeSet<String>>>,
}

/// Which addresses pods have.
#[derive(Debug, Default)]
struct Addresses {
    taken: BTreeMap<u16, String>,
    next: u16,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    pub(super) fn new(client: Client, options: Options, notes: mpsc::Sender<Note>) -> Self {
        Self {
            client,
            clock: options.clock,
            options,
            notes,
            lives: Mutex::default(),
            addresses: Mutex::default(),
            failures: Mutex::default(),
            orphans: Mutex::default(),
        }
    }

    /// The store below the API.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.client.registry().store()
    }

    /// One object, where it is there.
    ///
    /// # Errors
    /// As the API answers, 404 aside.
    pub async fn get(&self, of: Known, namespace: &str, name: &str) -> Result<Option<Value>, Status> {
        match self.client.get(&of.gvr(), scope(namespace), name).await {
            Ok(object) => Ok(Some(object)),
            Err(status) if status.code == 404 => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// The objects of a namespace, or of all where it is empty.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn list(&self, of: Known, namespace: &str) -> Result<Vec<Value>, Status> {
        Ok(self.client.list(&of.gvr(), scope(namespace), &ListOptions::default()).await?.items)
    }

    /// The objects of a resource that name `owner` among their owners.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn owned(&self, of: Known, owner: &Value) -> Result<Vec<Value>, Status> {
        let keys = self.store().owned(uid(owner)).map_err(Status::internal)?;
        let mut found = Vec::new();
        for key in keys {
            let Some(place) = super::work::Place::of(&key) else { continue };
            if place.group == of.group && place.resource == of.resource {
                found.extend(self.get(of, place.namespace, place.name).await?);
            }
        }
        Ok(found)
    }

    /// Records an event. It is lost where too many wait already.
    pub fn tell(&self, note: Note) {
        let _ = self.notes.try_send(note);
    }

    /// Performs actions in order, up to the first that fails; gives when to look again.
    ///
    /// # Errors
    /// The failure. A namespace on its way out takes nothing new: that is no failure.
    pub async fn perform(&self, actions: Vec<Action>) -> Result<Option<Duration>, Status> {
        let mut again: Option<Duration> = None;
        for action in actions {
            if let Action::Again(delay) = action {
                again = Some(again.map_or(delay, |present| present.min(delay)));
                continue;
            }
            match self.perform_one(action).await {
                Err(status) if !ends_with_namespace(&status) => return Err(status),
                _ => {}
            }
        }
        Ok(again)
    }

    async fn perform_one(&self, action: Action) -> Result<(), Status> {
        match action {
            Action::Create { of, object, done, failed } => {
                let place = namespace(&object).to_owned();
                match self.client.create(&of.gvr(), scope(&place), object).await {
                    Ok(made) => self.tell_filled(done, name(&made)),
                    Err(status) => {
                        if !ends_with_namespace(&status) {
                            self.tell_filled(failed, &status.message);
                        }
                        return Err(status);
                    }
                }
            }
            Action::Update { of, part, object } => {
                ignore_missing(self.client.update(&of.gvr(), part, object).await)?;
            }
            Action::Merge { of, part, namespace, name, patch } => {
                let patch = Patch::Merge(patch);
                ignore_missing(self.client.patch(&of.gvr(), part, scope(&namespace), &name, patch).await)?;
            }
            Action::Delete { of, object, done } => {
                self.delete(of, &object, Propagation::Background, None).await?;
                if let Some(note) = done {
                    self.tell(note);
                }
            }
            Action::Tell(note) => self.tell(note),
            Action::Again(_) => {}
        }
        Ok(())
    }

    fn tell_filled(&self, note: Option<Note>, text: &str) {
        if let Some(mut note) = note {
            note.message = note.message.replacen("{}", text, 1);
            self.tell(note);
        }
    }

    /// Deletes this very object; that it is gone or another by now is no failure.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn delete(
        &self,
        of: Known,
        object: &Value,
        propagation: Propagation,
        grace: Option<i64>,
    ) -> Result<(), Status> {
        let options = DeleteOptions {
            uid: Some(uid(object).to_owned()),
            propagation: Some(propagation),
            grace,
            ..DeleteOptions::default()
        };
        let deleted = self.client.delete(&of.gvr(), scope(namespace(object)), name(object), options).await;
        match deleted {
            Err(status) if status.code == 409 => Ok(()),
            other => ignore_missing(other),
        }
    }

    /// Takes what is known of a pod's life out of memory, or makes it anew.
    pub(in crate::controllers) fn take_life(&self, one: &Value) -> Life {
        let known = lock(&self.lives).remove(uid(one));
        known.unwrap_or_else(|| Life::of(one, self.clock.now()))
    }

    /// Remembers a pod's life.
    pub(in crate::controllers) fn keep_life(&self, one: &Value, life: Life) {
        lock(&self.lives).insert(uid(one).to_owned(), life);
    }

    /// Forgets a pod that is gone.
    pub(in crate::controllers) fn forget_pod(&self, one: &Value) {
        lock(&self.lives).remove(uid(one));
        lock(&self.addresses).taken.retain(|_, owner| owner != uid(one));
    }

    /// Notes that a pod has an address.
    pub(in crate::controllers) fn note_address(&self, one: &Value) {
        if let Some(number) = machine::pod_number(crate::object::text(one, &["status", "podIP"])) {
            lock(&self.addresses).taken.insert(number, uid(one).to_owned());
        }
    }

    /// The address of a pod: the one it has, or the next free one. Empty where all are taken.
    pub(in crate::controllers) fn address(&self, one: &Value) -> String {
        let present = crate::object::text(one, &["status", "podIP"]);
        if !present.is_empty() {
            return present.to_owned();
        }
        let mut addresses = lock(&self.addresses);
        if let Some((number, _)) = addresses.taken.iter().find(|(_, owner)| *owner == uid(one)) {
            return machine::pod_address(*number);
        }
        for _ in 0..=u16::MAX {
            let number = addresses.next.max(256);
            addresses.next = number.wrapping_add(1);
            // The last address of a network is for broadcasts.
            if number & 255 != 0 && number & 255 != 255 && !addresses.taken.contains_key(&number) {
                addresses.taken.insert(number, uid(one).to_owned());
                return machine::pod_address(number);
            }
        }
        String::new()
    }

    /// Notes whether an object has no controller, so that selectors may adopt it.
    pub(in crate::controllers) fn note_orphan(&self, of: Known, namespace: &str, name: &str, orphan: bool) {
        let mut orphans = lock(&self.orphans);
        let key = (of.resource, namespace.to_owned());
        if orphan {
            orphans.entry(key).or_default().insert(name.to_owned());
        } else if let Some(names) = orphans.get_mut(&key) {
            names.remove(name);
            if names.is_empty() {
                orphans.remove(&key);
            }
        }
    }

    /// The objects of a namespace without a controller.
    ///
    /// # Errors
    /// As the API answers.
    pub(in crate::controllers) async fn orphans(
        &self,
        of: Known,
        namespace: &str,
    ) -> Result<Vec<Value>, Status> {
        let names =
            lock(&self.orphans).get(&(of.resource, namespace.to_owned())).cloned().unwrap_or_default();
        let mut found = Vec::new();
        for name in names {
            found.extend(self.get(of, namespace, &name).await?);
        }
        Ok(found)
    }

    /// Why the last attempt for an owner failed.
    pub(in crate::controllers) fn failure(&self, owner: &Value) -> Option<String> {
        lock(&self.failures).get(uid(owner)).cloned()
    }

    /// Remembers why the last attempt for an owner failed, or that it did not.
    pub(in crate::controllers) fn note_failure(&self, owner: &Value, why: Option<&str>) {
        let mut failures = lock(&self.failures);
        match why {
            Some(why) => {
                failures.insert(uid(owner).to_owned(), why.to_owned());
            }
            None => {
                failures.remove(uid(owner));
            }
        }
    }
}

/// A namespace as the client takes it.
pub(in crate::controllers) fn scope(namespace: &str) -> Option<&str> {
    Some(namespace).filter(|namespace| !namespace.is_empty())
}

fn ignore_missing<T>(result: Result<T, Status>) -> Result<(), Status> {
    match result {
        Err(status) if status.code != 404 => Err(status),
        _ => Ok(()),
    }
}

/// Whether a refusal says that the namespace is being deleted.
pub(in crate::controllers) fn ends_with_namespace(status: &Status) -> bool {
    status.code == 403 && status.message.contains("because it is being terminated")
}

impl Context {
    /// Makes what a cluster with machines has: the node, and a storage class that makes volumes.
    pub(super) async fn bootstrap(&self) -> Result<(), Status> {
        use super::super::action::{NODES, STORAGE_CLASSES};
        if !self.options.node {
            return Ok(());
        }
        let node = machine::node(&self.options.version, self.clock.now());
        let status = node["status"].clone();
        match self.client.create(&NODES.gvr(), None, node).await {
            Ok(mut made) => {
                made["status"] = status;
                let mut ready = self.client.update(&NODES.gvr(), Some("status"), made).await?;
                // Admission taints every new node; the real node life-cycle controller takes that away once it is ready.
                if let Some(spec) = ready["spec"].as_object_mut() {
                    spec.remove("taints");
                }
                self.client.update(&NODES.gvr(), None, ready).await?;
            }
            Err(status) if status.code == 409 => {}
            Err(status) => return Err(status),
        }
        let class = serde_json::json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {
                "name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "sandbox.skiff.sh/volumes", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
            "allowVolumeExpansion": true,
        });
        match self.client.create(&STORAGE_CLASSES.gvr(), None, class).await {
            Err(status) if status.code != 409 => Err(status),
            _ => Ok(()),
        }
    }
}
