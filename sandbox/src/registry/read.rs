//! get and list.

use super::{List, ListOptions, Registry, Served, broken, continuing, fields, key};
use crate::{
    status::Status,
    store::{self, Store, Stored},
};
use serde_json::Value;

/// Objects that are looked at in one go.
const PAGE: usize = 500;

/// A list that is being read, page after page.
struct Listing<'a> {
    served: &'a Served,
    options: &'a ListOptions,
    prefix: String,
    after: String,
    revision: Option<u64>,
    limit: u64,
    given: u64,
    list: List,
}

impl Listing<'_> {
    /// The next objects of the store, with their keys; whether there are more.
    fn page(&mut self, store: &Store) -> Result<store::Page, Status> {
        let wanted = usize::try_from(self.limit.saturating_sub(self.given)).unwrap_or(PAGE);
        let most = if self.limit == 0 { PAGE } else { PAGE.min(wanted.max(1)) };
        let page = store.page(&self.prefix, &self.after, self.revision, most);
        let page = page.map_err(|error| continuing::expired(&error, self.options))?;
        self.list.resource_version = page.revision;
        self.revision = Some(page.revision);
        Ok(page)
    }

    /// Gives an object on, if it is selected.
    fn give(&mut self, key: &str, object: Value, each: &mut (dyn FnMut(Value) + Send)) {
        if selected(self.served, self.options, &object) {
            each(object);
            self.given += 1;
        }
        self.after.clear();
        self.after.push_str(key);
    }

    fn full(&self) -> bool {
        self.limit > 0 && self.given >= self.limit
    }
}

impl Registry {
    /// One object.
    ///
    /// # Errors
    /// 404; 500 when a webhook has to convert it and fails.
    pub async fn fetch(&self, served: &Served, namespace: &str, name: &str) -> Result<Value, Status> {
        let stored = self.stored(served, namespace, name)?.ok_or_else(|| served.not_found(name))?;
        self.shown(served, &stored).await
    }

    /// [`Registry::fetch`] for those who cannot wait for a webhook.
    ///
    /// # Errors
    /// 404; 501 when a webhook would have to convert it.
    pub fn get(&self, served: &Served, namespace: &str, name: &str) -> Result<Value, Status> {
        let stored = self.stored(served, namespace, name)?.ok_or_else(|| served.not_found(name))?;
        self.shown_now(served, &stored)
    }

    /// The scale of an object.
    ///
    /// # Errors
    /// As [`Registry::fetch`].
    pub async fn scale(&self, served: &Served, namespace: &str, name: &str) -> Result<Value, Status> {
        super::scale::read(served, &self.fetch(served, namespace, name).await?)
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

    /// [`Registry::fetch_list`] for those who cannot wait for a webhook.
    ///
    /// # Errors
    /// As [`Registry::fetch_list`]; 501 when a webhook would have to convert an object.
    pub fn list(
        &self,
        served: &Served,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<List, Status> {
        let mut items = Vec::new();
        let mut listing = self.listing(served, namespace, options)?;
        loop {
            let page = listing.page(self.store())?;
            for (key, stored) in &page.items {
                let object = self.shown_now(served, stored)?;
                listing.give(key, object, &mut |object| items.push(object));
            }
            if !page.more || listing.full() {
                return Ok(List { items, ..self.listed(listing, page.more)? });
            }
        }
    }

    /// Objects of a namespace, or of all (`None`).
    ///
    /// # Errors
    /// 400 for bad options, 410 for versions that are gone, 504 for those to come, 500 when a webhook has to convert
    /// objects and fails.
    pub async fn fetch_list(
        &self,
        served: &Served,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<List, Status> {
        let mut items = Vec::new();
        let list = self.fetch_each(served, namespace, options, &mut |object| items.push(object)).await?;
        Ok(List { items, ..list })
    }

    /// [`Registry::fetch_list`], one object after the other, so that long lists need not stand in memory as objects. The
    /// list that is returned has no items.
    ///
    /// # Errors
    /// As [`Registry::fetch_list`]; some objects may have been given by then.
    pub async fn fetch_each(
        &self,
        served: &Served,
        namespace: Option<&str>,
        options: &ListOptions,
        each: &mut (dyn FnMut(Value) + Send),
    ) -> Result<List, Status> {
        let mut listing = self.listing(served, namespace, options)?;
        loop {
            let page = listing.page(self.store())?;
            for (key, stored) in &page.items {
                let object = self.shown(served, stored).await?;
                listing.give(key, object, each);
            }
            if !page.more || listing.full() {
                return self.listed(listing, page.more);
            }
        }
    }

    /// A list at its beginning.
    fn listing<'a>(
        &self,
        served: &'a Served,
        namespace: Option<&str>,
        options: &'a ListOptions,
    ) -> Result<Listing<'a>, Status> {
        self.check_fields(served, options)?;
        let prefix = key::prefix(served, namespace);
        let now = self.store().revision().map_err(|error| broken(&error))?;
        let start = continuing::start(options, &prefix, now)?;
        Ok(Listing {
            served,
            options,
            prefix,
            after: start.after,
            revision: start.revision,
            limit: if start.all { 0 } else { options.limit },
            given: 0,
            list: List::default(),
        })
    }

    /// A list at its end, with where to go on if there is `more`.
    fn listed(&self, listing: Listing<'_>, more: bool) -> Result<List, Status> {
        let Listing { mut list, prefix, after, options, .. } = listing;
        if more {
            list.continue_ = continuing::token(&prefix, &after, list.resource_version);
            if options.labels.is_empty() && options.fields.is_empty() {
                list.remaining = Some(self.remaining(&prefix, &after, list.resource_version)?);
            }
        }
        Ok(list)
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
