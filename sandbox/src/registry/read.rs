//! get and list.

use super::{List, ListOptions, Registry, Served, broken, continuing, fields, key};
use crate::{
    status::Status,
    store::{self, Stored},
};
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
    /// 400 for bad options, 410 for versions that are gone, 504 for those to come.
    pub fn list(
        &self,
        served: &Served,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<List, Status> {
        let mut items = Vec::new();
        let list = self.list_each(served, namespace, options, &mut |object| items.push(object))?;
        Ok(List { items, ..list })
    }

    /// [`Registry::list`], one object after the other, so that long lists need not stand in memory as objects. The list
    /// that is returned has no items.
    ///
    /// # Errors
    /// As [`Registry::list`]; some objects may have been given by then.
    pub fn list_each(
        &self,
        served: &Served,
        namespace: Option<&str>,
        options: &ListOptions,
        each: &mut dyn FnMut(Value),
    ) -> Result<List, Status> {
        self.check_fields(served, options)?;
        let prefix = key::prefix(served, namespace);
        let now = self.store().revision().map_err(|error| broken(&error))?;
        let start = continuing::start(options, &prefix, now)?;
        let limit = if start.all { 0 } else { options.limit };
        let mut list = List::default();
        let (mut after, mut revision, mut given) = (start.after, start.revision, 0);
        loop {
            let wanted = limit.saturating_sub(given);
            let most =
                if limit == 0 { PAGE } else { PAGE.min(usize::try_from(wanted).unwrap_or(PAGE).max(1)) };
            let page = self.store().page(&prefix, &after, revision, most);
            let page = page.map_err(|error| continuing::expired(&error, options))?;
            list.resource_version = page.revision;
            revision = Some(page.revision);
            for (key, stored) in &page.items {
                let object = self.shown(served, stored);
                if selected(served, options, &object) {
                    each(object);
                    given += 1;
                }
                after.clear();
                after.push_str(key);
            }
            if !page.more {
                return Ok(list);
            }
            if limit > 0 && given >= limit {
                list.continue_ = continuing::token(&prefix, &after, page.revision);
                if options.labels.is_empty() && options.fields.is_empty() {
                    list.remaining = Some(self.remaining(&prefix, &after, page.revision)?);
                }
                return Ok(list);
            }
        }
    }

    /// How many objects come after a key.
    fn remaining(&self, prefix: &str, after: &str, revision: u64) -> Result<u64, Status> {
        let failed = |error: store::Error| broken(&error);
        if self.store().revision().map_err(failed)? == revision {
            return self.store().count(prefix, after).map_err(failed);
        }
        let page = self.store().page(prefix, after, Some(revision), usize::MAX - 1);
        Ok(page.map_err(failed)?.items.len() as u64)
    }
}

/// Whether labels and fields of an object are asked for.
#[must_use]
pub(super) fn selected(served: &Served, options: &ListOptions, object: &Value) -> bool {
    options.labels.selects(object) && options.fields.matches(|field| fields::value(served, object, field))
}
