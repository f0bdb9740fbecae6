//! YAML read and written, asked of sigs.k8s.io/yaml and go-yaml as Helm links them.

pub(crate) mod random;

use crate::support::oracle;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use random::Random;
use serde_json::{Value, json};
use skiff::yaml;
use std::path::{Path, PathBuf};

/// How many random documents, scalars and trees each test makes.
const ROUNDS: usize = 20_000;
/// How many differences a failing test shows.
const SHOWN: usize = 25;

/// Every number as a float, as `json.Unmarshal` into an `interface{}` reads it.
fn floats(value: Value) -> Value {
    match value {
        Value::Number(n) => json!(n.as_f64()),
        Value::Array(items) => items.into_iter().map(floats).collect(),
        Value::Object(entries) => Value::Object(entries.into_iter().map(|(k, v)| (k, floats(v))).collect()),
        other => other,
    }
}

fn ours(question: &Value) -> Result<Value, String> {
    if let Some(encoded) = question["text64"].as_str() {
        let bytes = STANDARD.decode(encoded).expect("base64");
        return yaml::to_json(bytes).map_err(|e| e.to_string());
    }
    let text = question["text"].as_str().expect("a text");
    let written = |yaml: Result<String, yaml::Error>| yaml.map(Value::String).map_err(|e| e.to_string());
    let tree = || -> Value { floats(serde_json::from_str(text).expect("the question is JSON")) };
    match question["op"].as_str().expect("an op") {
        "unmarshal" => yaml::to_json(text).map_err(|e| e.to_string()),
        "yaml2json" => yaml::yaml_to_json(text).map(floats).map_err(|e| e.to_string()),
        "yaml2jsonstrict" => yaml::yaml_to_json_strict(text).map(floats).map_err(|e| e.to_string()),
        "json2yaml" => written(yaml::from_json(&tree())),
        "json2yamlpretty" => Ok(Value::String(yaml::from_json_pretty(&tree()))),
        op => panic!("no op {op}"),
    }
}

fn theirs(question: &Value, answer: &Value) -> Result<Value, String> {
    if let Some(error) = answer["err"].as_str() {
        return Err(error.to_owned());
    }
    let out = answer["out"].as_str().expect("an answer").to_owned();
    if question["op"].as_str().is_some_and(|op| op.starts_with("json2")) {
        return Ok(Value::String(out));
    }
    Ok(floats(serde_json::from_str(&out).expect("the answer is JSON")))
}

/// Go walks maps in random order: with two null keys it may complain about either, and keys whose
/// order is a circle are written in any order.
fn is_undetermined(question: &Value, theirs: &Result<Value, String>, ours: &Result<Value, String>) -> bool {
    let about = |result: &Result<Value, String>| {
        result.as_ref().err().and_then(|error| error.split(", value: ").next().map(str::to_owned))
    };
    let keys =
        about(theirs).is_some_and(|text| text.contains("unsupported map key") && about(ours) == Some(text));
    let tree = || serde_json::from_str(question["text"].as_str().unwrap_or_default()).unwrap_or_default();
    keys || (question["op"] != "unmarshal" && has_circle(&tree()))
}

fn has_circle(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_circle),
        Value::Object(entries) => {
            let keys: Vec<&String> = entries.keys().collect();
            let less = |a: &str, b: &str| yaml::compare_keys(a, b, yaml::Style::Sigs).is_lt();
            let after = |a: &&String| keys.iter().copied().filter(|b| less(a, b)).collect::<Vec<_>>();
            keys.iter().any(|a| after(a).iter().any(|b| after(b).iter().any(|c| less(c, a))))
                || entries.values().any(has_circle)
        }
        _ => false,
    }
}

fn compare(questions: &[Value]) {
    let answers = oracle::ask(questions);
    let mut wrong = Vec::new();
    for (question, answer) in questions.iter().zip(&answers) {
        let theirs = theirs(question, answer);
        let ours = ours(question);
        if ours != theirs && !is_undetermined(question, &theirs, &ours) {
            let text = question["text"].as_str().or(question["text64"].as_str()).unwrap_or_default();
            wrong.push(format!("{} {text:?}\n  helm  {theirs:?}\n  skiff {ours:?}", question["op"]));
        }
    }
    let equal = questions.len() - wrong.len();
    wrong.sort_by_key(String::len);
    wrong.truncate(SHOWN);
    assert!(
        wrong.is_empty(),
        "{equal} of {} equal; the shortest that differ:\n{}",
        questions.len(),
        wrong.join("\n")
    );
}

