//! Objects of all resources over the store: reading, writing, deleting and watching them as the real server does.

mod allocate;
mod bind;
mod caller;
mod catalogue;
mod change;
mod client;
mod continuing;
mod convert;
mod delete;
mod evict;
mod expressions;
mod fields;
mod gate;
mod hooks;
mod key;
mod meta;
mod options;
mod patched;
mod read;
mod rules;
mod scale;
mod served;
mod watch;
mod write;

pub use caller::{Caller, FieldValidation, User, Warnings};
pub use catalogue::{Catalogue, Group};
pub use change::Change;
pub use client::{Client, Patch};
pub use continuing::parse as parse_version;
pub use delete::Deleted;
pub use gate::{Gate, Write};
pub use hooks::{Admission, Attributes, Converter, Later, Operation};
pub use options::{DeleteOptions, List, ListOptions, Propagation};
pub use rules::shows_deleted;
pub use scale::served as scales;
pub use served::{Foreign, Served, Source};
pub use watch::{Event, EventKind, Seen, Watch};
pub use write::{Place, begun};

use crate::{
    kinds::Gvr,
    status::Status,
    store::{self, Store},
};
use std::sync::{Arc, OnceLock};

/// The registry.
#[derive(Debug)]
pub struct Registry {
    store: Store,
    catalogue: Catalogue,
    admission: OnceLock<Box<dyn Admission>>,
    converter: OnceLock<Arc<dyn Converter>>,
    gate: OnceLock<Box<dyn Gate>>,
    services: allocate::Services,
}

impl Registry {
    /// A registry over `store`.
    ///
    /// # Errors
    /// When the definitions of custom resources cannot be read.
    pub fn new(store: Store) -> Result<Self, Status> {
        let registry = Self {
            store,
            catalogue: Catalogue::default(),
            admission: OnceLock::new(),
            converter: OnceLock::new(),
            gate: OnceLock::new(),
            services: allocate::Services::default(),
        };
        let definitions = registry.resource(&served::definitions())?;
        let list = registry.list(&definitions, None, &ListOptions::default())?;
        list.items.iter().for_each(|definition| registry.catalogue.define(definition, 0));
        Ok(registry)
    }

    /// Sets who may change and refuse what is written; only the first call counts.
    pub fn set_admission(&self, admission: Box<dyn Admission>) {
        let _ = self.admission.set(admission);
    }

    /// Sets who converts custom resources by webhooks; only the first call counts.
    pub fn set_converter(&self, converter: Arc<dyn Converter>) {
        let _ = self.converter.set(converter);
    }

    fn admission(&self) -> Option<&dyn Admission> {
        self.admission.get().map(AsRef::as_ref)
    }

    /// The store below.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The resources that are served.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The resource `gvr`.
    ///
    /// # Errors
    /// 404 as the real server answers unknown paths.
    pub fn resource(&self, gvr: &Gvr) -> Result<Served, Status> {
        self.catalogue.find(&gvr.group, &gvr.version, &gvr.resource).ok_or_else(missing_resource)
    }
}

/// What the real server says of resources and subresources that it does not know.
#[must_use]
pub fn missing_resource() -> Status {
    Status::new(404, "NotFound", "the server could not find the requested resource")
        .with_details(serde_json::json!({}))
}

/// What failures of the store are for those who ask.
fn broken(error: &store::Error) -> Status {
    match error {
        store::Error::Expired { .. } => {
            Status::expired("The resourceVersion for the provided list is too old.")
        }
        other => Status::internal(other),
    }
}
