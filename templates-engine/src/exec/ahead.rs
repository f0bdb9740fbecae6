//! Templates parsed by another thread before they can be given to a set.

use super::{FuncMap, Limits};
use crate::parse::{self, BYTES_PER_THREAD, FunctionNames, Parsed};
use bytes::Bytes;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// Texts that another thread has begun to parse; clones are the same. The default has begun nothing.
///
/// ```
/// use templates_engine::exec::{FuncMap, Limits, ParseAhead, TemplateSet};
/// let text = bytes::Bytes::from("{{print 1}}".repeat(100_000));
/// let ahead = ParseAhead::start(vec![text.clone()], &Limits::default(), FuncMap::new);
/// // … what has to be known before the templates have their names …
/// let mut set = TemplateSet::new("gotpl", FuncMap::new());
/// set.parse_all(&[("a", text)], &ahead)?;
/// assert!(set.contains("a"));
/// # Ok::<(), templates_engine::parse::ParseError>(())
/// ```
#[derive(Clone, Default)]
pub struct ParseAhead(Option<Arc<Mutex<Option<parse::Ahead>>>>);

impl ParseAhead {
    /// Begins to parse texts, in a thread of its own, for sets with these functions and limits. Too few texts
    /// to be worth a thread are left alone, and so is a machine that runs one thread at a time.
    pub fn start(texts: Vec<Bytes>, limits: &Limits, funcs: impl FnOnce() -> FuncMap) -> Self {
        let size: usize = texts.iter().map(Bytes::len).sum();
        if size < 2 * BYTES_PER_THREAD || thread::available_parallelism().map_or(1, usize::from) < 2 {
            return Self::default();
        }
        let ahead = parse::Ahead::start(FunctionNames::new(funcs().names()), texts, limits.stack);
        Self(ahead.map(|ahead| Arc::new(Mutex::new(Some(ahead)))))
    }

    /// What has been parsed of `texts`, and the rest of them, in their order; `None` when nothing was begun, or
    /// with other functions, or it was taken before.
    pub(super) fn take(&self, texts: &[(&str, Bytes)], funcs: &FunctionNames) -> Option<Vec<Parsed>> {
        let ahead = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        ahead.finish(texts, funcs)
    }
}

impl fmt::Debug for ParseAhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParseAhead").field(&self.0.is_some()).finish()
    }
}
