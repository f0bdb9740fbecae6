//! The sandbox's side: one of its own for each scenario.

use crate::{case::Step, play};
use bytes::Bytes;
use http::{Request, Response};

/// A sandbox in this process.
pub struct Sandbox(skiff_sandbox::Sandbox);

impl Sandbox {
    /// A new one, in memory, without a node, as the real control plane has none.
    pub async fn open() -> Self {
        Self(skiff_sandbox::Sandbox::open(skiff_sandbox::Options::default()).await.expect("a sandbox"))
    }

    /// Sends a request; of a watch, as many lines as the step wants.
    pub async fn call(&self, request: Request<Bytes>, step: &Step) -> Response<Bytes> {
        let (head, mut body) = self.0.call(request).await.into_parts();
        let mut text = Vec::new();
        let read = async {
            while let Some(chunk) = body.chunk().await {
                text.extend_from_slice(&chunk);
                if step.watch.is_some_and(|wanted| play::lines(&text) >= wanted) {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(play::PATIENCE, read).await;
        Response::from_parts(head, text.into())
    }
}
