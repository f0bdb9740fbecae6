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
#[path = "../../templates-engine/fuzz/mutate.rs"]
#[allow(unreachable_pub, reason = "shared with the fuzz targets")]
mod mutate;
#[path = "../../templates-engine/fuzz/random.rs"]
#[allow(unreachable_pub, reason = "shared with the fuzz targets")]
mod random;

use crate::support::oracle;
use cases::{Answer, Case};
use std::{fs, path::Path};
use templates_engine::exec::Limits;

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

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Templates of random shape; `SKIFF_FUZZ_SEED` and `SKIFF_FUZZ_CASES` choose others or more.
#[test]
fn random_templates_render_as_gos_do() {
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
    compare(&cases);
}

/// Asks Go and this engine.
fn compare(cases: &[Case]) {
    let differ = cases.iter().zip(ask(cases)).filter_map(|(case, go)| {
        let ours = case.run();
        let template = case.template.escape_ascii();
        (ours != go).then(|| format!("{template}\n  go    {}\n  skiff {}", go.line(), ours.line()))
    });
    let differ: Vec<String> = differ.collect();
    let shown = differ.iter().take(30).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} of {} differ:\n{shown}", differ.len(), cases.len());
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether a `p` stands where it can be a `%`'s verb.
fn prints_addresses(text: &[u8]) -> bool {
    text.split(|b| *b == b'%').skip(1).any(|rest| rest.iter().take(16).any(|b| *b == b'p'))
}

/// The recorded cases with a few bytes changed, which mostly do not parse any more.
#[test]
fn broken_templates_are_refused_as_go_refuses_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-engine/tests/cases");
    let paths = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths.collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> =
        paths.iter().flat_map(|path| cases::read(path)).map(|case| case.template).collect();
    let mut random = random::Random::new(number("SKIFF_FUZZ_SEED", 1));
    let limits = Limits { fuel: 10_000, depth: 50, output: 1 << 16, ..Limits::default() };
    let cases: Vec<Case> = (0..number("SKIFF_FUZZ_CASES", 3000))
        .map(|_| Case {
            template: mutate::mutated(&mut random, &corpus),
            data: Some(grammar::DATA.into()),
            ..Case::default()
        })
        // Go would not come back from what runs into a limit here; `%p` prints addresses.
        .filter(|case| !matches!(case.run_within(limits), Err((true, _))))
        // The fixture's include takes the name as text, which a broken one is not.
        .filter(|case| std::str::from_utf8(&case.template).is_ok() || !contains(&case.template, b"include"))
        .filter(|case| !contains(&case.template, b"pointer") && !prints_addresses(&case.template))
        .collect();
    compare(&cases);
}
