//! What Helm logs while it works on values, as data.

use super::gotext::Quoted;
use std::fmt;
use templates_engine::quote::is_print;

/// A log line's level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `level=INFO`
    Info,
    /// `level=WARN`
    Warn,
}

/// A line that Helm writes to stderr through Go's `slog`; `Display` is the line, without its newline.
///
/// ```
/// use skiff::values::warning::Warning;
/// let warning = Warning::info("warning: skipped value for a.b: Not a table.");
/// assert_eq!(warning.to_string(), r#"level=INFO msg="warning: skipped value for a.b: Not a table.""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// How grave it is.
    pub level: Level,
    /// The message.
    pub message: String,
    /// Names and values that follow the message.
    pub attributes: Vec<(&'static str, String)>,
}

impl Warning {
    /// A line of level INFO without attributes, which is what Go's older `log` package becomes.
    pub fn info(message: impl Into<String>) -> Self {
        Self { level: Level::Info, message: message.into(), attributes: Vec::new() }
    }

    /// A line of level WARN.
    pub fn warn(message: impl Into<String>, attributes: Vec<(&'static str, String)>) -> Self {
        Self { level: Level::Warn, message: message.into(), attributes }
    }

    pub(crate) fn unresolved_urn(urn: &str) -> Self {
        Self::warn("unresolved URN reference ignored; using permissive schema", vec![("urn", urn.to_owned())])
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Info => "INFO",
            Level::Warn => "WARN",
        };
        write!(f, "level={level} msg={}", Attribute(&self.message))?;
        self.attributes.iter().try_for_each(|(name, value)| write!(f, " {name}={}", Attribute(value)))
    }
}

/// A value of slog's text form: quoted where it is empty or holds a blank, a quote, `=` or something unprintable.
struct Attribute<'a>(&'a str);

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let odd = |c: char| match c {
            ' ' | '"' | '=' => true,
            c if c.is_ascii() => c < ' ',
            c => c == char::REPLACEMENT_CHARACTER || !is_print(c),
        };
        let plain = !self.0.is_empty() && !self.0.contains(odd);
        if plain { f.write_str(self.0) } else { write!(f, "{}", Quoted(self.0)) }
    }
}
