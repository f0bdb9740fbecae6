//! Go's `regexp`: RE2 syntax by a parser of our own, run by regex-automata, leftmost-first.
//!
//! The syntax trees of the two worlds differ in places that charts reach: `\d \w \s \b` are
//! ASCII, `\Q…\E` quotes, `a{,2}` is text, `\z` ends the text, repeat counts stop at 1000.
//! Searching takes time linear in the text, as in Go; compiled size is limited.
//!
//! ```
//! use templates_engine::regexp::Regexp;
//!
//! let re = Regexp::compile(br"(?P<name>\w+)-(\d+)").map_err(|e| e.to_string())?;
//! assert_eq!(re.replace_all(b"pod-12 web-3", b"$2.${name}"), b"12.pod 3.web");
//! let error = Regexp::compile(b"a(b").unwrap_err();
//! assert_eq!(error.to_string(), "error parsing regexp: missing closing ): `a(b`");
//! # Ok::<(), String>(())
//! ```

mod ast;
mod class;
mod error;
mod expand;
mod names;
mod parse;
mod runes;
mod scan;
mod text;

pub use error::{Error, ErrorCode};

use regex_automata::{Input, meta, util::captures::Captures};
use std::{fmt, ops::Range};
use text::Text;

/// Most ranges in all of a pattern's classes together.
const MAX_CLASS_RANGES: usize = 1 << 20;
/// Most memory of a compiled pattern; Go allows 128 MB.
const MAX_COMPILED_SIZE: usize = 32 << 20;

/// A compiled regular expression.
#[derive(Clone)]
pub struct Regexp {
    engine: meta::Regex,
    /// Group names, the whole match first; empty where a group has none.
    names: Vec<String>,
    pattern_is_empty: bool,
}

impl fmt::Debug for Regexp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Regexp").field("names", &self.names).finish_non_exhaustive()
    }
}

/// Byte ranges of a match and its groups; `None` for a group that took no part.
pub type Submatches = Vec<Option<Range<usize>>>;

impl Regexp {
    /// `regexp.Compile`.
    ///
    /// # Errors
    /// What regexp/syntax refuses, in its words; a pattern that compiles to more than 32 MB is
    /// "expression too large" (Go stops at 128 MB).
    pub fn compile(pattern: &[u8]) -> Result<Self, Error> {
        let (hir, names) = parse::parse(pattern)?;
        let config = meta::Config::new().nfa_size_limit(Some(MAX_COMPILED_SIZE));
        let engine = meta::Builder::new().configure(config).build_from_hir(&hir);
        let engine = engine.map_err(|_| Error::new(ErrorCode::Large, pattern))?;
        Ok(Self { engine, names, pattern_is_empty: pattern.is_empty() })
    }

