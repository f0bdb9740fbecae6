//! Log records as the text handler of Go's `slog` writes them, without time, as Helm has it.

use crate::{
    log::{Level, Record},
    values::gotext::Quoted,
};
use jiff::Zoned;
use std::fmt::Write;

/// One record as a line, newline included.
///
/// ```
/// use skiff::{log::{Level, Record}, output::log::line};
/// let record = Record::new(Level::Warn, "this chart is deprecated").with("chart", "web");
/// assert_eq!(line(&record), "level=WARN msg=\"this chart is deprecated\" chart=web\n");
/// ```
pub fn line(record: &Record) -> String {
    let level = match record.level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    let mut line = format!("level={level} msg={}", word(&record.message));
    for (name, value) in &record.attributes {
        // Writing to a String cannot fail.
        let _ = write!(line, " {}={}", word(name), word(value));
    }
    line.push('\n');
    line
}

/// An API server's warning as a line of client-go's logger, which Helm leaves as it is.
///
/// ```
/// use skiff::output::log::klog_warning;
/// let at = "2026-01-02T03:04:05.000006Z".parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC);
/// let line = "I0102 03:04:05.000006      42 warnings.go:107] \"Warning: v1 Endpoints is deprecated\"\n";
/// assert_eq!(klog_warning(&at, 42, "v1 Endpoints is deprecated"), line);
/// ```
pub fn klog_warning(at: &Zoned, process: u32, text: &str) -> String {
    let text = format!("Warning: {text}");
    format!("I{} {process:>7} warnings.go:107] {}\n", at.strftime("%m%d %H:%M:%S.%6f"), Quoted(&text))
}

fn word(text: &str) -> String {
    if needs_quotes(text) { Quoted(text).to_string() } else { text.to_owned() }
}

fn needs_quotes(text: &str) -> bool {
    // Backslashes alone do not make slog quote.
    text.is_empty()
        || text.chars().any(|c| match c {
            '\\' => false,
            ' ' | '"' | '=' => true,
            _ if c.is_ascii() => c.is_ascii_control(),
            _ => {
                c.is_whitespace()
                    || c == char::REPLACEMENT_CHARACTER
                    || Quoted(&c.to_string()).to_string().len() != c.len_utf8() + 2
            }
        })
}
