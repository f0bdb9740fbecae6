//! The server on its port: its certificate, and the limits that its connections keep.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use reqwest::{Certificate, Client, Response, StatusCode};
use serde_json::{Value, json};
use skiff_sandbox::{
    auth::Mode,
    server::{Config, Files, Running, run},
};
use std::{sync::Once, time::Duration};
use tokio::{sync::oneshot, time::timeout};

/// As `sandbox/src/server/serve.rs` has it.
const MAX_STREAMS: usize = 250;

/// A server in a folder of its own, and a client that knows its authority and token.
struct Served {
    client: Client,
    url: String,
    token: String,
    authority: String,
    stop: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Served {
    async fn start(http1: bool) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().join("box"));
        let config = Config {
            name: "box".to_owned(),
            files: files.clone(),
            port: None,
            authorization: Mode::Rbac,
            ephemeral: true,
            kube_version: None,
        };
        let (stop, stopped) = oneshot::channel();
        let (ready, running) = oneshot::channel::<Running>();
        let serving = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            run(config, stopped, |running| drop(ready.send(running.clone()))).await.unwrap();
        });
        let running = running.await.expect("it starts");
        let secrets = files.secrets(jiff::Timestamp::now()).unwrap();
        let authority = secrets.certificates.authority.clone();
        let mut client = Client::builder()
            .tls_certs_only([Certificate::from_pem(authority.as_bytes()).unwrap()])
            .no_proxy();
        if http1 {
            client = client.http1_only();
        }
        let url = format!("https://127.0.0.1:{}", running.port);
        let client = client.build().unwrap();
        Self { client, url, token: secrets.token, authority, stop, serving, _folder: folder }
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    async fn post(&self, media_type: &str, body: impl Into<Bytes>) -> (StatusCode, String) {
        let url = format!("{}/api/v1/namespaces/default/configmaps", self.url);
        let sent = self.client.post(url).bearer_auth(&self.token).header("content-type", media_type);
        told(sent.body(body.into()).send().await.unwrap()).await
    }

    async fn end(self) {
        let _ = self.stop.send(());
        self.serving.await.unwrap();
    }
}