    /// `MatchString`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.engine.is_match(&*Text::new(text))
    }

    /// `FindStringIndex`.
    pub fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        let text = Text::new(text);
        self.engine.find(&*text).map(|found| text.origin(found.range()))
    }

    /// `FindAllStringIndex`: at most `n` matches, all of them when `n` is negative.
    pub fn find_all(&self, text: &[u8], n: i64) -> Vec<Range<usize>> {
        let text = Text::new(text);
        let mut found = Vec::new();
        self.each(
            &text,
            n,
            |input| self.engine.search(input).map(|m| m.range()),
            |range| {
                found.push(text.origin(range.clone()));
            },
        );
        found
    }

    /// `FindAllStringSubmatchIndex`: at most `n` matches, all of them when `n` is negative.
    pub fn find_all_submatches(&self, text: &[u8], n: i64) -> Vec<Submatches> {
        let text = Text::new(text);
        let captures = std::cell::RefCell::new(self.engine.create_captures());
        let mut found = Vec::new();
        let search = |input: &Input<'_>| {
            self.engine.search_captures(input, &mut captures.borrow_mut());
            captures.borrow().get_match().map(|m| m.range())
        };
        self.each(&text, n, search, |_| found.push(self.submatches(&captures.borrow(), &text)));
        found
    }

    /// `ReplaceAllString`: `$1`, `${1}` and `$name` in the replacement stand for groups.
    pub fn replace_all(&self, text: &[u8], replacement: &[u8]) -> Vec<u8> {
        if !replacement.contains(&b'$') {
            return self.replace_all_literal(text, replacement);
        }
        let template = expand::Template::parse(replacement, &self.names);
        let source = Text::new(text);
        let mut captures = self.engine.create_captures();
        let mut groups = Vec::new();
        self.replace(text, &source, |input, out| {
            match out {
                None => {
                    self.engine.search_captures(input, &mut captures);
                    groups = self.submatches(&captures, &source);
                }
                Some(out) => template.expand(text, &groups, out),
            }
            captures.get_match().map(|m| m.range())
        })
    }

    /// `ReplaceAllLiteralString`.
    pub fn replace_all_literal(&self, text: &[u8], replacement: &[u8]) -> Vec<u8> {
        self.replace(text, &Text::new(text), |input, out| match out {
            None => self.engine.search(input).map(|m| m.range()),
            Some(out) => {
                out.extend_from_slice(replacement);
                None
            }
        })
    }

    /// `Split`: at most `n` pieces, none when `n` is 0, all when it is negative.
    pub fn split(&self, text: &[u8], n: i64) -> Vec<Range<usize>> {
        if n == 0 {
            return Vec::new();
        }
        // An empty pattern makes no piece of an empty text; any other makes one.
        if text.is_empty() && !self.pattern_is_empty {
            return std::iter::once(0..0).collect();
        }
        let mut pieces = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for found in self.find_all(text, n) {
            if n > 0 && pieces.len() as i64 == n - 1 {
                break;
            }
            end = found.start;
            if found.end != 0 {
                pieces.push(begin..end);
            }
            begin = found.end;
        }
        if end != text.len() {
            pieces.push(begin..text.len());
        }
        pieces
    }

    // A group inside `{0}` is compiled away, but still counts as one that took no part.
    fn submatches(&self, captures: &Captures, text: &Text<'_>) -> Submatches {
        let mut groups: Submatches =
            captures.iter().map(|g| g.map(|span| text.origin(span.range()))).collect();
        groups.resize(self.names.len(), None);
        groups
    }

    /// Go's walk over all matches: an empty match right behind another match does not count.
    fn each(
        &self,
        text: &Text<'_>,
        n: i64,
        mut search: impl FnMut(&Input<'_>) -> Option<Range<usize>>,
        mut deliver: impl FnMut(&Range<usize>),
    ) {
        let mut left = usize::try_from(n).unwrap_or(usize::MAX);
        let (mut position, mut previous_end) = (0, None);
        while left > 0 && position <= text.len() {
            let input = Input::new(&**text).range(position..);
            let Some(found) = search(&input) else { break };
            let mut accept = true;
            if found.end == position {
                accept = previous_end != Some(found.start);
                position += text.width(position).max(1);
            } else {
                position = found.end;
            }
            previous_end = Some(found.end);
            if accept {
                deliver(&found);
                left -= 1;
            }
        }
    }

    /// Go's replacement loop. `step` searches when it gets no buffer, and writes the replacement
    /// of what it found last when it gets one.
    fn replace(
        &self,
        original: &[u8],
        text: &Text<'_>,
        mut step: impl FnMut(&Input<'_>, Option<&mut Vec<u8>>) -> Option<Range<usize>>,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut last_end, mut position) = (0, 0);
        while position <= text.len() {
            let input = Input::new(&**text).range(position..);
            let Some(found) = step(&input, None) else { break };
            out.extend_from_slice(&original[text.origin(last_end..found.start)]);
            if found.end > last_end || found.start == 0 {
                step(&input, Some(&mut out));
            }
            last_end = found.end;
            let width = text.width(position).max(1);
            position = if position + width > found.end { position + width } else { found.end };
        }
        out.extend_from_slice(&original[text.origin(last_end..text.len())]);
        out
    }
}

/// `regexp.QuoteMeta`: the text with every metacharacter escaped.
pub fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_compiles_to_gigabytes_is_refused_quickly() {
        for pattern in [r"\pL{1000}", r"((\pL{10}){10}){10}"] {
            assert_eq!(Regexp::compile(pattern.as_bytes()).unwrap_err().code, ErrorCode::Large);
        }
        let many = r"\pL".repeat(100_000);
        assert_eq!(Regexp::compile(many.as_bytes()).unwrap_err().code, ErrorCode::Large);
    }

    #[test]
    fn a_thousand_open_groups_end_in_an_error_and_not_in_a_crash() {
        let deep = "(".repeat(2_000_000);
        assert_eq!(Regexp::compile(deep.as_bytes()).unwrap_err().code, ErrorCode::NestingDepth);
    }
}
