//! Connections for other protocols than HTTP, with the same words for what goes wrong, and the same TLS.

use super::{
    config::TlsSettings,
    dial::{self, DialError, Stream},
    tls,
};
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

/// An open connection.
pub type Socket = Box<dyn Duplex>;

/// Anything bytes go through, both ways.
pub trait Duplex: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}
impl<T: Stream> Duplex for T {}

/// Whom a connection may lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// Anyone.
    pub anyone: bool,
    /// Anyone that an authority vouches for, under whatever name.
    pub any_name: bool,
    /// The file of authorities; the system's without one.
    pub ca_file: String,
    /// Our certificate.
    pub cert_file: String,
    /// Its key.
    pub key_file: String,
}

/// A connection to a host.
///
/// # Errors
/// In the words of Go's `net`.
pub async fn tcp(host: &str, port: &str) -> Result<Socket, String> {
    dial::tcp(host, port).await.map(|stream| Box::new(stream) as Socket).map_err(|DialError(cause)| cause)
}

/// A connection to a socket of this machine.
///
/// # Errors
/// In the words of Go's `net`.
#[cfg(unix)]
pub async fn unix(path: &str) -> Result<Socket, String> {
    use std::io::ErrorKind;
    let words = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound => "connect: no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "connect: permission denied".to_owned(),
        _ => dial::connect_words(error),
    };
    let opened = tokio::net::UnixStream::connect(path).await;
    let opened = opened.map_err(|error| format!("dial unix {path}: {}", words(&error)))?;
    Ok(Box::new(opened))
}

/// TLS on a connection to a host.
///
/// # Errors
/// In the words of Go's `crypto/tls`.
pub async fn encrypt(socket: Socket, host: &str, security: &Security) -> Result<Socket, String> {
    let settings = TlsSettings {
        insecure: security.anyone,
        any_name: security.any_name,
        ca_file: security.ca_file.clone(),
        cert_file: security.cert_file.clone(),
        key_file: security.key_file.clone(),
        ..TlsSettings::default()
    };
    let tls = tls::configure(&settings).map_err(|error| error.to_string())?;
    if let Some(cause) = tls.broken_identity {
        return Err(cause);
    }
    let name =
        ServerName::try_from(host.to_owned()).map_err(|_| format!("tls: invalid server name {host:?}"))?;
    let stream = TlsConnector::from(tls.config).connect(name, socket).await;
    stream.map(|stream| Box::new(stream) as Socket).map_err(|error| dial::io_words(&error))
}