/// The code and the message of a refusal.
async fn told(answer: Response) -> (StatusCode, String) {
    let (code, text) = (answer.status(), answer.text().await.unwrap());
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{code}: {text}"));
    (code, body["message"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_namespace_has_the_certificate_of_the_servers_authority() {
    let served = Served::start(false).await;
    let path = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt";
    let mut found = Value::Null;
    for _ in 0..200 {
        let text = served.get(path).send().await.unwrap().text().await.unwrap();
        found = serde_json::from_str(&text).unwrap();
        if found["kind"] == "ConfigMap" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(found["data"], json!({"ca.crt": served.authority}), "{found}");
    assert!(served.authority.starts_with("-----BEGIN CERTIFICATE-----"));
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_has_so_many_streams_and_one_more_waits() {
    let served = Served::start(false).await;
    let watch = "/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0&timeoutSeconds=60";
    let mut watches = Vec::new();
    for _ in 0..MAX_STREAMS {
        let answer = timeout(Duration::from_secs(20), served.get(watch).send()).await.expect("it begins");
        let answer = answer.unwrap();
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        assert_eq!(answer.status(), StatusCode::OK);
        watches.push(answer);
    }
    let one_more = served.get("/version").send();
    tokio::pin!(one_more);
    let waits = timeout(Duration::from_millis(500), &mut one_more).await;
    assert!(waits.is_err(), "it was answered beside {MAX_STREAMS} others");
    drop(watches.pop());
    let answer = timeout(Duration::from_secs(20), one_more).await.expect("there is room now").unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    drop(watches);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_too_long_are_refused_and_others_are_answered_after_them() {
    for http1 in [false, true] {
        let served = Served::start(http1).await;
        let long = served.get("/version").header("x-long", "a".repeat(100_000)).send().await;
        // A client may also see the connection end before it has read the answer.
        if let Ok(answer) = long {
            assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "HTTP/1: {http1}");
        }
        let many = (0..2_000).fold(served.get("/version"), |request, number| {
            request.header(format!("x-{number}"), "0123456789012345678901234567890123456789")
        });
        if let Ok(answer) = many.send().await {
            assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "HTTP/1: {http1}");
        }
        let fine = served.get("/version").header("x-fine", "a".repeat(8_000)).send().await.unwrap();
        assert_eq!(fine.status(), StatusCode::OK);
        served.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_long_are_refused() {
    for http1 in [false, true] {
        let served = Served::start(http1).await;
        let name = "a".repeat((3 << 20) + 1);
        let (code, message) = served.post("application/json", format!("\"{name}\"")).await;
        let wanted = "Request entity too large: limit is 3145728";
        assert_eq!((code, message.as_str()), (StatusCode::PAYLOAD_TOO_LARGE, wanted));
        served.end().await;
    }
}

/// `{"apiVersion": …, "x": OPEN OPEN … CLOSE CLOSE}`
fn nested(levels: usize, open: &str, close: &str) -> String {
    let (open, close) = (open.repeat(levels), close.repeat(levels));
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"deep\"}},\"x\":{open}1{close}}}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_nest_too_deeply_are_refused() {
    let served = Served::start(false).await;
    let (code, _) = served.post("application/json", nested(90, "[", "]")).await;
    assert_eq!(code, StatusCode::CREATED);
    let patches = format!("{}/api/v1/namespaces/default/configmaps/deep", served.url);
    for levels in [101, 130, 11_000, 500_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let body = nested(levels, open, close);
            if body.len() > 3 << 20 {
                continue;
            }
            for media_type in ["application/json", "application/yaml"] {
                let (code, message) = served.post(media_type, body.clone()).await;
                assert_eq!(
                    code,
                    StatusCode::BAD_REQUEST,
                    "{media_type}, {levels} levels of {open}: {message}"
                );
                assert!(message.contains("exceeded max depth"), "{media_type}, {levels}: {message}");
            }
            for media_type in [
                "application/merge-patch+json",
                "application/strategic-merge-patch+json",
                "application/apply-patch+yaml?fieldManager=a",
            ] {
                let (media_type, query) = media_type.split_once('?').unwrap_or((media_type, ""));
                let sent = served.client.patch(format!("{patches}?{query}")).bearer_auth(&served.token);
                let sent = sent.header("content-type", media_type).body(body.clone());
                let (code, message) = told(sent.send().await.unwrap()).await;
                assert!(!code.is_success(), "{media_type}, {levels} levels of {open}: {message}");
            }
        }
    }
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patches_that_nest_more_and_more_are_refused() {
    let served = Served::start(false).await;
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            }}}],
        },
    });
    let send = |method, path: &str, media_type, body: &Value| {
        let request =
            served.client.request(method, format!("{}{path}", served.url)).bearer_auth(&served.token);
        request.header("content-type", media_type).body(body.to_string()).send()
    };
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let made = send(reqwest::Method::POST, definitions, "application/json", &definition).await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let things = "/apis/example.com/v1/namespaces/default/things";
    let thing = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "x": {}});
    for _ in 0..100 {
        let made = send(reqwest::Method::POST, things, "application/json", &thing).await.unwrap();
        if made.status() == StatusCode::CREATED {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let deeper = [
        json!({"op": "add", "path": "/n", "value": {}}),
        json!({"op": "move", "from": "/x", "path": "/n/x"}),
        json!({"op": "move", "from": "/n", "path": "/x"}),
    ];
    let operations: Vec<Value> = deeper.iter().cycle().take(9_999).cloned().collect();
    let patch = json!(operations);
    let media_type = "application/json-patch+json";
    let (code, message) =
        told(send(reqwest::Method::PATCH, &format!("{things}/a"), media_type, &patch).await.unwrap()).await;
    assert_eq!((code, message.as_str()), (StatusCode::BAD_REQUEST, "exceeded max depth"));
    let text = served.get(&format!("{things}/a")).send().await.unwrap().text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["x"], json!({}), "{text}");
    served.end().await;
}
