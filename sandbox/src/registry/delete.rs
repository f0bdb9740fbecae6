//! delete and deletecollection.

use super::{Caller, DeleteOptions, ListOptions, Registry, broken, key};
use crate::{
    kinds::Resource,
    object,
    status::Status,
    store::{Change, Expect},
};
use serde_json::Value;

impl Registry {
    /// Deletes an object; the object as it was, or as it now waits for its end.
    ///
    /// # Errors
    /// 404, 409.
    pub async fn delete(
        &self,
        caller: &Caller,
        resource: &Resource,
        (namespace, name): (&str, &str),
        _options: &DeleteOptions,
    ) -> Result<Value, Status> {
        let object = self.get(resource, namespace, name)?;
        if caller.dry_run {
            return Ok(object);
        }
        let key = key::of(resource, namespace, name);
        let change = Change { key, expect: Expect::Anything, body: None, owners: Vec::new() };
        self.store.write(change).await.map_err(|error| broken(&error))?;
        Ok(object)
    }

    /// Deletes all objects that are selected; the objects as they were.
    ///
    /// # Errors
    /// As [`Registry::list`] and [`Registry::delete`].
    pub async fn delete_collection(
        &self,
        caller: &Caller,
        resource: &Resource,
        namespace: Option<&str>,
        (list, options): (&ListOptions, &DeleteOptions),
    ) -> Result<super::List, Status> {
        let found = self.list(resource, namespace, list)?;
        for item in &found.items {
            let place = (object::namespace(item), object::name(item));
            match self.delete(caller, resource, place, options).await {
                Err(status) if status.code != 404 => return Err(status),
                _ => {}
            }
        }
        Ok(found)
    }
}
