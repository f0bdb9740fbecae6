//! Verbs on resources.

use super::{
    Api, Body,
    decode::{self, Expected},
    negotiate::{self, Wanted},
    options::{self, Query, Write},
    path, show, watch,
};
use crate::{
    object, patch,
    registry::{
        Caller, Change, DeleteOptions, Patch, Place, Served, User, Warnings, missing_resource, scales,
        shows_deleted,
    },
    schema,
    status::Status,
};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};

/// A request on a resource, taken apart.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request<Bytes>,
    pub(super) target: path::Target,
    pub(super) query: Query,
    pub(super) served: Served,
    pub(super) user: User,
    /// What the answer warns of, whatever it is.
    pub(super) warnings: Warnings,
}

/// 405 as the real server answers methods that a path does not have.
pub(super) fn not_allowed() -> Status {
    let why = "the server does not allow this method on the requested resource";
    Status::new(405, "MethodNotAllowed", why).with_details(json!({}))
}

impl Api {
    /// Answers a request on a resource.
    pub(super) async fn resource(
        &self,
        request: &Request<Bytes>,
        target: path::Target,
        user: User,
    ) -> Result<Response<Body>, Status> {
        let query = path::query(request.uri().query().unwrap_or_default());
        let found = self.registry.catalogue().find(&target.group, &target.version, &target.resource);
        let served = found.ok_or_else(missing_resource)?;
        let call = Call { request, target, query, served, user, warnings: Warnings::default() };
        let answer = match call.check_place() {
            Err(_) if call.served.custom.is_some() => return Ok(super::unknown_path()),
            Err(status) => Err(status),
            Ok(()) => self.verb(&call).await,
        };
        let mut response = answer.unwrap_or_else(|status| super::refusal(request, &status));
        let mut warnings: Vec<String> = call.served.deprecation().map(str::to_owned).into_iter().collect();
        warnings.append(&mut call.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        super::warn(&mut response, &warnings);
        Ok(response)
    }

    async fn verb(&self, call: &Call<'_>) -> Result<Response<Body>, Status> {
        let request = call.request;
        let (name, subresource) = (call.target.name.as_deref(), call.target.subresource.as_deref());
        if let (Some(name), Some(subresource)) = (name, subresource) {
            return self.subresource(call, name, subresource).await;
        }
        // What is only asked and never kept has no path with a name.
        let kept = ["get", "update", "patch", "delete"];
        if name.is_some() && !call.served.verbs.iter().any(|verb| kept.contains(&verb.as_str())) {
            return Err(missing_resource());
        }
        let verb = match (request.method(), name) {
            (&Method::GET, None) => "list",
            (&Method::GET, Some(_)) => "get",
            (&Method::POST, None) => "create",
            (&Method::PUT, Some(_)) => "update",
            (&Method::PATCH, Some(_)) => "patch",
            (&Method::DELETE, Some(_)) => "delete",
            (&Method::DELETE, None) => "deletecollection",
            _ => return Err(not_allowed()),
        };
        if !call.served.verbs.iter().any(|known| known == verb) {
            return Err(not_allowed());
        }
        let name = name.unwrap_or_default();
        match verb {
            "list" => self.list(call, None).await,
            "get" if call.target.watch => self.list(call, Some(name)).await,
            "get" => self.get(call, name).await,
            "create" => self.create(call).await,
            "update" => self.replace(call, name, "").await,
            "patch" => self.patch(call, name, "").await,
            "delete" => self.delete(call, name).await,
            _ => self.delete_all(call).await,
        }
    }

    async fn get(&self, call: &Call<'_>, name: &str) -> Result<Response<Body>, Status> {
        let wanted = call.wanted(false)?;
        let object = self.registry.fetch(&call.served, call.namespace(), name).await?;
        show::object(200, wanted, &call.served, object)
    }

    /// A list or a watch, of all or of one name.
    async fn list(&self, call: &Call<'_>, name: Option<&str>) -> Result<Response<Body>, Status> {
        let mut asked = options::list(&call.query)?;
        asked.watch |= call.target.watch;
        let wanted = call.wanted(!asked.watch)?;
        if let Some(name) = name {
            asked.list.fields = watch::only(asked.list.fields, name)?;
        }
        let namespace = call.target.namespace.as_deref();
        if asked.watch {
            return watch::begin(&self.registry, call, namespace, asked, wanted).await;
        }
        show::stored(&self.registry, wanted, &call.served, namespace, &asked.list).await
    }

    async fn create(&self, call: &Call<'_>) -> Result<Response<Body>, Status> {
        let wanted = call.wanted(false)?;
        let body = decode::object(call.request, &call.served, Expected::own(&call.served))?;
        let caller = call.caller(Write::Create)?;
        let object = self.decoded(&caller, &call.served, call, body)?;
        if let Some(answer) = self.review(&caller, call, &object) {
            return show::object(201, wanted, &call.served, answer?);
        }
        let made = self.registry.create(&caller, &call.served, call.namespace(), object).await;
        show::object(201, wanted, &call.served, made?)
    }

    /// PUT, of an object or of a part.
    pub(super) async fn replace(
        &self,
        call: &Call<'_>,
        name: &str,
        subresource: &str,
    ) -> Result<Response<Body>, Status> {
        let wanted = call.wanted(false)?;
        let body = decode::object(call.request, &call.served, call.expected(subresource))?;
        let caller = call.caller(Write::Update)?;
        let object = match subresource {
            "scale" => self.decoded(&caller, &scales(), call, body)?,
            _ => self.decoded(&caller, &call.served, call, body)?,
        };
        let given = object::name(&object);
        if given.is_empty() {
            return Err(Status::bad_request(format!(
                "the name of the object ({name} based on URL) was undeterminable: name must be provided"
            )));
        }
        if given != name {
            return Err(Status::bad_request(format!(
                "the name of the object ({given}) does not match the name on the URL ({name})"
            )));
        }
        let place = Place { namespace: call.namespace(), name, subresource };
        let (new, created) = self.registry.update(&caller, &call.served, place, Change::Put(&object)).await?;
        show::object(if created { 201 } else { 200 }, wanted, &call.served, new)
    }

    /// PATCH, of an object or of a part.
    pub(super) async fn patch(
        &self,
        call: &Call<'_>,
        name: &str,
        subresource: &str,
    ) -> Result<Response<Body>, Status> {
        let wanted = call.wanted(false)?;
        let kind = decode::media_type(call.request);
        let apply = kind == "application/apply-patch+yaml";
        let unsupported = |known: &str| {
            Status::new(
                415,
                "UnsupportedMediaType",
                format!(
                    "the body of the request was in an unknown format - accepted media types include: {known}"
                ),
            )
        };
        let known = [
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json",
            "application/apply-patch+yaml",
        ];
        if !known.contains(&kind.as_str()) {
            let why = "415: Unsupported Media Type";
            return Err(Status::new(415, "UnsupportedMediaType", why).with_details(json!({})));
        }
        if call.served.custom.is_some() && kind == known[2] {
            return Err(unsupported(&[known[0], known[1], known[3]].join(", ")));
        }
        let body = decode::limited(call.request)?;
        let caller = call.caller(Write::Patch { apply })?;
        let patch = read_patch(&kind, body, &caller)?;
        let place = Place { namespace: call.namespace(), name, subresource };
        let (new, created) =
            self.registry.update(&caller, &call.served, place, Change::Patch(&patch)).await?;
        show::object(if created { 201 } else { 200 }, wanted, &call.served, new)
    }

    async fn delete(&self, call: &Call<'_>, name: &str) -> Result<Response<Body>, Status> {
        let wanted = call.wanted(false)?;
        let (options, cascade) = call.delete_options()?;
        let caller = call.deleter(&options);
        let place = (call.namespace(), name);
        let deleted = self.registry.delete(&caller, &call.served, place, &options).await?;
        let code = if !deleted.gone && cascade { 202 } else { 200 };
        if shows_deleted(&call.served) || !(deleted.gone || deleted.pending) {
            return show::object(code, wanted, &call.served, deleted.object);
        }
        let gvr = &call.served.gvr;
        let mut details = json!({"name": name, "kind": gvr.resource, "uid": object::uid(&deleted.object)});
        if !gvr.group.is_empty() {
            details["group"] = gvr.group.as_str().into();
        }
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
        });
        Ok(negotiate::write(code, Wanted { shape: Default::default(), ..wanted }, &status))
    }

    async fn delete_all(&self, call: &Call<'_>) -> Result<Response<Body>, Status> {
        let wanted = call.wanted(true)?;
        let asked = options::list(&call.query)?;
        let (options, _) = call.delete_options()?;
        let caller = call.deleter(&options);
        let namespace = call.target.namespace.as_deref();
        let gone = self
            .registry
            .delete_collection(&caller, &call.served, namespace, (&asked.list, &options))
            .await?;
        show::list(wanted, &call.served, gone)
    }

    /// A body of the kind `served`, decoded, defaulted, its unknown fields judged.
    #[expect(clippy::unused_self, reason = "it belongs to the verbs")]
    pub(super) fn decoded(
        &self,
        caller: &Caller,
        served: &Served,
        call: &Call<'_>,
        body: Value,
    ) -> Result<Value, Status> {
        served.decode(caller, decode::source(call.request), body)
    }
}

