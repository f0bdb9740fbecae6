//! Cases that are whole templates with Sprig's functions: one JSON object a line.
//!
//! `{"template": "…", "out": "…"}` or `{"template": "…", "err": "…"}`, with the data in `"values"`.
//! The answers are Go's, recorded by `tests/conformance/sprig.rs`, never typed; output that is not
//! UTF-8 is recorded as `"out64"`.

use super::calls::FixedHost;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value as Json, json};
use std::{fs, path::Path};
use templates_engine::{
    exec::{FuncMap, MissingKey, TemplateSet},
    funcs,
    value::{List, Type, Value},
};

/// One line of a case file.
pub struct Case {
    /// The line without its answer.
    pub question: Json,
    /// The answer, once it is recorded.
    pub answer: Option<Json>,
}

/// Reads a case file.
pub fn read(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let case = |line: &str| {
        let mut question: Json = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        let fields = question.as_object_mut().expect("an object");
        let found = ["out", "out64", "err"].map(|key| fields.remove(key).map(|value| json!({ key: value })));
        Case { question, answer: found.into_iter().flatten().next() }
    };
    text.lines().filter(|line| !line.is_empty()).map(case).collect()
}

/// The case files of a folder, by area.
pub fn paths(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect();
    paths.sort();
    paths
}

/// Our answer in the recorded form.
pub fn ours(question: &Json) -> Json {
    let mut functions = FuncMap::new();
    functions.add_table(funcs::sprig());
    let mut set = TemplateSet::new("t", functions).missing_key(MissingKey::Zero);
    let source = question["template"].as_str().expect("a template");
    if let Err(error) = set.parse("t", source) {
        return json!({ "err": error.to_string() });
    }
    let none = json!({});
    // Numbers of JSON are float64 in Go, whatever they look like.
    let data = floats(Value::from_json(question.get("values").unwrap_or(&none)));
    match set.execute(&FixedHost::new(), "t", &data) {
        Err(error) => json!({ "err": error.to_string() }),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => json!({ "out": text }),
            Err(error) => json!({ "out64": BASE64_STANDARD.encode(error.as_bytes()) }),
        },
    }
}

fn floats(value: Value) -> Value {
    match value {
        Value::Int(_, n) => Value::float64(n as f64),
        Value::List(list) => {
            Value::List(List::appended(&Type::ANY, 0, list.iter().cloned().map(floats).collect()))
        }
        Value::Map(map) => Value::map(map.snapshot().into_iter().map(|(key, value)| (key, floats(value)))),
        other => other,
    }
}
