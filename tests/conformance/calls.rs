//! The recorded answers of `templates-engine/tests/calls/*.jsonl` are Helm's own.
//!
//! A new case is a line `{"call":…}`; `SKIFF_RECORD=1 cargo test --features peers --test conformance
//! calls` writes Helm's answer behind each.

#[path = "../../templates-engine/tests/support/calls.rs"]
#[allow(unreachable_pub, reason = "shared with the quick tests")]
pub(crate) mod cases;

use crate::support::oracle;
use serde_json::{Value, json};
use std::{fs, path::Path};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-engine/tests/calls")
}

/// Helm's answers, in the recorded form.
fn ask(calls: &[Value]) -> Vec<Value> {
    let questions: Vec<Value> = calls
        .iter()
        .map(|call| json!({"op": "render", "template": format!("{{{{ {} | toJson }}}}", cases::template(call))}))
        .collect();
    let answers = oracle::ask(&questions);
    answers
        .iter()
        .zip(calls)
        .map(|(answer, call)| match (&answer["out"], &answer["err"]) {
            (Value::String(out), _) => {
                json!({ "out": serde_json::from_str::<Value>(out).expect("toJson writes JSON") })
            }
            (_, Value::String(error)) => json!({ "err": bare(error) }),
            _ => panic!("{call}: {answer}"),
        })
        .collect()
}

/// The function's own text, without where it was called.
fn bare(error: &str) -> &str {
    let Some((_, behind)) = error.rsplit_once("error calling ") else { return error };
    behind.split_once(": ").map_or(behind, |(_, text)| text)
}

/// Compares our answers with Helm's on calls made up by a test.
pub(crate) fn compare(calls: &[Value]) {
    let answers = ask(calls);
    let wrong: Vec<String> = calls
        .iter()
        .zip(&answers)
        .filter_map(|(call, answer)| {
            let ours = cases::ours(call);
            (ours != *answer).then(|| format!("{call}\n  helm  {answer}\n  skiff {ours}"))
        })
        .collect();
    let shown = wrong.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} differ:\n{shown}", wrong.len(), calls.len());
}

#[test]
fn every_recorded_answer_is_helms() {
    let record = std::env::var_os("SKIFF_RECORD").is_some();
    let mut paths: Vec<_> =
        fs::read_dir(folder()).expect("the folder").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    let mut stale = Vec::new();
    for path in paths {
        let recorded = cases::read(&path);
        let calls: Vec<Value> = recorded.iter().map(|case| case.call.clone()).collect();
        let answers = ask(&calls);
        if record {
            let line = |(call, answer): (&Value, &Value)| {
                let mut line = json!({ "call": call });
                line.as_object_mut()
                    .expect("an object")
                    .extend(answer.as_object().expect("an object").clone());
                format!("{line}\n")
            };
            fs::write(&path, calls.iter().zip(&answers).map(line).collect::<String>()).expect("written");
            continue;
        }
        let differ =
            recorded.iter().zip(&answers).filter(|(case, answer)| case.answer.as_ref() != Some(answer));
        stale.extend(differ.map(|(case, answer)| format!("{}: {answer}", case.call)));
    }
    assert!(stale.is_empty(), "recorded answers differ from Helm's:\n{}", stale.join("\n"));
}
