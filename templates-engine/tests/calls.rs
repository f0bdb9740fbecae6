//! Template functions against what Helm answered (`tests/calls/*.jsonl`).

#[path = "support/calls.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests that ask Helm itself")]
mod calls;

use std::path::Path;

fn check(area: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls").join(format!("{area}.jsonl"));
    let cases = calls::read(&path);
    let mut wrong = Vec::new();
    for case in &cases {
        let answer = case.answer.as_ref().unwrap_or_else(|| panic!("not recorded yet: {}", case.call));
        let ours = calls::ours(&case.call);
        if ours != *answer {
            wrong.push(format!("{}\n  helm  {answer}\n  skiff {ours}", case.call));
        }
    }
    assert!(
        !cases.is_empty() && wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn regular_expressions_answer_as_helm_does() {
    check("regexp");
}

#[test]
fn versions_answer_as_helm_does() {
    check("semver");
}

#[test]
fn dates_answer_as_helm_does() {
    check("dates");
}

#[test]
fn hashes_and_keys_answer_as_helm_does() {
    check("crypto");
}
