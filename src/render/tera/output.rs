//! Running Tera, and its errors in the words a chart's author knows.

use std::io::{self, Write};
use templates_engine::exec::Limits;
use tera::{Context, Error, ErrorKind, Tera};

/// Most bytes one Tera file or block may write: what a Go template may.
fn max_output() -> usize {
    Limits::default().output
}

struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = max_output();
        if self.0.len() + bytes.len() > most {
            return Err(io::Error::other(format!("exceeded maximum output of {most} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Renders a file, or a block of `file`.
///
/// # Errors
/// The message with its place, as it shall be shown.
pub(super) fn render(
    tera: &Tera,
    file: Option<&str>,
    name: &str,
    context: &Context,
) -> Result<Vec<u8>, String> {
    let mut out = Bounded(Vec::new());
    let done = match file {
        Some(file) => tera.render_block_to(file, name, context, &mut out),
        None => tera.render_to(name, context, &mut out),
    };
    done.map_err(|error| render_error(file.unwrap_or(name), &error))?;
    Ok(out.0)
}

/// What goes wrong before rendering.
pub(super) fn parse_error(error: &Error) -> String {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let (line, column) = (report.span().start_line, report.span().start_col + 1);
            format!("parse error at ({}:{line}:{column}): {}", report.filename(), report.message())
        }
        _ => format!("parse error: {}", messages(error)),
    }
}

fn messages(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn render_error(name: &str, error: &Error) -> String {
    let (place, message) = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let (line, column) = (report.span().start_line, report.span().start_col + 1);
            let file = if report.filename().is_empty() { name } else { report.filename() };
            let mut message = report.message().to_owned();
            if let Some(cause) = std::error::Error::source(error) {
                message = format!("{message}: {cause}");
            }
            (format!("{file}:{line}:{column}"), message)
        }
        _ => (name.to_owned(), messages(error)),
    };
    // A message worded further inside has its own place.
    if let Some(inner) = super::worded(&message) {
        return inner.to_owned();
    }
    let message = crate::render::error::warned(&message).unwrap_or(&message);
    format!("execution error at ({place}): {message}")
}
