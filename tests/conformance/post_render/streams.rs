//! Whole charts' files on their way around a post-renderer, asked of Helm's own `action.Install`.

use super::commented::commented;
use crate::{support::oracle, yaml::random::Random};
use serde_json::{Value, json};
use skiff::{
    manifest::{INSTALL_ORDER, sort_manifests},
    post_render::{PostRenderer, post_render},
};
use std::{cell::RefCell, collections::BTreeMap, error::Error};

/// How many random charts each test makes.
const ROUNDS: usize = 4_000;
/// How many differences a failing test shows.
const SHOWN: usize = 10;

/// Remembers its input and answers with it, or with a given text.
struct Recorder {
    input: RefCell<String>,
    answer: Option<String>,
}

impl PostRenderer for Recorder {
    fn run(&self, manifests: &str) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        self.input.replace(manifests.to_owned());
        Ok(self.answer.clone().unwrap_or_else(|| manifests.to_owned()).into_bytes())
    }
}

/// What the post-renderer got, and the manifest and hooks that came of its answer.
type Outcome = (String, Result<String, String>);

fn ours(files: &BTreeMap<String, String>, answer: &str) -> Outcome {
    let answer = (!answer.is_empty()).then(|| answer.to_owned());
    let recorder = Recorder { input: RefCell::default(), answer };
    let files = files.iter().map(|(name, text)| (format!("t/templates/{name}"), text.clone())).collect();
    let outcome = post_render(&files, &recorder).map_err(|error| error.to_string()).and_then(|files| {
        let sorted = sort_manifests(&files, INSTALL_ORDER).map_err(|error| error.to_string())?;
        let manifests =
            sorted.manifests.iter().map(|m| format!("---\n# Source: {}\n{}\n", m.name, m.content));
        let hooks = sorted.hooks.iter().map(|h| format!("--- hook {}\n{}\n", h.path, h.manifest));
        Ok(manifests.chain(hooks).collect())
    });
    (recorder.input.into_inner(), outcome)
}

/// Go walks maps in no order, so that any of several files, or of several null keys, is named; and it shows a key that
/// is a collection, where Skiff only says that there is one.
fn is_open(outcome: &Outcome) -> bool {
    const OPEN: [&str; 3] = [": re-writing ", "yaml: invalid map key", "unsupported map key of type: "];
    outcome.1.as_ref().is_err_and(|error| OPEN.iter().any(|part| error.contains(part)))
}

fn compare(cases: &[(BTreeMap<String, String>, String)]) {
    let questions: Vec<Value> = cases
        .iter()
        .map(|(files, answer)| json!({"op": "postrender", "files": files, "text": answer}))
        .collect();
    let mut wrong = Vec::new();
    let mut good = 0;
    for ((files, answer), reply) in cases.iter().zip(oracle::ask(&questions)) {
        let input = reply["files"]["input"].as_str().unwrap_or_default().to_owned();
        let theirs = (
            input,
            match reply["err"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(reply["out"].as_str().unwrap_or_default().to_owned()),
            },
        );
        good += usize::from(theirs.1.is_ok());
        let ours = ours(files, answer);
        if ours != theirs && !(is_open(&ours) && is_open(&theirs)) {
            wrong.push(format!("{files:?} {answer:?}\n  helm  {theirs:?}\n  skiff {ours:?}"));
        }
    }
    let count = wrong.len();
    wrong.sort_by_key(String::len);
    wrong.truncate(SHOWN);
    assert!(wrong.is_empty(), "{count} of {} differ:\n{}", cases.len(), wrong.join("\n"));
    assert!(good * 10 > cases.len(), "only {good} of {} charts passed", cases.len());
}

/// Metadata that makes kyaml write JSON.
const JSON: &[&str] = &[
    "metadata:\n  annotations:\n    config.kubernetes.io/path: a/b.json\n",
    "metadata:\n  annotations: {internal.config.kubernetes.io/path: b.json/, config.kubernetes.io/path: c.yaml}\n",
    "metadata: {annotations: {internal.config.kubernetes.io/path: .json, x: \"<&>\"}} # c\n",
];

const DATA: &[&str] = &[
    "a: 1\nb: 1.50\nc: 010\nd: on\ne: ~\nf: 2001-1-2\ng: 1e400\n",
    "a: 2001-01-02t3:4:5.60+07:00\nb: 2001-01-02 03:04:05\nc: \"2001-01-02\"\nd: 2001-01-02T03:04:05Z\n",
    "a: &x {b: [1, 2]}\nc: *x\nd:\n  <<: *x\n  e: 1\n",
    "d:\n  <<: [{a: 1, b: 2}, {a: 3, c: 4}]\n  b: 5\n",
    "d: {<<: 1}\n",
    "1: a\ntrue: b\n~: c\n",
    "a: {1: b}\n",
    "a: .inf\n",
    "a: -.inf\n",
    "a: .nan\n",
    "a: !!str 1\nb: !!float 1\nc: !x y\nd: !!binary aGVsbG8=\ne: !!int \"3\"\n",
    "a: !!int x\n",
    "a: !!binary '?'\n",
    "a: 1\na: 2\n",
    "a: {b: 1, b: 2}\n",
    "a: 18446744073709551615\nb: 1e21\nc: 1e-7\nd: -0.0\ne: 123456789.0\n",
    "a: |\n  lines\n  \u{2028}<\nb: \"\\u0001\\x7f\"\n",
];

