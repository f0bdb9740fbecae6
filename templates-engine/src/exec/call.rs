//! What a template function gets besides its arguments, and how it refuses.

use super::{ExecError, ExecErrorKind, Function, Scope, run::Run};
use crate::{
    parse::ParseError,
    value::{Map, ObjectRef, Signature, Str, Value},
};
use jiff::{Timestamp, tz::TimeZone};
use std::{error::Error, fmt, sync::Arc};

/// The outside world as template functions may see it: clock, randomness, environment, names.
pub trait Host {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Nanoseconds since the process began, which Go's `now` shows as `m=+…`.
    fn uptime_nanos(&self) -> i64 {
        1
    }

    /// The local time zone (Go's `time.Local`).
    fn local_zone(&self) -> TimeZone;

    /// Fills the buffer with cryptographically strong random bytes.
    fn fill_random(&self, buffer: &mut [u8]);

    /// A method of a map's named type (`common.Values`), with the object to call it on; it hides a key of
    /// that name.
    fn map_method(&self, _map: &Map, _name: &[u8]) -> Option<(ObjectRef, Signature)> {
        None
    }

    /// The first address of a host name, or `None` where names are not resolved.
    fn host_by_name(&self, name: &str) -> Option<String>;
}

/// The call in progress: the host, and the way back into the template engine.
pub struct Call<'a> {
    host: &'a dyn Host,
    engine: Option<Engine<'a>>,
}

/// The execution that the call is part of.
struct Engine<'a> {
    run: &'a mut Run,
    scope: &'a Scope<'a>,
}

/// Why [`Call::execute_text`] failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TextError {
    /// The text is not a template.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The template failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl<'a> Call<'a> {
    /// A call outside any template, for functions that do not render (and their tests).
    pub fn detached(host: &'a dyn Host) -> Self {
        Self { host, engine: None }
    }

    /// A call from a running template.
    pub(crate) fn inside(host: &'a dyn Host, run: &'a mut Run, scope: &'a Scope<'a>) -> Self {
        Self { host, engine: Some(Engine { run, scope }) }
    }

    /// Clock, randomness, environment.
    pub fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// A function of the set that the running template belongs to.
    pub(super) fn function(&self, name: &str) -> Option<&Function> {
        self.engine.as_ref()?.scope.funcs().find(name.as_bytes())
    }

    /// Executes a template of the current set by name and returns its output, as Go's
    /// `ExecuteTemplate` into a buffer does (what Helm's `include` is made of). Inside
    /// [`Call::execute_text`] the set includes the text's own definitions.
    ///
    /// # Errors
    /// The template's failure, or [`ExecErrorKind::NoTemplate`](super::ExecErrorKind) when there is
    /// no such template. Return it through `FuncError::from` to keep its place.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Vec<u8>, ExecError> {
        match &mut self.engine {
            Some(engine) => engine.run.execute_named(self.host, engine.scope, name, data),
            None => Err(ExecError::no_template(name, "")),
        }
    }

    /// Parses `text` under `name` into a copy of the current set, executes it there and returns its
    /// output. What the text defines is gone afterwards (what Helm's `tpl` is made of).
    ///
    /// # Errors
    /// A [`TextError`]: the text does not parse, or its execution fails.
    pub fn execute_text(&mut self, name: &str, text: &Str, data: &Value) -> Result<Vec<u8>, TextError> {
        match &mut self.engine {
            Some(engine) => engine.run.execute_text(self.host, engine.scope, name, text, data),
            None => Err(ExecError::no_template(name, "").into()),
        }
    }
}

/// A function's refusal: Go's text, without `error calling …`.
#[derive(Clone)]
pub struct FuncError(Refusal);

#[derive(Clone)]
enum Refusal {
    /// A plain text.
    Message(Box<str>),
    /// A nested execution's failure, handed on as it is.
    Exec(ExecError),
    /// `fmt.Errorf("prefix: %w", cause)`.
    Wrapped(Arc<(String, Box<dyn Error + Send + Sync + 'static>)>),
}

impl FuncError {
    /// An error with Go's text.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Refusal::Message(message.into().into_boxed_str()))
    }

    /// Go's `fmt.Errorf("prefix: %w", cause)`: the text is `prefix: cause`, and the cause stays
    /// reachable through `source`.
    pub fn wrap(prefix: impl Into<String>, cause: impl Error + Send + Sync + 'static) -> Self {
        Self(Refusal::Wrapped(Arc::new((prefix.into(), Box::new(cause)))))
    }

    /// The kind of a nested execution that ran into a limit.
    pub(crate) fn limit(&self) -> Option<ExecErrorKind> {
        match self.as_cause().downcast_ref::<ExecError>().map(ExecError::kind) {
            Some(ExecErrorKind::Limit) => Some(ExecErrorKind::Limit),
            _ => None,
        }
    }

    /// This error as a link of a chain: a handed-on execution error is itself the link.
    pub(crate) fn as_cause(&self) -> &(dyn Error + 'static) {
        match &self.0 {
            Refusal::Exec(error) => error,
            _ => self,
        }
    }
}

impl From<ExecError> for FuncError {
    fn from(error: ExecError) -> Self {
        Self(Refusal::Exec(error))
    }
}

impl fmt::Display for FuncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Refusal::Message(message) => f.write_str(message),
            Refusal::Exec(error) => error.fmt(f),
            Refusal::Wrapped(parts) => write!(f, "{}: {}", parts.0, parts.1),
        }
    }
}

impl fmt::Debug for FuncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl PartialEq for FuncError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for FuncError {}

impl Error for FuncError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Refusal::Message(_) => None,
            Refusal::Exec(error) => Some(error),
            Refusal::Wrapped(parts) => Some(&*parts.1),
        }
    }
}
