//! Connections and requests: from TCP to the API and back.

use super::LogFile;
use crate::{Sandbox, api, status::Status};
use bytes::Bytes;
use http::{Request, Response, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use jiff::Timestamp;
use rustls::ServerConfig;
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// Connections at the same time; more wait.
const MAX_CONNECTIONS: usize = 2048;
/// Requests at the same time on one HTTP/2 connection: `--http2-max-streams-per-connection` of the real server.
const MAX_STREAMS: u32 = 250;
/// A request's headers may be so long.
const MAX_HEADER_BYTES: u32 = 64 << 10;
/// How long a client may take to shake hands, or to send the headers of its next request.
const HANDSHAKE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(90);
/// HTTP/2 connections are asked whether they live: `http2.Server`'s interval in the real server.
const PING: Duration = Duration::from_secs(30);
/// How long a request may take that is no watch: `--request-timeout`.
const REQUEST: Duration = Duration::from_secs(60);
/// How long open connections are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on loopback, at `port` (0: any free one).
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn listen(port: u16) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Listen { port, source };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers requests until `stop` is ready, then lets those that run come to an end.
    pub async fn run(
        self,
        sandbox: Sandbox,
        tls: Arc<ServerConfig>,
        log: Arc<LogFile>,
        stop: impl Future<Output = ()>,
    ) {
        let (acceptor, graceful) = (TlsAcceptor::from(tls), GracefulShutdown::new());
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        tokio::pin!(stop);
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let stream = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => accepted,
            };
            let stream = match stream {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors: others must end first.
                    log.write(Timestamp::now(), &format!("cannot accept a connection: {error}"));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (acceptor, sandbox, watcher) = (acceptor.clone(), sandbox.clone(), graceful.watcher());
            tokio::spawn(async move {
                let _place = place;
                connection(stream, acceptor, sandbox, watcher).await;
            });
        }
        drop(self.listener);
        // Watches last until their clients go: they are cut.
        let _ = timeout(FAREWELL, graceful.shutdown()).await;
    }
}

/// Serves one connection. How it ends is the client's affair.
async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    sandbox: Sandbox,
    watcher: hyper_util::server::graceful::Watcher,
) {
    // Answers are small and come at once: waiting to join packets would cost 40 ms each.
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await else { return };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(MAX_HEADER_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .keep_alive_interval(PING)
        .keep_alive_timeout(HANDSHAKE);
    let service = service_fn(move |request| {
        let sandbox = sandbox.clone();
        async move { Ok::<_, Infallible>(answer(&sandbox, request).await) }
    });
    let serving = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let _ = watcher.watch(serving).await;
}

/// Answers one request: who asks is clear before the body is read.
async fn answer(sandbox: &Sandbox, request: Request<Incoming>) -> Response<api::Body> {
    let (head, body) = request.into_parts();
    // What refusals are written by, since the head goes into the call.
    let shown = Request::builder().uri(head.uri.clone()).body(()).unwrap_or_default();
    let shown = with_headers(shown, &head);
    let work = async {
        let user = sandbox.admit(&head)?;
        let mut request = Request::from_parts(head, collect(body).await?);
        request.extensions_mut().insert(user);
        Ok(sandbox.call(request).await)
    };
    let late = Status::new(504, "Timeout", "Timeout: request did not complete within the allotted timeout");
    let answer = timeout(REQUEST, work).await.unwrap_or(Err(late));
    answer.unwrap_or_else(|status| api::refusal(&shown, &status))
}

/// An empty request with the headers of another.
fn with_headers(mut request: Request<()>, head: &Parts) -> Request<()> {
    for name in [header::ACCEPT, header::USER_AGENT] {
        if let Some(value) = head.headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    request
}

/// The body, if it is not too long.
async fn collect(body: Incoming) -> Result<Bytes, Status> {
    match Limited::new(body, api::MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Status::new(
            413,
            "RequestEntityTooLarge",
            format!("Request entity too large: limit is {}", api::MAX_BODY),
        )),
        Err(error) => Err(Status::bad_request(format!("cannot read the body: {error}"))),
    }
}
