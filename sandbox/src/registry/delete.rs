//! delete and deletecollection, with grace and finalizers: `Store.Delete` of the real server.

use super::{
    Attributes, Caller, DeleteOptions, ListOptions, Operation, Propagation, Registry, Served, broken, key,
    meta,
    rules::{self, Collection},
    write::CHANGED,
};
use crate::{
    object,
    status::Status,
    store::{self, Expect, Stored},
};
use serde_json::{Value, json};

/// The finalizer of what waits for its dependents' end.
const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of what waits until its dependents are let go.
const ORPHAN: &str = "orphan";
/// Tries, since others write too.
const MAX_TRIES: usize = 20;

/// What a deletion did.
#[derive(Debug, Clone, PartialEq)]
pub struct Deleted {
    /// The object as it was last, or as it waits for its end.
    pub object: Value,
    /// Whether it is gone.
    pub gone: bool,
    /// Whether it waits for something that the deletion did not begin.
    pub pending: bool,
}

/// What is to be done with an object.
enum Step {
    /// Nothing: it is being deleted already.
    Pending,
    /// It waits, changed like this.
    Wait(Value),
    /// It goes now.
    Remove,
    /// It is changed like this, and goes.
    Mark(Value),
}

impl Registry {
    /// Deletes an object.
    ///
    /// # Errors
    /// 404, 409.
    pub async fn delete(
        &self,
        caller: &Caller,
        served: &Served,
        (namespace, name): (&str, &str),
        options: &DeleteOptions,
    ) -> Result<Deleted, Status> {
        for _ in 0..MAX_TRIES {
            let Some(stored) = self.stored(served, namespace, name)? else {
                return Err(served.not_found(name));
            };
            let deleted = self.try_delete(caller, served, (namespace, name), options, &stored).await?;
            if let Some(deleted) = deleted {
                return Ok(deleted);
            }
        }
        Err(served.conflict(name, CHANGED))
    }

