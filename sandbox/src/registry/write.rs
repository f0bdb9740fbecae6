//! create and update.

use super::{
    Attributes, Caller, Change, Operation, Registry, Served, Write, broken, change, key, meta, rules, scale,
};
use crate::{
    apply, field, object,
    status::Status,
    store::{self, Body, Expect, Stored},
    strategy::Part,
};
use serde_json::{Value, json};

/// Tries of an update that does not say which version it is for.
const MAX_TRIES: usize = 20;
/// Tries to find a generated name that is free.
const MAX_NAMES: usize = 8;
/// `OptimisticLockErrorMsg`.
pub(super) const CHANGED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// Where an object is, and which part of it is meant.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The namespace; empty for what has none.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
    /// `status`, `scale`, …; empty for the object itself.
    pub subresource: &'a str,
}

impl<'a> Place<'a> {
    /// An object itself.
    #[must_use]
    pub fn new(namespace: &'a str, name: &'a str) -> Self {
        Self { namespace, name, subresource: "" }
    }

    /// The part of an object that a subresource is.
    ///
    /// # Errors
    /// 404 for subresources that are no such part.
    fn part(self) -> Result<Part, Status> {
        Ok(match self.subresource {
            "" => Part::Main,
            "status" => Part::Status,
            "scale" => Part::Scale,
            "finalize" => Part::Finalize,
            "approval" => Part::Approval,
            "ephemeralcontainers" => Part::EphemeralContainers,
            "resize" => Part::Resize,
            _ => return Err(super::missing_resource()),
        })
    }
}

impl Registry {
    /// Creates an object, which was decoded and defaulted before.
    ///
    /// # Errors
    /// 409 when there is one already; whatever rules the object breaks.
    pub async fn create(
        &self,
        caller: &Caller,
        served: &Served,
        namespace: &str,
        object: Value,
    ) -> Result<Value, Status> {
        let object = begun(caller, served, (namespace, ""), object)?;
        self.create_tracked(caller, served, namespace, object).await
    }

    /// Creates an object whose managers are known.
    async fn create_tracked(
        &self,
        caller: &Caller,
        served: &Served,
        namespace: &str,
        mut object: Value,
    ) -> Result<Value, Status> {
        meta::wipe(&mut object);
        meta::identify(served, namespace, &mut object)?;
        let name = object::name(&object).to_owned();
        let options = caller.options("CreateOptions");
        let attributes = Attributes {
            operation: Operation::Create,
            served,
            subresource: "",
            namespace: if served.kind == "Namespace" && served.gvr.group.is_empty() {
                &name
            } else {
                namespace
            },
            name: &name,
            old: None,
            options: &options,
            caller,
        };
        self.mutate(attributes, &mut object).await?;
        meta::dedup_owners(caller, &mut object, true);
        self.judge(&Write { caller, resource: served, namespace, old: None, new: &object })?;
        let generated = name.is_empty() && !object::text(&object, &["metadata", "generateName"]).is_empty();
        let mut tries = if generated { MAX_NAMES } else { 1 };
        loop {
            tries -= 1;
            match self.insert(attributes, object.clone()).await {
                Err(status) if status.reason == "AlreadyExists" && generated => {
                    if tries == 0 {
                        return Err(status);
                    }
                }
                made => return made,
            }
        }
    }

