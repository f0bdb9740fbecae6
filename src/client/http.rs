//! The real transport: HTTP/1.1 on connections that are kept, on a runtime of its own.

use super::{
    cancel::{CANCELLED, Cancel},
    config::Connection,
    credentials::{Credentials, impersonation},
    dial::{self, DialError, Dialer},
    error::ConfigError,
    rate::Rate,
    streams::HttpStreams,
    tls,
    transport::{NetworkError, Request, Response, Streams, Transport},
    warnings::Warnings,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use jiff::{Timestamp, fmt::rfc2822};
use std::{
    error::Error as StdError,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How often a request is repeated when the server asks for it (client-go's limit).
const MAX_RETRIES: usize = 10;
/// The longest the server can make us wait between two attempts.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);
/// The largest answer that is read. The largest that comes is a list of full-size Secrets.
const MAX_RESPONSE_BYTES: usize = 1 << 30;

/// How often it is looked whether a request's time is up.
const ATTENTION: Duration = Duration::from_millis(50);
/// Go's words for that.
const DEADLINE: &str = "context deadline exceeded";

/// A connection pool to one API server.
pub struct Http {
    pub(super) client: Client<Connector, Full<Bytes>>,
    pub(super) runtime: tokio::runtime::Runtime,
    /// The server's URL, to which paths are appended.
    pub(super) base: String,
    credentials: Credentials,
    /// What every request carries.
    headers: HeaderMap,
    /// Why every request fails.
    broken: Option<String>,
    warnings: Warnings,
    server_clock: ServerClock,
    rate: Option<Arc<Rate>>,
    cancel: Cancel,
}

impl Http {
    /// Prepares the client; nothing is sent yet.
    ///
    /// # Errors
    /// When certificates or credentials cannot be used.
    pub(super) fn new(
        connection: Connection,
        user_agent: &str,
        warnings: Warnings,
        cancel: Cancel,
        rate: Option<Rate>,
    ) -> Result<Self, ConfigError> {
        let failed = |cause: String| ConfigError::Other(cause);
        let tls = tls::configure(&connection.tls)?;
        let has_certificate = connection.tls.has_certificate();
        let credentials = Credentials::new(connection.login, has_certificate, &tls.identity)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        let base = format!("{}{}", connection.server.origin(), connection.server.path.trim_end_matches('/'));
        let connector = Connector(Dialer {
            server: Arc::new(connection.server),
            proxy: Arc::new(connection.proxy),
            tls: tls.config,
            server_name: connection.tls.server_name,
        });
        let mut broken = tls.broken_identity;
        let mut headers = impersonation(&connection.impersonate).unwrap_or_else(|cause| {
            broken.get_or_insert(cause);
            HeaderMap::new()
        });
        if let Ok(value) = HeaderValue::from_str(user_agent) {
            headers.insert(header::USER_AGENT, value);
        }
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let server_clock = ServerClock::default();
        let rate = rate.map(Arc::new);
        Ok(Self { client, runtime, base, credentials, headers, broken, warnings, server_clock, rate, cancel })
    }

    fn around(&self) -> Around {
        Around { warnings: self.warnings.clone(), clock: self.server_clock.clone(), rate: self.rate.clone() }
    }

    /// What requests carry now; credential plugins may run.
    pub(super) async fn headers(&self) -> Result<HeaderMap, String> {
        if let Some(cause) = &self.broken {
            return Err(cause.clone());
        }
        let mut headers = self.headers.clone();
        if let Some(value) = self.credentials.header().await? {
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(headers)
    }
}

/// What stands around a request: how fast it may go, and where goes what its answer tells beside what was asked.
struct Around {
    rate: Option<Arc<Rate>>,
    warnings: Warnings,
    clock: ServerClock,
}

/// The server's clock by the last answer's `Date`, and how long ago that was. Copies are one.
#[derive(Clone, Default)]
struct ServerClock(Arc<Mutex<Option<(Timestamp, Instant)>>>);

impl ServerClock {
    fn set(&self, date: &str) {
        if let Ok(time) = rfc2822::parse(date) {
            *super::lock(&self.0) = Some((time.timestamp(), Instant::now()));
        }
    }

    fn now(&self) -> Option<Timestamp> {
        let (time, at) = (*super::lock(&self.0))?;
        time.checked_add(at.elapsed()).ok()
    }
}

/// Opens the pool's connections.
#[derive(Clone)]
pub(super) struct Connector(Dialer);

impl tower::Service<http::Uri> for Connector {
    type Response = TokioIo<dial::Conn>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, DialError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let dialer = self.0.clone();
        Box::pin(async move { dialer.dial().await.map(TokioIo::new) })
    }
}

impl Transport for Http {
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, NetworkError>> {
        self.send_all_until(requests, None)
    }

    /// What is under way when somebody wishes the operation's end is cut off too; what begins after that wish is not,
    /// since it records what became of the operation.
    fn send_all_until(
        &self,
        requests: Vec<Request>,
        deadline: Option<Instant>,
    ) -> Vec<Result<Response, NetworkError>> {
        let cancel = (!self.cancel.is_cancelled()).then_some(&self.cancel);
        self.runtime.block_on(async {
            let headers = self.headers().await;
            let mut tasks = Vec::with_capacity(requests.len());
            for request in requests {
                let (client, headers) = (self.client.clone(), headers.clone());
                let around = self.around();
                let (method, url) = (request.method, format!("{}{}", self.base, request.path));
                let address = url.clone();
                let task =
                    tokio::spawn(
                        async move { exchange(&client, &address, headers?, &request, &around).await },
                    );
                tasks.push((method, url, task));
            }
            let mut answers = Vec::with_capacity(tasks.len());
            for (method, url, task) in tasks {
                let answer = patiently(task, deadline, cancel).await;
                answers.push(answer.map_err(|cause| NetworkError { method, url, cause }));
            }
            if answers.iter().flatten().any(|answer| answer.status == 401) {
                self.credentials.refused();
            }
            answers
        })
    }

    fn server_time(&self) -> Option<Timestamp> {
        self.server_clock.now()
    }

    fn send_streamed(
        &self,
        request: Request,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Response, NetworkError> {
        let url = format!("{}{}", self.base, request.path);
        let answer = self.runtime.block_on(async {
            let headers = self.headers().await?;
            exchange_into(&self.client, &url, headers, &request, &self.around(), take).await
        });
        if answer.as_ref().is_ok_and(|answer| answer.status == 401) {
            self.credentials.refused();
        }
        answer.map_err(|cause| NetworkError { method: request.method, url, cause })
    }

    fn streams(&self) -> Box<dyn Streams + '_> {
        Box::new(HttpStreams::new(self))
    }
}

/// A task's answer, or why nobody waits for it any more.
async fn patiently(
    mut task: JoinHandle<Result<Response, String>>,
    deadline: Option<Instant>,
    cancel: Option<&Cancel>,
) -> Result<Response, String> {
    loop {
        tokio::select! {
            biased;
            answer = &mut task => return answer.unwrap_or_else(|error| Err(error.to_string())),
            () = tokio::time::sleep(ATTENTION) => {}
        }
        let cause = match (deadline, cancel) {
            (_, Some(cancel)) if cancel.is_cancelled() => CANCELLED,
            (Some(deadline), _) if Instant::now() >= deadline => DEADLINE,
            _ => continue,
        };
        task.abort();
        return Err(cause.into());
    }
}

/// One request, repeated while the server says «too many requests» and when to come back.
async fn exchange(
    client: &Client<Connector, Full<Bytes>>,
    url: &str,
    headers: HeaderMap,
    request: &Request,
    around: &Around,
) -> Result<Response, String> {
    let mut whole = Vec::new();
    let mut keep = |piece: &[u8]| {
        whole.extend_from_slice(piece);
        true
    };
    let mut response = exchange_into(client, url, headers, request, around, &mut keep).await?;
    if !whole.is_empty() {
        response.body = whole;
    }
    Ok(response)
}

/// The same, with the body of a good answer given away piece by piece.
async fn exchange_into<T: FnMut(&[u8]) -> bool + ?Sized>(
    client: &Client<Connector, Full<Bytes>>,
    url: &str,
    headers: HeaderMap,
    request: &Request,
    around: &Around,
    take: &mut T,
) -> Result<Response, String> {
    for attempt in 0.. {
        let wait = around.rate.as_ref().map_or(Duration::ZERO, |rate| rate.take(Instant::now()));
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let message = build(url, &headers, request)?;
        let response = client.request(message).await.map_err(|error| cause(&error))?;
        let status = response.status().as_u16();
        let warnings = response.headers().get_all(header::WARNING).iter();
        warnings.filter_map(|value| value.to_str().ok()).for_each(|value| around.warnings.add(value));
        let date = response.headers().get(header::DATE).and_then(|value| value.to_str().ok());
        date.into_iter().for_each(|date| around.clock.set(date));
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut limited = Limited::new(response.into_body(), MAX_RESPONSE_BYTES);
        if (200..300).contains(&status) {
            while let Some(frame) = limited.frame().await {
                let frame = frame.map_err(|error| cause(&*error))?;
                if frame.data_ref().is_some_and(|piece| !take(piece)) {
                    break;
                }
            }
            return Ok(Response { status, content_type, body: Vec::new() });
        }
        let body = limited.collect().await.map_err(|error| cause(&*error))?.to_bytes().to_vec();
        match retry_after {
            Some(seconds) if attempt < MAX_RETRIES && (status == 429 || status >= 500) => {
                tokio::time::sleep(Duration::from_secs(seconds).min(MAX_RETRY_AFTER)).await;
            }
            _ => return Ok(Response { status, content_type, body }),
        }
    }
    Err("too many attempts".into())
}

pub(super) fn build(
    url: &str,
    headers: &HeaderMap,
    request: &Request,
) -> Result<http::Request<Full<Bytes>>, String> {
    let mut builder = http::Request::builder()
        .method(request.method.as_str())
        .uri(url)
        .header(header::ACCEPT, request.accept);
    if let Some(content_type) = request.content_type {
        builder = builder.header(header::CONTENT_TYPE, content_type);
    }
    if let Some(all) = builder.headers_mut() {
        all.extend(headers.clone());
    }
    builder.body(Full::new(Bytes::from(request.body.clone()))).map_err(|error| error.to_string())
}

/// The innermost cause, in Go's words where Go's client has words for it.
fn cause(error: &(dyn StdError + 'static)) -> String {
    let mut next = Some(error);
    let mut innermost = error.to_string();
    while let Some(error) = next {
        innermost = error.to_string();
        if let Some(DialError(cause)) = error.downcast_ref() {
            return cause.clone();
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return dial::io_words(error);
        }
        next = error.source();
    }
    // hyper's word for a connection that ended before an answer came.
    if innermost.contains("connection closed before message completed") { "EOF".into() } else { innermost }
}
