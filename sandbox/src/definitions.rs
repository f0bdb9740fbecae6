//! What happens to definitions of custom resources by itself: their names are judged, they are established, and their
//! objects go before they do. The real server's naming, establishing and finalizing controllers in one.

use crate::{
    crd::definition::{self, CLEANUP_FINALIZER},
    kinds::Gvr,
    object,
    registry::{Client, DeleteOptions, EventKind, ListOptions, Registry},
    status::Status,
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// Between two looks at objects that should be gone.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a definition waits at most between two looks.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// Tries of a write that others' writes get in the way of.
const MAX_TRIES: usize = 10;

fn definitions() -> Gvr {
    Gvr::new("apiextensions.k8s.io", "v1", "customresourcedefinitions")
}

/// Looks after the definitions of a registry, for as long as there is one.
pub(crate) fn look_after(registry: &Arc<Registry>) {
    let registry = Arc::downgrade(registry);
    tokio::spawn(async move {
        while let Some(client) = client(&registry) {
            // A watch that ends, because its place in the log is gone for example, begins anew with a list.
            let _ = follow(client, &registry).await;
            tokio::time::sleep(PAUSE).await;
        }
    });
}

fn client(registry: &Weak<Registry>) -> Option<Client> {
    registry.upgrade().map(|registry| Client::new(registry, "kube-apiserver"))
}

/// Treats all definitions, then each that changes.
async fn follow(client: Client, registry: &Weak<Registry>) -> Result<(), Status> {
    let list = client.list(&definitions(), None, &ListOptions::default()).await?;
    let mut watch = client.watch(&definitions(), list.resource_version)?;
    for found in list.items {
        // Whatever an earlier process began goes on.
        treat(&client, registry, &found, true).await;
    }
    // The registry may go while nothing happens.
    drop(client);
    loop {
        let event = watch.next().await?;
        let Some(client) = self::client(registry) else { return Ok(()) };
        if event.kind == EventKind::Deleted {
            // Its names are free for others of the group.
            for other in group(&client, &event.object).await {
                treat(&client, registry, &other, false).await;
            }
        } else {
            treat(&client, registry, &event.object, false).await;
        }
    }
}

/// The definitions of a definition's group.
async fn group(client: &Client, of: &Value) -> Vec<Value> {
    let wanted = object::text(of, &["spec", "group"]);
    let list = client.list(&definitions(), None, &ListOptions::default()).await;
    let mut items = list.map(|list| list.items).unwrap_or_default();
    items.retain(|item| object::text(item, &["spec", "group"]) == wanted);
    items
}

async fn treat(client: &Client, registry: &Weak<Registry>, found: &Value, first: bool) {
    if object::at(found, &["metadata", "deletionTimestamp"]).is_some() {
        if finalizers(found).iter().any(|finalizer| finalizer == CLEANUP_FINALIZER)
            && (first || !in_progress(found))
        {
            let (registry, name) = (registry.clone(), object::name(found).to_owned());
            tokio::spawn(async move { clean_up(&registry, &name).await });
        }
        return;
    }
    let others = group(client, found).await;
    let others: Vec<&Value> = others.iter().collect();
    if let Some(judged) = definition::names_and_conditions(found, &others, &now()) {
        // A conflict means that a newer version comes by in a moment.
        let _ = client.update(&definitions(), Some("status"), judged).await;
    }
}

fn finalizers(object: &Value) -> Vec<String> {
    let list = object::at(object, &["metadata", "finalizers"]).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether the clean-up has begun, and this process is at it.
fn in_progress(definition: &Value) -> bool {
    let conditions = object::at(definition, &["status", "conditions"]).and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        object::text(condition, &["type"]) == "Terminating"
            && matches!(
                object::text(condition, &["reason"]),
                "InstanceDeletionInProgress" | "InstanceDeletionCompleted" | "NeverEstablished"
            )
    })
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes a change of a definition as often as it takes.
async fn write(
    registry: &Weak<Registry>,
    name: &str,
    part: Option<&str>,
    change: impl Fn(Value) -> Value,
) -> Option<Value> {
    for _ in 0..MAX_TRIES {
        let client = client(registry)?;
        let found = client.get(&definitions(), None, name).await.ok()?;
        match client.update(&definitions(), part, change(found)).await {
            Ok(written) => return Some(written),
            Err(status) if status.code == 409 => {}
            Err(_) => return None,
        }
    }
    None
}

async fn terminating(
    registry: &Weak<Registry>,
    name: &str,
    status: &str,
    reason: &str,
    message: &str,
) -> Option<Value> {
    let change = |found: Value| definition::terminating(&found, status, reason, message, &now());
    write(registry, name, Some("status"), change).await
}

/// Deletes the objects of a definition, waits until they are gone, and lets the definition go.
async fn clean_up(registry: &Weak<Registry>, name: &str) {
    let begun = terminating(
        registry,
        name,
        "True",
        "InstanceDeletionInProgress",
        "CustomResource deletion is in progress",
    );
    let Some(found) = begun.await else { return };
    let established = crate::crd::is_established(&found);
    if established {
        let plural = object::text(&found, &["status", "acceptedNames", "plural"]);
        let group = object::text(&found, &["spec", "group"]);
        let served = object::at(&found, &["spec", "versions"]).and_then(Value::as_array);
        // Objects in the version that they are stored in need no webhook.
        let served =
            served.into_iter().flatten().filter(|version| version.get("served") == Some(&json!(true)));
        let version = served
            .max_by_key(|version| version.get("storage") == Some(&json!(true)))
            .map(|version| object::text(version, &["name"]));
        if let Some(version) = version {
            empty(registry, &Gvr::new(group, version, plural)).await;
        }
    }
    let (reason, message) = if established {
        ("InstanceDeletionCompleted", "removed all instances")
    } else {
        ("NeverEstablished", "resource was never established")
    };
    terminating(registry, name, "False", reason, message).await;
    write(registry, name, None, |mut found| {
        let mut left = finalizers(&found);
        left.retain(|finalizer| finalizer != CLEANUP_FINALIZER);
        found["metadata"]["finalizers"] = json!(left);
        found
    })
    .await;
}

/// Deletes all objects of a resource and returns when there are none; their own finalizers may take their time.
async fn empty(registry: &Weak<Registry>, resource: &Gvr) {
    let mut pause = PAUSE;
    while let Some(client) = client(registry) {
        let Ok(list) = client.list(resource, None, &ListOptions::default()).await else { return };
        if list.items.is_empty() {
            return;
        }
        for item in list.items {
            if object::at(&item, &["metadata", "deletionTimestamp"]).is_some() {
                continue;
            }
            let namespace = object::text(&item, &["metadata", "namespace"]);
            let namespace = (!namespace.is_empty()).then_some(namespace);
            // What another deleted meanwhile is gone as well.
            let _ = client.delete(resource, namespace, object::name(&item), DeleteOptions::default()).await;
        }
        drop(client);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
