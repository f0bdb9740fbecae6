//! Connections: TCP, proxies, TLS. Errors are worded as Go's `net` and `net/http` word them.

use super::{
    address::{Address, join},
    proxy::ProxyRules,
    tls_words,
};
use hyper_util::client::legacy::connect::{Connected, Connection};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// What client-go's dialer gives a connection.
const DIAL_TIMEOUT: Duration = Duration::from_secs(30);
/// What Go gives a handshake.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one family of addresses is tried before the other is too (Go's default).
const FALLBACK_DELAY: Duration = Duration::from_millis(300);
/// The longest answer of a proxy to `CONNECT`.
const MAX_PROXY_ANSWER: usize = 64 << 10;

/// Why there is no connection, in Go's words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct DialError(pub(super) String);

/// Anything bytes go through.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open connection.
pub(super) struct Conn {
    io: Box<dyn Stream>,
    is_proxied: bool,
    first: First,
}

/// The first bytes that came: what a server that does not speak TLS said.
#[derive(Clone, Default)]
struct First(Arc<Mutex<Vec<u8>>>);

impl First {
    const LENGTH: usize = 5;

    fn add(&self, bytes: &[u8]) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = Self::LENGTH - first.len();
        first.extend(bytes.iter().take(missing));
    }

    fn is_http(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_slice() == b"HTTP/"
    }
}

/// Opens connections to one server.
#[derive(Clone)]
pub(super) struct Dialer {
    /// The server.
    pub(super) server: Arc<Address>,
    /// How to get there.
    pub(super) proxy: Arc<ProxyRules>,
    /// TLS for it, and for a proxy that wants it.
    pub(super) tls: Arc<ClientConfig>,
    /// The name its certificate must have, if it is not the host's.
    pub(super) server_name: String,
}

impl Dialer {
    /// A connection that requests can be written to.
    pub(super) async fn dial(self) -> Result<Conn, DialError> {
        let server = &self.server;
        let is_https = server.scheme == "https";
        if !is_https && server.scheme != "http" {
            return Err(DialError(format!("unsupported protocol scheme {:?}", server.scheme)));
        }
        let proxy = self.proxy.find(server).map_err(DialError)?;
        let mut conn = match proxy {
            None => Conn::new(tcp(&server.host, server.port()).await?),
            Some(proxy) => self.through(&proxy, is_https).await?,
        };
        if is_https {
            let name = if self.server_name.is_empty() { &server.host } else { &self.server_name };
            conn = self.encrypt(conn, name).await?;
        }
        Ok(conn)
    }

    async fn through(&self, proxy: &Address, tunnel: bool) -> Result<Conn, DialError> {
        let at_proxy = |error: DialError| DialError(format!("proxyconnect tcp: {error}"));
        let mut conn = Conn::new(tcp(&proxy.host, proxy.port()).await.map_err(at_proxy)?);
        if proxy.scheme.starts_with("socks5") {
            socks(&mut conn, proxy, &self.server).await?;
            return Ok(conn);
        }
        if proxy.scheme == "https" {
            conn = self.encrypt(conn, &proxy.host).await.map_err(at_proxy)?;
        }
        if tunnel {
            connect(&mut conn, proxy, &self.server).await?;
        } else {
            conn.is_proxied = true;
        }
        Ok(conn)
    }

    async fn encrypt(&self, conn: Conn, name: &str) -> Result<Conn, DialError> {
        let server_name = ServerName::try_from(name.to_owned())
            .map_err(|_| DialError(format!("tls: invalid server name {name:?}")))?;
        let (is_proxied, first) = (conn.is_proxied, conn.first.clone());
        let handshake = TlsConnector::from(Arc::clone(&self.tls)).connect(server_name, conn);
        match timeout(TLS_TIMEOUT, handshake).await {
            Err(_) => Err(DialError("net/http: TLS handshake timeout".into())),
            Ok(Err(error)) if first.is_http() => {
                let _ = error;
                Err(DialError("http: server gave HTTP response to HTTPS client".into()))
            }
            Ok(Err(error)) => Err(DialError(io_words(&error))),
            Ok(Ok(stream)) => Ok(Conn { io: Box::new(stream), is_proxied, first: First::default() }),
        }
    }
}

