//! Errors of execution: Go's text, and the parts it is made of.

use super::FuncError;
use std::fmt;

/// Where in a template's source a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The name the source was parsed under (Helm: the file's path in the chart).
    pub source: String,
    /// Line, from 1.
    pub line: usize,
    /// Byte column, from 0, as Go prints it.
    pub column: usize,
    /// Byte offset in the source.
    pub offset: usize,
}

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecErrorKind {
    /// Go's `template.ExecError`: the template could not be executed.
    Exec,
    /// No template of that name exists; Go's plain error, without a place.
    NoTemplate,
    /// One of this engine's limits was reached.
    Limit,
}

/// A failed execution. `Display` is Go's text, nested causes included.
#[derive(Clone)]
pub struct ExecError(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ExecErrorKind,
    template: String,
    at: Option<(Location, String)>,
    message: String,
    cause: Option<FuncError>,
}

impl ExecError {
    /// An error at a node: `executing "template" at <context>: message`.
    pub(crate) fn at(
        kind: ExecErrorKind,
        template: impl Into<String>,
        at: Option<(Location, String)>,
        message: impl Into<String>,
        cause: Option<FuncError>,
    ) -> Self {
        Self(Box::new(Parts { kind, template: template.into(), at, message: message.into(), cause }))
    }

    /// Go's error for a template that does not exist in a set.
    pub(crate) fn no_template(name: &str, set: &str) -> Self {
        let message = format!(
            "no template {} associated with template {}",
            crate::fmt::quote(name.as_bytes()),
            crate::fmt::quote(set.as_bytes())
        );
        Self::at(ExecErrorKind::NoTemplate, name, None, message, None)
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ExecErrorKind {
        self.0.kind
    }

    /// The name of the template that was being executed (a file or a `define`).
    pub fn template(&self) -> &str {
        &self.0.template
    }

    /// Where the failing node stands.
    pub fn location(&self) -> Option<&Location> {
        self.0.at.as_ref().map(|(location, _)| location)
    }

    /// The failing node as Go prints it, the text between `<` and `>`.
    pub fn context(&self) -> Option<&str> {
        self.0.at.as_ref().map(|(_, context)| context.as_str())
    }

    /// The message after `at <…>: `, without the cause: `error calling include: ` for a failed call.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The failed function's own error, when a call failed.
    pub fn cause(&self) -> Option<&FuncError> {
        self.0.cause.as_ref()
    }

    /// The execution error deepest inside this one: where the first function failed.
    pub fn innermost(&self) -> &ExecError {
        let mut deepest = self;
        let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(self);
        while let Some(error) = cause {
            if let Some(inner) = error.downcast_ref::<ExecError>() {
                deepest = inner;
            }
            cause = error.source();
        }
        deepest
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        f.write_str("template: ")?;
        if let Some((location, context)) = &parts.at {
            let Location { source, line, column, .. } = location;
            let template = crate::fmt::quote(parts.template.as_bytes());
            write!(f, "{source}:{line}:{column}: executing {template} at <{context}>: ")?;
        } else if parts.kind != ExecErrorKind::NoTemplate {
            write!(f, "{}: ", parts.template)?;
        }
        f.write_str(&parts.message)?;
        parts.cause.as_ref().map_or(Ok(()), |cause| cause.fmt(f))
    }
}

impl fmt::Debug for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ExecError {
    /// The next error of Go's `errors.Unwrap` chain whose text differs from this one's.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(FuncError::as_cause)
    }
}
