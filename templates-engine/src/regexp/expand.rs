//! `$1`, `${1}`, `$name` and `$$` in replacements.

use super::{Regexp, Submatches};
use std::sync::LazyLock;

enum Piece<'a> {
    Text(&'a [u8]),
    Group(usize),
    /// Every group of that name; the first that took part counts.
    Named(Vec<usize>),
}

/// A replacement cut into text and groups.
pub(super) struct Template<'a>(Vec<Piece<'a>>);

impl<'a> Template<'a> {
    pub(super) fn parse(mut rest: &'a [u8], names: &[String]) -> Self {
        let mut pieces = Vec::new();
        while let Some(dollar) = rest.iter().position(|&b| b == b'$') {
            pieces.push(Piece::Text(&rest[..dollar]));
            let after = &rest[dollar + 1..];
            if after.first() == Some(&b'$') {
                pieces.push(Piece::Text(b"$"));
                rest = &after[1..];
                continue;
            }
            rest = match reference(after) {
                Some((name, rest)) => {
                    pieces.push(match number(name) {
                        Some(number) => Piece::Group(number),
                        None => Piece::Named(positions(names, name)),
                    });
                    rest
                }
                None => {
                    pieces.push(Piece::Text(b"$"));
                    after
                }
            };
        }
        pieces.push(Piece::Text(rest));
        Self(pieces)
    }

    /// Appends the replacement of one match.
    pub(super) fn expand(&self, text: &[u8], groups: &Submatches, out: &mut Vec<u8>) {
        let group = |&at: &usize| groups.get(at).cloned().flatten();
        for piece in &self.0 {
            let range = match piece {
                Piece::Text(text) => {
                    out.extend_from_slice(text);
                    continue;
                }
                Piece::Group(at) => group(at),
                Piece::Named(positions) => positions.iter().find_map(group),
            };
            out.extend_from_slice(range.map(|range| &text[range]).unwrap_or_default());
        }
    }
}

fn positions(names: &[String], name: &[u8]) -> Vec<usize> {
    names.iter().enumerate().filter(|(_, known)| known.as_bytes() == name).map(|(at, _)| at).collect()
}

/// A name of letters, digits and `_`, in braces or not, and what follows it.
fn reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let braced = text.strip_prefix(b"{");
    let body = braced.unwrap_or(text);
    let valid = body.utf8_chunks().next().map(|chunk| chunk.valid()).unwrap_or_default();
    let length = valid.find(|c| !is_name(c)).unwrap_or(valid.len());
    let (name, rest) = body.split_at(length);
    if name.is_empty() {
        return None;
    }
    Some((name, if braced.is_some() { rest.strip_prefix(b"}")? } else { rest }))
}

// unicode.IsLetter and unicode.IsDigit: categories L and Nd.
fn is_name(c: char) -> bool {
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphanumeric();
    }
    static NAME: LazyLock<Option<Regexp>> = LazyLock::new(|| Regexp::compile(br"^[\pL\p{Nd}]$").ok());
    NAME.as_ref().is_some_and(|name| name.is_match(c.encode_utf8(&mut [0; 4]).as_bytes()))
}

fn number(name: &[u8]) -> Option<usize> {
    if name.len() > 1 && name[0] == b'0' {
        return None;
    }
    name.iter().try_fold(0usize, |n, &b| {
        (b.is_ascii_digit() && n < 100_000_000).then(|| n * 10 + usize::from(b - b'0'))
    })
}
