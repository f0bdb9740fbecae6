//! Splitting a file into documents.

use memchr::memmem::Finder;
use std::sync::LazyLock;

/// The documents of a rendered file, without leading white space, blank ones left out.
///
/// A separator is `---` at the start of any line, with the blanks after it: what follows on the
/// same line belongs to the next document, since charts in the wild rely on it (Helm's
/// `SplitManifests`).
///
/// ```
/// let docs: Vec<_> = skiff::manifest::split_manifests("\n---\na: 1\n---b: 2\n").collect();
/// assert_eq!(docs, ["a: 1\n", "b: 2\n"]);
/// ```
pub fn split_manifests(file: &str) -> impl Iterator<Item = &str> {
    Documents { rest: Some((file.trim_start_matches(is_go_space), true)) }
        .map(|doc| doc.trim_start_matches(is_go_space))
        .filter(|doc| !doc.is_empty())
}

/// Go's `unicode.IsSpace`, which is Unicode's White_Space property, as is Rust's.
fn is_go_space(c: char) -> bool {
    c.is_whitespace()
}

struct Documents<'a> {
    /// What is left, and whether it begins a line: what follows a separator does not.
    rest: Option<(&'a str, bool)>,
}

impl<'a> Iterator for Documents<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (rest, begins_line) = self.rest?;
        let Some(at) = separator(rest, begins_line) else {
            self.rest = None;
            return Some(rest);
        };
        self.rest = Some((rest[at + 3..].trim_start_matches([' ', '\t']), false));
        Some(&rest[..at])
    }
}

/// Where the next `---` at the start of a line is.
fn separator(text: &str, begins_line: bool) -> Option<usize> {
    if begins_line && text.starts_with("---") {
        return Some(0);
    }
    static SEPARATOR: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\n---"));
    SEPARATOR.find(text.as_bytes()).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::split_manifests;

    fn split(file: &str) -> Vec<&str> {
        split_manifests(file).collect()
    }

    #[test]
    fn a_separator_takes_the_blanks_after_it() {
        assert_eq!(split("a\n--- \t\nb\n"), ["a\n", "b\n"]);
    }

    #[test]
    fn what_follows_a_separator_on_its_line_starts_the_next_document() {
        assert_eq!(split("---apiVersion: v1\nkind: A"), ["apiVersion: v1\nkind: A"]);
    }

    #[test]
    fn a_second_run_of_dashes_is_text() {
        assert_eq!(split("------ x\n---\n--- ---\ny"), ["--- x\n", "---\ny"]);
    }

    #[test]
    fn an_indented_separator_is_text() {
        assert_eq!(split("a: |\n  ---\n  b"), ["a: |\n  ---\n  b"]);
    }

    #[test]
    fn blank_documents_are_left_out() {
        assert_eq!(split("\n\n---\n\n---\n \n"), Vec::<&str>::new());
    }
}