const METADATA: &[&str] = &[
    "",
    "metadata:\n",
    "metadata: {}\n",
    "metadata: null\n",
    "metadata: x\n",
    "metadata: *m\n",
    "metadata: [a]\n",
    "metadata:\n  name: a\n",
    "metadata: {name: a}\n",
    "metadata:\n  annotations:\n",
    "metadata:\n  annotations: {}\n  name: a\n",
    "metadata:\n  annotations: x\n",
    "metadata:\n  annotations: [x]\n",
    "metadata:\n  annotations: &a\n    k: v # line\n  labels: *a\n",
    "metadata:\n  annotations:\n    # head\n    helm.sh/hook: pre-install\n    # foot\n",
    "metadata:\n  annotations:\n    helm.sh/hook: post-delete\n    helm.sh/hook-weight: \"3\"\n  name: h\n",
    "metadata:\n  annotations: {helm.sh/hook: nope}\n",
    "metadata:\n  annotations:\n    config.kubernetes.io/index: \"7\"\n    x: y\n",
    "metadata:\n  annotations:\n    config.kubernetes.io/path: a/b.yaml\n",
    "metadata:\n  annotations:\n    internal.config.kubernetes.io/path: a/b.yaml # p\n    config.k8s.io/id: 3\n",
    "metadata:\n  annotations:\n    internal.config.kubernetes.io/seqindent: wide\n",
    "metadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: mine.yaml\n",
    "metadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: \"\"\n",
    "metadata:\n  annotations:\n    a: 1\n    a: 2\n  annotations:\n    b: 1\n",
    "metadata: {annotations: {a: b}} # line\n",
    "metadata: {annotations: {a: b, # line\n  c: d}}\n",
    "\"metadata\":\n  \"annotations\": {\"x\": \"y\"}\n",
];

fn one<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    from[random.below(from.len())]
}

fn document(random: &mut Random) -> String {
    match random.below(12) {
        0 => return commented(random),
        1 => return random.block(0),
        2 => return random.fragments(),
        3 => {
            return one(random, &["", "# only a comment\n", "null\n", "~\n", "{}\n", "[]\n", "x\n", "- a\n"])
                .to_owned();
        }
        4 => {
            let kind = one(random, &["List", "ResourceList", "ConfigMapList"]);
            let items = one(
                random,
                &[
                    "items:\n- kind: A\n  metadata:\n    name: a\n# c\n- kind: B # line\n",
                    "items: []\n",
                    "items:\n",
                    "items: {a: b}\n",
                    "items: x\n",
                    "items:\n- x\n",
                    "items:\n- null\n- kind: A\n",
                    "functionConfig: {a: b}\n",
                    "results: []\n",
                ],
            );
            return format!("kind: {kind}\n{items}");
        }
        5 if random.below(2) == 0 => {
            return format!("kind: A\n{}{}", one(random, JSON), one(random, DATA));
        }
        5 => return "bareSeqNodeWrappingKey:\n  - a # c\n  - b\nkind: A\n".to_owned(),
        _ => {}
    }
    let mut parts = vec![
        one(random, &["", "apiVersion: v1\n", "apiVersion: apps/v1 # v\n"]).to_owned(),
        one(
            random,
            &["", "kind: Service\n", "kind: ConfigMap\n", "# why\nkind: Deployment\n", "kind: &m {}\n"],
        )
        .to_owned(),
        one(random, METADATA).to_owned(),
    ];
    if random.below(2) == 0 {
        parts.push(format!(
            "data:\n{}",
            commented(random).replace('\n', "\n  ").trim_end_matches(' ').replacen("", "  ", 1)
        ));
    }
    if random.below(6) == 0 {
        parts.swap(1, 2);
    }
    parts.concat()
}

fn file(random: &mut Random) -> String {
    let mut out = String::new();
    if random.below(4) == 0 {
        out.push_str(one(random, &["---\n", "\n---\n", "# first\n---\n", "--- # c\n", "---\n---\n"]));
    }
    let more = random.below(4).saturating_sub(random.below(2));
    for index in 0..=more {
        if index > 0 {
            let separators = [
                "---\n",
                "---\n",
                "---\n",
                "--- # c\n",
                "---\r\n",
                "---  \n",
                "--- x\n",
                "---x: y\n",
                "...\n---\n",
            ];
            out.push_str(one(random, &separators));
        }
        out.push_str(&document(random));
    }
    out
}

#[test]
fn charts_pass_an_identity_as_in_helm() {
    let mut random = Random::new(21);
    let names = ["a.yaml", "b.yaml", "_c.yaml", "d/e.txt", "NOTES.txt"];
    let cases: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let files = (0..=random.below(2)).map(|i| (names[i].to_owned(), file(&mut random))).collect();
            (files, String::new())
        })
        .collect();
    compare(&cases);
}

#[test]
fn answers_of_post_renderers_become_releases_as_in_helm() {
    let mut random = Random::new(22);
    let files: BTreeMap<String, String> = [("a.yaml".to_owned(), "kind: A\n".to_owned())].into();
    let cases: Vec<_> = (0..ROUNDS).map(|_| (files.clone(), file(&mut random))).collect();
    compare(&cases);
}
