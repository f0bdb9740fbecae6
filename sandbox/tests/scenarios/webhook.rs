//! A webhook that both sides can call: HTTPS on loopback, answering by the path.
//!
//! Scenarios write `{webhook}` for its address and `{ca}` for the bundle that its certificate is trusted by:
//!
//! | path | answer |
//! |---|---|
//! | `/allow`, `/deny` | yes, or no without a word |
//! | `/deny-message` | no, with code, reason and message |
//! | `/warn` | yes, with a warning |
//! | `/label/KEY/VALUE` | yes, with a patch that sets a label |
//! | `/count` | yes, with a patch that counts the annotation `count` on |
//! | `/review` | yes, with a patch that keeps the request in the annotation `review` |
//! | `/bad-patch`, `/half-patch`, `/other-uid`, `/nothing`, `/garbage` | nonsense |
//! | `/status/500` | that status |
//! | `/slow` | nothing for ten seconds |
//! | `/convert` | a ConversionReview's objects: `spec.hostPort` in `v1beta1`, `spec.host` and `spec.port` elsewhere |
//! | `/convert/KIND` | the same, and what is wrong with it is `KIND`: see [`damaged`] |

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// Where the webhook is, and whom to trust.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// `https://127.0.0.1:1234`.
    pub url: String,
    /// PEM in base64, as `caBundle` wants it.
    pub ca: String,
}

impl Webhook {
    /// Starts it, for as long as the process runs.
    pub async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1", "hook.default.svc"].map(str::to_owned))
            .expect("a certificate");
        let key = made.signing_key.serialize_der().try_into().expect("a key");
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a configuration");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who does not trust the certificate hangs up.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = hyper::service::service_fn(answer);
                    let io = hyper_util::rt::TokioIo::new(stream);
                    let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
                });
            }
        });
        let ca = base64::engine::general_purpose::STANDARD.encode(made.cert.pem());
        Self { url, ca }
    }
}

async fn answer(request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let review: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut status = 200;
    let text = match path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["status", code] => {
            status = code.parse().unwrap_or(500);
            "out of order".to_owned()
        }
        ["garbage"] => "what?".to_owned(),
        ["nothing"] => json!({"apiVersion": review["apiVersion"], "kind": "AdmissionReview"}).to_string(),
        ["slow"] => {
            tokio::time::sleep(Duration::from_secs(10)).await;
            String::new()
        }
        ["convert", how @ ..] => damaged(&review, how.first().copied()).to_string(),
        words => {
            let mut response = response(words, &review["request"]);
            if words != ["other-uid"] {
                response["uid"] = review["request"]["uid"].clone();
            }
            json!({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response})
                .to_string()
        }
    };
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Full::new(Bytes::from(text))).expect("a response"))
}

fn response(words: &[&str], request: &Value) -> Value {
    let patched = |patch: Value| {
        let patch = base64::engine::general_purpose::STANDARD.encode(patch.to_string());
        json!({"allowed": true, "patchType": "JSONPatch", "patch": patch})
    };
    let annotate = |key: &str, value: String| {
        let mut annotations = request["object"]["metadata"]["annotations"].clone();
        if !annotations.is_object() {
            annotations = json!({});
        }
        annotations[key] = value.into();
        patched(json!([{"op": "add", "path": "/metadata/annotations", "value": annotations}]))
    };
    match words {
        ["deny"] => json!({"allowed": false}),
        ["deny-message"] => json!({
            "allowed": false, "status": {"code": 403, "reason": "Forbidden", "message": "not on my watch"},
        }),
        ["warn"] => json!({"allowed": true, "warnings": ["mind the gap"]}),
        ["label", key, value] => {
            let mut labels = request["object"]["metadata"]["labels"].clone();
            if !labels.is_object() {
                labels = json!({});
            }
            labels[*key] = (*value).into();
            patched(json!([{"op": "add", "path": "/metadata/labels", "value": labels}]))
        }
        ["count"] => {
            let count = request["object"]["metadata"]["annotations"]["count"].as_str().unwrap_or("0");
            annotate("count", (count.parse::<u32>().unwrap_or(0) + 1).to_string())
        }
        ["review"] => {
            let mut request = request.clone();
            if let Some(request) = request.as_object_mut() {
                request.remove("uid");
            }
            for side in ["object", "oldObject"] {
                for key in ["managedFields", "annotations", "resourceVersion"] {
                    if let Some(metadata) = request[side]["metadata"].as_object_mut() {
                        metadata.remove(key);
                    }
                }
            }
            annotate("review", request.to_string())
        }
        ["bad-patch"] => json!({"allowed": true, "patchType": "JSONPatch", "patch": "e30K"}),
        ["half-patch"] => json!({"allowed": true, "patch": "W10K"}),
        _ => json!({"allowed": true}),
    }
}

