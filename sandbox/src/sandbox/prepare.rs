//! What every cluster has from the start, as the real API server makes it.

use crate::{
    auth::rbac,
    kinds::Gvr,
    object,
    registry::{Client, Registry},
    status::Status,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The namespaces of the system.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Makes what is missing. Objects are written at the same time, so that a store on disk waits for it once.
pub(super) async fn prepare(client: &Client) -> Result<(), Status> {
    let namespaces =
        NAMESPACES.map(|name| (Gvr::new("", "v1", "namespaces"), json!({"metadata": {"name": name}})));
    make_all(client, namespaces).await?;
    let roles = rbac::defaults().map(|object| {
        let kind = object::text(&object, &["kind"]).to_lowercase();
        (Gvr::new(rbac::GROUP, "v1", format!("{kind}s")), object)
    });
    make_all(client, roles.chain(own())).await
}

/// What belongs to the API server itself.
fn own() -> Vec<(Gvr, Value)> {
    let class = |name: &str, value: i64, description: &str| {
        let object = json!({"metadata": {"name": name}, "value": value, "description": description});
        (Gvr::new("scheduling.k8s.io", "v1", "priorityclasses"), object)
    };
    let service = json!({
        "metadata": {
            "name": "kubernetes", "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": "10.96.0.1",
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}],
        },
    });
    vec![
        (Gvr::new("", "v1", "services"), service),
        class(
            "system-cluster-critical",
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
        class(
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
        (
            Gvr::new("networking.k8s.io", "v1", "servicecidrs"),
            json!({"metadata": {"name": "kubernetes"}, "spec": {"cidrs": ["10.96.0.0/16"]}}),
        ),
    ]
}

async fn make_all(client: &Client, objects: impl IntoIterator<Item = (Gvr, Value)>) -> Result<(), Status> {
    let mut making = JoinSet::new();
    for (gvr, object) in objects {
        if there(client.registry(), &gvr, &object)? {
            continue;
        }
        let client = client.clone();
        making.spawn(async move {
            let namespace = object::namespace(&object).to_owned();
            match client.create(&gvr, Some(&namespace), object).await {
                Err(status) if status.code != 409 => Err(status),
                _ => Ok(()),
            }
        });
    }
    while let Some(made) = making.join_next().await {
        made.map_err(Status::internal)??;
    }
    Ok(())
}

fn there(registry: &Registry, gvr: &Gvr, object: &Value) -> Result<bool, Status> {
    let served = registry.resource(gvr)?;
    match registry.get(&served, object::namespace(object), object::name(object)) {
        Ok(_) => Ok(true),
        Err(status) if status.code == 404 => Ok(false),
        Err(status) => Err(status),
    }
}
