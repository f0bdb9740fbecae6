//! `.helmignore`: which files of a folder are no part of a chart.
//!
//! Rules are tried in order and the first that speaks decides. A rule with a `/` is about the whole
//! path, others about the last part. `!x` ignores whatever does not match `x`.

mod pattern;

use crate::log::{Level, Log, Record};
pub use pattern::Pattern;

/// The name of the file that holds the rules.
pub const FILE_NAME: &str = ".helmignore";
/// Hidden files in `templates/` are never part of a chart.
const DEFAULT: &str = "templates/.?*";
/// The longest line, as Go's scanner has it.
const MAX_LINE: usize = 64 * 1024;

/// Why a `.helmignore` was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// `**`.
    #[error("double-star (**) syntax is not supported")]
    DoubleStar,
    /// A pattern that cannot be read.
    #[error("syntax error in pattern")]
    Pattern,
    /// A line of 64 KiB or more.
    #[error("bufio.Scanner: token too long")]
    LineTooLong,
}

/// The rules of a `.helmignore`, and Helm's own.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// Without `!`, and `/` at either end.
    text: String,
    /// None when the cut text is no pattern any more: it matches nothing.
    pattern: Option<Pattern>,
    negated: bool,
    only_dirs: bool,
    whole_path: bool,
}

impl Rules {
    /// Reads rules; Helm's own come last.
    ///
    /// # Errors
    /// When a line is no rule.
    ///
    /// ```
    /// let rules = skiff::chart::ignore::Rules::parse(b"# notes\n*.txt\nbuild/\n")?;
    /// assert!(rules.ignores("docs/a.txt", false, &mut Vec::new()));
    /// assert!(!rules.ignores("build", false, &mut Vec::new()));
    /// assert!(rules.ignores("templates/.hidden", false, &mut Vec::new()));
    /// # Ok::<(), skiff::chart::ignore::IgnoreError>(())
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, IgnoreError> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let mut rules = Vec::new();
        for line in text.split(|&b| b == b'\n') {
            if line.len() >= MAX_LINE {
                return Err(IgnoreError::LineTooLong);
            }
            rules.extend(Rule::parse(String::from_utf8_lossy(line).trim())?);
        }
        rules.extend(Rule::parse(DEFAULT)?);
        Ok(Self { rules })
    }

    /// Whether a path, relative to the chart's folder, is no part of the chart.
    ///
    /// Rules that turn out to be no patterns are logged, once for each path, as Helm does.
    pub fn ignores(&self, path: &str, is_dir: bool, log: &mut dyn Log) -> bool {
        let base = super::path::base(path);
        for rule in &self.rules {
            if rule.negated {
                if (rule.only_dirs && !is_dir) || !rule.matches(path, base, log) {
                    return true;
                }
            } else if (is_dir || !rule.only_dirs) && rule.matches(path, base, log) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    /// None for blank lines and comments.
    fn parse(line: &str) -> Result<Option<Self>, IgnoreError> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            return Err(IgnoreError::DoubleStar);
        }
        Pattern::parse(line).ok_or(IgnoreError::Pattern)?;
        let (negated, text) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (only_dirs, text) = text.strip_suffix('/').map_or((false, text), |rest| (true, rest));
        let (rooted, text) = text.strip_prefix('/').map_or((false, text), |rest| (true, rest));
        Ok(Some(Self {
            text: text.to_owned(),
            pattern: Pattern::parse(text),
            negated,
            only_dirs,
            whole_path: rooted || text.contains('/'),
        }))
    }

    fn matches(&self, path: &str, base: &str, log: &mut dyn Log) -> bool {
        let name = if self.whole_path { path } else { base };
        let Some(pattern) = &self.pattern else {
            let record = Record::new(Level::Error, "failed to compile").with("rule", self.text.as_str());
            log.record(record.with("error", "syntax error in pattern"));
            return false;
        };
        pattern.matches(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(rules: &str, path: &str, is_dir: bool) -> bool {
        Rules::parse(rules.as_bytes()).expect(rules).ignores(path, is_dir, &mut Vec::new())
    }

    #[test]
    fn a_rule_without_a_slash_is_about_the_last_part() {
        assert!(ignored("*.md", "docs/a.md", false));
        assert!(!ignored("docs", "docs/a.md", false));
        assert!(ignored("docs", "docs", true));
    }

    #[test]
    fn a_rule_with_a_slash_is_about_the_whole_path() {
        assert!(ignored("docs/*.md", "docs/a.md", false));
        assert!(!ignored("docs/*.md", "x/docs/a.md", false));
        assert!(ignored("/a.md", "a.md", false));
        assert!(!ignored("/a.md", "docs/a.md", false));
    }

    #[test]
    fn a_negated_rule_ignores_everything_else() {
        assert!(ignored("!*.yaml", "README.md", false));
        assert!(!ignored("!*.yaml", "Chart.yaml", false));
        assert!(ignored("!x/", "x", false));
    }

    #[test]
    fn white_space_bom_and_comments_are_no_rules() {
        assert!(!ignored("\u{feff}  # a\r\n\r\n\t\n", "# a", false));
        assert!(ignored("\u{feff} a \r\n", "a", false));
    }

    #[test]
    fn bad_rules_are_refused() {
        let error = |text: &str| Rules::parse(text.as_bytes()).expect_err(text);
        assert_eq!(error("a/**/b"), IgnoreError::DoubleStar);
        assert_eq!(error("a["), IgnoreError::Pattern);
        assert_eq!(error(&"a".repeat(MAX_LINE)), IgnoreError::LineTooLong);
    }

    #[test]
    fn a_rule_that_is_no_pattern_without_its_slash_matches_nothing_and_complains() {
        let rules = Rules::parse(b"foo\\/\n").expect("Helm takes it");
        let mut log = Vec::new();
        assert!(!rules.ignores("foo", true, &mut log));
        assert_eq!(log.len(), 1);
    }
}
