//! One HTTP GET, with the words of Go's client for what goes wrong.

use crate::values::gotext::Quoted;
use reqwest::{Client, StatusCode, redirect::Policy};
use std::error::Error as StdError;
use std::io;
use std::thread;
use std::time::Duration;
use url::{Host, Url};

/// How many bytes an answer may have: far above every values file and schema, far below the memory.
pub const MAX_ANSWER: usize = 256 * 1024 * 1024;
/// Go's client follows this many redirects.
const MAX_REDIRECTS: usize = 10;
/// What servers are told; some of them know Helm.
const USER_AGENT: &str = concat!("Helm/4.3.1 skiff/", env!("CARGO_PKG_VERSION"));

/// Why a GET gave no body.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server answered something other than 200.
    #[error("{code} {reason}")]
    Status {
        /// The status.
        code: u16,
        /// Its name.
        reason: &'static str,
    },
    /// There was no answer; the text is Go's.
    #[error("Get {}: {reason}", Quoted(.url))]
    Transport {
        /// What was asked for.
        url: String,
        /// Go's words.
        reason: String,
    },
}

/// The body at `url`.
///
/// # Errors
/// When there is no answer within `timeout`, or it is not 200.
pub fn get(url: &str, timeout: Duration) -> Result<Vec<u8>, Error> {
    let fail = |reason: String| Error::Transport { url: url.to_owned(), reason };
    // A thread of its own, so that this works inside and outside of an asynchronous caller.
    thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| fail(error.to_string()))?.block_on(fetch(url, timeout))
        });
        work.join().unwrap_or_else(|_| Err(fail("the request was interrupted".to_owned())))
    })
}

async fn fetch(url: &str, timeout: Duration) -> Result<Vec<u8>, Error> {
    let fail = |error: reqwest::Error| Error::Transport { url: url.to_owned(), reason: reason(url, &error) };
    // The provider may be there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        Client::builder().user_agent(USER_AGENT).timeout(timeout).redirect(Policy::limited(MAX_REDIRECTS));
    let mut response = client.build().map_err(fail)?.get(url).send().await.map_err(fail)?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(Error::Status {
            code: status.as_u16(),
            reason: status.canonical_reason().unwrap_or_default(),
        });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fail)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            let reason = format!("the answer has more than {MAX_ANSWER} bytes");
            return Err(Error::Transport { url: url.to_owned(), reason });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Go's words for the commonest failures; the innermost cause for others.
fn reason(url: &str, error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned();
    }
    let mut innermost: &(dyn StdError + 'static) = error;
    let mut refused = false;
    while let Some(source) = innermost.source() {
        innermost = source;
        refused |=
            source.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::ConnectionRefused);
    }
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(|url| Some((url.host()?, url.port_or_known_default()?)));
    match host {
        Some((Host::Ipv4(address), port)) if refused => {
            format!("dial tcp {address}:{port}: connect: connection refused")
        }
        Some((Host::Ipv6(address), port)) if refused => {
            format!("dial tcp [{address}]:{port}: connect: connection refused")
        }
        Some((Host::Domain(name), _)) if innermost.to_string().contains("lookup") => {
            format!("dial tcp: lookup {name}: no such host")
        }
        _ => innermost.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn serve(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        format!("http://{address}/values.yaml")
    }

    #[test]
    fn the_body_is_returned() {
        let url = serve("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\na: 1");
        assert_eq!(get(&url, Duration::from_secs(5)).unwrap(), b"a: 1");
    }

    #[test]
    fn other_answers_are_errors_with_their_status() {
        let url = serve("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        assert_eq!(get(&url, Duration::from_secs(5)).unwrap_err().to_string(), "404 Not Found");
    }

    #[test]
    fn a_closed_port_is_told_as_go_tells_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = get(&format!("http://{address}/"), Duration::from_secs(5)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("Get \"http://{address}/\": dial tcp {address}: connect: connection refused")
        );
    }
}
