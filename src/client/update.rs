//! From one revision's objects to the next one's: create, change, delete.

use super::{
    Cluster,
    apply::{ApplyError, FIELD_MANAGER, body, is_kept},
    error::Error,
    managed_fields,
    object::Object,
    query,
    transport::{Method, Request},
};
use serde_json::Value;

/// How objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyMode {
    /// By the server, which knows who owns which field.
    ServerSide {
        /// Take fields that others own.
        force: bool,
    },
    /// By patches made here, as Helm 3 does.
    ClientSide {
        /// Compare custom resources three ways too, as for adopted objects.
        three_way: bool,
    },
    /// By replacing the whole object.
    Replace,
}

/// What an update did, even when it failed.
#[derive(Clone, Debug, Default)]
pub struct Updated {
    /// Objects that were new.
    pub created: Vec<Object>,
    /// Objects that were there although the last revision had none: what is there was changed.
    pub found: Vec<Object>,
}

const CONFLICT_ATTEMPTS: usize = 5;

impl Cluster {
    /// Makes the cluster hold `targets`, of which it may hold `originals`: objects are created or changed one after the
    /// other. `migrate` moves ownership of fields that a client-side apply made to server-side apply first. What is no
    /// longer wanted is [`Cluster::delete_dropped`]'s to delete.
    ///
    /// # Errors
    /// A failed creation ends it; failed changes are collected. What was created is told in either case.
    pub fn update(
        &self,
        originals: &[Object],
        targets: &[Object],
        mode: ApplyMode,
        migrate: bool,
    ) -> (Updated, Result<(), ApplyError>) {
        let mut updated = Updated::default();
        let result = self.change_all(originals, targets, mode, migrate, &mut updated);
        (updated, result)
    }

    fn change_all(
        &self,
        originals: &[Object],
        targets: &[Object],
        mode: ApplyMode,
        migrate: bool,
        updated: &mut Updated,
    ) -> Result<(), ApplyError> {
        let mut errors = Vec::new();
        for target in targets {
            if self.cancel().is_cancelled() {
                return Err(ApplyError::Cancelled);
            }
            let live = match self.get(target) {
                Ok(live) => live,
                Err(error) if error.is_not_found() => {
                    updated.created.push(target.clone());
                    self.create_one(target, mode).map_err(|error| error.step("failed to create resource"))?;
                    continue;
                }
                Err(error) => {
                    return Err(ApplyError::from(error).step("could not get information about the resource"));
                }
            };
            // An object that the last revision did not have is compared with what is there.
            let original = originals.iter().find(|original| original.is_same(target));
            if original.is_none() {
                updated.found.push(target.clone());
            }
            let original = original.map_or(&live, |original| &original.content);
            errors.extend(self.change(original, &live, target, mode, migrate).err());
        }
        ApplyError::join(errors, " && ")
    }

    fn change(
        &self,
        original: &Value,
        live: &Value,
        target: &Object,
        mode: ApplyMode,
        migrate: bool,
    ) -> Result<(), ApplyError> {
        match mode {
            ApplyMode::ServerSide { force } => {
                if migrate {
                    self.migrate_managed_fields(target)?;
                }
                self.apply_one(target, force).map(drop)
            }
            ApplyMode::ClientSide { three_way } => self.patch_client_side(original, live, target, three_way),
            ApplyMode::Replace => self.replace(target, live),
        }
    }

    fn replace(&self, target: &Object, live: &Value) -> Result<(), ApplyError> {
        let replaced = self.exchange(replace_request(target, live)).map(drop);
        replaced.map_err(|error| ApplyError::from(error).step("failed to replace object"))
    }

    /// Deletes those of `originals` that are none of `targets`, unless they are to be kept.
    ///
    /// # Errors
    /// Failed deletions, collected.
    pub fn delete_dropped(&self, originals: &[Object], targets: &[Object]) -> Result<(), ApplyError> {
        let mut errors = Vec::new();
        for original in originals {
            if targets.iter().any(|target| target.is_same(original)) {
                continue;
            }
            let Ok(live) = self.get(original) else { continue };
            if is_kept(&live) {
                continue;
            }
            match self.delete_one(original) {
                Err(error) if !error.is_not_found() => errors.push(ApplyError::from(error).step(format!(
                    "failed to delete resource namespace={}, name={}, kind={}",
                    original.namespace,
                    original.name,
                    original.kind()
                ))),
                _ => {}
            }
        }
        ApplyError::join(errors, " && ")
    }

    /// Makes the fields that Helm owns by client-side apply its own by server-side apply.
    fn migrate_managed_fields(&self, object: &Object) -> Result<(), ApplyError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let context = |what: &str| format!("{what} {}", object.go_string());
            let live = self.get(object);
            let live = live.map_err(|error| ApplyError::from(error).step(context("failed to get object")))?;
            let Some(patch) = managed_fields::upgrade_patch(&live, FIELD_MANAGER) else { return Ok(()) };
            let query = query(&[("fieldManager", FIELD_MANAGER), ("fieldValidation", "Strict")]);
            let request = Request::new(Method::Patch, format!("{}?{query}", object.path()))
                .with_body("application/json-patch+json", body(&patch));
            match self.exchange(request) {
                Ok(_) => return Ok(()),
                Err(error) if error.is_conflict() && attempt < CONFLICT_ATTEMPTS => {}
                Err(error) => {
                    let what = context("failed to patch object to upgrade CSA field manager");
                    return Err(ApplyError::from(error).step(what));
                }
            }
        }
    }

    /// The live object.
    ///
    /// # Errors
    /// When it does not exist, has no name, or the server refuses.
    pub fn get(&self, object: &Object) -> Result<Value, Error> {
        super::apply::named(object)?;
        self.exchange(Request::new(Method::Get, object.path()))
    }
}

/// The request that puts an object in the place of the live one.
pub(super) fn replace_request(target: &Object, live: &Value) -> Request {
    let mut content = target.content.clone();
    if let (Some(version), Some(Value::Object(metadata))) =
        (live.pointer("/metadata/resourceVersion"), content.get_mut("metadata"))
    {
        metadata.entry("resourceVersion").or_insert_with(|| version.clone());
    }
    let query = query(&[("fieldManager", FIELD_MANAGER), ("fieldValidation", "Strict")]);
    Request::new(Method::Put, format!("{}?{query}", target.path()))
        .with_body("application/json", body(&content))
}
