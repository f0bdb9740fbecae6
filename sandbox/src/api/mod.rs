//! The API over HTTP: which request is which verb on which resource, and how answers look.

mod access;
mod body;
mod decode;
mod discovery;
mod documents;
mod health;
mod negotiate;
mod options;
mod path;
mod pods;
mod show;
mod subresources;
mod verbs;
mod watch;

pub use access::Access;
pub use body::{Body, Chunks};

use crate::{
    registry::{Registry, User},
    status::Status,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use std::sync::Arc;

/// Bodies of requests may be so long, as the real server has it.
pub const MAX_BODY: usize = 3 << 20;

/// The version whose behaviour this is.
pub const KUBE_VERSION: &str = "v1.36.3";

/// The API.
#[derive(Debug, Clone)]
pub struct Api {
    registry: Arc<Registry>,
    access: Arc<Access>,
    kube_version: Option<Arc<str>>,
}

impl Api {
    /// The API of a registry, for those whom `access` lets in; it reports `kube_version`, or its own.
    #[must_use]
    pub fn new(registry: Arc<Registry>, access: Arc<Access>, kube_version: Option<String>) -> Self {
        Self { registry, access, kube_version: kube_version.map(Into::into) }
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Answers a request. Who asks stands in the request's extensions as a [`User`]; without one, it is the owner.
    ///
    /// What changes anything comes to its end even if the answer is no longer waited for: else what is noted of a write
    /// beside the store (which addresses are taken, which resources there are) could be lost.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Body> {
        if [Method::GET, Method::HEAD].contains(request.method()) {
            return self.respond(request).await;
        }
        let api = self.clone();
        match tokio::spawn(async move { api.respond(request).await }).await {
            Ok(response) => response,
            Err(error) => {
                let status = Status::internal(error);
                negotiate::write(status.code, negotiate::for_errors(&Request::new(())), &status.to_json())
            }
        }
    }

    async fn respond(&self, request: Request<Bytes>) -> Response<Body> {
        let user = request.extensions().get::<User>().cloned().unwrap_or_else(User::admin);
        let answer = self.answer(&request, user).await;
        let mut response = answer.unwrap_or_else(|status| refusal(&request, &status));
        let headers = response.headers_mut();
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache, private"));
        response
    }

    /// Who sends a request with this head: its token's user, or whom that one acts as.
    ///
    /// # Errors
    /// 401, 403 and 400 as the real server.
    pub fn admit(&self, head: &Parts) -> Result<User, Status> {
        self.access.admit(&*self.registry, head)
    }

    async fn answer(&self, request: &Request<Bytes>, user: User) -> Result<Response<Body>, Status> {
        self.access.check(&*self.registry, &user, request.method(), request.uri())?;
        let path = request.uri().path();
        match path::Target::parse(path) {
            Some(target) if self.known(&target) => self.resource(request, target, user).await,
            Some(_) => Ok(unknown_path()),
            None => self.other(request, path),
        }
    }

    /// Whether a group is served at all.
    fn known(&self, target: &path::Target) -> bool {
        self.registry.catalogue().groups().iter().any(|group| group.name == target.group)
    }

    /// Paths that name no resource.
    fn other(&self, request: &Request<Bytes>, path: &str) -> Result<Response<Body>, Status> {
        let read = [Method::GET, Method::HEAD].contains(request.method());
        let trimmed = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let query = path::query(request.uri().query().unwrap_or_default());
        if let Some(response) = health::answer(trimmed, &query) {
            return Ok(response);
        }
        if let Some(response) = self.access.keys(request, trimmed)? {
            return Ok(response);
        }
        if let Some(response) = documents::respond(self.registry.catalogue(), request, trimmed, &query) {
            return Ok(response);
        }
        if trimmed == "/version" {
            if !read {
                return Err(verbs::not_allowed());
            }
            let reported = self.kube_version.as_deref().unwrap_or(KUBE_VERSION);
            let body = serde_json::to_vec_pretty(&discovery::version(reported)).unwrap_or_default();
            return Ok(answer(200, "application/json", body));
        }
        let Some(response) = discovery::answer(self.registry.catalogue(), request, trimmed)? else {
            return Ok(unknown_path());
        };
        if read { Ok(response) } else { Err(verbs::not_allowed()) }
    }
}

/// The answer of a refusal, in the form that `request` accepts.
#[must_use]
pub fn refusal<B>(request: &Request<B>, status: &Status) -> Response<Body> {
    negotiate::write(status.code, negotiate::for_errors(request), &status.to_json())
}

fn unknown_path() -> Response<Body> {
    text(404, "404 page not found\n")
}

/// An answer in plain text.
fn text(code: u16, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = answer(code, "text/plain; charset=utf-8", body);
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn answer(code: u16, media_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::Full(body.into()));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Adds `Warning` headers: code 299, no agent, the text quoted.
fn warn(response: &mut Response<Body>, warnings: &[String]) {
    for warning in warnings {
        let mut quoted = String::with_capacity(warning.len() + 8);
        for c in warning.chars() {
            match c {
                '"' | '\\' => quoted.extend(['\\', c]),
                c if c.is_control() => quoted.push(' '),
                c => quoted.push(c),
            }
        }
        if let Ok(value) = HeaderValue::from_bytes(format!("299 - \"{quoted}\"").as_bytes()) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}
