//! The real transport: HTTP/1.1 over TLS, with kube's authentication, on a runtime of its own.

use super::{
    error::ConfigError,
    transport::{NetworkError, Request, Response, Transport},
};
use http::Uri;
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client as HyperClient, connect::HttpConnector},
    rt::TokioExecutor,
};
use kube::client::{Body, ClientBuilder, ConfigExt};
use std::{
    error::Error as StdError,
    net::{SocketAddr, ToSocketAddrs},
    time::Duration,
};

/// How often a request is repeated when the server asks for it (client-go's limit).
const MAX_RETRIES: usize = 10;
/// The longest the server can make us wait between two attempts.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);
/// The largest answer that is read. The largest that comes is a list of full-size Secrets.
const MAX_RESPONSE_BYTES: usize = 1 << 30;

/// A connection pool to one API server.
pub struct Http {
    client: kube::Client,
    runtime: tokio::runtime::Runtime,
    server: Uri,
}

impl Http {
    /// Prepares the client; nothing is sent yet, but an exec credential plugin may run.
    ///
    /// # Errors
    /// When certificates or credentials cannot be used.
    pub fn new(config: kube::Config, user_agent: &str) -> Result<Self, ConfigError> {
        // Another provider may be installed already; either serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| ConfigError::Other(error.to_string()))?;
        let server = config.cluster_url.clone();
        let mut config = config;
        if let Ok(value) = http::HeaderValue::from_str(user_agent) {
            config.headers.push((http::header::USER_AGENT, value));
        }
        let client = {
            let _context = runtime.enter();
            client(config)?
        };
        Ok(Self { client, runtime, server })
    }
}

/// kube's own builder leaves TCP_NODELAY off, which costs 40 ms on the first request; the connector here sets it.
fn client(mut config: kube::Config) -> Result<kube::Client, ConfigError> {
    let failed = |error: kube::Error| ConfigError::Other(chain(&error));
    config.default_retry = false;
    if config.proxy_url.is_some() {
        return Ok(ClientBuilder::try_from(config).map_err(failed)?.build());
    }
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(config.connect_timeout);
    let https = config.rustls_https_connector_with_connector(connector).map_err(failed)?;
    let hyper = HyperClient::builder(TokioExecutor::new()).build::<_, Body>(https);
    let service = tower::ServiceExt::map_err(hyper, tower::BoxError::from);
    let builder = ClientBuilder::new(service, config.default_namespace.clone())
        .with_layer(&config.extra_headers_layer().map_err(failed)?);
    let base = config.base_uri_layer();
    Ok(match config.auth_layer().map_err(failed)? {
        Some(auth) => builder.with_layer(&auth).with_layer(&base).build(),
        None => builder.with_layer(&base).build(),
    })
}

impl Transport for Http {
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, NetworkError>> {
        let base = self.server.to_string();
        let base = base.trim_end_matches('/');
        self.runtime.block_on(async {
            let mut tasks = Vec::with_capacity(requests.len());
            for request in requests {
                let client = self.client.clone();
                let (method, url) = (request.method, format!("{base}{}", request.path));
                let server = self.server.clone();
                let task = tokio::spawn(async move { exchange(&client, &server, &request).await });
                tasks.push((method, url, task));
            }
            let mut answers = Vec::with_capacity(tasks.len());
            for (method, url, task) in tasks {
                let answer = task.await.unwrap_or_else(|error| Err(error.to_string()));
                answers.push(answer.map_err(|cause| NetworkError { method, url, cause }));
            }
            answers
        })
    }
}

/// One request, repeated while the server says «too many requests» and when to come back.
async fn exchange(client: &kube::Client, server: &Uri, request: &Request) -> Result<Response, String> {
    for attempt in 0.. {
        let response = client.send(build(request)?).await.map_err(|error| cause(&error, server))?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(http::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let limited = http_body_util::Limited::new(response.into_body(), MAX_RESPONSE_BYTES);
        let body = limited.collect().await.map_err(|error| error.to_string())?.to_bytes().to_vec();
        match retry_after {
            Some(seconds) if attempt < MAX_RETRIES && (status == 429 || status >= 500) => {
                tokio::time::sleep(Duration::from_secs(seconds).min(MAX_RETRY_AFTER)).await;
            }
            _ => return Ok(Response { status, body }),
        }
    }
    Err("too many attempts".into())
}

fn build(request: &Request) -> Result<http::Request<Body>, String> {
    let mut builder = http::Request::builder()
        .method(request.method.as_str())
        .uri(&request.path)
        .header(http::header::ACCEPT, request.accept);
    if let Some(content_type) = request.content_type {
        builder = builder.header(http::header::CONTENT_TYPE, content_type);
    }
    builder.body(Body::from(request.body.clone())).map_err(|error| error.to_string())
}

/// The innermost cause, in Go's words where Go's client has words for it.
fn cause(error: &(dyn StdError + 'static), server: &Uri) -> String {
    let mut next = Some(error);
    let mut innermost = error.to_string();
    while let Some(error) = next {
        innermost = error.to_string();
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return tls_cause(error);
        }
        if innermost.starts_with("dns error") {
            let host = server.host().unwrap_or_default();
            return format!("dial tcp: lookup {host}: no such host");
        }
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            if let Some(cause) = dial_cause(error.kind(), server) {
                return cause;
            }
            if let Some(inner) = error.get_ref() {
                next = Some(inner);
                continue;
            }
        }
        next = error.source();
    }
    innermost
}

fn dial_cause(kind: std::io::ErrorKind, server: &Uri) -> Option<String> {
    use std::io::ErrorKind;
    let what = match kind {
        ErrorKind::ConnectionRefused => "connect: connection refused",
        ErrorKind::HostUnreachable => "connect: no route to host",
        ErrorKind::NetworkUnreachable => "connect: network is unreachable",
        ErrorKind::TimedOut => "i/o timeout",
        _ => return None,
    };
    Some(format!("dial tcp {}: {what}", address(server)))
}

/// The server's address as Go prints it: resolved.
fn address(server: &Uri) -> String {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let https = server.scheme_str() == Some("https");
    let port = server.port_u16().unwrap_or(if https { 443 } else { 80 });
    let mut addresses: Vec<SocketAddr> =
        (host, port).to_socket_addrs().map(Iterator::collect).unwrap_or_default();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.first().map_or_else(|| format!("{host}:{port}"), ToString::to_string)
}

fn tls_cause(error: &rustls::Error) -> String {
    use rustls::CertificateError as Bad;
    let reason = match error {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => "certificate signed by unknown authority",
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            "certificate has expired or is not yet valid"
        }
        other => return format!("tls: {other}"),
    };
    format!("tls: failed to verify certificate: x509: {reason}")
}

/// An error and its sources on one line, without repeating what a level already said.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        source = error.source();
    }
    text
}
