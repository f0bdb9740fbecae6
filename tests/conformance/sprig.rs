//! Sprig's functions beside Sprig itself: signatures, recorded templates, and mappings of all characters.
//!
//! A new case is a line `{"template":…}` in `templates-engine/tests/templates/*.jsonl`;
//! `SKIFF_RECORD=1 cargo test --features peers --test conformance sprig` writes Go's answer behind each.

#[path = "../../templates-engine/tests/support/templates.rs"]
#[allow(unreachable_pub, reason = "shared with the quick tests")]
mod templates;

use super::calls::cases as calls;
use crate::support::oracle;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};
use templates_engine::{funcs, value::Type};

/// Go's answers, in the recorded form.
fn ask(questions: &[Value]) -> Vec<Value> {
    let asked: Vec<Value> = questions
        .iter()
        .map(|question| {
            let mut asked = question.clone();
            asked["op"] = "sprig".into();
            asked
        })
        .collect();
    oracle::ask(&asked)
}

#[test]
fn every_recorded_template_is_gos_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-engine/tests/templates");
    let record = std::env::var_os("SKIFF_RECORD").is_some();
    let mut stale = Vec::new();
    for path in templates::paths(&folder) {
        let recorded = templates::read(&path);
        let questions: Vec<Value> = recorded.iter().map(|case| case.question.clone()).collect();
        let answers = ask(&questions);
        if record {
            let line = |(question, answer): (&Value, &Value)| {
                let mut line = question.clone();
                let fields = line.as_object_mut().expect("an object");
                fields.extend(answer.as_object().expect("an object").clone());
                format!("{line}\n")
            };
            fs::write(&path, questions.iter().zip(&answers).map(line).collect::<String>()).expect("written");
            continue;
        }
        let differ =
            recorded.iter().zip(&answers).filter(|(case, answer)| case.answer.as_ref() != Some(answer));
        stale.extend(differ.map(|(case, answer)| format!("{}: {answer}", case.question)));
    }
    assert!(stale.is_empty(), "recorded answers differ from Go's:\n{}", stale.join("\n"));
}

/// Expressions that make a list of `N` items out of `(until N)`, each in its own way.
const MAKERS: &[&str] = &[
    "until N",
    "untilStep 0 N 1",
    "append (rest (until N)) 1",
    "prepend (rest (until N)) 1",
    "concat (until N) (list)",
    "uniq (until N)",
    "without (until N) 0",
    "compact (until N)",
    "reverse (until N)",
    "initial (until N)",
    "toStrings (until N)",
    "sortAlpha (until N)",
    "deepCopy (append (rest (until N)) 1)",
    "splitList \",\" (repeat N \"a,\")",
    "regexFindAll \"a\" (repeat N \"a\") -1",
    "regexSplit \",\" (repeat N \"a,\") -1",
    "fromJson (toJson (until N))",
    "keys (dict \"a\" N)",
    "pluck \"a\" (dict \"a\" N) (dict \"a\" 2) (dict \"a\" 3)",
    "chunk 2 (until N)",
    "slice (append (rest (until N)) 1) 1",
];

/// Lengths around every step of Go's growth.
const LENGTHS: &[u32] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 19, 20, 21, 23, 25, 27, 30, 31, 32, 33, 34, 35,
    36, 40, 44, 50, 60, 64, 65, 71, 72, 80, 100, 127, 128, 129, 200, 255, 256, 257, 300, 400, 512, 513, 700,
    848, 849, 1000, 1024, 1280, 1500, 2000, 2047, 2048, 2049, 3000, 5000,
];

