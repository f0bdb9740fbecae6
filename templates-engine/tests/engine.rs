//! The engine against what Go answered (`tests/cases/*.txt`).

#[path = "support/cases.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod cases;
#[path = "support/fixture.rs"]
#[allow(unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod fixture;

use std::path::Path;

fn check(area: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(format!("{area}.txt"));
    let cases = cases::read(&path);
    let mut wrong = Vec::new();
    for case in &cases {
        let question = case.question.join("\n");
        let answer = case.answer.as_ref().unwrap_or_else(|| panic!("not recorded yet: {question}"));
        let ours = case.run();
        if ours != *answer {
            wrong.push(format!("{question}\n  go    {}\n  skiff {}", answer.line(), ours.line()));
        }
    }
    let shown = wrong.join("\n\n");
    assert!(!cases.is_empty(), "no cases in {area}");
    assert!(wrong.is_empty(), "{} of {} differ:\n{shown}", wrong.len(), cases.len());
}

#[test]
fn texts_parse_as_go_parses_them() {
    check("parse");
}

#[test]
fn templates_execute_as_gos_do() {
    check("exec");
}

#[test]
fn arguments_are_checked_as_go_checks_them() {
    check("args");
}

#[test]
fn built_in_functions_answer_as_gos_do() {
    check("builtins");
}

#[test]
fn values_print_as_gos_fmt_prints_them() {
    check("fmt");
}

#[test]
fn sets_and_nested_templates_behave_as_gos_do() {
    check("sets");
}
