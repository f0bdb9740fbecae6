//! The recorded answers of `templates-engine/tests/cases/*.txt` are Go's own.
//!
//! A new case is a block without an answer; `SKIFF_RECORD=1 cargo test --features peers --test
//! conformance engine` writes Go's answer behind each.

#[path = "../../templates-engine/tests/support/cases.rs"]
#[allow(unreachable_pub, reason = "shared with the quick tests")]
mod cases;
#[path = "../../templates-engine/tests/support/fixture.rs"]
#[allow(unreachable_pub, reason = "shared with the quick tests")]
mod fixture;

use crate::support::oracle;
use cases::{Answer, Case};
use std::{fs, path::Path};

fn ask(cases: &[Case]) -> Vec<Answer> {
    let questions: Vec<_> = cases.iter().map(Case::ask).collect();
    oracle::ask(&questions).iter().map(Case::answered).collect()
}

#[test]
fn every_recorded_answer_is_gos() {
    let record = std::env::var_os("SKIFF_RECORD").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-engine/tests/cases");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut stale = Vec::new();
    for path in paths {
        let mut cases = cases::read(&path);
        let answers = ask(&cases);
        for (case, answer) in cases.iter_mut().zip(answers) {
            if case.answer.as_ref() != Some(&answer) {
                stale.push(format!("{}\n  {}", case.question.join("\n"), answer.line()));
            }
            case.answer = Some(answer);
        }
        if record {
            cases::write(&path, &cases);
        }
    }
    assert!(record || stale.is_empty(), "recorded answers differ from Go's:\n{}", stale.join("\n\n"));
}