#[test]
fn lists_have_the_spare_capacity_that_gos_have() {
    let mut questions = Vec::new();
    for (maker, length) in MAKERS.iter().flat_map(|maker| LENGTHS.iter().map(move |length| (maker, length))) {
        let list = maker.replace('N', &length.to_string());
        let until = |end: u32| json!({"template": format!("{{{{ slice ({list}) 0 {end} }}}}")});
        let fits = |end: u32| templates::ours(&until(end)).get("out").is_some();
        // What we can reach, and one more.
        let (mut capacity, mut beyond) = (0, 8 * length + 16);
        while capacity + 1 < beyond {
            let middle = (capacity + beyond) / 2;
            if fits(middle) { capacity = middle } else { beyond = middle }
        }
        questions.extend([until(capacity), until(capacity + 1)]);
    }
    let wrong: Vec<String> = questions
        .iter()
        .zip(&ask(&questions))
        .filter_map(|(question, answer)| {
            let ours = templates::ours(question);
            (ours != *answer).then(|| format!("{question}\n  go    {answer}\n  skiff {ours}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), questions.len(), wrong.join("\n"));
}

fn go(param: &Type) -> String {
    param.name().into_owned()
}

#[test]
fn names_and_signatures_are_sprigs() {
    let answer = oracle::ask(&[json!({"op": "sprigsignatures"})]).remove(0);
    let text = answer["out"].as_str().expect("signatures");
    let theirs: BTreeMap<String, String> = serde_json::from_str(text).expect("JSON");
    let ours: BTreeMap<String, String> = funcs::sprig()
        .map(|spec| {
            let mut params: Vec<String> = spec.params.iter().map(go).collect();
            if let Some(last) = params.last_mut().filter(|_| spec.variadic) {
                last.insert_str(0, "...");
            }
            let fails = theirs.get(spec.name).is_some_and(|theirs| theirs.ends_with(", error)"));
            let returns = go(&spec.returns);
            let returns = if fails { format!("({returns}, error)") } else { returns };
            (spec.name.to_owned(), format!("func({}) {returns}", params.join(", ")))
        })
        .collect();
    // Helm adds functions of its own; the table may hold those too, and no others.
    let added: Vec<&str> =
        ours.keys().filter(|name| !theirs.contains_key(*name)).map(String::as_str).collect();
    let known = oracle::ask(&[json!({"op": "funcs", "text": added.join(" ")})]).remove(0);
    assert_eq!(known["out"], added.join(" "), "every other function is one that Helm adds");
    let differ: Vec<String> = theirs
        .keys()
        .filter(|name| theirs.get(*name) != ours.get(*name))
        .map(|name| format!("{name}: go {:?}, skiff {:?}", theirs.get(name), ours.get(name)))
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Where two long texts part.
fn parting(ours: &Value, answer: &Value) -> String {
    let (ours, theirs) = (ours.to_string(), answer.to_string());
    let (ours, theirs): (Vec<char>, Vec<char>) = (ours.chars().collect(), theirs.chars().collect());
    let at = ours.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(ours.len().min(theirs.len()));
    let around = |text: &[char]| {
        text[at.saturating_sub(8)..text.len().min(at + 8)]
            .iter()
            .collect::<String>()
            .escape_unicode()
            .to_string()
    };
    format!("go {} skiff {}", around(&theirs), around(&ours))
}

#[test]
fn every_character_maps_as_in_go() {
    let all: Vec<char> = (1..=0x1_0ffff).filter_map(char::from_u32).collect();
    let functions = [
        "upper",
        "lower",
        "title",
        "untitle",
        "swapcase",
        "camelcase",
        "snakecase",
        "kebabcase",
        "trim",
        "nospace",
        "initials",
        "quote",
        "toJson",
        "toRawJson",
    ];
    let mut questions = Vec::new();
    for chunk in all.chunks(1024) {
        let words: String = chunk.iter().flat_map(|c| [*c, 'x', *c, ' ']).collect();
        questions.extend(functions.map(
            |function| json!({"template": format!("{{{{ {function} .text }}}}"), "values": {"text": words}}),
        ));
    }
    let answers = ask(&questions);
    let wrong: Vec<String> = questions
        .iter()
        .zip(&answers)
        .filter_map(|(question, answer)| {
            let ours = templates::ours(question);
            (ours != *answer).then(|| format!("{} {}", question["template"], parting(&ours, answer)))
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
