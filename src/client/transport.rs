//! Sending requests: the one place that talks to a network. Everything above works on requests and answers.

use jiff::Timestamp;
use std::{
    collections::VecDeque,
    fmt,
    time::{Duration, Instant},
};

/// A request to the API server, as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Path and query, from the server's root.
    pub path: String,
    /// `Content-Type` of the body.
    pub content_type: Option<&'static str>,
    /// `Accept`.
    pub accept: &'static str,
    /// The body, or nothing.
    pub body: Vec<u8>,
    /// Whether errors leave out what was addressed, as those of client-go's dynamic client do.
    pub is_unnamed: bool,
}

/// The methods the API server knows, by the word Kubernetes prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Create.
    Post,
    /// Replace.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// `Get`, as Go's client begins its network errors.
    fn title(self) -> &'static str {
        match self {
            Self::Get => "Get",
            Self::Post => "Post",
            Self::Put => "Put",
            Self::Patch => "Patch",
            Self::Delete => "Delete",
        }
    }
}

impl Request {
    /// A request without a body that wants JSON.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            content_type: None,
            accept: "application/json",
            body: Vec::new(),
            is_unnamed: false,
        }
    }

    /// The same request, whose errors do not name what it addresses.
    pub fn unnamed(self) -> Self {
        Self { is_unnamed: true, ..self }
    }

    /// The same request with a body.
    pub fn with_body(self, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { content_type: Some(content_type), body, ..self }
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`, or nothing.
    pub content_type: String,
    /// The whole body.
    pub body: Vec<u8>,
}

/// No answer came. Displays as Go's `url.Error` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError {
    /// What was being done.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// What went wrong, in the words of Go's `net` where the cause is a common one.
    pub cause: String,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {}", self.method.title(), self.url, self.cause)
    }
}

impl std::error::Error for NetworkError {}

/// Whatever carries requests to an API server.
pub trait Transport: Send + Sync {
    /// Sends all of them at the same time and returns the answers in the same order.
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, NetworkError>>;

    /// The same, but no longer than until a moment: what is under way then fails with Go's words for it.
    fn send_all_until(
        &self,
        requests: Vec<Request>,
        _deadline: Option<Instant>,
    ) -> Vec<Result<Response, NetworkError>> {
        self.send_all(requests)
    }

    /// Sends one.
    ///
    /// # Errors
    /// When no answer comes.
    fn send(&self, request: Request) -> Result<Response, NetworkError> {
        let (method, url) = (request.method, request.path.clone());
        self.send_all(vec![request]).pop().unwrap_or(Err(NetworkError {
            method,
            url,
            cause: "no answer".into(),
        }))
    }

    /// The server's clock, as far as its answers told it.
    fn server_time(&self) -> Option<Timestamp> {
        None
    }

    /// Sends one, and gives the body of a good answer piece by piece to `take` instead of keeping it: the answer that is
    /// returned has none. `take` says whether it wants more. A refusal's body is returned as ever.
    ///
    /// # Errors
    /// When no answer comes, or it breaks off.
    fn send_streamed(
        &self,
        request: Request,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Response, NetworkError> {
        let mut response = self.send(request)?;
        if (200..300).contains(&response.status) {
            take(&std::mem::take(&mut response.body));
        }
        Ok(response)
    }

    /// Answers that come line by line, for watches. Without them, as here, every answer ends at once, and whoever
    /// follows asks again after a while.
    fn streams(&self) -> Box<dyn Streams + '_> {
        Box::new(Ended(VecDeque::new()))
    }
}

/// Answers that come line by line; those still open end with this value.
pub trait Streams {
    /// Begins one, under a number of the caller's.
    fn open(&mut self, number: usize, request: Request);

    /// The next line of any of them, or that one has ended; nothing when none comes in time.
    fn next(&mut self, patience: Duration) -> Option<(usize, Told)>;
}

/// What a stream tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A line, without its end.
    Line(Vec<u8>),
    /// Nothing more.
    End,
}

struct Ended(VecDeque<usize>);

impl Streams for Ended {
    fn open(&mut self, number: usize, _: Request) {
        self.0.push_back(number);
    }

    fn next(&mut self, patience: Duration) -> Option<(usize, Told)> {
        let next = self.0.pop_front().map(|number| (number, Told::End));
        if next.is_none() {
            std::thread::sleep(patience);
        }
        next
    }
}