impl Conn {
    fn new(io: TcpStream) -> Self {
        Self { io: Box::new(io), is_proxied: false, first: First::default() }
    }
}

impl Connection for Conn {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.is_proxied)
    }
}

impl AsyncRead for Conn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.io).poll_read(cx, buf);
        self.first.add(&buf.filled()[before..]);
        poll
    }
}

impl AsyncWrite for Conn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Connects to the first address that answers; one family of addresses is preferred, the other a fallback.
pub(super) async fn tcp(host: &str, port: &str) -> Result<TcpStream, DialError> {
    let Ok(number) = port.parse::<u16>() else {
        return Err(DialError(format!("dial tcp: address {port}: invalid port")));
    };
    let found = tokio::net::lookup_host((host, number)).await;
    let mut addresses: Vec<SocketAddr> =
        found.map_err(|error| DialError(format!("dial tcp: {}", lookup_words(host, &error))))?.collect();
    addresses.dedup();
    let Some(first) = addresses.first().copied() else {
        return Err(DialError(format!("dial tcp: lookup {host}: no such host")));
    };
    // Without a reason to prefer IPv6, Go's resolver puts loopback's IPv4 first.
    let v4_first = first.ip().is_loopback() || first.is_ipv4();
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv4);
    let (primary, fallback) = if v4_first && !v4.is_empty() { (v4, v6) } else { (v6, v4) };
    if primary.is_empty() || fallback.is_empty() {
        return one_after_other(if primary.is_empty() { fallback } else { primary }).await;
    }
    let preferred = one_after_other(primary);
    tokio::pin!(preferred);
    match timeout(FALLBACK_DELAY, &mut preferred).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => one_after_other(fallback).await.map_err(|_| error),
        Err(_) => tokio::select! {
            Ok(stream) = &mut preferred => Ok(stream),
            Ok(stream) = one_after_other(fallback) => Ok(stream),
            else => Err(DialError(format!("dial tcp {first}: i/o timeout"))),
        },
    }
}

/// The first address that answers; the first error if none does.
async fn one_after_other(addresses: Vec<SocketAddr>) -> Result<TcpStream, DialError> {
    let share = DIAL_TIMEOUT / u32::try_from(addresses.len()).unwrap_or(1).max(1);
    let mut first = None;
    for address in addresses {
        let cause = match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Small requests must not wait for more to send.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => connect_words(&error),
            Err(_) => "i/o timeout".into(),
        };
        first.get_or_insert(DialError(format!("dial tcp {address}: {cause}")));
    }
    Err(first.unwrap_or_else(|| DialError("dial tcp: no address".into())))
}

pub(super) fn connect_words(error: &io::Error) -> String {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused => "connect: connection refused".into(),
        ErrorKind::ConnectionReset => "connect: connection reset by peer".into(),
        ErrorKind::HostUnreachable => "connect: no route to host".into(),
        ErrorKind::NetworkUnreachable => "connect: network is unreachable".into(),
        ErrorKind::TimedOut => "connect: connection timed out".into(),
        ErrorKind::AddrNotAvailable => "connect: cannot assign requested address".into(),
        _ => format!("connect: {error}"),
    }
}

/// Go's resolver names the server it asked.
fn lookup_words(host: &str, error: &io::Error) -> String {
    let text = error.to_string();
    let why = if text.contains("Temporary failure") { "server misbehaving" } else { "no such host" };
    // Names that no server is asked for have none to name.
    if host.is_empty() || host.len() > 253 {
        return format!("lookup {host}: no such host");
    }
    format!("lookup {host} on {}: {why}", join(&name_server(), "53"))
}

/// The resolver that the system asks first.
fn name_server() -> String {
    let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    servers.map(str::trim).next().filter(|server| !server.is_empty()).unwrap_or("127.0.0.1").to_owned()
}

/// What Go says of a connection that breaks.
pub(super) fn io_words(error: &io::Error) -> String {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_words::words(tls);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "EOF".into(),
        io::ErrorKind::ConnectionReset => "read: connection reset by peer".into(),
        io::ErrorKind::BrokenPipe => "write: broken pipe".into(),
        io::ErrorKind::TimedOut => "i/o timeout".into(),
        _ => error.to_string(),
    }
}

