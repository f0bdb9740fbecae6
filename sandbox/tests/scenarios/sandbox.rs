//! The sandbox's side: one of its own for each scenario.

use crate::{case::Step, play};
use bytes::Bytes;
use http::{Request, Response};
use skiff_sandbox::{Options, api, registry::User};

/// A sandbox in this process.
pub struct Sandbox(skiff_sandbox::Sandbox);

impl Sandbox {
    /// A new one, in memory, without a node, as the real control plane has none.
    pub async fn open() -> Self {
        let options = Options { tokens: tokens(), ..Options::default() };
        Self(skiff_sandbox::Sandbox::open(options).await.expect("a sandbox opens in memory"))
    }

    /// Sends a request; of a watch, as many lines as the step wants.
    pub async fn call(&self, request: Request<Bytes>, step: &Step) -> Response<Bytes> {
        let (mut head, body) = request.into_parts();
        let answer = match self.0.admit(&head) {
            Ok(user) => {
                head.extensions.insert(user);
                self.0.call(Request::from_parts(head, body)).await
            }
            Err(status) => api::refusal(&Request::from_parts(head, ()), &status),
        };
        let (head, mut body) = answer.into_parts();
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
fn tokens() -> Vec<(String, User)> {
    let user = |name: &str, groups: &[&str]| {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let user = User { name: name.to_owned(), uid: name.to_owned(), groups, ..User::default() };
        (format!("{name}-token"), user)
    };
    vec![user("admin", &["system:masters"]), user("nobody", &[])]
}
