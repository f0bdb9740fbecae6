//! Log records as Helm emits them through Go's `slog`; `output::log` words them.

/// How grave a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Shown only with `--debug`.
    Debug,
    /// Shown always.
    Info,
    /// Shown always.
    Warn,
    /// Shown always.
    Error,
}

/// One record: a message and its attributes, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// How grave it is.
    pub level: Level,
    /// The message.
    pub message: String,
    /// Names and values, in the order of the call.
    pub attributes: Vec<(String, String)>,
}

impl Record {
    /// A record without attributes.
    pub fn new(level: Level, message: impl Into<String>) -> Self {
        Self { level, message: message.into(), attributes: Vec::new() }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }
}

/// Takes log records: the terminal's logger, or a `Vec` in tests.
pub trait Log {
    /// Takes one record.
    fn record(&mut self, record: Record);

    /// Takes a warning without attributes.
    fn warn(&mut self, message: &str) {
        self.record(Record::new(Level::Warn, message));
    }

    /// Takes a debug message without attributes.
    fn debug(&mut self, message: &str) {
        self.record(Record::new(Level::Debug, message));
    }
}

impl Log for Vec<Record> {
    fn record(&mut self, record: Record) {
        self.push(record);
    }
}
