//! Posting to webhooks: HTTPS with the configuration's own authorities.

use crate::object;
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpStream;

/// Longest answer.
const MAX_ANSWER: usize = 8 << 20;
/// Seconds, where a configuration gives none.
const DEFAULT_TIMEOUT: u64 = 10;
/// Most seconds that a configuration may ask for.
pub(crate) const MAX_TIMEOUT: u64 = 30;

/// Where the services of webhooks answer: `namespace/name` to an address. No process stands behind a Service in the
/// sandbox, so those that should be reached are told here.
pub(crate) type Services = BTreeMap<String, SocketAddr>;

/// How services are reached.
pub(crate) struct Reach<'a> {
    /// Where they answer.
    pub(crate) services: &'a Services,
    /// The cluster address of a service (namespace, name), if there is one: what a refused connection names.
    pub(crate) address: &'a (dyn Fn(&str, &str) -> Option<String> + Send + Sync),
}

/// Where to post.
struct Target {
    /// As it stands in messages.
    url: String,
    host: String,
    port: u16,
    path: String,
    /// Where to connect instead of looking the host up.
    address: Option<SocketAddr>,
}

/// Posts a review to a webhook (an object with `clientConfig` and perhaps `timeoutSeconds`), and reads the answer.
///
/// # Errors
/// What Go's client would say.
pub(crate) async fn post(webhook: &Value, review: &Value, reach: &Reach<'_>) -> Result<Value, String> {
    let seconds = webhook.get("timeoutSeconds").and_then(Value::as_u64).unwrap_or(DEFAULT_TIMEOUT);
    let seconds = seconds.clamp(1, MAX_TIMEOUT);
    let target = target(webhook, reach, seconds)?;
    let told = |why: String| format!("Post {:?}: {why}", target.url);
    let work = exchange(webhook, &target, review);
    match tokio::time::timeout(Duration::from_secs(seconds), work).await {
        Err(_) => Err(told("context deadline exceeded".to_owned())),
        Ok(Err(Refused::Transport(why))) => Err(told(why)),
        Ok(Err(Refused::Answer(why))) => Err(why),
        Ok(Ok(answer)) => Ok(answer),
    }
}

fn target(webhook: &Value, reach: &Reach<'_>, seconds: u64) -> Result<Target, String> {
    let config = webhook.get("clientConfig").unwrap_or(&Value::Null);
    if let Some(service) = config.get("service").filter(|service| service.is_object()) {
        let (namespace, name) = (object::text(service, &["namespace"]), object::text(service, &["name"]));
        let port = service.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
        let port = port.unwrap_or(443);
        let path = object::text(service, &["path"]);
        let path = if path.is_empty() { "/" } else { path };
        let host = format!("{name}.{namespace}.svc");
        let url = format!("https://{host}:{port}{path}?timeout={seconds}s");
        let address = reach.services.get(&format!("{namespace}/{name}")).copied();
        if address.is_none() {
            let why = match (reach.address)(namespace, name) {
                None => format!("service {name:?} not found"),
                Some(ip) => format!("dial tcp {ip}:{port}: connect: connection refused"),
            };
            return Err(format!("Post {url:?}: {why}"));
        }
        return Ok(Target { url, host, port, path: format!("{path}?timeout={seconds}s"), address });
    }
    let url = object::text(config, &["url"]);
    let parsed: http::Uri = url.parse().map_err(|error| format!("Unparsable URL: {error}"))?;
    let host = parsed.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let path = parsed.path().to_owned();
    let authority = parsed.authority().map_or("", |authority| authority.as_str());
    Ok(Target {
        url: format!("https://{authority}{path}?timeout={seconds}s"),
        port: parsed.port_u16().unwrap_or(443),
        path: format!("{path}?timeout={seconds}s"),
        host,
        address: None,
    })
}

enum Refused {
    /// The connection or its encryption failed.
    Transport(String),
    /// The answer is none.
    Answer(String),
}

