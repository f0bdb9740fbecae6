//! Parsing many texts in several threads.

use super::{FunctionNames, ParseError, Scratch, Stack, Tree, parse};
use crate::parallel;
use bytes::Bytes;
use std::sync::Arc;

/// Texts of fewer bytes for each thread are parsed sooner than another thread is started.
pub(crate) const BYTES_PER_THREAD: usize = 128 << 10;
/// What a thread's stack holds besides the parser's frames.
pub(super) const STACK_RESERVE: usize = 256 << 10;

pub(crate) type Parsed = Result<Vec<Arc<Tree>>, ParseError>;

/// Parses texts, given by name; the results are in the order of the texts.
pub(crate) fn parse_all(texts: &[(&str, Bytes)], funcs: &FunctionNames, stack: usize) -> Vec<Parsed> {
    let size = texts.iter().map(|(_, text)| text.len()).sum();
    parallel::map(texts, size, BYTES_PER_THREAD, stack + STACK_RESERVE, || {
        let mut scratch = Scratch::default();
        move |(name, text)| parse(name, text, funcs, Stack::here(stack), &mut scratch)
    })
}
