//! "Did you mean this?", by cobra's rules.

use super::{help::shows, table::ROOT};

/// How many edits a suggestion may be away.
const DISTANCE: usize = 2;
/// Words longer than this are no misspelt command.
const LONGEST: usize = 64;

/// cobra suggests in the order in which Helm added its commands.
const ORDER: &[&str] = &[
    "create",
    "dependency",
    "pull",
    "show",
    "lint",
    "package",
    "repo",
    "search",
    "verify",
    "get",
    "history",
    "install",
    "list",
    "test",
    "rollback",
    "status",
    "template",
    "uninstall",
    "upgrade",
    "completion",
    "env",
    "plugin",
    "version",
    "registry",
    "push",
    "help",
    // Skiff's own come after Helm's.
    "sandbox",
    "plan",
    "apply",
    "diff",
];

/// The commands that a word may have meant, of those that the program of this name has.
pub(super) fn for_word(word: &str, program: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let mut found = Vec::new();
    for name in ORDER {
        let command = ROOT.subcommands.iter().find(|command| command.name() == *name);
        let Some(command) = command.filter(|command| shows(program, command.own)) else { continue };
        if name.starts_with(&word) || (word.len() <= LONGEST && distance(&word, name) <= DISTANCE) {
            found.push(*name);
        }
        if command.suggest_for.contains(&word.as_str()) {
            found.push(*name);
        }
    }
    found
}

/// Levenshtein's distance over bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal } else { 1 + diagonal.min(above).min(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_place_in_the_order() {
        assert!(ROOT.subcommands.iter().all(|command| ORDER.contains(&command.name())));
    }

    #[test]
    fn edits_prefixes_and_explicit_names_lead_to_suggestions() {
        assert_eq!(for_word("tempate", "skiff"), ["template"]);
        assert_eq!(for_word("Hist", "skiff"), ["lint", "history", "list", "test"]);
        assert_eq!(for_word("remove", "skiff"), ["uninstall"]);
        assert!(for_word("nonsense", "skiff").is_empty());
    }
}