async fn exchange(webhook: &Value, target: &Target, review: &Value) -> Result<Value, Refused> {
    let transport = |why: String| Refused::Transport(why);
    let stream = match target.address {
        Some(address) => TcpStream::connect(address).await,
        None => TcpStream::connect((target.host.as_str(), target.port)).await,
    };
    let stream = stream.map_err(|error| transport(dial(target, &error)))?;
    let config = tls(webhook).map_err(transport)?;
    let name = ServerName::try_from(target.host.clone()).map_err(|error| transport(error.to_string()))?;
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|error| transport(handshake(&error)))?;
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(io).await.map_err(|error| transport(error.to_string()))?;
    let driver = tokio::spawn(connection);
    let request = http::Request::post(&target.path)
        .header("host", format!("{}:{}", target.host, target.port))
        .header("content-type", "application/json")
        .header("accept", "application/json, */*")
        .header("user-agent", "kube-apiserver-admission")
        .body(Full::new(Bytes::from(review.to_string())))
        .map_err(|error| transport(error.to_string()))?;
    let answered = sender.send_request(request).await;
    let outcome = match answered {
        Ok(response) => read(response).await,
        Err(error) if error.is_incomplete_message() => Err(transport("EOF".to_owned())),
        Err(error) => Err(transport(error.to_string())),
    };
    driver.abort();
    outcome
}

async fn read(response: http::Response<hyper::body::Incoming>) -> Result<Value, Refused> {
    let status = response.status();
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_text = kind.is_empty() || kind.starts_with("text/");
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
    let body = body.map_err(|error| Refused::Transport(error.to_string()))?.to_bytes();
    if status.is_success() {
        return decode(&body)
            .map_err(|why| Refused::Answer(format!("couldn't get version/kind; json parse error: {why}")));
    }
    let text = if is_text { String::from_utf8_lossy(&body).trim().to_owned() } else { "unknown".to_owned() };
    Err(Refused::Answer(match status.as_u16() {
        404 => "the server could not find the requested resource".to_owned(),
        400 => "the server rejected our request for an unknown reason".to_owned(),
        500.. => {
            let text = crate::field::go_quote(&text);
            format!("an error on the server ({text}) has prevented the request from succeeding")
        }
        code => {
            format!("the server responded with the status code {code} but did not return more information")
        }
    }))
}

/// The answer's JSON; what is none is read as YAML, where nearly everything is a text.
fn decode(body: &[u8]) -> Result<Value, String> {
    const META: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    match serde_json::from_slice(body) {
        Ok(answer @ Value::Object(_)) => Ok(answer),
        Ok(other) => Err(unmarshal(&other, META)),
        Err(_) => Err(unmarshal(&Value::String(String::new()), META)),
    }
}

/// Go's words for JSON that does not fit a type.
pub(crate) fn unmarshal(value: &Value, into: &str) -> String {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("json: cannot unmarshal {kind} into Go value of type {into}")
}

fn dial(target: &Target, error: &std::io::Error) -> String {
    let place = match target.address {
        Some(address) => address.to_string(),
        None if target.host.contains(':') => format!("[{}]:{}", target.host, target.port),
        None => format!("{}:{}", target.host, target.port),
    };
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => format!("dial tcp {place}: connect: connection refused"),
        std::io::ErrorKind::TimedOut => format!("dial tcp {place}: i/o timeout"),
        _ if target.host.parse::<std::net::IpAddr>().is_err() && target.address.is_none() => {
            format!("dial tcp: lookup {}: no such host", target.host)
        }
        _ => format!("dial tcp {place}: {error}"),
    }
}

/// Failures of TLS as Go words them.
fn handshake(error: &std::io::Error) -> String {
    use rustls::{CertificateError, Error};
    const PREFIX: &str = "tls: failed to verify certificate: x509:";
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(why)) => match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                format!("{PREFIX} certificate signed by unknown authority")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("{PREFIX} certificate has expired or is not yet valid")
            }
            other => format!("{PREFIX} {other}"),
        },
        Some(other) => format!("tls: {other}"),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        None => error.to_string(),
    }
}

fn tls(webhook: &Value) -> Result<rustls::ClientConfig, String> {
    let bundle = object::text(webhook, &["clientConfig", "caBundle"]);
    let pem = base64::engine::general_purpose::STANDARD
        .decode(bundle)
        .map_err(|_| "unable to load root certificates: unable to parse bytes as PEM block".to_owned())?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate
            .map_err(|_| "unable to load root certificates: unable to parse bytes as PEM block".to_owned())?;
        // A certificate that cannot be an authority trusts nothing.
        let _ = roots.add(certificate);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
