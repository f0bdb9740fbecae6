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

#[path = "../../templates-engine/fuzz/grammar.rs"]
#[allow(unreachable_pub, reason = "shared with the fuzz targets")]
mod grammar;
#[path = "../../templates-engine/fuzz/random.rs"]
#[allow(unreachable_pub, reason = "shared with the fuzz targets")]
mod random;

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

/// Templates of random shape; `SKIFF_FUZZ_SEED` and `SKIFF_FUZZ_CASES` choose others or more.
#[test]
fn random_templates_render_as_gos_do() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let mut random = random::Random::new(number("SKIFF_FUZZ_SEED", 1));
    let cases: Vec<Case> = (0..number("SKIFF_FUZZ_CASES", 3000))
        .map(|i| Case {
            template: grammar::template(&mut random).into_bytes(),
            data: Some(grammar::DATA.into()),
            ints: i % 4 == 1,
            missing_key: ["", "zero", "error"][i as usize % 3].into(),
            ..Case::default()
        })
        .collect();
    let differ = cases.iter().zip(ask(&cases)).filter_map(|(case, go)| {
        let ours = case.run();
        let template = case.template.escape_ascii();
        (ours != go).then(|| format!("{template}\n  go    {}\n  skiff {}", go.line(), ours.line()))
    });
    let differ: Vec<String> = differ.collect();
    let shown = differ.iter().take(30).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} of {} differ:\n{shown}", differ.len(), cases.len());
}
