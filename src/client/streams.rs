//! Watches over HTTP: answers that stay open, each read by a task of its own on the transport's runtime.

use super::{
    http::{Connector, Http, build},
    transport::{Request, Streams, Told},
};
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use std::time::Duration;
use tokio::{sync::mpsc, task::AbortHandle};

/// Lines that may wait to be read; then the server waits.
const MAX_LINES: usize = 64;
/// The longest line: an event holds one object, and no object is larger than a few megabytes.
const MAX_LINE_BYTES: usize = 64 << 20;

/// The open answers of one watcher.
pub(super) struct HttpStreams<'a> {
    http: &'a Http,
    sender: mpsc::Sender<(usize, Told)>,
    receiver: mpsc::Receiver<(usize, Told)>,
    tasks: Vec<AbortHandle>,
}

impl<'a> HttpStreams<'a> {
    /// None open yet.
    pub(super) fn new(http: &'a Http) -> Self {
        let (sender, receiver) = mpsc::channel(MAX_LINES);
        Self { http, sender, receiver, tasks: Vec::new() }
    }
}

impl Streams for HttpStreams<'_> {
    fn open(&mut self, number: usize, request: Request) {
        let headers = self.http.runtime.block_on(self.http.headers());
        let (client, sender) = (self.http.client.clone(), self.sender.clone());
        let url = format!("{}{}", self.http.base, request.path);
        let task = self.http.runtime.spawn(async move {
            // Why it ended does not matter: whoever watches asks again, and an ordinary request tells what is wrong.
            let _ = follow(&client, &url, headers, &request, number, &sender).await;
            let _ = sender.send((number, Told::End)).await;
        });
        self.tasks.retain(|task| !task.is_finished());
        self.tasks.push(task.abort_handle());
    }

    fn next(&mut self, patience: Duration) -> Option<(usize, Told)> {
        let Self { http, receiver, .. } = self;
        http.runtime.block_on(async { tokio::time::timeout(patience, receiver.recv()).await.ok().flatten() })
    }
}

impl Drop for HttpStreams<'_> {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

async fn follow(
    client: &Client<Connector, Full<Bytes>>,
    url: &str,
    headers: Result<HeaderMap, String>,
    request: &Request,
    number: usize,
    sender: &mpsc::Sender<(usize, Told)>,
) -> Result<(), String> {
    let message = build(url, &headers?, request)?;
    let response = client.request(message).await.map_err(|error| error.to_string())?;
    if !response.status().is_success() {
        return Err(response.status().to_string());
    }
    let (mut body, mut rest) = (response.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| error.to_string())?.into_data() else { continue };
        let mut pieces = data.split(|byte| *byte == b'\n');
        let first = pieces.next().unwrap_or_default();
        rest.extend_from_slice(first);
        for piece in pieces {
            let line = std::mem::replace(&mut rest, piece.to_vec());
            sender.send((number, Told::Line(line))).await.map_err(|error| error.to_string())?;
        }
        if rest.len() > MAX_LINE_BYTES {
            return Err("a line without end".into());
        }
    }
    Ok(())
}
