//! Local servers for what a control plane does not do: bad certificates, answers without TLS, proxies.

use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Answers every connection with a function on a thread of its own, and gives the port.
///
/// # Panics
/// When no port is free.
pub fn serve(answer: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A client that goes away is no fault of the server's.
            thread::spawn(move || answer(stream));
        }
    });
    port
}

/// A TLS server with this certificate and key (PEM), which may ask for certificates of an authority.
/// It answers every request with 404.
///
/// # Panics
/// When the PEM texts are none.
pub fn tls(certificate: &str, key: &str, clients: Option<&str>) -> u16 {
    let chain =
        CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<_, _>>().expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM");
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).expect("PEM")).expect("an authority");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.expect("a verifier"))
        }
    };
    let config = Arc::new(builder.with_single_cert(chain, key).expect("a certificate with its key"));
    serve(move |mut stream| {
        let mut session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let mut secure = rustls::Stream::new(&mut session, &mut stream);
        let mut request = [0; 4096];
        let outcome = secure.read(&mut request);
        if outcome.is_ok() {
            secure.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
            secure.conn.send_close_notify();
            secure.flush()?;
        }
        // What is left unread would make the end look like a break.
        stream.shutdown(std::net::Shutdown::Write)?;
        io::copy(&mut stream, &mut io::sink()).map(drop)
    })
}

/// A proxy that takes `CONNECT`, wherever a request wants to go leads to `target`, and remembers who asked for what.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// A proxy to one port; `login` is the `Proxy-Authorization` it wants.
    pub fn new(target: u16, login: Option<&'static str>) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let book = Arc::clone(&asked);
        let port = serve(move |stream| {
            let mut reader = BufReader::new(stream.try_clone()?);
            let (mut lines, mut line) = (Vec::new(), String::new());
            while reader.read_line(&mut line)? > 2 {
                lines.push(line.trim_end().to_owned());
                line.clear();
            }
            book.lock().expect("the book").push(lines.first().cloned().unwrap_or_default());
            let header = lines.iter().find_map(|line| line.strip_prefix("Proxy-Authorization: "));
            let mut client = stream;
            if login.is_some_and(|login| header != Some(login)) {
                let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
                client.write_all(answer)?;
                return client.shutdown(std::net::Shutdown::Both);
            }
            let server = TcpStream::connect(("127.0.0.1", target))?;
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            join(client, server)
        });
        Self { port, asked }
    }

    /// A SOCKS5 proxy without login.
    pub fn socks(target: u16) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let book = Arc::clone(&asked);
        let port = serve(move |mut client| {
            let mut head = [0; 2];
            client.read_exact(&mut head)?;
            client.read_exact(&mut vec![0; usize::from(head[1])])?;
            client.write_all(&[5, 0])?;
            let mut request = [0; 4];
            client.read_exact(&mut request)?;
            let mut length = [0];
            let address = match request[3] {
                3 => {
                    client.read_exact(&mut length)?;
                    usize::from(length[0])
                }
                1 => 4,
                _ => 16,
            };
            let mut place = vec![0; address + 2];
            client.read_exact(&mut place)?;
            let host = String::from_utf8_lossy(&place[..address]).into_owned();
            book.lock().expect("the book").push(format!("{} {host}", request[3]));
            let server = TcpStream::connect(("127.0.0.1", target))?;
            client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80])?;
            join(client, server)
        });
        Self { port, asked }
    }

    /// What was asked for since the last call, each once.
    ///
    /// # Panics
    /// When the proxy itself panicked.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().expect("the book"));
        asked.sort();
        asked.dedup();
        asked
    }
}

/// Carries bytes both ways until both ends are done.
fn join(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        to_client.shutdown(std::net::Shutdown::Write)
    });
    let _ = io::copy(&mut client, &mut server);
    let _ = server.shutdown(std::net::Shutdown::Write);
    back.join().expect("the way back ends")
}
