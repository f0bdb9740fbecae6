//! Trees of nodes with comments, asked of go-yaml v3.

use super::commented::commented;
use crate::{
    support::oracle,
    yaml::{files, random::Random},
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use skiff::yaml::nodes::{Encoder, parse};
use std::path::Path;

/// How many random documents each test makes.
const ROUNDS: usize = 20_000;
/// How many differences a failing test shows.
const SHOWN: usize = 12;

fn ours(text: &[u8]) -> Result<String, String> {
    let mut encoder = Encoder::default();
    if let Some(document) = parse(text).map_err(|error| error.to_string())? {
        encoder.encode(&document, true);
    }
    Ok(encoder.finish())
}

fn compare<T: Into<Vec<u8>>>(texts: impl IntoIterator<Item = T>) {
    let texts: Vec<Vec<u8>> = texts.into_iter().map(Into::into).collect();
    let question = |text: &Vec<u8>| json!({"op": "nodes", "text64": STANDARD.encode(text)});
    let questions: Vec<Value> = texts.iter().map(question).collect();
    let mut wrong = Vec::new();
    let mut good = 0;
    for (text, answer) in texts.iter().zip(oracle::ask(&questions)) {
        let theirs = match answer["err"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["out"].as_str().unwrap_or_default().to_owned()),
        };
        good += usize::from(theirs.is_ok());
        let ours = ours(text);
        if ours != theirs {
            wrong.push(format!(
                "{:?}\n  go-yaml {theirs:?}\n  skiff   {ours:?}",
                String::from_utf8_lossy(text)
            ));
        }
    }
    let count = wrong.len();
    wrong.sort_by_key(String::len);
    wrong.truncate(SHOWN);
    assert!(wrong.is_empty(), "{count} of {} differ:\n{}", texts.len(), wrong.join("\n"));
    assert!(good * 20 > texts.len(), "only {good} of {} texts could be read", texts.len());
}

#[test]
fn heaps_of_fragments_are_read_written_and_refused_alike() {
    let mut random = Random::new(11);
    compare((0..ROUNDS).map(|_| random.fragments()));
}

#[test]
fn random_blocks_are_read_written_and_refused_alike() {
    let mut random = Random::new(12);
    compare((0..ROUNDS).map(|_| random.block(0)));
}

#[test]
fn random_scalars_are_written_alike() {
    let mut random = Random::new(13);
    compare((0..ROUNDS).map(|_| random.scalar()));
}

#[test]
fn texts_in_broken_encodings_are_read_and_refused_alike() {
    let mut random = Random::new(15);
    compare((0..ROUNDS).map(|_| random.broken()));
}

#[test]
fn comments_anywhere_are_read_and_written_alike() {
    let mut random = Random::new(14);
    compare((0..ROUNDS * 2).map(|_| commented(&mut random)));
}

/// The files of this repository, and of the folder `SKIFF_YAML_CORPUS` if it is set, document by document; also with
/// the indentation of their lists turned around.
#[test]
fn whole_files_are_read_written_and_refused_alike() {
    let mut found = Vec::new();
    for folder in ["testdata", "charts-examples", "tests"] {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    if let Some(corpus) = std::env::var_os("SKIFF_YAML_CORPUS") {
        files(Path::new(&corpus), &mut found);
    }
    let mut texts = Vec::new();
    for file in found {
        let bytes = std::fs::read(file).expect("a readable file");
        let text = String::from_utf8_lossy(&bytes);
        texts.extend(text.split("\n---").map(str::to_owned));
        texts.push(text.replace("\n  - ", "\n- "));
    }
    compare(texts);
}
