//! Whole templates with Sprig's functions against what Go answered (`tests/templates/*.jsonl`).

#[path = "support/calls.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests that ask Helm itself")]
mod calls;
#[path = "support/templates.rs"]
#[allow(unreachable_pub, reason = "shared with the tests that ask Helm itself")]
mod templates;

use std::path::Path;

#[test]
fn templates_answer_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates");
    let (mut count, mut wrong) = (0, Vec::new());
    for path in templates::paths(&folder) {
        for case in templates::read(&path) {
            count += 1;
            let answer = case.answer.unwrap_or_else(|| panic!("not recorded yet: {}", case.question));
            let ours = templates::ours(&case.question);
            if ours != answer {
                wrong.push(format!("{}\n  go    {answer}\n  skiff {ours}", case.question));
            }
        }
    }
    assert!(count > 0 && wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
