//! What the validation of a value finds, before it becomes errors of fields.

use crate::field::{self, Error};
use serde_json::Value;

/// A path that is none, as Go prints it.
pub(super) const NO_PATH: &str = "<nil>";

/// What a part of the schema found.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) errors: Vec<Found>,
    /// How many checks applied: the best of several alternatives is told by it.
    pub(super) matched: usize,
}

/// One failure before it becomes a field's error.
pub(super) struct Found {
    pub(super) path: String,
    pub(super) message: String,
    pub(super) what: What,
}

pub(super) enum What {
    Required,
    Enum {
        value: Value,
        allowed: Vec<Value>,
    },
    TooLong(i64),
    TooMany {
        actual: i64,
        max: i64,
    },
    Type(Value),
    Other(Option<Value>),
    /// An error without a path of its own: it is told at the root.
    Bare,
}

impl Found {
    pub(super) fn located(self, at: &str) -> Error {
        let own = self.path.trim_start_matches('.');
        let path = match (at, own) {
            ("", "") => NO_PATH.to_owned(),
            (at, "") => at.to_owned(),
            ("", own) => own.to_owned(),
            (at, own) => format!("{at}.{own}"),
        };
        let empty = || Value::from("");
        match self.what {
            What::Required => Error::required(path, ""),
            What::Enum { value, allowed } => {
                let shown = |value: &Value| match value {
                    Value::String(text) => text.clone(),
                    other => field::go_json(other),
                };
                let allowed: Vec<String> = allowed.iter().map(shown).collect();
                let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
                Error::not_supported(path, value, &allowed)
            }
            What::TooLong(max) => Error::too_long(path, max),
            What::TooMany { actual, max } => Error::too_many(path, Some(actual), max),
            What::Type(value) => Error::type_invalid(path, value, self.message),
            What::Other(value) => Error::invalid(path, value.unwrap_or_else(empty), self.message),
            What::Bare => {
                let at = if at.is_empty() { NO_PATH } else { at };
                Error::invalid(at, empty(), self.message)
            }
        }
    }
}

impl Outcome {
    pub(super) fn one(found: Found) -> Self {
        Self { errors: vec![found], matched: 0 }
    }

    /// Adds errors, each text once.
    pub(super) fn merge(&mut self, other: Outcome) {
        self.matched += other.matched;
        for found in other.errors {
            self.add(found);
        }
    }

    pub(super) fn add(&mut self, found: Found) {
        if self.errors.iter().all(|known| known.message != found.message) {
            self.errors.push(found);
        }
    }

    pub(super) fn valid(&self) -> bool {
        self.errors.is_empty()
    }
}