/// Asks an HTTP proxy for a tunnel.
async fn connect(conn: &mut Conn, proxy: &Address, server: &Address) -> Result<(), DialError> {
    let place = server.place();
    let login = proxy.basic().map(|basic| format!("Proxy-Authorization: {basic}\r\n")).unwrap_or_default();
    let request =
        format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nUser-Agent: Go-http-client/1.1\r\n{login}\r\n");
    let broken = |error: io::Error| DialError(io_words(&error));
    conn.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut answer = Vec::new();
    // Byte by byte, since what follows the answer is the server's.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() > MAX_PROXY_ANSWER {
            return Err(DialError("the proxy's answer is too long".into()));
        }
        match conn.read_u8().await {
            Ok(byte) => answer.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !answer.is_empty() => {
                return Err(DialError("unexpected EOF".into()));
            }
            Err(error) => return Err(broken(error)),
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    let line = answer.lines().next().unwrap_or_default();
    let (version, status) = line.split_once(' ').unwrap_or((line, ""));
    if !version.starts_with("HTTP/") {
        return Err(DialError(format!("malformed HTTP response {line:?}")));
    }
    let (code, text) = status.split_once(' ').unwrap_or((status, ""));
    match code {
        "200" => {
            conn.first = First::default();
            Ok(())
        }
        _ if text.is_empty() => Err(DialError("unknown status code".into())),
        _ => Err(DialError(text.to_owned())),
    }
}

/// Asks a SOCKS5 proxy for a connection (RFC 1928 and 1929).
async fn socks(conn: &mut Conn, proxy: &Address, server: &Address) -> Result<(), DialError> {
    let failed = |cause: String| {
        let (proxy, server) = (proxy.place(), server.place());
        DialError(format!("socks connect tcp {proxy}->{server}: {cause}"))
    };
    let broken = |error: io::Error| failed(io_words(&error));
    let methods: &[u8] = if proxy.user.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    conn.write_all(methods).await.map_err(broken)?;
    let mut chosen = [0; 2];
    conn.read_exact(&mut chosen).await.map_err(broken)?;
    match (chosen[0], chosen[1], &proxy.user) {
        (5, 0, _) => {}
        (5, 2, Some(user)) => {
            let (user, password) = user.split_once(':').unwrap_or((user, ""));
            let mut login = vec![1];
            for part in [user, password] {
                login.push(u8::try_from(part.len()).map_err(|_| failed("invalid username/password".into()))?);
                login.extend(part.bytes());
            }
            conn.write_all(&login).await.map_err(broken)?;
            let mut answer = [0; 2];
            conn.read_exact(&mut answer).await.map_err(broken)?;
            if answer[1] != 0 {
                return Err(failed("username/password authentication failed".into()));
            }
        }
        (5, ..) => return Err(failed("no acceptable authentication methods".into())),
        (version, ..) => return Err(failed(format!("unexpected protocol version {version}"))),
    }
    let host = &server.host;
    let length = u8::try_from(host.len()).map_err(|_| failed("FQDN too long".into()))?;
    let port: u16 = server.port().parse().map_err(|_| failed("port number out of range".into()))?;
    let mut request = vec![5, 1, 0];
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(std::net::IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_) => {
            request.extend([3, length]);
            request.extend(host.bytes());
        }
    }
    request.extend(port.to_be_bytes());
    conn.write_all(&request).await.map_err(broken)?;
    let mut answer = [0; 4];
    conn.read_exact(&mut answer).await.map_err(broken)?;
    if answer[1] != 0 {
        return Err(failed(format!("unknown error {}", socks_words(answer[1]))));
    }
    let rest = match answer[3] {
        1 => 4,
        4 => 16,
        _ => usize::from(conn.read_u8().await.map_err(broken)?),
    };
    let mut bound = vec![0; rest + 2];
    conn.read_exact(&mut bound).await.map_err(broken)?;
    conn.first = First::default();
    Ok(())
}

fn socks_words(code: u8) -> String {
    let words = match code {
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        other => return format!("unknown code: {other}"),
    };
    words.to_owned()
}
