//! What lines two texts differ by.

use similar::{
    DiffOp, DiffTag,
    algorithms::{Capture, Compact, Replace, myers},
    group_diff_ops,
};
use std::{collections::BTreeMap, fmt, ops::Range};

/// A line of two texts, with its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// It stands in both.
    Same(&'a str),
    /// It stands in the old text alone.
    Gone(&'a str),
    /// It stands in the new text alone.
    New(&'a str),
}

/// Lines that changed, among some that did not. As text it is the head of a hunk of a unified diff: `@@ -1,3 +1,4 @@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk<'a> {
    /// Which lines of the old text these are, from 0.
    pub old: Range<usize>,
    /// Which lines of the new text.
    pub new: Range<usize>,
    /// The lines of both.
    pub lines: Vec<Line<'a>>,
}

impl fmt::Display for Hunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Empty ranges are named by the line before them.
        let range = |range: &Range<usize>| match range.len() {
            0 => format!("{},0", range.start),
            1 => format!("{}", range.start + 1),
            length => format!("{},{length}", range.start + 1),
        };
        write!(f, "@@ -{} +{} @@", range(&self.old), range(&self.new))
    }
}

/// The differences of two texts by lines, with up to `context` lines around each.
///
/// ```
/// use skiff_compact::{Line, hunks};
/// let found = hunks("a\nb\nc\n", "a\nB\nc\n", 1);
/// assert_eq!(found[0].to_string(), "@@ -1,3 +1,3 @@");
/// assert_eq!(found[0].lines, [Line::Same("a\n"), Line::Gone("b\n"), Line::New("B\n"), Line::Same("c\n")]);
/// ```
#[must_use]
pub fn hunks<'a>(old: &'a str, new: &'a str, context: usize) -> Vec<Hunk<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    // Lines as numbers: the algorithm is compiled for them alone.
    let mut numbers = BTreeMap::new();
    let mut number = |lines: &[&'a str]| -> Vec<u32> {
        let mut place = |line| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(line).or_insert(next)
        };
        lines.iter().map(|line| place(*line)).collect()
    };
    let (left, right) = (number(&old), number(&new));
    let (left, right) = (left.as_slice(), right.as_slice());
    let mut found = Compact::new(Replace::new(Capture::new()), left, right);
    let done = myers::diff(&mut found, left, 0..left.len(), right, 0..right.len());
    // Capturing cannot fail.
    let Ok(()) = done;
    let groups = group_diff_ops(found.into_inner().into_inner().into_ops(), context);
    groups.iter().filter_map(|group| hunk(group, &old, &new)).collect()
}

/// The differences of two texts as a unified diff, without names of files.
///
/// ```
/// assert_eq!(skiff_compact::unified("a\nb\n", "a\nc\n", 3), "@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
/// ```
#[must_use]
pub fn unified(old: &str, new: &str, context: usize) -> String {
    let mut out = String::new();
    for hunk in hunks(old, new, context) {
        out.push_str(&format!("{hunk}\n"));
        for line in hunk.lines {
            let (sign, text) = match line {
                Line::Same(text) => (' ', text),
                Line::Gone(text) => ('-', text),
                Line::New(text) => ('+', text),
            };
            out.push(sign);
            out.push_str(text);
            if !text.ends_with('\n') {
                out.push('\n');
            }
        }
    }
    out
}

fn hunk<'a>(group: &[DiffOp], old: &[&'a str], new: &[&'a str]) -> Option<Hunk<'a>> {
    let (first, last) = (group.first()?, group.last()?);
    let mut lines = Vec::new();
    for operation in group {
        let gone = old.get(operation.old_range()).unwrap_or_default();
        let come = new.get(operation.new_range()).unwrap_or_default();
        if operation.tag() == DiffTag::Equal {
            lines.extend(gone.iter().map(|line| Line::Same(line)));
        } else {
            lines.extend(gone.iter().map(|line| Line::Gone(line)));
            lines.extend(come.iter().map(|line| Line::New(line)));
        }
    }
    Some(Hunk {
        old: first.old_range().start..last.old_range().end,
        new: first.new_range().start..last.new_range().end,
        lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_hunks() {
        assert_eq!(hunks("a\nb\n", "a\nb\n", 3), []);
        assert_eq!(hunks("", "", 3), []);
    }

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let old: String = (0..30).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n2\n", "\ntwo\n").replace("\n25\n", "\n");
        let heads: Vec<String> = hunks(&old, &new, 3).iter().map(ToString::to_string).collect();
        assert_eq!(heads, ["@@ -1,6 +1,6 @@", "@@ -23,7 +23,6 @@"]);
    }

    #[test]
    fn what_is_all_new_or_all_gone_begins_before_the_first_line() {
        assert_eq!(hunks("", "a\nb", 3)[0].to_string(), "@@ -0,0 +1,2 @@");
        let gone = hunks("a", "", 3);
        assert_eq!(
            (gone[0].to_string().as_str(), gone[0].lines.as_slice()),
            ("@@ -1 +0,0 @@", [Line::Gone("a")].as_slice())
        );
    }
}