/// The answer to a ConversionReview.
fn converted(review: &Value) -> Value {
    let request = &review["request"];
    let wanted = request["desiredAPIVersion"].as_str().unwrap_or_default();
    let objects = request["objects"].as_array().cloned().unwrap_or_default();
    let objects: Vec<Value> = objects.into_iter().map(|object| convert(object, wanted)).collect();
    json!({
        "apiVersion": review["apiVersion"], "kind": "ConversionReview",
        "response": {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects},
    })
}

fn convert(mut object: Value, wanted: &str) -> Value {
    object["apiVersion"] = wanted.into();
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else { return object };
    if wanted.ends_with("/v1beta1") {
        if let (Some(Value::String(host)), Some(port)) = (spec.remove("host"), spec.remove("port")) {
            spec.insert("hostPort".to_owned(), format!("{host}:{port}").into());
        }
    } else if let Some(Value::String(both)) = spec.remove("hostPort") {
        let (host, port) = both.split_once(':').unwrap_or((&both, "0"));
        spec.insert("host".to_owned(), host.into());
        spec.insert("port".to_owned(), port.parse::<u64>().unwrap_or_default().into());
    }
    object
}

/// Answers with one thing wrong in them.
fn damaged(review: &Value, how: Option<&str>) -> Value {
    let mut answer = converted(review);
    let response = &mut answer["response"];
    match how {
        None => {}
        Some("failed") => response["result"] = json!({"status": "Failure", "message": "no way"}),
        Some("speechless") => response["result"] = json!({"status": "Failure"}),
        Some("other-uid") => response["uid"] = "0".into(),
        Some("none") => response["convertedObjects"] = json!([]),
        Some("no-response") => *response = Value::Null,
        Some("other-kind") => answer["kind"] = "Review".into(),
        Some("extra") => response["convertedObjects"][0]["spec"]["extra"] = "e".into(),
        Some("version") => response["convertedObjects"][0]["apiVersion"] = "example.com/v7".into(),
        Some("kind") => response["convertedObjects"][0]["kind"] = "Bar".into(),
        Some("name") => response["convertedObjects"][0]["metadata"]["name"] = "other".into(),
        Some("uid") => response["convertedObjects"][0]["metadata"]["uid"] = "other".into(),
        Some("finalizers") => response["convertedObjects"][0]["metadata"]["finalizers"] = json!(["a.b/c"]),
        Some("label") => {
            response["convertedObjects"][0]["metadata"]["labels"] = json!({"made": "by-webhook"})
        }
        Some("bad-label") => {
            response["convertedObjects"][0]["metadata"]["labels"] = json!({"made": "by webhook"})
        }
        Some("number-label") => response["convertedObjects"][0]["metadata"]["labels"] = json!({"made": 1}),
        Some("labels-list") => response["convertedObjects"][0]["metadata"]["labels"] = json!([]),
        Some("no-metadata") => response["convertedObjects"][0]["metadata"] = Value::Null,
        Some("text") => response["convertedObjects"][0] = "text".into(),
        Some(other) => panic!("no such damage: {other}"),
    }
    answer
}
