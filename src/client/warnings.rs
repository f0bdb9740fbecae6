//! What API servers want people to know: `Warning` headers, kept until somebody prints them.

use crate::clock::{Clock, SystemClock};
use jiff::Zoned;
use std::sync::{Arc, Mutex, PoisonError};

/// The most warnings that are kept; a server could send them without end.
const MAX_WARNINGS: usize = 10_000;

/// A warning and when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// When it came.
    pub at: Zoned,
    /// What the server says.
    pub text: String,
}

/// Warnings that came and were not printed yet. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<Mutex<Vec<Warning>>>);

impl Warnings {
    /// Takes those that came so far.
    pub fn take(&self) -> Vec<Warning> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps the warning of a header; other codes than Kubernetes' are passed over, as client-go does.
    pub(super) fn add(&self, header: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = text(header).filter(|_| kept.len() < MAX_WARNINGS) {
            kept.push(Warning { at: SystemClock.local(), text });
        }
    }
}

/// The text of `299 - "text"`.
fn text(header: &str) -> Option<String> {
    let (_agent, rest) = header.trim().strip_prefix("299 ")?.split_once(' ')?;
    let mut text = String::new();
    let mut chars = rest.trim().strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_kubernetes_are_kept() {
        let warnings = Warnings::default();
        for header in ["299 - \"a \\\"b\\\"\"", "199 - \"no\"", "299 - \"\"", "299 - \"open", "299"] {
            warnings.add(header);
        }
        let texts: Vec<String> = warnings.take().into_iter().map(|warning| warning.text).collect();
        assert_eq!(texts, ["a \"b\""]);
        assert_eq!(warnings.take(), []);
    }
}
