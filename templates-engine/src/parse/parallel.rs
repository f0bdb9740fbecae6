//! Parsing many texts in several threads.

use super::{FunctionNames, ParseError, Stack, Tree, parse};
use bytes::Bytes;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Texts of fewer bytes for each thread are parsed sooner than another thread is started.
const BYTES_PER_THREAD: usize = 128 << 10;
/// The most threads.
const MAX_THREADS: usize = 4;
/// What a thread's stack holds besides the parser's frames.
const STACK_RESERVE: usize = 256 << 10;

type Parsed = Result<Vec<Arc<Tree>>, ParseError>;

/// Parses texts, given by name. The results are in the order of the texts, and end with the first error.
pub(crate) fn parse_all(texts: &[(&str, Bytes)], funcs: &FunctionNames, stack: usize) -> Vec<Parsed> {
    let next = AtomicUsize::new(0);
    let work = || {
        let stack = Stack::here(stack);
        let mut parsed: Vec<(usize, Parsed)> = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, text)) = texts.get(at) else { return parsed };
            parsed.push((at, parse(name, text, funcs, stack)));
        }
    };
    let mut parsed = thread::scope(|scope| {
        let thread = |_| thread::Builder::new().stack_size(stack + STACK_RESERVE).spawn_scoped(scope, work);
        // Where no thread can be had, the others do its work.
        let helpers: Vec<_> = (1..threads(texts)).map_while(|n| thread(n).ok()).collect();
        let mut parsed = work();
        for helper in helpers {
            parsed.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parsed
    });
    parsed.sort_unstable_by_key(|(at, _)| *at);
    let end = parsed.iter().position(|(_, parsed)| parsed.is_err()).map_or(parsed.len(), |error| error + 1);
    parsed.into_iter().take(end).map(|(_, parsed)| parsed).collect()
}

/// How many threads the texts are worth, this one included.
fn threads(texts: &[(&str, Bytes)]) -> usize {
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let worth = (bytes / BYTES_PER_THREAD).clamp(1, MAX_THREADS);
    if worth == 1 {
        return 1;
    }
    worth.min(thread::available_parallelism().map_or(1, usize::from))
}
