//! The registry as what deciding reads, and as what roles and bindings pass before they are written.

use super::{Mode, Objects, rbac};
use crate::{
    kinds::Gvr,
    registry::{Gate, ListOptions, Registry, Write},
    status::Status,
};
use serde_json::Value;

impl Objects for Registry {
    fn get(&self, resource: &Gvr, namespace: &str, name: &str) -> Result<Option<Value>, Status> {
        let resource = self.resource(resource)?;
        match Self::get(self, &resource, namespace, name) {
            Ok(object) => Ok(Some(object)),
            Err(status) if status.code == 404 => Ok(None),
            Err(status) => Err(status),
        }
    }

    fn list(&self, resource: &Gvr, namespace: Option<&str>) -> Result<Vec<Value>, Status> {
        let resource = self.resource(resource)?;
        Ok(Self::list(self, &resource, namespace, &ListOptions::default())?.items)
    }
}

/// Lets nobody grant more than they have.
#[derive(Debug)]
pub struct Escalation(pub Mode);

impl Gate for Escalation {
    fn check(&self, registry: &Registry, write: &Write<'_>) -> Result<(), Status> {
        let gvr = &write.resource.gvr;
        if gvr.group != rbac::GROUP {
            return Ok(());
        }
        let place = (gvr.resource.as_str(), write.namespace);
        let user = &write.caller.user;
        match gvr.resource.as_str() {
            "roles" | "clusterroles" => {
                rbac::may_write_role(self.0, registry, user, place, write.old, write.new)
            }
            "rolebindings" | "clusterrolebindings" => {
                rbac::may_bind(self.0, registry, user, place, write.old, write.new)
            }
            _ => Ok(()),
        }
    }
}
