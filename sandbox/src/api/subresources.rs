//! Subresources: parts of objects, and what the sandbox does not do.

use super::{
    Api, Body, show,
    verbs::{Call, not_allowed},
};
use crate::{registry::missing_resource, status::Status};
use http::{Method, Response};

impl Api {
    pub(super) async fn subresource(
        &self,
        call: &Call<'_>,
        name: &str,
        subresource: &str,
    ) -> Result<Response<Body>, Status> {
        let known = call.served.subresource(subresource).ok_or_else(missing_resource)?;
        let verb = match *call.request.method() {
            Method::GET => "get",
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            _ => return Err(not_allowed()),
        };
        if !known.verbs.iter().any(|known| known == verb) {
            return Err(not_allowed());
        }
        match (subresource, verb) {
            ("status" | "approval" | "ephemeralcontainers" | "resize", "get") => {
                let wanted = call.wanted(false)?;
                let object = self.registry.get(&call.served, call.namespace(), name)?;
                show::object(200, wanted, &call.served, object)
            }
            ("status" | "approval" | "ephemeralcontainers" | "resize" | "finalize", "update") => {
                self.replace(call, name, subresource).await
            }
            ("status" | "approval" | "ephemeralcontainers" | "resize", "patch") => {
                self.patch(call, name, subresource).await
            }
            ("scale", "get") => {
                let wanted = call.wanted(false)?;
                let scale = self.registry.scale(&call.served, call.namespace(), name)?;
                show::object(200, wanted, &call.served, scale)
            }
            ("scale", "update") => self.replace(call, name, subresource).await,
            ("scale", "patch") => self.patch(call, name, subresource).await,
            ("token", "create") => self.token(call, name),
            _ => Err(Status::not_implemented(format!(
                "the sandbox does not do {verb} on {}/{subresource}",
                call.served.gvr.resource
            ))),
        }
    }
}
