//! `/openapi/v2` and `/openapi/v3`: the documents come from [`crate::openapi`].

use super::{Body, answer, negotiate, options::Query, text};
use crate::{
    openapi::{self, Custom},
    registry::Catalogue,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::Value;

/// The answer of an OpenAPI path; `None` for other paths.
pub(super) fn respond(
    catalogue: &Catalogue,
    request: &Request<Bytes>,
    path: &str,
    query: &Query,
) -> Option<Response<Body>> {
    let path = path.strip_prefix("/openapi/")?;
    let served = catalogue.custom().all();
    let schemas: Vec<Value> =
        served.iter().map(|custom| serde_json::from_str(custom.schema_json()).unwrap_or_default()).collect();
    let custom: Vec<Custom<'_>> = served
        .iter()
        .zip(&schemas)
        .map(|(custom, schema)| Custom { resource: &custom.resource, schema })
        .collect();
    match path {
        "v2" => Some(v2(request, &custom)),
        "v3" => {
            let mut response = text(200, openapi::index(&custom).to_string());
            response.headers_mut().remove(header::X_CONTENT_TYPE_OPTIONS);
            Some(response)
        }
        _ => Some(v3(request, path.strip_prefix("v3/")?, query, &custom)),
    }
}

fn v2(request: &Request<Bytes>, custom: &[Custom<'_>]) -> Response<Body> {
    let accept = negotiate::text(request.headers(), header::ACCEPT);
    let asked = |media_type: &str| {
        accept
            .split(',')
            .any(|clause| clause.split(';').next().is_some_and(|given| given.trim() == media_type))
    };
    if asked(openapi::V2_PROTOBUF) || asked(openapi::V2_PROTOBUF_ANSWER) {
        return answer(200, openapi::V2_PROTOBUF_ANSWER, openapi::encode_v2(custom));
    }
    if accept.is_empty() || asked("application/json") || asked("*/*") || asked("application/*") {
        return answer(200, "application/json", openapi::v2(custom));
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_ACCEPTABLE;
    response
}

fn v3(request: &Request<Bytes>, path: &str, query: &Query, custom: &[Custom<'_>]) -> Response<Body> {
    let asked = query.get("hash").map(String::as_str).filter(|hash| !hash.is_empty());
    let Some(document) = openapi::document(path.trim_end_matches('/'), asked, custom) else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let tag = format!("\"{}\"", document.hash);
    let known = negotiate::text(request.headers(), header::IF_NONE_MATCH) == tag;
    let mut response = match document.bytes {
        Some(_) if known => answer(304, "application/json", Bytes::new()),
        Some(bytes) => answer(200, "application/json", bytes),
        None => {
            let mut response = answer(301, "application/json", Bytes::new());
            let place = format!("/openapi/v3/{path}?hash={}", document.hash);
            if let Ok(place) = HeaderValue::from_str(&place) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            response
        }
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if document.immutable {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
    }
    response
}
