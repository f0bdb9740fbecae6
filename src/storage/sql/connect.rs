//! Reaching a database: the socket, TLS where both sides want it, and the client on top.

use super::place::{Mode, Place};
use crate::client::socket::{self, Socket};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::{Client, Config, NoTls};

/// How long a connection may take where nothing says so: helm would wait as long as the system does.
const PATIENCE: Duration = Duration::from_secs(60);
/// What asks a server for TLS (`SSLRequest` of the protocol).
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Connects, and lets the current runtime carry what goes over the connection.
///
/// # Errors
/// In the words of `lib/pq`.
pub(super) async fn connect(place: &Place) -> Result<Client, String> {
    let patience = if place.timeout == 0 { PATIENCE } else { Duration::from_secs(place.timeout) };
    let opened = tokio::time::timeout(patience, open(place)).await;
    opened.map_err(|_| "pq: connection timed out".to_owned())?
}

async fn open(place: &Place) -> Result<Client, String> {
    let socket = match place.socket() {
        Some(path) => unix(&path).await?,
        None => secured(place, socket::tcp(&place.host, &place.port).await?).await?,
    };
    let mut config = Config::new();
    config.user(&place.user).dbname(&place.database).password(&place.password);
    if !place.options.is_empty() {
        config.options(&place.options);
    }
    if !place.application.is_empty() {
        config.application_name(&place.application);
    }
    let (client, connection) =
        config.connect_raw(socket, NoTls).await.map_err(|error| super::words(&error))?;
    // Why it ends is told by whatever is asked next.
    tokio::spawn(async move { connection.await.ok() });
    Ok(client)
}

#[cfg(unix)]
async fn unix(path: &str) -> Result<Socket, String> {
    socket::unix(path).await
}

#[cfg(not(unix))]
async fn unix(path: &str) -> Result<Socket, String> {
    Err(format!("dial unix {path}: not on this system"))
}

async fn secured(place: &Place, mut socket: Socket) -> Result<Socket, String> {
    if place.mode == Mode::Never {
        return Ok(socket);
    }
    let broken = |error: std::io::Error| error.to_string();
    socket.write_all(&TLS_REQUEST).await.map_err(broken)?;
    socket.flush().await.map_err(broken)?;
    match (socket.read_u8().await.map_err(|_| "EOF".to_owned())?, place.mode) {
        (b'S', _) => socket::encrypt(socket, &place.host, &place.security).await,
        (_, Mode::Require) => Err("pq: SSL is not enabled on the server".into()),
        _ => Ok(socket),
    }
}
