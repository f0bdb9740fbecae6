//! The API inside the process: what controllers and tests use.

use super::{Caller, Change, DeleteOptions, List, ListOptions, Place, Registry, Watch};
use crate::{kinds::Gvr, object, status::Status};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;

/// A patch of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Patch {
    /// `application/json-patch+json`.
    Json(Value),
    /// The same, as it came.
    JsonText(Bytes),
    /// `application/merge-patch+json`.
    Merge(Value),
    /// `application/strategic-merge-patch+json`.
    Strategic(Value),
    /// A merge patch or a strategic one whose text had repeated fields: each is told of.
    Repeating(Box<Patch>, Vec<String>),
    /// `application/apply-patch+yaml`.
    Apply {
        /// What is applied.
        object: Value,
        /// Whether conflicts are overruled.
        force: bool,
    },
}

/// A client without HTTP, with all rights. Clones share the sandbox.
#[derive(Debug, Clone)]
pub struct Client {
    registry: Arc<Registry>,
    manager: Arc<str>,
}

impl Client {
    /// A client of `registry` whose writes belong to the field manager `manager`.
    #[must_use]
    pub fn new(registry: Arc<Registry>, manager: &str) -> Self {
        Self { registry, manager: manager.into() }
    }

    /// The same, with another field manager.
    #[must_use]
    pub fn named(&self, manager: &str) -> Self {
        Self::new(Arc::clone(&self.registry), manager)
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    fn caller(&self) -> Caller {
        Caller::system(&self.manager)
    }

    /// One object.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn get(&self, resource: &Gvr, namespace: Option<&str>, name: &str) -> Result<Value, Status> {
        let resource = self.registry.resource(resource)?;
        self.registry.fetch(&resource, namespace.unwrap_or_default(), name).await
    }

    /// Objects of a namespace, or of all.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn list(
        &self,
        resource: &Gvr,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<List, Status> {
        let resource = self.registry.resource(resource)?;
        self.registry.fetch_list(&resource, namespace, options).await
    }

    /// Creates an object.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn create(
        &self,
        resource: &Gvr,
        namespace: Option<&str>,
        object: Value,
    ) -> Result<Value, Status> {
        let served = self.registry.resource(resource)?;
        let mut object = object;
        served.default(&mut object)?;
        self.registry.create(&self.caller(), &served, namespace.unwrap_or_default(), object).await
    }

    /// Replaces an object, or the part of it that `subresource` names.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn update(
        &self,
        resource: &Gvr,
        subresource: Option<&str>,
        object: Value,
    ) -> Result<Value, Status> {
        let served = self.registry.resource(resource)?;
        let mut object = object;
        served.default(&mut object)?;
        let place = Place {
            namespace: object::namespace(&object),
            name: object::name(&object),
            subresource: subresource.unwrap_or_default(),
        };
        Ok(self.registry.update(&self.caller(), &served, place, Change::Put(&object)).await?.0)
    }

    /// Patches an object, or the part of it that `subresource` names.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn patch(
        &self,
        resource: &Gvr,
        subresource: Option<&str>,
        namespace: Option<&str>,
        name: &str,
        patch: Patch,
    ) -> Result<Value, Status> {
        let served = self.registry.resource(resource)?;
        let place = Place {
            namespace: namespace.unwrap_or_default(),
            name,
            subresource: subresource.unwrap_or_default(),
        };
        Ok(self.registry.update(&self.caller(), &served, place, Change::Patch(&patch)).await?.0)
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn delete(
        &self,
        resource: &Gvr,
        namespace: Option<&str>,
        name: &str,
        options: DeleteOptions,
    ) -> Result<Value, Status> {
        let resource = self.registry.resource(resource)?;
        let place = (namespace.unwrap_or_default(), name);
        Ok(self.registry.delete(&self.caller(), &resource, place, &options).await?.object)
    }

    /// Watches a resource in all namespaces, from behind the revision `after` on.
    ///
    /// # Errors
    /// 410 when the revision is too old.
    pub fn watch(&self, resource: &Gvr, after: u64) -> Result<Watch, Status> {
        let resource = self.registry.resource(resource)?;
        self.registry.watch(&resource, None, ListOptions::default(), Some(after))
    }
}
