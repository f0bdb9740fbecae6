//! A webhook behind a Service: no process stands behind one in the sandbox, unless its address is told.

#![allow(unreachable_pub, reason = "modules of a test binary have no outside")]

#[path = "scenarios/webhook.rs"]
mod webhook;

use serde_json::{Value, json};
use skiff_sandbox::{Options, Sandbox, kinds::Gvr};
use webhook::Webhook;

fn configuration(ca: &str, service: Value) -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "labels"},
        "webhooks": [{
            "name": "labels.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "timeoutSeconds": 5, "clientConfig": {"caBundle": ca, "service": service},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
        }],
    })
}

#[tokio::test]
async fn a_webhook_behind_a_service_is_called_where_its_address_is_told() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let webhook = Webhook::start().await;
    let address = webhook.url.trim_start_matches("https://").parse().unwrap();
    let services = [("default/hook".to_owned(), address)].into();
    let sandbox = Sandbox::open(Options { services, ..Options::default() }).await.unwrap();
    let client = sandbox.client();
    let hooks = Gvr::new("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations");
    let maps = Gvr::new("", "v1", "configmaps");
    let service = json!({"namespace": "default", "name": "hook", "path": "/label/x/y"});
    client.create(&hooks, None, configuration(&webhook.ca, service)).await.unwrap();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let made = client.create(&maps, Some("default"), map.clone()).await.unwrap();
    assert_eq!(made["metadata"]["labels"], json!({"x": "y"}));

    let elsewhere = json!({"namespace": "default", "name": "nobody", "path": "/allow"});
    let mut changed = client.get(&hooks, None, "labels").await.unwrap();
    changed["webhooks"][0]["clientConfig"]["service"] = elsewhere;
    client.update(&hooks, None, changed).await.unwrap();
    let refused = client.create(&maps, Some("default"), map).await.unwrap_err();
    assert_eq!(
        refused.message,
        "Internal error occurred: failed calling webhook \"labels.example.com\": failed to call webhook: \
         Post \"https://nobody.default.svc:443/allow?timeout=5s\": service \"nobody\" not found"
    );
}