    /// One try; `None` when another write came in between.
    async fn try_delete(
        &self,
        caller: &Caller,
        served: &Served,
        (namespace, name): (&str, &str),
        options: &DeleteOptions,
        stored: &Stored,
    ) -> Result<Option<Deleted>, Status> {
        let object = self.shown(served, stored).await?;
        preconditions(served, name, options, &object)?;
        let step = step(served, options, &object);
        if matches!(step, Step::Pending) {
            return Ok(Some(Deleted { object, gone: false, pending: true }));
        }
        let shown = options.to_json();
        let attributes = Attributes {
            operation: Operation::Delete,
            served,
            subresource: "",
            namespace,
            name,
            old: Some(&object),
            options: &shown,
            caller,
        };
        self.mutate(attributes, &mut Value::Null).await?;
        self.validate(attributes, &Value::Null).await?;
        let key = key::of(served, namespace, name);
        let expect = Expect::Revision(stored.revision);
        let done = match step {
            Step::Pending => return Ok(None),
            Step::Wait(new) => {
                if caller.dry_run || new == object {
                    return Ok(Some(Deleted { object: new, gone: false, pending: false }));
                }
                let storable = self.storable(served, &new).await?;
                match self.put(served, key, expect, &storable).await {
                    Ok(stored) => {
                        let object = self.shown(served, &stored).await?;
                        Ok(Deleted { object, gone: false, pending: false })
                    }
                    Err(error) => Err(error),
                }
            }
            Step::Remove | Step::Mark(_) if caller.dry_run => {
                return Ok(Some(Deleted { object, gone: true, pending: false }));
            }
            Step::Remove => {
                let revision = self.remove(served, key, expect).await;
                revision.map(|revision| gone(object.clone(), revision))
            }
            Step::Mark(new) => {
                match self.put(served, key.clone(), expect, &*self.storable(served, &new).await?).await {
                    Ok(marked) => {
                        let object = self.shown(served, &marked).await?;
                        let revision = self.remove(served, key, Expect::Revision(marked.revision)).await;
                        revision.map(|revision| gone(object, revision))
                    }
                    Err(error) => Err(error),
                }
            }
        };
        match done {
            Ok(deleted) => Ok(Some(deleted)),
            Err(store::Error::Changed(_)) => Ok(None),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Deletes all objects that are selected; the objects as they were.
    ///
    /// # Errors
    /// As [`Registry::fetch_list`] and [`Registry::delete`].
    pub async fn delete_collection(
        &self,
        caller: &Caller,
        served: &Served,
        namespace: Option<&str>,
        (list, options): (&ListOptions, &DeleteOptions),
    ) -> Result<super::List, Status> {
        let found = self.fetch_list(served, namespace, list).await?;
        for item in &found.items {
            let place = (object::namespace(item), object::name(item));
            match self.delete(caller, served, place, options).await {
                Err(status) if status.code != 404 => return Err(status),
                _ => {}
            }
        }
        Ok(found)
    }
}

fn gone(mut object: Value, revision: u64) -> Deleted {
    meta::set(&mut object, "resourceVersion", Some(revision.to_string().into()));
    Deleted { object, gone: true, pending: false }
}

fn is_namespace(served: &Served) -> bool {
    served.custom.is_none() && served.gvr.group.is_empty() && served.kind == "Namespace"
}

/// The uid and version that must be there.
fn preconditions(served: &Served, name: &str, options: &DeleteOptions, object: &Value) -> Result<(), Status> {
    let version = object::text(object, &["metadata", "resourceVersion"]);
    let uid = object::uid(object);
    let (mut kind, mut wrong) = (served.kind.as_str(), None);
    if let Some(wanted) = options.uid.as_ref().filter(|wanted| *wanted != uid) {
        wrong = Some(format!(
            "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
        ));
        if is_namespace(served) {
            kind = "namespaces";
            wrong = Some(format!(
                "Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}"
            ));
        }
    } else if let Some(wanted) = options.resource_version.as_ref().filter(|wanted| *wanted != version) {
        wrong = Some(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
        ));
        if is_namespace(served) {
            kind = "namespaces";
            wrong = Some(format!(
                "Precondition failed: ResourceVersion in precondition: {wanted}, ResourceVersion in object meta: {version}"
            ));
        }
    }
    match wrong {
        Some(why) => Err(Status::conflict(&served.gvr.group, kind, name, &why)),
        None => Ok(()),
    }
}

/// What a deletion does to an object.
fn step(served: &Served, options: &DeleteOptions, object: &Value) -> Step {
    let deleting = object::at(object, &["metadata", "deletionTimestamp"]).is_some();
    if is_namespace(served) {
        let held = object::at(object, &["spec", "finalizers"]).and_then(Value::as_array);
        if !deleting {
            return Step::Wait(terminating(options, object));
        }
        if held.is_some_and(|held| !held.is_empty()) {
            return Step::Pending;
        }
    }
    if served.defines() && !deleting {
        return Step::Wait(crate::crd::definition::begin_deletion(object, &meta::now()));
    }
    let graceful = match grace(served, options, object) {
        Grace::Pending => return Step::Pending,
        Grace::None => None,
        Grace::Until(new) => Some(new),
    };
    let mut new = graceful.as_ref().map_or_else(|| object.clone(), |(new, _)| new.clone());
    let finalizers = collector_finalizers(served, options, object);
    let changed = finalizers != meta::finalizers(object);
    if changed {
        meta::set(&mut new, "finalizers", (!finalizers.is_empty()).then(|| json!(finalizers)));
    }
    match graceful {
        Some((_, seconds)) if seconds > 0 || !finalizers.is_empty() => Step::Wait(new),
        Some(_) => Step::Mark(new),
        None if !finalizers.is_empty() => Step::Wait(marked(new)),
        None => Step::Remove,
    }
}

enum Grace {
    /// The kind knows no grace, or it is over.
    None,
    /// It is already given.
    Pending,
    /// The object with its time, and how many seconds that is.
    Until((Value, i64)),
}

/// `rest.BeforeDelete`: only pods are deleted gracefully.
fn grace(served: &Served, options: &DeleteOptions, object: &Value) -> Grace {
    if served.custom.is_some() || served.kind != "Pod" {
        return Grace::None;
    }
    let asked = options.grace.map(|seconds| if seconds < 0 { 1 } else { seconds });
    let now = jiff::Timestamp::now();
    let given = object::at(object, &["metadata", "deletionGracePeriodSeconds"]).and_then(Value::as_i64);
    if let Some(time) = object::at(object, &["metadata", "deletionTimestamp"]) {
        let given = match given {
            None | Some(0) => return Grace::None,
            Some(given) => given,
        };
        let Some(mut seconds) = asked.filter(|seconds| *seconds < given) else { return Grace::Pending };
        let ends: jiff::Timestamp = time.as_str().and_then(|time| time.parse().ok()).unwrap_or(now);
        let span = jiff::SignedDuration::from_secs(seconds - given);
        let mut ends = ends.checked_add(span).unwrap_or(now);
        if ends < now {
            ends = now;
            seconds = seconds.min(1);
        }
        return Grace::Until((with_grace(object.clone(), ends, seconds), seconds));
    }
    let own = object::at(object, &["spec", "terminationGracePeriodSeconds"]).and_then(Value::as_i64);
    let mut seconds = asked.or(own).unwrap_or_default();
    let over = ["Failed", "Succeeded"].contains(&object::text(object, &["status", "phase"]));
    if over || object::text(object, &["spec", "nodeName"]).is_empty() {
        seconds = 0;
    }
    if seconds < 0 {
        seconds = 1;
    }
    let ends = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now);
    Grace::Until((counted(with_grace(object.clone(), ends, seconds), object), seconds))
}

