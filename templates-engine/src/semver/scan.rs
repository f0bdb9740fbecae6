//! The lexical part: what Masterminds' regular expressions accept, as hand-written scanners.

use super::Error;

/// Go's `\s`.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn is_wild_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|')
}

/// Skips white space from `at`.
pub(super) fn skip_space(text: &[u8], at: usize) -> usize {
    run(text, at, is_space)
}

fn run(text: &[u8], at: usize, accept: fn(u8) -> bool) -> usize {
    text[at..].iter().position(|&b| !accept(b)).map_or(text.len(), |n| at + n)
}

/// A version or a constraint's version cut into its parts; each part without its mark.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    /// All of it.
    pub text: &'a [u8],
    /// Major.
    pub major: &'a [u8],
    /// Minor.
    pub minor: Option<&'a [u8]>,
    /// Patch.
    pub patch: Option<&'a [u8]>,
    /// Pre-release.
    pub pre: Option<&'a [u8]>,
    /// Build metadata.
    pub metadata: Option<&'a [u8]>,
}

/// `v?N(.N)?(.N)?(-ID(.ID)*)?(+ID(.ID)*)?` from `at`, as far as it goes.
fn parts(text: &[u8], at: usize, digit: fn(u8) -> bool) -> Option<Parts<'_>> {
    let start = if text.get(at) == Some(&b'v') { at + 1 } else { at };
    let mut end = run(text, start, digit);
    if end == start {
        return None;
    }
    let mut found = Parts { major: &text[start..end], ..Parts::default() };
    (found.minor, end) = marked(text, end, b'.', digit);
    if found.minor.is_some() {
        (found.patch, end) = marked(text, end, b'.', digit);
    }
    (found.pre, end) = identifiers(text, end, b'-');
    (found.metadata, end) = identifiers(text, end, b'+');
    found.text = &text[at..end];
    Some(found)
}

fn marked(text: &[u8], at: usize, mark: u8, accept: fn(u8) -> bool) -> (Option<&[u8]>, usize) {
    if text.get(at) == Some(&mark) {
        let end = run(text, at + 1, accept);
        if end > at + 1 {
            return (Some(&text[at + 1..end]), end);
        }
    }
    (None, at)
}

fn identifiers(text: &[u8], at: usize, mark: u8) -> (Option<&[u8]>, usize) {
    let (first, mut end) = marked(text, at, mark, is_identifier);
    if first.is_none() {
        return (None, at);
    }
    while let (Some(_), next) = marked(text, end, b'.', is_identifier) {
        end = next;
    }
    (Some(&text[at + 1..end]), end)
}

/// A whole text as a loose version.
pub(super) fn loose_version(text: &[u8]) -> Option<Parts<'_>> {
    parts(text, 0, |b| b.is_ascii_digit()).filter(|found| found.text.len() == text.len())
}

/// A constraint's version at `at`, wildcards allowed.
pub(super) fn wild_version(text: &[u8], at: usize) -> Option<Parts<'_>> {
    parts(text, at, is_wild_digit)
}

/// The operator at `at` (possibly empty), or `None` when the run of operator signs is none.
pub(super) fn operator(text: &[u8], at: usize) -> Option<(super::constraint::Op, usize)> {
    let end = run(text, at, |b| matches!(b, b'=' | b'!' | b'<' | b'>' | b'~' | b'^'));
    super::constraint::Op::parse(&text[at..end]).map(|op| (op, end))
}

/// Replaces each `A - B` by `>= A, <= B `, the way Masterminds does before anything else.
pub(super) fn rewrite_ranges(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    while at < text.len() {
        let Some((range, low, high)) = range_at(text, at) else {
            at += 1;
            continue;
        };
        let rewritten = [b">= ", low, b", <= ", high, b" "].concat();
        if let Some(position) = out.windows(range.len()).position(|window| window == range) {
            out.splice(position..position + range.len(), rewritten);
        }
        at += range.len();
    }
    out
}

fn range_at(text: &[u8], at: usize) -> Option<(&[u8], &[u8], &[u8])> {
    let start = skip_space(text, at);
    let low = wild_version(text, start)?.text;
    let dash = skip_space(text, start + low.len());
    if dash == start + low.len() || text.get(dash) != Some(&b'-') {
        return None;
    }
    let second = skip_space(text, dash + 1);
    if second == dash + 1 {
        return None;
    }
    let high = wild_version(text, second)?.text;
    let end = skip_space(text, second + high.len());
    Some((&text[at..end], low, high))
}

/// What `strconv.ParseUint` makes of it.
pub(super) fn parse_uint(text: &[u8]) -> Result<u64, String> {
    let message = |what: &str| format!("strconv.ParseUint: parsing {}: {what}", crate::quote::quoted(text));
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(message("invalid syntax"));
    }
    text.iter()
        .try_fold(0u64, |n, b| n.checked_mul(10)?.checked_add(u64::from(b - b'0')))
        .ok_or_else(|| message("value out of range"))
}

/// Checks a pre-release's identifiers.
pub(super) fn validate_prerelease(text: &[u8]) -> Result<(), Error> {
    for part in text.split(|&b| b == b'.') {
        if part.is_empty() || !part.iter().copied().all(is_identifier) {
            return Err(Error::InvalidPrerelease);
        }
        if part.len() > 1 && part[0] == b'0' && part.iter().all(u8::is_ascii_digit) {
            return Err(Error::SegmentStartsZero);
        }
    }
    Ok(())
}

/// Checks build metadata's identifiers.
pub(super) fn validate_metadata(text: &[u8]) -> Result<(), Error> {
    let good = |part: &[u8]| !part.is_empty() && part.iter().copied().all(is_identifier);
    if text.split(|&b| b == b'.').all(good) { Ok(()) } else { Err(Error::InvalidMetadata) }
}