    /// Fills in, checks and writes a new object: `Store.create`.
    async fn insert(&self, attributes: Attributes<'_>, mut object: Value) -> Result<Value, Status> {
        let Attributes { served, caller, namespace, .. } = attributes;
        meta::fill(&mut object);
        meta::generate_name(&mut object);
        let _allocating = self.allocate(served, Part::Main, &mut object, None).await?;
        served.prepare_for_create(caller, &mut object);
        served.check_new(caller, &object)?;
        let name = object::name(&object).to_owned();
        self.validate(Attributes { name: &name, ..attributes }, &object).await?;
        let (group, plural) = (&served.gvr.group, &served.gvr.resource);
        if !object::text(&object, &["metadata", "resourceVersion"]).is_empty() {
            return Err(Status::new(500, "", "resourceVersion should not be set on objects to be created"));
        }
        let taken = || Status::already_exists(group, plural, &name);
        if caller.dry_run {
            let existing = self.stored(served, namespace, &name)?;
            return if existing.is_some() { Err(taken()) } else { Ok(object) };
        }
        let key = key::of(served, namespace, &name);
        let stored = self.storable(served, &object).await?;
        match self.put(served, key, Expect::Nothing, &stored).await {
            Ok(stored) => self.shown(served, &stored).await,
            Err(store::Error::Changed(_)) => Err(taken()),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Changes an object, perhaps trying several times, since others write too. Returns the new object, and whether it was
    /// created.
    ///
    /// # Errors
    /// 404, 409, what the change refuses, and whatever rules the object breaks.
    pub async fn update(
        &self,
        caller: &Caller,
        served: &Served,
        place: Place<'_>,
        change: Change<'_>,
    ) -> Result<(Value, bool), Status> {
        let part = place.part()?;
        for _ in 0..MAX_TRIES {
            let stored = self.stored(served, place.namespace, place.name)?;
            let creates = part == Part::Main && (rules::created_by_update(served) || change.creates());
            let Some(stored) = stored else {
                if !creates || !(change.creates() || matches!(change, Change::Put(_))) {
                    return Err(served.not_found(place.name));
                }
                let mut new = change.of(caller, served, (place.name, ""), None)?;
                if change.creates() {
                    let uid = object::uid(&new);
                    if !uid.is_empty() {
                        let why = format!(
                            "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                        );
                        return Err(served.conflict(place.name, &why));
                    }
                    meta::set(&mut new, "resourceVersion", None);
                }
                return Ok((self.create_tracked(caller, served, place.namespace, new).await?, true));
            };
            let old = self.shown(served, &stored).await?;
            let done = self.try_update(caller, (served, part), place, &change, (&stored, &old)).await?;
            if let Some(new) = done {
                let new = if part == Part::Scale { scale::read(served, &new)? } else { new };
                return Ok((new, false));
            }
        }
        Err(served.conflict(place.name, CHANGED))
    }

    /// One try; `None` when another write came in between.
    async fn try_update(
        &self,
        caller: &Caller,
        (served, part): (&Served, Part),
        place: Place<'_>,
        change: &Change<'_>,
        (stored, old): (&Stored, &Value),
    ) -> Result<Option<Value>, Status> {
        let (mut new, asked) = if part == Part::Scale {
            let scale = change.of(
                caller,
                &scale::served(),
                (place.name, "scale"),
                Some(&scale::managed(served, old)?),
            )?;
            (scale::write(served, old, &scale)?, scale)
        } else {
            let new = change.of(caller, served, (place.name, place.subresource), Some(old))?;
            (new.clone(), new)
        };
        meta::identify(served, place.namespace, &mut new)?;
        meta::dedup_owners(caller, &mut new, false);
        let uid = object::uid(&asked);
        if !uid.is_empty() && uid != object::uid(old) && matches!(change, Change::Put(_)) {
            let why = format!(
                "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                key::real(served, place.namespace, place.name),
                object::uid(old)
            );
            return Err(served.conflict(place.name, &why));
        }
        // A patch is an update for those who admit it.
        let options = caller.options("UpdateOptions");
        let attributes = Attributes {
            operation: Operation::Update,
            served,
            subresource: place.subresource,
            namespace: place.namespace,
            name: place.name,
            old: Some(old),
            options: &options,
            caller,
        };
        self.mutate(attributes, &mut new).await?;
        meta::dedup_owners(caller, &mut new, true);
        check_version(served, place.name, &mut new, stored.revision)?;
        let _allocating = self.allocate(served, part, &mut new, Some(old)).await?;
        before_update(served, part, &mut new, old);
        let namespace = place.namespace;
        self.judge(&Write { caller, resource: served, namespace, old: Some(old), new: &new })?;
        served.check_update(caller, part, &new, old)?;
        apply::keep_times(old, &mut new);
        self.validate(attributes, &new).await?;
        if ends(served, &new, old) {
            if !caller.dry_run {
                let key = key::of(served, place.namespace, place.name);
                match self.remove(served, key, Expect::Revision(stored.revision)).await {
                    Ok(_) => {}
                    Err(store::Error::Changed(_)) => return Ok(None),
                    Err(error) => return Err(broken(&error)),
                }
            }
            return Ok(Some(new));
        }
        if new == *old || caller.dry_run {
            return Ok(Some(new));
        }
        let key = key::of(served, place.namespace, place.name);
        let storable = self.storable(served, &new).await?;
        match self.put(served, key, Expect::Revision(stored.revision), &storable).await {
            Ok(stored) => self.shown(served, &stored).await.map(Some),
            Err(store::Error::Changed(_)) => Ok(None),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Writes an object, which is as [`Registry::storable`] made it.
    pub(super) async fn put(
        &self,
        served: &Served,
        key: Box<str>,
        expect: Expect,
        object: &Value,
    ) -> Result<Stored, store::Error> {
        // Managers repeat an object's structure a few levels deeper. What cannot be read again is not written.
        if object::nests_deeper(object, object::MAX_DEPTH + 20) {
            return Err(store::Error::Broken("exceeded max depth".to_owned()));
        }
        let body = Body::encode(object);
        let owners = meta::owners(object);
        let change = store::Change { key, expect, body: Some(body.clone()), owners };
        let written = self.store().write(change).await?;
        self.note(served, written.revision, Some(object), written.old.as_ref());
        Ok(Stored { revision: written.revision, body })
    }

    /// Removes an object.
    pub(super) async fn remove(
        &self,
        served: &Served,
        key: Box<str>,
        expect: Expect,
    ) -> Result<u64, store::Error> {
        let change = store::Change { key, expect, body: None, owners: Vec::new() };
        let written = self.store().write(change).await?;
        self.note(served, written.revision, None, written.old.as_ref());
        Ok(written.revision)
    }

    pub(super) async fn mutate(&self, attributes: Attributes<'_>, object: &mut Value) -> Result<(), Status> {
        match self.admission() {
            Some(admission) => admission.mutate(attributes, object).await,
            None => Ok(()),
        }
    }

    pub(super) async fn validate(&self, attributes: Attributes<'_>, object: &Value) -> Result<(), Status> {
        match self.admission() {
            Some(admission) => admission.validate(attributes, object).await,
            None => Ok(()),
        }
    }
}

/// What a request to create an object makes of its decoded body before admission: nothing that the server alone sets, the
/// namespace of the path, managers. `place` is the namespace and the subresource that the body is sent to.
///
/// # Errors
/// 400 for another namespace than the path's.
pub fn begun(
    caller: &Caller,
    served: &Served,
    place: (&str, &str),
    mut object: Value,
) -> Result<Value, Status> {
    // What is sent to a subresource may name the uid that it means.
    if place.1.is_empty() {
        meta::wipe(&mut object);
    }
    meta::identify(served, place.0, &mut object)?;
    meta::dedup_owners(caller, &mut object, false);
    let (api_version, now) = (served.gvr.api_version(), meta::now());
    let who = change::manager(caller, served, place.1, (&api_version, &now));
    Ok(apply::track(None, object, served.type_ref(), &who))
}

/// Optimistic concurrency: the version that a request names must be the present one.
fn check_version(served: &Served, name: &str, new: &mut Value, revision: u64) -> Result<(), Status> {
    let given = object::text(new, &["metadata", "resourceVersion"]).to_owned();
    if given.is_empty() || given == "0" {
        if !rules::updated_unconditionally(served) {
            let why = "must be specified for an update";
            let error = field::Error::invalid("metadata.resourceVersion", json!(0), why);
            return Err(Status::invalid(&served.gvr.group, &served.gvr.resource, name, &[error]));
        }
        meta::set(new, "resourceVersion", Some(revision.to_string().into()));
        return Ok(());
    }
    if given.parse::<u64>().is_err() {
        let why = format!("strconv.ParseUint: parsing {}: invalid syntax", field::go_quote(&given));
        return Err(Status::new(500, "", why));
    }
    if given == revision.to_string() { Ok(()) } else { Err(served.conflict(name, CHANGED)) }
}

/// `rest.BeforeUpdate` up to the validation.
fn before_update(served: &Served, part: Part, new: &mut Value, old: &Value) {
    let kept = |key: &str| object::at(old, &["metadata", key]).cloned();
    meta::set(new, "generation", kept("generation"));
    served.prepare_for_update(part, new, old);
    if object::uid(new).is_empty() {
        meta::set(new, "uid", kept("uid"));
    }
    meta::set(new, "creationTimestamp", kept("creationTimestamp"));
    if let Some(time) = kept("deletionTimestamp") {
        meta::set(new, "deletionTimestamp", Some(time));
    }
    if let (Some(seconds), None) =
        (kept("deletionGracePeriodSeconds"), object::at(new, &["metadata", "deletionGracePeriodSeconds"]))
    {
        meta::set(new, "deletionGracePeriodSeconds", Some(seconds));
    }
}

/// `ShouldDeleteDuringUpdate`: the last finalizer went, and the object was only waiting for that.
fn ends(served: &Served, new: &Value, old: &Value) -> bool {
    let waiting = object::at(old, &["metadata", "deletionTimestamp"]).is_some();
    let grace = object::at(old, &["metadata", "deletionGracePeriodSeconds"]).and_then(Value::as_i64);
    let held = served.kind == "Namespace"
        && served.custom.is_none()
        && object::at(new, &["spec", "finalizers"])
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty());
    waiting && !held && grace.unwrap_or_default() == 0 && meta::finalizers(new).is_empty()
}
