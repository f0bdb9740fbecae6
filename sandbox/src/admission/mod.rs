//! Admission: what else happens to objects that are written, and who may refuse them.
//!
//! The plugins are those that are on by default in the real server, in its order: NamespaceLifecycle, LimitRanger,
//! ServiceAccount, TaintNodesByCondition, PodSecurity, Priority, DefaultTolerationSeconds, DefaultStorageClass,
//! StorageObjectInUseProtection, RuntimeClass, DefaultIngressClass, then the
//! changing webhooks; ValidatingAdmissionPolicies, the validating webhooks, and ResourceQuota last.

mod lifecycle;
mod limits;
mod pods;
mod policy;
mod quota;
mod request;
mod security;
mod storage;
mod webhook;

use crate::{
    kinds::Gvr,
    registry::{Admission, Attributes, Later, Registry},
    status::Status,
};
use request::{Lookup, Request};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Weak},
};
use webhook::Rounds;

/// The admission plugins over a registry.
#[derive(Debug)]
pub struct Plugins {
    lookup: Box<dyn Lookup>,
    services: crate::webhook::Services,
}

impl Plugins {
    /// All plugins that the real server has on by default. `services` tells where the Services (`namespace/name`) of
    /// webhooks answer: no process stands behind a Service here.
    #[must_use]
    pub fn new(registry: &Arc<Registry>, services: BTreeMap<String, SocketAddr>) -> Self {
        Self { lookup: Box::new(Shelf { registry: Arc::downgrade(registry) }), services }
    }

    fn reach(&self) -> webhook::Reach<'_> {
        webhook::Reach { lookup: self.lookup.as_ref(), services: &self.services }
    }

    /// The plugins before the webhooks that change objects.
    fn change(&self, request: &Request<'_>, object: &mut Value) -> Result<(), Status> {
        let lookup = self.lookup.as_ref();
        lifecycle::admit(request, object, lookup)?;
        if object.is_null() {
            return Ok(());
        }
        limits::admit(request, object, lookup)?;
        pods::service_account(request, object, lookup)?;
        pods::node_taint(request, object);
        pods::priority(request, object, lookup)?;
        pods::tolerations(request, object);
        storage::storage_class(request, object, lookup);
        storage::protect(request, object);
        pods::runtime_class(request, object, lookup)?;
        storage::ingress_class(request, object, lookup)
    }

    async fn mutated(&self, request: &Request<'_>, object: &mut Value) -> Result<(), Status> {
        self.change(request, object)?;
        let hooks = webhook::hooks(self.lookup.as_ref(), "mutatingwebhookconfigurations");
        if hooks.is_empty() || webhook::exempt(request) {
            return Ok(());
        }
        let mut rounds = Rounds::default();
        for second in [false, true] {
            if second {
                let before = object.clone();
                self.change(request, object)?;
                if *object != before {
                    rounds.changed();
                }
                if !rounds.again() {
                    break;
                }
            }
            let progress = (second, &mut rounds);
            webhook::mutate(request, object, &hooks, self.reach(), progress).await?;
            if !rounds.again() {
                break;
            }
        }
        Ok(())
    }

    async fn validated(&self, request: &Request<'_>, object: &Value) -> Result<(), Status> {
        let lookup = self.lookup.as_ref();
        if !object.is_null() {
            limits::validate(request, object, lookup)?;
            security::validate(request, object, lookup)?;
        }
        let hooks = webhook::hooks(lookup, "validatingwebhookconfigurations");
        if !webhook::exempt(request) {
            policy::validate(request, object, lookup)?;
            webhook::validate(request, object, &hooks, self.reach()).await?;
        }
        if object.is_null() { Ok(()) } else { quota::validate(request, object, lookup) }
    }
}

impl Admission for Plugins {
    fn mutate<'a>(
        &'a self,
        attributes: Attributes<'a>,
        object: &'a mut Value,
    ) -> Later<'a, Result<(), Status>> {
        Box::pin(async move {
            let request = request(&attributes);
            let ending = attributes.served.custom.as_ref().is_some_and(|custom| custom.terminating);
            if ending && request.creates() {
                let why = "create not allowed while custom resource definition is terminating";
                return Err(request.forbidden(object, why));
            }
            self.mutated(&request, object).await
        })
    }

    fn validate<'a>(
        &'a self,
        attributes: Attributes<'a>,
        object: &'a Value,
    ) -> Later<'a, Result<(), Status>> {
        Box::pin(async move { self.validated(&request(&attributes), object).await })
    }
}

fn request<'a>(attributes: &Attributes<'a>) -> Request<'a> {
    let resource = &attributes.served.resource.gvr;
    let namespaces = resource.group.is_empty() && resource.resource == "namespaces";
    Request {
        operation: attributes.operation.text(),
        resource,
        kind: &attributes.served.resource.kind,
        subresource: attributes.subresource,
        // Requests for a namespace are in that namespace.
        namespace: if namespaces { attributes.name } else { attributes.namespace },
        name: attributes.name,
        old: attributes.old,
        options: attributes.options,
        caller: attributes.caller,
    }
}

/// Looks things up in the registry, as long as there is one.
#[derive(Debug)]
struct Shelf {
    registry: Weak<Registry>,
}

impl Lookup for Shelf {
    fn get(&self, resource: &Gvr, namespace: &str, name: &str) -> Option<Value> {
        let registry = self.registry.upgrade()?;
        let served = registry.resource(resource).ok()?;
        registry.get(&served, namespace, name).ok()
    }

    fn list(&self, resource: &Gvr, namespace: &str) -> Vec<Value> {
        let Some(registry) = self.registry.upgrade() else { return Vec::new() };
        let Ok(served) = registry.resource(resource) else { return Vec::new() };
        let options = crate::registry::ListOptions::default();
        let namespace = (!namespace.is_empty()).then_some(namespace);
        match registry.list(&served, namespace, &options) {
            Ok(list) => list.items,
            Err(_) => Vec::new(),
        }
    }

    fn kind(&self, group: &str, version: &str, kind: &str) -> Option<(Gvr, bool)> {
        let registry = self.registry.upgrade()?;
        let served = registry.catalogue().by_kind(group, version, kind)?;
        Some((served.gvr.clone(), served.namespaced))
    }

    fn versions(&self, group: &str, resource: &str) -> Vec<String> {
        let Some(registry) = self.registry.upgrade() else { return Vec::new() };
        let all = registry.catalogue().all();
        let same =
            all.into_iter().filter(|served| served.gvr.group == group && served.gvr.resource == resource);
        same.map(|served| served.gvr.version.clone()).collect()
    }
}
