//! What a template function gets besides its arguments, and how it refuses.

use jiff::{Timestamp, tz::TimeZone};

/// The outside world as template functions may see it: clock, randomness, environment, names.
pub trait Host {
    /// Now.
    fn now(&self) -> Timestamp;

    /// The local time zone (Go's `time.Local`).
    fn local_zone(&self) -> TimeZone;

    /// Fills the buffer with cryptographically strong random bytes.
    fn fill_random(&self, buffer: &mut [u8]);

    /// The first address of a host name, or `None` where names are not resolved.
    fn host_by_name(&self, name: &str) -> Option<String>;
}

/// The call in progress: the host, and the way back into the template engine.
pub struct Call<'a> {
    host: &'a dyn Host,
}

impl<'a> Call<'a> {
    /// A call outside any template, for functions that do not render (and their tests).
    pub fn detached(host: &'a dyn Host) -> Self {
        Self { host }
    }

    /// Clock, randomness, environment.
    pub fn host(&self) -> &'a dyn Host {
        self.host
    }
}

/// A function's refusal: Go's text, without `error calling …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FuncError {
    message: String,
}

impl FuncError {
    /// An error with Go's text.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}
