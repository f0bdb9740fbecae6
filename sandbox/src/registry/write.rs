//! create, update and patch.

use super::{Caller, Registry, broken, key};
use crate::{
    kinds::Resource,
    object,
    status::Status,
    store::{self, Body, Change, Expect, Stored},
};
use serde_json::{Value, json};

/// Tries of an update that does not say which version it is for.
const MAX_TRIES: usize = 20;
const CHANGED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// The object that a change is made of, if there is one.
pub type Existing<'a> = Option<&'a Value>;

impl Registry {
    /// Creates an object.
    ///
    /// # Errors
    /// 409 when there is one already; whatever rules the object breaks.
    pub async fn create(
        &self,
        caller: &Caller,
        resource: &Resource,
        namespace: &str,
        mut object: Value,
    ) -> Result<Value, Status> {
        self.identify(resource, namespace, &mut object)?;
        let (group, plural) = (&resource.gvr.group, &resource.gvr.resource);
        if !object::text(&object, &["metadata", "resourceVersion"]).is_empty() {
            return Err(Status::new(500, "", "resourceVersion should not be set on objects to be created"));
        }
        stamp(&mut object);
        let name = object::name(&object).to_owned();
        let key = key::of(resource, namespace, &name);
        if caller.dry_run {
            let existing = self.stored(resource, namespace, &name)?;
            return if existing.is_some() {
                Err(Status::already_exists(group, plural, &name))
            } else {
                Ok(object)
            };
        }
        match self.put(key, Expect::Nothing, &object).await {
            Ok(stored) => Ok(self.shown(resource, &stored)),
            Err(store::Error::Changed(_)) => Err(Status::already_exists(group, plural, &name)),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Changes an object: `change` makes the new one of the present one, perhaps several times, since others write too.
    /// Returns the new object, and whether it was created.
    ///
    /// # Errors
    /// 404, 409, what `change` refuses, and whatever rules the object breaks.
    pub async fn update(
        &self,
        caller: &Caller,
        resource: &Resource,
        (namespace, name): (&str, &str),
        change: impl Fn(Existing<'_>) -> Result<Value, Status> + Send + Sync,
    ) -> Result<(Value, bool), Status> {
        let (group, plural) = (&resource.gvr.group, &resource.gvr.resource);
        for _ in 0..MAX_TRIES {
            let stored = self.stored(resource, namespace, name)?;
            let old = stored.as_ref().map(|stored| self.shown(resource, stored));
            let mut new = change(old.as_ref())?;
            let (Some(stored), Some(old)) = (stored, old) else {
                return Ok((self.create(caller, resource, namespace, new).await?, true));
            };
            self.identify(resource, namespace, &mut new)?;
            let wanted = object::text(&new, &["metadata", "resourceVersion"]).to_owned();
            if !wanted.is_empty() && wanted != stored.revision.to_string() {
                return Err(Status::conflict(group, plural, name, CHANGED));
            }
            keep(&mut new, &old);
            new["metadata"]["resourceVersion"] = stored.revision.to_string().into();
            if new == old || caller.dry_run {
                return Ok((new, false));
            }
            let key = key::of(resource, namespace, name);
            match self.put(key, Expect::Revision(stored.revision), &new).await {
                Ok(stored) => return Ok((self.shown(resource, &stored), false)),
                Err(store::Error::Changed(_)) if wanted.is_empty() => {}
                Err(store::Error::Changed(_)) => return Err(Status::conflict(group, plural, name, CHANGED)),
                Err(error) => return Err(broken(&error)),
            }
        }
        Err(Status::conflict(group, plural, name, CHANGED))
    }

    /// Writes an object.
    pub(super) async fn put(
        &self,
        key: Box<str>,
        expect: Expect,
        object: &Value,
    ) -> Result<Stored, store::Error> {
        let body = Body::encode(object);
        let owners = owners(object);
        let change = Change { key, expect, body: Some(body.clone()), owners };
        let written = self.store.write(change).await?;
        Ok(Stored { revision: written.revision, body })
    }

    /// Sees to version, kind and namespace.
    #[expect(clippy::unused_self, reason = "it will")]
    fn identify(&self, resource: &Resource, namespace: &str, object: &mut Value) -> Result<(), Status> {
        let Some(fields) = object.as_object_mut() else {
            return Err(Status::bad_request("the object is no map"));
        };
        fields.insert("apiVersion".to_owned(), resource.gvr.api_version().into());
        fields.insert("kind".to_owned(), resource.kind.clone().into());
        let metadata = object::map_mut(fields, "metadata");
        if !resource.namespaced {
            metadata.remove("namespace");
            return Ok(());
        }
        let given = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
        if !given.is_empty() && given != namespace {
            return Err(Status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        metadata.insert("namespace".to_owned(), namespace.into());
        Ok(())
    }
}

/// The uids of an object's owners.
pub(super) fn owners(object: &Value) -> Vec<Box<str>> {
    let references = object::at(object, &["metadata", "ownerReferences"]).and_then(Value::as_array);
    let uids = references.into_iter().flatten().map(|owner| object::text(owner, &["uid"]));
    uids.filter(|uid| !uid.is_empty()).map(Box::from).collect()
}

/// A new object's name, uid and time of birth.
fn stamp(object: &mut Value) {
    let prefix = object::text(object, &["metadata", "generateName"]).to_owned();
    if object::name(object).is_empty() && !prefix.is_empty() {
        object["metadata"]["name"] = format!("{prefix}{}", random_suffix()).into();
    }
    object["metadata"]["uid"] = uid().into();
    object["metadata"]["creationTimestamp"] = now().into();
}

/// What an update may not change.
fn keep(new: &mut Value, old: &Value) {
    for key in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
        match old["metadata"].get(key) {
            Some(value) => new["metadata"][key] = value.clone(),
            None => {
                if let Some(metadata) = new["metadata"].as_object_mut() {
                    metadata.remove(key);
                }
            }
        }
    }
    if old["metadata"].get("name").is_some() && new["metadata"].get("name").is_none() {
        new["metadata"]["name"] = json!(object::name(old));
    }
}

/// The time as objects show it.
#[must_use]
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness uids would repeat: there is nothing sensible to go on with.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A random UUID, version 4.
fn uid() -> String {
    let mut bytes: [u8; 16] = random();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Five letters as `k8s.io/apimachinery/pkg/util/rand` draws them.
fn random_suffix() -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let bytes: [u8; 5] = random();
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
