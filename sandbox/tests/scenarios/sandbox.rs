//! The sandbox's side: one of its own for each scenario.

use crate::{case::Step, play};
use bytes::Bytes;
use http::{Request, Response};
use skiff_sandbox::{Options, registry::User};

/// A sandbox in this process.
pub struct Sandbox(skiff_sandbox::Sandbox);

impl Sandbox {
    /// A new one, in memory, without a node, as the real control plane has none.
    pub async fn open() -> Self {
        Self(skiff_sandbox::Sandbox::open(Options::default()).await.expect("a sandbox opens in memory"))
    }

    /// Sends a request; of a watch, as many lines as the step wants.
    pub async fn call(&self, mut request: Request<Bytes>, step: &Step) -> Response<Bytes> {
        request.extensions_mut().insert(user(step));
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

/// The users of the real control plane's token file (tests/peers/cluster.sh).
fn user(step: &Step) -> User {
    match step.user.as_deref() {
        Some("nobody") => User {
            name: "nobody".to_owned(),
            uid: "nobody".to_owned(),
            groups: vec!["system:authenticated".to_owned()],
            ..User::default()
        },
        Some("none") => User {
            name: "system:anonymous".to_owned(),
            groups: vec!["system:unauthenticated".to_owned()],
            ..User::default()
        },
        _ => User::admin(),
    }
}
