//! Paths as Go's `path` package treats them: text with `/`, cleaned without looking at a disk.

use std::{
    cmp::Ordering,
    path::{Path, PathBuf},
};

pub use crate::env::clean;

/// The parts joined and cleaned; empty ones do not count.
///
/// ```
/// assert_eq!(skiff::chart::path::join("charts", "../x"), "x");
/// ```
pub fn join(first: &str, second: &str) -> String {
    crate::env::join(&[first, second])
}

/// Compares paths by their bytes. Those of a chart's files have long beginnings in common, which are passed eight
/// bytes at a time.
///
/// ```
/// use skiff::chart::path::compare;
/// assert!(compare("charts/sub/a", "charts/sub/b").is_lt() && compare("charts/sub/a", "charts/sub").is_gt());
/// ```
pub fn compare(a: &str, b: &str) -> Ordering {
    const CHUNK: usize = size_of::<u64>();
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let pairs = a.as_chunks::<CHUNK>().0.iter().zip(b.as_chunks::<CHUNK>().0);
    let alike = pairs.take_while(|(a, b)| a == b).count() * CHUNK;
    a[alike..].cmp(&b[alike..])
}

/// The last part.
///
/// ```
/// use skiff::chart::path::base;
/// assert_eq!((base("a/b/"), base(""), base("/")), ("b", ".", "/"));
/// ```
pub fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit_once('/') {
        _ if trimmed.is_empty() => "/",
        Some((_, last)) => last,
        None => trimmed,
    }
}

/// All but the last part, cleaned.
///
/// ```
/// use skiff::chart::path::dir;
/// assert_eq!((dir("a/b"), dir("a"), dir("/a")), ("a".to_owned(), ".".to_owned(), "/".to_owned()));
/// ```
pub fn dir(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((parent, _)) => clean(parent),
        None => ".".to_owned(),
    }
}

/// What follows the last dot of the last part, dot included; empty when there is none.
///
/// ```
/// use skiff::chart::path::extension;
/// assert_eq!((extension("a.b/c.tgz"), extension("a.b/c")), (".tgz", ""));
/// ```
pub fn extension(path: &str) -> &str {
    let last = path.rsplit_once('/').map_or(path, |(_, last)| last);
    last.rfind('.').map_or("", |at| &last[at..])
}

/// The path from the root, cleaned (`filepath.Abs`).
///
/// # Errors
/// When the working directory cannot be told.
pub fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    if path.as_os_str().is_empty() {
        return std::path::absolute(".");
    }
    let path = std::path::absolute(path)?;
    Ok(path.to_str().map_or_else(|| path.clone(), |text| clean(text).into()))
}
