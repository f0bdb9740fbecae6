//! Command lines: what is refused, how, and what `--help` lists.

use crate::support::env::{Output, TestEnv};

/// Command lines whose whole output must be helm's.
const LINES: &str = include_str!("data/command-lines.txt");

#[test]
fn command_lines_are_answered_as_helm_answers_them() {
    let env = TestEnv::new();
    let mut wrong = Vec::new();
    for line in LINES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').map(|word| if word == "''" { "" } else { word }).collect();
        let (wanted, got) = (env.helm(&words), env.skiff_as_helm(&words));
        if comparable(&wanted) != comparable(&got) {
            wrong.push(format!(
                "{line}\n--- helm {}\n{}{}--- skiff {}\n{}{}",
                wanted.code, wanted.stdout, wanted.stderr, got.code, got.stdout, got.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{} lines differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Output without what must differ: the program's own path, and the prose of help pages.
fn comparable(output: &Output) -> (String, String, i32) {
    let stdout = if output.stdout.contains("\nUsage:\n") {
        "a help page".to_owned()
    } else {
        output.stdout.lines().filter(|line| !line.starts_with("HELM_BIN")).collect::<Vec<_>>().join("\n")
    };
    let stderr = match output.stderr.split_once("\nUsage:\n") {
        Some((before, _)) => format!("{before} and a help page"),
        None => output.stderr.clone(),
    };
    (stdout, stderr, output.code)
}
