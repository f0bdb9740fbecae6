//! get and list.

use super::{List, ListOptions, Registry, broken, fields, key};
use crate::{kinds::Resource, status::Status, store::Stored};
use serde_json::Value;

/// Objects that are looked at in one go.
const PAGE: usize = 500;

impl Registry {
    /// One object.
    ///
    /// # Errors
    /// 404.
    pub fn get(&self, resource: &Resource, namespace: &str, name: &str) -> Result<Value, Status> {
        let stored = self.stored(resource, namespace, name)?;
        let stored =
            stored.ok_or_else(|| Status::not_found(&resource.gvr.group, &resource.gvr.resource, name))?;
        Ok(self.shown(resource, &stored))
    }

    /// An object as stored, if there is one.
    pub(super) fn stored(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Stored>, Status> {
        let key = key::of(resource, namespace, name);
        Ok(self.store.get(&key).map_err(|error| broken(&error))?.1)
    }

    /// A stored object in the version that is asked for.
    #[expect(clippy::unused_self, reason = "conversions will need it")]
    pub(super) fn shown(&self, resource: &Resource, stored: &Stored) -> Value {
        let mut object = stored.decode();
        object["apiVersion"] = resource.gvr.api_version().into();
        object
    }

    /// Objects of a namespace, or of all (`None`).
    ///
    /// # Errors
    /// 400 for bad options, 410 for versions that are gone.
    pub fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<List, Status> {
        let prefix = key::prefix(resource, namespace);
        let mut list = List::default();
        let (mut after, mut revision) = (prefix.clone(), None);
        loop {
            let page = self.store.page(&prefix, &after, revision, PAGE).map_err(|error| broken(&error))?;
            list.resource_version = page.revision;
            revision = Some(page.revision);
            for (key, stored) in &page.items {
                let object = self.shown(resource, stored);
                if selected(resource, options, &object) {
                    list.items.push(object);
                }
                after.clear();
                after.push_str(key);
            }
            if !page.more {
                return Ok(list);
            }
        }
    }
}

/// Whether labels and fields of an object are asked for.
#[must_use]
pub(super) fn selected(resource: &Resource, options: &ListOptions, object: &Value) -> bool {
    options.labels.selects(object) && options.fields.matches(|field| fields::value(resource, object, field))
}
