//! Watches as answers: a line of JSON for each event.

use super::Body;
use crate::registry::Watch;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde_json::json;
use std::time::Duration;

/// The answer of a watch that ends after `timeout`.
pub(super) fn answer(watch: Watch, timeout: Duration) -> Response<Body> {
    let end = tokio::time::Instant::now() + timeout;
    let body = Body::stream(Some(watch), move |watch| async move {
        let mut watch = watch?;
        let next = tokio::time::timeout_at(end, watch.next()).await.ok()?;
        match next {
            Ok(event) => {
                let line = json!({"type": event.kind.text(), "object": *event.object});
                Some((Bytes::from(format!("{line}\n")), Some(watch)))
            }
            Err(status) => {
                let line = json!({"type": "ERROR", "object": status.to_json()});
                Some((Bytes::from(format!("{line}\n")), None))
            }
        }
    });
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
