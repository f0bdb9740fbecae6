//! The API over HTTP: which request is which verb on which resource, and how answers look.

mod body;
mod discovery;
mod path;
mod verbs;
mod watch;

pub use body::{Body, Chunks};

use crate::{
    registry::{Registry, User},
    status::Status,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use serde_json::Value;
use std::sync::Arc;

/// Bodies of requests may be so long, as the real server has it.
pub const MAX_BODY: usize = 3 << 20;

/// The API.
#[derive(Debug, Clone)]
pub struct Api {
    registry: Arc<Registry>,
}

impl Api {
    /// The API of a registry.
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Answers a request. Who asks stands in the request's extensions as a [`User`]; without one, it is the owner.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Body> {
        let user = request.extensions().get::<User>().cloned().unwrap_or_else(User::admin);
        let path = request.uri().path();
        let answer = match path::Target::parse(path) {
            Some(target) => self.resource(&request, target, user).await,
            None => self.other(path),
        };
        answer.unwrap_or_else(|status| refusal(&status))
    }

    /// Paths that name no resource.
    fn other(&self, path: &str) -> Result<Response<Body>, Status> {
        match path.trim_end_matches('/') {
            "/version" => Ok(json(200, &discovery::version())),
            "/healthz" | "/livez" | "/readyz" => Ok(text(200, "ok")),
            path => discovery::answer(self.registry.catalogue(), path)
                .map_or_else(|| Ok(text(404, "404 page not found\n")), |body| Ok(json(200, &body))),
        }
    }
}

/// An answer in JSON.
fn json(code: u16, body: &Value) -> Response<Body> {
    let mut bytes = body.to_string().into_bytes();
    bytes.push(b'\n');
    answer(code, "application/json", bytes)
}

/// An answer in plain text.
fn text(code: u16, body: &'static str) -> Response<Body> {
    answer(code, "text/plain; charset=utf-8", body)
}

fn answer(code: u16, media_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::Full(body.into()));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
    response
}

/// A refusal's answer.
fn refusal(status: &Status) -> Response<Body> {
    json(status.code, &status.to_json())
}