fn with_grace(mut object: Value, ends: jiff::Timestamp, seconds: i64) -> Value {
    meta::set(&mut object, "deletionTimestamp", Some(meta::time(ends).into()));
    meta::set(&mut object, "deletionGracePeriodSeconds", Some(seconds.into()));
    object
}

/// The first deletion counts as a generation.
fn counted(mut new: Value, old: &Value) -> Value {
    let generation = object::at(old, &["metadata", "generation"]).and_then(Value::as_i64).unwrap_or_default();
    if generation > 0 {
        meta::set(&mut new, "generation", Some((generation + 1).into()));
    }
    new
}

/// `markAsDeleting`.
fn marked(mut object: Value) -> Value {
    if object::at(&object, &["metadata", "deletionTimestamp"]).is_none() {
        let old = object.clone();
        object = counted(object, &old);
        meta::set(&mut object, "deletionTimestamp", Some(meta::now().into()));
    }
    meta::set(&mut object, "deletionGracePeriodSeconds", Some(0.into()));
    object
}

/// A namespace whose end begins.
fn terminating(options: &DeleteOptions, object: &Value) -> Value {
    let mut new = object.clone();
    meta::set(&mut new, "deletionTimestamp", Some(meta::now().into()));
    new["status"]["phase"] = "Terminating".into();
    let mut finalizers = meta::finalizers(object);
    if let Some(propagation) = options.propagation {
        finalizers.retain(|finalizer| finalizer != ORPHAN && finalizer != FOREGROUND);
        match propagation {
            Propagation::Orphan => finalizers.push(ORPHAN.to_owned()),
            Propagation::Foreground => finalizers.push(FOREGROUND.to_owned()),
            Propagation::Background => {}
        }
    }
    meta::set(&mut new, "finalizers", (!finalizers.is_empty()).then(|| json!(finalizers)));
    new
}

/// `deletionFinalizersForGarbageCollection`: the finalizers that an object has from now on.
fn collector_finalizers(served: &Served, options: &DeleteOptions, object: &Value) -> Vec<String> {
    let old = meta::finalizers(object);
    if rules::collection(served) == Collection::Unsupported {
        return old;
    }
    let has = |name: &str| old.iter().any(|finalizer| finalizer == name);
    let first = || old.iter().find(|finalizer| *finalizer == ORPHAN || *finalizer == FOREGROUND);
    let (orphan, foreground) = match options.propagation {
        Some(propagation) => (propagation == Propagation::Orphan, propagation == Propagation::Foreground),
        None => {
            let first = first().map(String::as_str);
            (first == Some(ORPHAN), first == Some(FOREGROUND))
        }
    };
    if orphan == has(ORPHAN) && foreground == has(FOREGROUND) {
        return old;
    }
    let mut new: Vec<String> =
        old.into_iter().filter(|finalizer| finalizer != ORPHAN && finalizer != FOREGROUND).collect();
    if orphan {
        new.push(ORPHAN.to_owned());
    }
    if foreground {
        new.push(FOREGROUND.to_owned());
    }
    new
}
