//! get and list.

use super::{List, ListOptions, Registry, Served, broken, fields, key};
use crate::{status::Status, store::Stored};
use serde_json::Value;

/// Objects that are looked at in one go.
const PAGE: usize = 500;

impl Registry {
    /// One object.
    ///
    /// # Errors
    /// 404.
    pub fn get(&self, served: &Served, namespace: &str, name: &str) -> Result<Value, Status> {
        let stored = self.stored(served, namespace, name)?;
        let stored =
            stored.ok_or_else(|| Status::not_found(&served.gvr.group, &served.gvr.resource, name))?;
        Ok(self.shown(served, &stored))
    }

    /// The scale of an object.
    ///
    /// # Errors
    /// 404.
    pub fn scale(&self, served: &Served, namespace: &str, name: &str) -> Result<Value, Status> {
        super::scale::read(served, &self.get(served, namespace, name)?)
    }

    /// An object as stored, if there is one.
    pub(super) fn stored(
        &self,
        served: &Served,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Stored>, Status> {
        let key = key::of(served, namespace, name);
        Ok(self.store.get(&key).map_err(|error| broken(&error))?.1)
    }

    /// A stored object in the version that is asked for.
    #[expect(clippy::unused_self, reason = "conversions will need it")]
    pub(super) fn shown(&self, served: &Served, stored: &Stored) -> Value {
        let mut object = stored.decode();
        super::convert::to(served, &mut object);
        object
    }

    /// Objects of a namespace, or of all (`None`).
    ///
    /// # Errors
    /// 400 for bad options, 410 for versions that are gone.
    pub fn list(
        &self,
        served: &Served,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<List, Status> {
        self.check_fields(served, options)?;
        let prefix = key::prefix(served, namespace);
        let mut list = List::default();
        let (mut after, mut revision) = (prefix.clone(), None);
        loop {
            let page = self.store.page(&prefix, &after, revision, PAGE).map_err(|error| broken(&error))?;
            list.resource_version = page.revision;
            revision = Some(page.revision);
            for (key, stored) in &page.items {
                let object = self.shown(served, stored);
                if selected(served, options, &object) {
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
pub(super) fn selected(served: &Served, options: &ListOptions, object: &Value) -> bool {
    options.labels.selects(object) && options.fields.matches(|field| fields::value(served, object, field))
}
