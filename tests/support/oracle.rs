//! Asks the Go oracle (tests/peers/oracle): Helm's own libraries, thousands of questions a process.

use super::peers;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    thread,
};

/// Sends every question and returns the answers in order.
///
/// # Panics
/// When the oracle is missing, dies, or answers something that is not JSON.
pub fn ask(questions: &[Value]) -> Vec<Value> {
    let mut child = Command::new(peers::bin("oracle"))
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let writer = thread::spawn(move || {
        for line in lines {
            writeln!(stdin, "{line}").expect("the oracle reads");
        }
    });
    let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let answers: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(&line.expect("the oracle writes")).expect("an answer is JSON"))
        .collect();
    writer.join().expect("the writer ends");
    assert!(child.wait().expect("the oracle ends").success(), "the oracle failed");
    assert_eq!(answers.len(), questions.len(), "one answer for each question");
    answers
}
