//! What a command fails with: Helm's line, a hint, an exit code.

use std::{error::Error, io};

/// A failed command.
///
/// Any error converts into one by `?`: its message is the error's chain joined with `": "`, which is how Go's
/// wrapped errors read. The line that users see is `Error: {message}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// Helm's message, without `Error: `.
    pub message: String,
    /// One more line of help. It is shown only where a terminal reads standard error, so that scripts see
    /// Helm's bytes.
    pub hint: Option<String>,
    /// What the process exits with.
    pub code: u8,
    /// What is said beside the message.
    pub report: Report,
}

/// How a failure is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// `Error: {message}`.
    Line,
    /// `Error: {message}` and where to find help: the command line itself was not understood.
    LineAndUsage,
    /// `level=WARN msg="command failed" error=…`: what Helm says where it fails before any command.
    Log,
    /// `level=INFO msg={message}`: what Go's `log.Fatal` becomes in Helm.
    Fatal,
    /// Nothing: whoever read the output is gone.
    Silent,
}

/// What a shell reports for a program that ended because its reader went away (128 + SIGPIPE).
const BROKEN_PIPE: u8 = 141;

impl CliError {
    /// A failure with this message and exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, code: 1, report: Report::Line }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts `context: ` before the message.
    #[must_use]
    pub fn context(mut self, context: impl std::fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// Sets how it is reported.
    #[must_use]
    pub fn report(mut self, report: Report) -> Self {
        self.report = report;
        self
    }
}

impl<E: Error + 'static> From<E> for CliError {
    fn from(error: E) -> Self {
        let (mut message, mut broken) = (String::new(), false);
        let mut next: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(error) = next {
            if !message.is_empty() {
                message.push_str(": ");
            }
            message.push_str(&error.to_string());
            let io = error.downcast_ref::<io::Error>();
            broken |= io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
            next = error.source();
        }
        let failure = Self::new(message);
        if broken { Self { code: BROKEN_PIPE, report: Report::Silent, ..failure } } else { failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot load chart")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("Chart.yaml is missing")]
    struct Inner;

    #[test]
    fn a_chain_becomes_one_line() {
        assert_eq!(CliError::from(Outer(Inner)).message, "cannot load chart: Chart.yaml is missing");
    }

    #[test]
    fn a_broken_pipe_ends_the_program_quietly() {
        let error = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((error.report, error.code), (Report::Silent, 141));
    }
}
