//! What one call may build. Sprig has no such bounds: there the process dies.

use crate::exec::FuncError;

/// Most bytes of text that one call may build.
pub const MAX_TEXT: usize = 64 << 20;
/// Most items that one call may build or visit.
pub const MAX_ITEMS: usize = 10_000_000;
/// Deepest nesting of maps and lists that one call follows.
pub const MAX_NESTING: usize = 400;

/// What a walk through nested values may still visit.
pub(super) struct Budget {
    what: &'static str,
    items: usize,
}

impl Budget {
    /// A full budget; `what` names the work in errors.
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, items: MAX_ITEMS }
    }

    /// Takes one item at `depth`.
    pub(super) fn visit(&mut self, depth: usize) -> Result<(), FuncError> {
        if depth > MAX_NESTING {
            let what = self.what;
            return Err(FuncError::new(format!("{what}: value is nested deeper than {MAX_NESTING} levels")));
        }
        match self.items.checked_sub(1) {
            Some(left) => self.items = left,
            None => return Err(too_many(self.what)),
        }
        Ok(())
    }
}

/// Refuses a text of more than [`MAX_TEXT`] bytes (`None`: more than can be counted).
pub(super) fn check_text(what: &str, length: Option<usize>) -> Result<(), FuncError> {
    match length {
        Some(length) if length <= MAX_TEXT => Ok(()),
        _ => Err(FuncError::new(format!("{what}: the result would be longer than {MAX_TEXT} bytes"))),
    }
}

/// Refuses more than [`MAX_ITEMS`] items (`None`: more than can be counted).
pub(super) fn check_items(what: &str, count: Option<usize>) -> Result<(), FuncError> {
    match count {
        Some(count) if count <= MAX_ITEMS => Ok(()),
        _ => Err(too_many(what)),
    }
}

fn too_many(what: &str) -> FuncError {
    FuncError::new(format!("{what}: more than {MAX_ITEMS} items"))
}
