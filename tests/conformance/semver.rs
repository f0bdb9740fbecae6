//! Versions and constraints, asked of Masterminds/semver as Helm links it.

use crate::support::oracle;
use serde_json::{Value, json};
use templates_engine::semver::{Constraint, Version};

const CONSTRAINTS: &str = include_str!("data/constraints.txt");
const VERSIONS: &str = include_str!("data/versions.txt");

/// Lines with `\xNN`-free text; `\t`, `\n` and `\e` (empty) stand for themselves.
fn lines(text: &str) -> Vec<String> {
    let unescape = |line: &str| line.replace("\\t", "\t").replace("\\n", "\n").replace("\\e", "");
    let mut lines: Vec<String> = text.lines().map(unescape).collect();
    lines.push("9".repeat(257));
    lines.push(format!("1.2.3-{}", "a".repeat(251)));
    lines.push(vec!["1"; 33].join("||"));
    lines.push(vec!["1"; 200].join("||"));
    lines
}

fn outcome<T: std::fmt::Display, E: std::fmt::Display>(result: Result<T, E>) -> Value {
    match result {
        Ok(value) => json!({ "out": value.to_string() }),
        Err(error) => json!({ "err": error.to_string() }),
    }
}

fn compare(questions: &[Value], ours: impl Fn(&Value) -> Value) {
    let answers = oracle::ask(questions);
    let wrong: Vec<String> = questions
        .iter()
        .zip(&answers)
        .filter_map(|(question, answer)| {
            let mine = ours(question);
            (mine != *answer).then(|| format!("{question}\n  helm  {answer}\n  skiff {mine}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), questions.len(), wrong.join("\n"));
}

#[test]
fn every_pair_is_judged_as_masterminds_judges_it() {
    let mut questions = Vec::new();
    for constraint in lines(CONSTRAINTS) {
        for version in lines(VERSIONS) {
            questions.push(json!({"op": "semver", "constraint": constraint, "version": version}));
        }
    }
    assert!(questions.len() > 5000, "{} pairs", questions.len());
    compare(&questions, |question| {
        let text = |key: &str| question[key].as_str().unwrap_or_default();
        let judge = || {
            let constraint = Constraint::parse(text("constraint")).map_err(|e| format!("constraint: {e}"))?;
            let version = Version::parse(text("version")).map_err(|e| format!("version: {e}"))?;
            Ok::<_, String>(constraint.check(&version))
        };
        outcome(judge())
    });
}

#[test]
fn loose_and_strict_versions_are_read_and_refused_alike() {
    let questions: Vec<Value> = lines(VERSIONS)
        .into_iter()
        .chain(lines(CONSTRAINTS))
        .flat_map(|version| ["version", "strictversion"].map(|op| json!({"op": op, "version": version})))
        .collect();
    compare(&questions, |question| {
        let text = question["version"].as_str().unwrap_or_default();
        outcome(if question["op"] == "version" { Version::parse(text) } else { Version::parse_strict(text) })
    });
}
