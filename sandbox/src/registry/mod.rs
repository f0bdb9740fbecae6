//! Objects of all resources over the store: reading, writing, deleting and watching them as the real server does.

mod caller;
mod catalogue;
mod client;
mod delete;
mod fields;
mod key;
mod options;
mod read;
mod watch;
mod write;

pub use caller::{Caller, FieldValidation, User};
pub use catalogue::Catalogue;
pub use client::{Client, Patch};
pub use options::{DeleteOptions, List, ListOptions, Propagation};
pub use watch::{Event, EventKind, Watch};
pub use write::Existing;

use crate::{
    kinds::{Gvr, Resource},
    status::Status,
    store::{self, Store},
};
use std::sync::Arc;

/// The registry.
#[derive(Debug)]
pub struct Registry {
    store: Store,
    catalogue: Catalogue,
}

impl Registry {
    /// A registry over `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, catalogue: Catalogue }
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
    pub fn resource(&self, gvr: &Gvr) -> Result<Arc<Resource>, Status> {
        self.catalogue
            .find(&gvr.group, &gvr.version, &gvr.resource)
            .ok_or_else(|| Status::new(404, "NotFound", "the server could not find the requested resource"))
    }
}

/// What failures of the store are for those who ask.
fn broken(error: &store::Error) -> Status {
    match error {
        store::Error::Expired { oldest } => {
            Status::expired(format!("too old resource version: 0 ({oldest})"))
        }
        other => Status::internal(other),
    }
}
