//! The sandbox's side: one of its own for each scenario.

use crate::case::Step;
use bytes::Bytes;
use http::{Request, Response};

/// A sandbox in this process.
pub struct Sandbox;

impl Sandbox {
    /// A new one, in memory, without a node, as the real control plane has none.
    #[expect(clippy::unused_async, reason = "opening will be")]
    pub async fn open() -> Self {
        Self
    }

    /// Sends a request; of a watch, as many lines as the step wants.
    #[expect(clippy::unused_async, reason = "calls will be")]
    pub async fn call(&self, _request: Request<Bytes>, _step: &Step) -> Response<Bytes> {
        Response::new(Bytes::new())
    }
}
