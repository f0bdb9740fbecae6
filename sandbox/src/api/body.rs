//! Bodies of answers: whole, or in chunks as they come.

use bytes::Bytes;
use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

/// Makes chunks until there are no more. Dropping it ends the answer.
pub trait Chunks: Send {
    /// The next chunk.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>>;
}

/// An answer's body.
pub enum Body {
    /// All of it.
    Full(Bytes),
    /// Chunks: watches, logs that are followed.
    Stream(Box<dyn Chunks>),
}

impl Body {
    /// An empty body.
    #[must_use]
    pub fn empty() -> Self {
        Self::Full(Bytes::new())
    }

    /// A body of chunks that `next` makes: it is given the state and returns it with a chunk, or `None` at the end.
    pub fn stream<S, F, N>(state: S, next: N) -> Self
    where
        S: Send + 'static,
        F: Future<Output = Option<(Bytes, S)>> + Send + 'static,
        N: FnMut(S) -> F + Send + 'static,
    {
        Self::Stream(Box::new(Unfold { state: Some(state), future: None, next }))
    }

    /// The next chunk; `None` at the end.
    pub async fn chunk(&mut self) -> Option<Bytes> {
        std::future::poll_fn(|context| self.poll_chunk(context)).await
    }

    /// The next chunk, by polling.
    pub fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self {
            Self::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) => Poll::Ready(Some(std::mem::take(bytes))),
            Self::Stream(chunks) => chunks.poll_chunk(context),
        }
    }

    /// All chunks, joined. A watch may never end.
    pub async fn collect(mut self) -> Bytes {
        let Some(first) = self.chunk().await else { return Bytes::new() };
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await {
            if all.is_empty() {
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&chunk);
        }
        if all.is_empty() { first } else { all.into() }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(bytes) => f.debug_tuple("Full").field(&bytes.len()).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self::Full(bytes.into())
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        let chunk = self.get_mut().poll_chunk(context);
        chunk.map(|chunk| chunk.map(|chunk| Ok(http_body::Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self {
            Self::Full(bytes) => http_body::SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(_) => http_body::SizeHint::default(),
        }
    }
}

struct Unfold<S, F, N> {
    state: Option<S>,
    future: Option<Pin<Box<F>>>,
    next: N,
}

impl<S, F, N> Chunks for Unfold<S, F, N>
where
    S: Send,
    F: Future<Output = Option<(Bytes, S)>> + Send,
    N: FnMut(S) -> F + Send,
{
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(state) = self.state.take() {
            self.future = Some(Box::pin((self.next)(state)));
        }
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        let made = match future.as_mut().poll(context) {
            Poll::Ready(made) => made,
            Poll::Pending => return Poll::Pending,
        };
        self.future = None;
        Poll::Ready(made.map(|(chunk, state)| {
            self.state = Some(state);
            chunk
        }))
    }
}
