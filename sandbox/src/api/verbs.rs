//! Verbs on resources.

use super::{Api, Body, MAX_BODY, json, path, watch};
use crate::{
    kinds::Resource,
    object::{
        self,
        selector::{FieldSelector, LabelSelector},
    },
    registry::{Caller, DeleteOptions, FieldValidation, List, ListOptions, User},
    status::Status,
};
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json as value};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How long a watch lasts that does not say.
const WATCH_TIME: Duration = Duration::from_secs(1800);

/// A request on a resource, taken apart.
struct Call<'a> {
    request: &'a Request<Bytes>,
    target: path::Target,
    query: BTreeMap<String, String>,
    resource: Arc<Resource>,
    caller: Caller,
}

impl Api {
    pub(super) async fn resource(
        &self,
        request: &Request<Bytes>,
        target: path::Target,
        user: User,
    ) -> Result<Response<Body>, Status> {
        let query = path::query(request.uri().query().unwrap_or_default());
        let unknown = || Status::new(404, "NotFound", "the server could not find the requested resource");
        let found = self.registry.catalogue().find(&target.group, &target.version, &target.resource);
        let resource = found.ok_or_else(unknown)?;
        let caller = caller(request, &query, user)?;
        let call = Call { request, target, query, resource, caller };
        let name = call.target.name.clone();
        match (request.method(), name) {
            (&Method::GET, None) => self.list(&call),
            (&Method::GET, Some(name)) => {
                Ok(json(200, &self.registry.get(&call.resource, call.namespace(), &name)?))
            }
            (&Method::POST, None) => self.create(&call).await,
            (&Method::PUT, Some(name)) => self.replace(&call, &name).await,
            (&Method::DELETE, Some(name)) => self.delete(&call, &name).await,
            (&Method::DELETE, None) => self.delete_all(&call).await,
            _ => Err(Status::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            )),
        }
    }

    fn list(&self, call: &Call<'_>) -> Result<Response<Body>, Status> {
        let options = list_options(&call.query)?;
        let namespace = call.target.namespace.as_deref();
        if call.query.get("watch").is_some_and(|watch| watch == "true" || watch == "1") {
            let after = match options.resource_version.as_str() {
                "" | "0" => None,
                text => Some(text.parse().map_err(|_| Status::bad_request("invalid resource version"))?),
            };
            let seconds = call.query.get("timeoutSeconds").and_then(|seconds| seconds.parse().ok());
            let timeout = seconds.filter(|seconds| *seconds > 0).map_or(WATCH_TIME, Duration::from_secs);
            let watch = self.registry.watch(&call.resource, namespace, options, after)?;
            return Ok(watch::answer(watch, timeout));
        }
        Ok(json(200, &shown(&call.resource, self.registry.list(&call.resource, namespace, &options)?)))
    }

    async fn create(&self, call: &Call<'_>) -> Result<Response<Body>, Status> {
        let object = call.object()?;
        let made = self.registry.create(&call.caller, &call.resource, call.namespace(), object).await?;
        Ok(json(201, &made))
    }

    async fn replace(&self, call: &Call<'_>, name: &str) -> Result<Response<Body>, Status> {
        let object = call.object()?;
        let given = object::name(&object);
        if given != name {
            return Err(Status::bad_request(format!(
                "the name of the object ({given}) does not match the name on the URL ({name})"
            )));
        }
        let gvr = &call.resource.gvr;
        let missing = || Status::not_found(&gvr.group, &gvr.resource, name);
        let change = |old: Option<&Value>| old.map(|_| object.clone()).ok_or_else(missing);
        let place = (call.namespace(), name);
        let (new, created) = self.registry.update(&call.caller, &call.resource, place, change).await?;
        Ok(json(if created { 201 } else { 200 }, &new))
    }

    async fn delete(&self, call: &Call<'_>, name: &str) -> Result<Response<Body>, Status> {
        let options = DeleteOptions::default();
        let place = (call.namespace(), name);
        let object = self.registry.delete(&call.caller, &call.resource, place, &options).await?;
        let details = value!({
            "name": name, "group": call.resource.gvr.group, "kind": call.resource.gvr.resource,
            "uid": object::uid(&object),
        });
        let body = value!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
        });
        Ok(json(200, &body))
    }

    async fn delete_all(&self, call: &Call<'_>) -> Result<Response<Body>, Status> {
        let list = list_options(&call.query)?;
        let options = DeleteOptions::default();
        let namespace = call.target.namespace.as_deref();
        let gone = self
            .registry
            .delete_collection(&call.caller, &call.resource, namespace, (&list, &options))
            .await?;
        Ok(json(200, &shown(&call.resource, gone)))
    }
}

impl Call<'_> {
    fn namespace(&self) -> &str {
        self.target.namespace.as_deref().unwrap_or_default()
    }

    fn object(&self) -> Result<Value, Status> {
        let body = self.request.body();
        if body.len() > MAX_BODY {
            return Err(Status::new(
                413,
                "RequestEntityTooLarge",
                format!("Request entity too large: limit is {MAX_BODY}"),
            ));
        }
        serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))
    }
}

fn caller(request: &Request<Bytes>, query: &BTreeMap<String, String>, user: User) -> Result<Caller, Status> {
    let agent = request.headers().get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.and_then(|agent| agent.split('/').next()).unwrap_or_default();
    let manager = query.get("fieldManager").map_or(agent, String::as_str).to_owned();
    let validation = match query.get("fieldValidation").map_or("", String::as_str) {
        "Ignore" => FieldValidation::Ignore,
        "Strict" => FieldValidation::Strict,
        _ => FieldValidation::Warn,
    };
    let dry_run = query.get("dryRun").is_some_and(|dry_run| dry_run == "All");
    Ok(Caller { user, manager, dry_run, validation, ..Caller::default() })
}

fn list_options(query: &BTreeMap<String, String>) -> Result<ListOptions, Status> {
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    Ok(ListOptions {
        labels: LabelSelector::parse(&text("labelSelector")).map_err(Status::bad_request)?,
        fields: FieldSelector::parse(&text("fieldSelector")).map_err(Status::bad_request)?,
        limit: text("limit").parse().unwrap_or_default(),
        continue_: text("continue"),
        resource_version: text("resourceVersion"),
        version_match: text("resourceVersionMatch"),
    })
}

/// A list as the API shows it.
fn shown(resource: &Resource, list: List) -> Value {
    let mut metadata = value!({"resourceVersion": list.resource_version.to_string()});
    if !list.continue_.is_empty() {
        metadata["continue"] = list.continue_.into();
    }
    if let Some(remaining) = list.remaining {
        metadata["remainingItemCount"] = remaining.into();
    }
    let items: Vec<Value> = list
        .items
        .into_iter()
        .map(|mut item| {
            if let Some(fields) = item.as_object_mut() {
                fields.remove("apiVersion");
                fields.remove("kind");
            }
            item
        })
        .collect();
    value!({
        "kind": resource.list_kind, "apiVersion": resource.gvr.api_version(), "metadata": metadata, "items": items,
    })
}
