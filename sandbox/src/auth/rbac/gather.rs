//! Keeps aggregated cluster roles as their parts are.

use super::{GROUP, aggregate, gvr};
use crate::{
    object,
    registry::{Client, ListOptions, Patch, Registry},
    status::Status,
};
use serde_json::json;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// The field manager of the real controller.
const MANAGER: &str = "clusterrole-aggregation-controller";
/// How long is waited after a failure.
const PAUSE: Duration = Duration::from_millis(100);

/// Gathers rules whenever a cluster role changes, as long as the sandbox lives.
pub fn look_after(registry: &Arc<Registry>) {
    let registry = Arc::downgrade(registry);
    tokio::spawn(async move {
        while registry.strong_count() > 0 {
            // A watch that ends, because its place in the log is gone for example, begins anew with a list.
            let _ = follow(&registry).await;
            tokio::time::sleep(PAUSE).await;
        }
    });
}

/// Gathers once, then with each change, until the watch breaks.
async fn follow(registry: &Weak<Registry>) -> Result<(), Status> {
    let client = || registry.upgrade().map(|registry| Client::new(registry, MANAGER));
    let Some(first) = client() else { return Ok(()) };
    let mut at = gather(&first).await?;
    let mut watch = first.watch(&gvr("clusterroles"), at)?;
    // The registry may go while nothing happens.
    drop(first);
    loop {
        let event = watch.next().await?;
        if event.revision > at {
            let Some(client) = client() else { return Ok(()) };
            at = gather(&client).await?;
        }
    }
}

/// Writes the rules of every role that has others; returns the revision that was looked at.
async fn gather(client: &Client) -> Result<u64, Status> {
    let list = client.list(&gvr("clusterroles"), None, &ListOptions::default()).await?;
    for role in &list.items {
        let Some(rules) = aggregate(role, &list.items) else { continue };
        let name = object::name(role);
        let mut wanted = json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole", "metadata": {"name": name},
        });
        // No rules are not said, and so owned by nobody.
        if !rules.is_empty() {
            wanted["rules"] = rules.into();
        }
        let patch = Patch::Apply { object: wanted, force: true };
        client.patch(&gvr("clusterroles"), None, None, name, patch).await?;
    }
    Ok(list.resource_version)
}
