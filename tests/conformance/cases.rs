//! Cases kept as text: a command line, and the files it needs.

use crate::support::env::TestEnv;
use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// How many cases run at a time.
const WORKERS: usize = 2;

/// A command line with the files that are added to a copy of `testdata/charts` for it.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// The command line after `helm`, with the quotes of a shell.
    pub(crate) line: String,
    /// Path and content; `stdin` is standard input.
    files: Vec<(String, String)>,
}

/// Reads cases: `=== LINE` starts one, `-- PATH --` a file of it.
pub(crate) fn parse(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        let word = line.trim_end_matches('\n');
        if let Some(line) = word.strip_prefix("=== ") {
            cases.push(Case { line: line.to_owned(), files: Vec::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(path) = word.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            case.files.push((path.to_owned(), String::new()));
        } else if let Some((_, content)) = case.files.last_mut() {
            content.push_str(line);
        }
    }
    cases
}

/// Runs every case with helm and with Skiff, and asserts that nothing differs: output, exit code, files.
///
/// # Panics
/// With all differences.
pub(crate) fn all_same_as_helm(cases: &[Case]) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(case.difference());
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// An environment whose work folder holds `testdata/charts`.
pub(crate) fn charts() -> TestEnv {
    TestEnv::new().folder(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/charts")))
}

impl Case {
    fn difference(&self) -> Option<String> {
        let mut env = charts();
        for (path, content) in &self.files {
            env = if path == "stdin" { env.stdin(content.as_bytes()) } else { env.file(path, content) };
        }
        let words = words(&self.line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let difference = env.difference_from_helm(&words, &|text| warnings_sorted(&without_excerpt(text)))?;
        let files: String = self.files.iter().map(|(path, text)| format!("-- {path} --\n{text}")).collect();
        Some(format!("{difference}{files}"))
    }
}

/// What Skiff adds with `--debug`: the source line of a template's error, with a caret.
fn without_excerpt(text: &str) -> String {
    let is_excerpt = |line: &&str| {
        let gutter = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        *line == "the template says\n" || (line.starts_with("    ") && gutter.trim_start().starts_with('|'))
    };
    text.split_inclusive('\n').filter(|line| !is_excerpt(line)).collect()
}

/// Helm warns while it walks Go maps, so its warnings about values stand in another order in every run; Skiff's are
/// sorted. Only the order within lines that follow one another is lost.
fn warnings_sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_warning = |line: &str| line.starts_with("level=") && line.contains(" msg=\"warning: ");
    lines.chunk_by_mut(|a, b| is_warning(a) && is_warning(b)).for_each(<[&str]>::sort_unstable);
    lines.concat()
}

/// Splits a line at spaces outside quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    assert!(quote.is_none(), "an open quote: {line}");
    words.extend(word);
    words
}

#[test]
fn only_warnings_that_follow_one_another_change_places() {
    let text = "b\na\nlevel=INFO msg=\"warning: 2\"\nlevel=INFO msg=\"warning: 1\"\nc\nlevel=INFO msg=\"warning: 0\"\n";
    let sorted = "b\na\nlevel=INFO msg=\"warning: 1\"\nlevel=INFO msg=\"warning: 2\"\nc\nlevel=INFO msg=\"warning: 0\"\n";
    assert_eq!(warnings_sorted(text), sorted);
}

#[test]
fn words_are_split_as_a_shell_does() {
    assert_eq!(words("a 'b  c' d'e'f ''  \"g 'h\""), ["a", "b  c", "def", "", "g 'h"]);
}
