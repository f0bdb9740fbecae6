//! Case files: templates and what Go makes of them.
//!
//! Cases are separated by empty lines; a line that begins with `#` is a comment. A case is its
//! template's lines, then any of
//!
//! - `< {…}` the data, as JSON (numbers are float64);
//! - `@name text` a further template, as a JSON string;
//! - `? ints`, `? missingkey=zero`, `? missingkey=error` options;
//! - `= "…"` the template as a JSON string, when lines cannot show it; `=64 …` as base64;
//! - `> "…"` the expected output as a JSON string, `>64 …` as base64, or `! …` the expected error.
//!
//! The last is never typed: `SKIFF_RECORD=1 cargo test --features peers --test conformance engine`
//! asks Go and writes it.

use super::fixture::{Nowhere, functions};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map as JsonMap, Value as Json, json};
use std::{fs, path::Path};
use templates_engine::{
    exec::{ExecErrorKind, Limits, MissingKey, TemplateSet},
    value::{List, Type, Value},
};

/// One case, as it stands in its file.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The lines before the answer, comments included.
    pub question: Vec<String>,
    pub template: Vec<u8>,
    pub templates: JsonMap<String, Json>,
    pub data: Option<String>,
    pub ints: bool,
    pub missing_key: String,
    pub answer: Option<Answer>,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Out(Vec<u8>),
    Err(String),
}

impl Answer {
    /// The line in a case file.
    pub fn line(&self) -> String {
        match self {
            Self::Out(out) => match std::str::from_utf8(out) {
                Ok(text) => format!("> {}", Json::from(text)),
                Err(_) => format!(">64 {}", BASE64_STANDARD.encode(out)),
            },
            Self::Err(error) => format!("! {}", Json::from(error.as_str())),
        }
    }
}

/// Reads a case file.
pub fn read(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.split("\n\n").map(|block| block.trim_matches('\n')).filter(|b| !b.is_empty()).map(parse).collect()
}

/// Writes a case file.
pub fn write(path: &Path, cases: &[Case]) {
    let block = |case: &Case| {
        let mut lines = case.question.clone();
        lines.extend(case.answer.as_ref().map(Answer::line));
        lines.join("\n") + "\n"
    };
    let text = cases.iter().map(block).collect::<Vec<_>>().join("\n");
    fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

fn parse(block: &str) -> Case {
    let mut case = Case::default();
    let mut template: Vec<&str> = Vec::new();
    let string = |text: &str| serde_json::from_str::<String>(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let base64 = |text: &str| BASE64_STANDARD.decode(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    for line in block.lines() {
        match line.split_once(' ').unwrap_or((line, "")) {
            (">", text) => case.answer = Some(Answer::Out(string(text).into_bytes())),
            (">64", text) => case.answer = Some(Answer::Out(base64(text))),
            ("!", text) => case.answer = Some(Answer::Err(string(text))),
            ("=", text) => case.template = string(text).into_bytes(),
            ("=64", text) => case.template = base64(text),
            ("<", text) => case.data = Some(text.into()),
            ("?", "ints") => case.ints = true,
            ("?", option) => {
                case.missing_key = option.strip_prefix("missingkey=").expect("an option").into();
            }
            (name, text) if name.starts_with('@') => {
                case.templates.insert(name[1..].into(), string(text).into());
            }
            _ if line.starts_with('#') => {}
            _ => template.push(line),
        }
        if !line.starts_with(['>', '!']) {
            case.question.push(line.into());
        }
    }
    if case.template.is_empty() {
        case.template = template.join("\n").into_bytes();
    }
    case
}

impl Case {
    /// The question for the oracle.
    pub fn ask(&self) -> Json {
        let data = self.data.as_deref().unwrap_or("null");
        json!({
            "op": "engine",
            "template64": BASE64_STANDARD.encode(&self.template),
            "templates": self.templates,
            "values": serde_json::from_str::<Json>(data).unwrap_or_else(|e| panic!("{data}: {e}")),
            "ints": self.ints,
            "missingkey": self.missing_key,
        })
    }

    /// The oracle's answer.
    pub fn answered(answer: &Json) -> Answer {
        match (&answer["out"], &answer["out64"], &answer["err"]) {
            (_, _, Json::String(error)) => Answer::Err(error.clone()),
            (Json::String(out), ..) => Answer::Out(out.clone().into_bytes()),
            (_, Json::String(out), _) => Answer::Out(BASE64_STANDARD.decode(out).expect("base64")),
            _ => panic!("no answer: {answer}"),
        }
    }

    /// What this engine makes of it.
    pub fn run(&self) -> Answer {
        match self.run_within(Limits::default()) {
            Ok(out) => Answer::Out(out),
            Err((_, error)) => Answer::Err(error),
        }
    }

    /// What this engine makes of it within bounds; an error says whether a bound was reached.
    pub fn run_within(&self, limits: Limits) -> Result<Vec<u8>, (bool, String)> {
        let missing_key = match self.missing_key.as_str() {
            "zero" => MissingKey::Zero,
            "error" => MissingKey::Error,
            _ => MissingKey::Invalid,
        };
        let mut set = TemplateSet::new("set", functions()).missing_key(missing_key).limits(limits);
        for (name, text) in &self.templates {
            if let Err(error) = set.parse(name, text.as_str().expect("a text")) {
                return Err((false, error.to_string()));
            }
        }
        if let Err(error) = set.parse("t", self.template.as_slice()) {
            return Err((false, error.to_string()));
        }
        let data: Json = serde_json::from_str(self.data.as_deref().unwrap_or("null")).expect("JSON");
        let outcome = set.execute(&Nowhere, "t", &value(&data, self.ints));
        outcome.map_err(|error| (error.kind() == ExecErrorKind::Limit, error.to_string()))
    }
}

/// The data as Go's decoder makes it: float64, or int64 where asked for and possible.
fn value(json: &Json, ints: bool) -> Value {
    match json {
        Json::Number(n) => match n.as_i64().filter(|_| ints) {
            Some(n) => Value::int64(n),
            None => Value::float64(n.as_f64().expect("a number")),
        },
        Json::Array(items) => {
            Value::List(List::appended(&Type::ANY, 0, items.iter().map(|item| value(item, ints)).collect()))
        }
        Json::Object(entries) => Value::map(entries.iter().map(|(k, v)| (k.as_str().into(), value(v, ints)))),
        other => Value::from_json(other),
    }
}