fn questions(ops: &[&str], texts: impl IntoIterator<Item = String>) -> Vec<Value> {
    let mut questions = Vec::new();
    for text in texts {
        questions.extend(ops.iter().map(|op| json!({"op": op, "text": text})));
    }
    questions
}

const READ: [&str; 3] = ["unmarshal", "yaml2json", "yaml2jsonstrict"];
const WRITE: [&str; 2] = ["json2yaml", "json2yamlpretty"];

#[test]
fn heaps_of_yaml_fragments_are_read_and_refused_alike() {
    let mut random = Random::new(1);
    compare(&questions(&["unmarshal"], (0..ROUNDS).map(|_| random.fragments())));
}

#[test]
fn random_blocks_are_read_and_refused_alike() {
    let mut random = Random::new(2);
    compare(&questions(&READ, (0..ROUNDS / 2).map(|_| random.block(0))));
}

#[test]
fn random_scalars_resolve_alike() {
    let mut random = Random::new(3);
    compare(&questions(&["yaml2json"], (0..ROUNDS).map(|_| random.scalar())));
}

#[test]
fn random_trees_are_written_alike() {
    let mut random = Random::new(4);
    compare(&questions(&WRITE, (0..ROUNDS).map(|_| random.tree(0).to_string())));
}

#[test]
fn texts_in_broken_encodings_are_refused_alike() {
    let mut random = Random::new(5);
    let question = |bytes: Vec<u8>| json!({"op": "unmarshal", "text64": STANDARD.encode(bytes)});
    compare(&(0..ROUNDS / 2).map(|_| question(random.broken())).collect::<Vec<_>>());
}

/// Every file with this name's end below a folder.
pub(crate) fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if path.is_dir() {
            files(&path, found);
        } else if is_yaml {
            found.push(path);
        }
    }
}

/// The examples of this repository, and of the folder `SKIFF_YAML_CORPUS` if it is set; what can be
/// read is also written.
#[test]
fn whole_files_are_read_and_written_alike() {
    let mut found = Vec::new();
    files(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").as_path(), &mut found);
    if let Some(corpus) = std::env::var_os("SKIFF_YAML_CORPUS") {
        files(Path::new(&corpus), &mut found);
    }
    let mut questions = Vec::new();
    for file in found {
        let bytes = std::fs::read(file).expect("a readable file");
        questions.push(json!({"op": "unmarshal", "text64": STANDARD.encode(&bytes)}));
        for document in
            bytes.split_inclusive(|b| *b == b'\n').collect::<Vec<_>>().split(|line| line.starts_with(b"---"))
        {
            if let Ok(value) = yaml::to_json(document.concat()) {
                questions.extend(WRITE.map(|op| json!({"op": op, "text": value.to_string()})));
            }
        }
    }
    compare(&questions);
}

/// What the unit tests take for Helm's answers must be them.
#[test]
fn the_recorded_cases_are_still_answered_so() {
    let lines =
        |text: &str| text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect::<Vec<Value>>();
    let read = lines(include_str!("../../testdata/yaml/read.jsonl"));
    let text = |case: &Value| case["yaml"].as_str().unwrap_or_default().to_owned();
    compare(&questions(&READ, read.iter().map(text)));
    let asked = questions(&["unmarshal"], read.iter().map(text));
    for (case, answer) in read.iter().zip(oracle::ask(&asked)) {
        assert_eq!(answer["err"], case["error"], "{case}");
        let out = answer["out"].as_str().map(|out| floats(serde_json::from_str(out).expect("JSON")));
        assert_eq!(out.unwrap_or_default(), floats(case["json"].clone()), "{case}");
    }
    let write = lines(include_str!("../../testdata/yaml/write.jsonl"));
    let asked = questions(&WRITE, write.iter().map(|case| case["json"].to_string()));
    compare(&asked);
    for (case, answers) in write.iter().zip(oracle::ask(&asked).chunks(2)) {
        assert_eq!((&answers[0]["err"], &answers[0]["out"]), (&case["error"], &case["yaml"]), "{case}");
        let pretty = if case["pretty"].is_null() { &case["yaml"] } else { &case["pretty"] };
        assert_eq!(answers[1]["out"], *pretty, "{case}");
    }
}
