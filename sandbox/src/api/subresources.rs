//! Subresources: parts of objects, and what the sandbox does not do.

use super::{
    Api, Body, decode, negotiate,
    options::{self, Write},
    show,
    verbs::{Call, not_allowed},
};
use crate::{
    registry::{Caller, Served, begun, missing_resource},
    status::Status,
};
use http::{Method, Response};
use serde_json::{Value, json};

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
                let object = self.registry.fetch(&call.served, call.namespace(), name).await?;
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
                let scale = self.registry.scale(&call.served, call.namespace(), name).await?;
                show::object(200, wanted, &call.served, scale)
            }
            ("scale", "update") => self.replace(call, name, subresource).await,
            ("scale", "patch") => self.patch(call, name, subresource).await,
            ("token", "create") => self.token(call, name),
            ("binding", "create") => {
                let caller = call.caller(Write::Create)?;
                let body = self.sent(&caller, call, "binding", ("", "v1", "Binding"))?;
                self.registry.bind(&caller, call.namespace(), name, &body).await?;
                done(call)
            }
            ("eviction", "create") => {
                let mut caller = call.caller(Write::Create)?;
                let body = self.sent(&caller, call, "eviction", ("policy", "v1", "Eviction"))?;
                let asked = body.get("deleteOptions").filter(|options| options.is_object());
                let (options, _) = options::delete(&call.query, Some(asked.unwrap_or(&json!({}))))?;
                caller.dry_run |= options.dry_run;
                self.registry.evict(&caller, call.namespace(), name, &options).await?;
                done(call)
            }
            ("log", "get") => self.log(call, name),
            _ => Err(Status::not_implemented(format!(
                "the sandbox does not do {verb} on {}/{subresource}",
                call.served.gvr.resource
            ))),
        }
    }
}

impl Api {
    /// The body that is sent to a subresource whose kind (group, version, kind) is no resource itself.
    ///
    /// # Errors
    /// 400 for bodies of other kinds and for another namespace than the path's.
    pub(super) fn sent(
        &self,
        caller: &Caller,
        call: &Call<'_>,
        subresource: &str,
        kind: (&str, &str, &str),
    ) -> Result<Value, Status> {
        let served = Served::sent(kind);
        let body = decode::object(call.request, &call.served, call.expected(subresource))?;
        let body = self.decoded(caller, &served, call, body)?;
        begun(caller, &served, (call.namespace(), subresource), body)
    }
}

/// The answer of what was done without making an object.
fn done(call: &Call<'_>) -> Result<Response<Body>, Status> {
    let status =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(negotiate::write(201, call.wanted(false)?, &status))
}
