//! Asks tests/peers/patches: kube-apiserver's libraries for patches and server-side apply.

use crate::peers;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    thread,
};

/// Sends every question and returns the answers in order.
///
/// # Panics
/// When the peer is missing, dies, or answers something that is not JSON.
pub fn ask(questions: &[Value]) -> Vec<Value> {
    let mut child = Command::new(peers::bin("patches"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let writer = thread::spawn(move || {
        for line in lines {
            writeln!(stdin, "{line}").expect("the peer reads");
        }
    });
    let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let answers: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(&line.expect("the peer writes")).expect("an answer is JSON"))
        .collect();
    writer.join().expect("the writer ends");
    assert!(child.wait().expect("the peer ends").success(), "the peer failed");
    assert_eq!(answers.len(), questions.len(), "one answer for each question");
    answers
}

/// Compares what this crate says with the peer's answers. Go walks maps in any order, so that of several errors any may come first:
/// a text that differs is right if the peer gives it when it is asked again.
///
/// # Panics
/// When answers differ; the first few are shown.
pub fn compare(questions: &[Value], ours: &[Value]) {
    const AGAIN: usize = 40;
    const SHOWN: usize = 8;
    let theirs = ask(questions);
    let mut different = Vec::new();
    for ((question, ours), theirs) in questions.iter().zip(ours).zip(&theirs) {
        let (ours, theirs) = (&settled(ours), settled(theirs));
        if *ours == theirs || panics(&theirs) && ours.get("err").is_some() {
            continue;
        }
        let again = ask(&vec![question.clone(); AGAIN]);
        if !again.iter().any(|theirs| settled(theirs) == *ours || panics(theirs)) {
            different.push(report(question, ours, &theirs));
        }
    }
    let shown = different.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n\n");
    let count = questions.len();
    assert!(different.is_empty(), "{} of {count} answers differ\n{shown}", different.len());
}

/// The first difference; of steps, the first step that differs, and those before it.
fn report(question: &Value, ours: &Value, theirs: &Value) -> String {
    let mut question = question.clone();
    question.as_object_mut().map(|question| question.remove("schema"));
    let (mut ours, mut theirs) = (ours.clone(), theirs.clone());
    if let (Some(left), Some(right)) = (ours["steps"].as_array(), theirs["steps"].as_array())
        && let Some(first) = left.iter().zip(right).position(|(left, right)| left != right)
    {
        let (left, right) = (left[first].clone(), right[first].clone());
        question["steps"].as_array_mut().expect("steps").truncate(first + 1);
        (ours, theirs) = (left, right);
    }
    let mut lines = Vec::new();
    differences("", &ours, &theirs, &mut lines);
    let mut question = question.to_string();
    question.truncate(question.floor_char_boundary(3_000));
    format!("question {question}\n{}", lines.join("\n"))
}

fn differences(path: &str, ours: &Value, theirs: &Value, lines: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let at = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or("<missing>".into())
                };
                differences(&format!("{path}/{key}"), &at(left), &at(right), lines);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                differences(&format!("{path}/{index}"), left, right, lines);
            }
        }
        (left, right) if left == right => {}
        (left, right) => lines.push(format!("  {path}\n    ours {left}\n  theirs {right}")),
    }
}

/// Whether Go panicked.
pub fn panics(answer: &Value) -> bool {
    answer.get("err").and_then(Value::as_str).is_some_and(|text| text.starts_with("panic: "))
}

/// An answer without what changes from run to run: times, the order of causes and of managers.
pub fn settled(answer: &Value) -> Value {
    let mut answer = answer.clone();
    settle(&mut answer);
    answer
}

fn settle(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                settle(inner);
                if let (true, Value::Array(items)) =
                    (["causes", "managedFields"].contains(&key.as_str()), inner)
                {
                    for entry in items.iter_mut() {
                        if let Some(time) = entry.get_mut("time") {
                            *time = "<time>".into();
                        }
                    }
                    items.sort_by_key(Value::to_string);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}