impl Call<'_> {
    pub(super) fn namespace(&self) -> &str {
        self.target.namespace.as_deref().unwrap_or_default()
    }

    pub(super) fn wanted(&self, list: bool) -> Result<Wanted, Status> {
        negotiate::wanted(self.request, &self.served, list)
    }

    /// Namespaced objects have a namespace in their path, others have none.
    fn check_place(&self) -> Result<(), Status> {
        let target = &self.target;
        let is_namespace = target.group.is_empty() && target.resource == "namespaces";
        let inside = target.namespace.is_some() && !is_namespace;
        let one = target.name.is_some() || *self.request.method() != Method::GET;
        let wrong = if self.served.namespaced { one && !inside } else { inside };
        if !wrong {
            return Ok(());
        }
        // Without a name, the path exists for lists alone.
        let listable = self.served.namespaced && target.name.is_none();
        Err(if listable { not_allowed() } else { missing_resource() })
    }

    pub(super) fn caller(&self, write: Write) -> Result<Caller, Status> {
        let agent = negotiate::text(self.request.headers(), header::USER_AGENT);
        let caller = options::caller(write, &self.query, agent, self.user.clone())?;
        Ok(Caller { warnings: Arc::clone(&self.warnings), ..caller })
    }

    /// What a body must be: the object, or what the subresource is of.
    pub(super) fn expected(&self, subresource: &str) -> Expected<'_> {
        match self.served.subresource(subresource) {
            Some(sub) => {
                let own = || self.served.gvr.api_version();
                let version = sub.group_version.as_ref().map_or_else(own, |(group, version)| {
                    if group.is_empty() { version.clone() } else { format!("{group}/{version}") }
                });
                Expected { kind: &sub.kind, api_version: version }
            }
            None => Expected::own(&self.served),
        }
    }

    /// Who deletes.
    fn deleter(&self, options: &DeleteOptions) -> Caller {
        Caller {
            user: self.user.clone(),
            dry_run: options.dry_run,
            warnings: Arc::clone(&self.warnings),
            ..Caller::default()
        }
    }

    fn delete_options(&self) -> Result<(DeleteOptions, bool), Status> {
        let body = decode::limited(self.request)?;
        if body.is_empty() {
            return options::delete(&self.query, None);
        }
        let value = decode::delete_options(self.request)?;
        options::delete(&self.query, Some(&value))
    }
}

/// A patch's body.
fn read_patch(kind: &str, body: &Bytes, caller: &Caller) -> Result<Patch, Status> {
    let decoding = |why: String| Status::bad_request(format!("error decoding patch: {why}"));
    Ok(match kind {
        "application/json-patch+json" => {
            for warning in patch::unknown_fields(body)? {
                caller.warn(warning);
            }
            Patch::JsonText(body.clone())
        }
        "application/merge-patch+json" => {
            repeating(Patch::Merge(patch::decode(body).map_err(decoding)?), body)
        }
        "application/strategic-merge-patch+json" => {
            repeating(Patch::Strategic(patch::decode(body).map_err(Status::bad_request)?), body)
        }
        _ => Patch::Apply { object: crate::apply::read(body)?, force: caller.force },
    })
}

/// A patch with the fields that its text repeats.
fn repeating(patch: Patch, body: &Bytes) -> Patch {
    match schema::decode(body, None, schema::Mode::Warn) {
        Ok(decoded) if !decoded.warnings.is_empty() => Patch::Repeating(Box::new(patch), decoded.warnings),
        _ => patch,
    }
}
