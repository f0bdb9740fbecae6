//! Patterns and matches, asked of Go's regexp.

use crate::{calls, support::oracle};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use templates_engine::regexp::Regexp;

const PATTERNS: &str = include_str!("data/patterns.txt");
const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "abc aab  aaab\nb_c-d.e\tF9",
    "foo.bar/baz:1.2.3-rc1@sha256:0a0b",
    "Straße ſ K k É é İ ı ΑΒΓ αβγ Жж 日本語 😀 \u{301}e",
    "line one\nline two\r\n\nlast",
    "(x)[y]{z}*+?^$|\\",
    "aaaaaaaaaaaaaaaaaaaaaaaaa",
    "_word word2 wörd \u{a0}x",
    "0123456789 ٣ ८",
];

/// Broken UTF-8, which Go reads as U+FFFD byte by byte.
const BYTES: &[&[u8]] =
    &[b"\xff", b"a\xffb\xc3", b"\xe2\x82\xe2\x82\xac x\xf0\x9f\x98", b"\xc3\xa9\xa9\xed\xa0\x80"];

fn ours(pattern: &[u8], text: &[u8]) -> Value {
    let indexes = |found: Vec<Vec<Option<std::ops::Range<usize>>>>| -> Value {
        let flat = |groups: Vec<Option<std::ops::Range<usize>>>| -> Value {
            let pair =
                |g: Option<std::ops::Range<usize>>| g.map_or([-1, -1], |r| [r.start as i64, r.end as i64]);
            groups.into_iter().flat_map(pair).collect()
        };
        if found.is_empty() { Value::Null } else { found.into_iter().map(flat).collect() }
    };
    match Regexp::compile(pattern) {
        Ok(re) => json!({ "out": indexes(re.find_all_submatches(text, -1)).to_string() }),
        Err(error) => json!({ "err": error.to_string() }),
    }
}

fn compare(pairs: &[(Vec<u8>, Vec<u8>)]) {
    let questions: Vec<Value> = pairs
        .iter()
        .map(|(pattern, text)| {
            json!({"op": "regexp", "pattern64": BASE64_STANDARD.encode(pattern), "text64": BASE64_STANDARD.encode(text)})
        })
        .collect();
    let answers = oracle::ask(&questions);
    let wrong: Vec<String> = pairs
        .iter()
        .zip(&answers)
        .filter_map(|((pattern, text), answer)| {
            let mine = ours(pattern, text);
            let shown = (String::from_utf8_lossy(pattern), String::from_utf8_lossy(text));
            (mine != *answer).then(|| format!("{shown:?}\n  go    {answer}\n  skiff {mine}"))
        })
        .collect();
    let shown = wrong.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} differ:\n{shown}", wrong.len(), pairs.len());
}

#[test]
fn patterns_match_and_are_refused_as_in_go() {
    let mut pairs = Vec::new();
    for pattern in PATTERNS.lines() {
        for text in TEXTS.iter().map(|t| t.as_bytes()).chain(BYTES.iter().copied()) {
            pairs.push((pattern.as_bytes().to_vec(), text.to_vec()));
        }
    }
    for pattern in BYTES
        .iter()
        .flat_map(|b| [b.to_vec(), [b"[", *b].concat(), [br"\Q", *b].concat(), [b"(?", *b].concat()])
    {
        pairs.push((pattern, b"x".to_vec()));
    }
    let deep = |n: usize| ["(".repeat(n), "a".into(), ")".repeat(n)].concat().into_bytes();
    for pattern in [deep(900), deep(998), deep(999), deep(1000), deep(1001), deep(5000)] {
        pairs.push((pattern, b"a".to_vec()));
    }
    assert!(pairs.len() > 4000, "{} pairs", pairs.len());
    compare(&pairs);
}

/// Pieces that patterns are put together from, legal and not.
const PIECES: &[&str] = &[
    "a",
    "b",
    "ab",
    ".",
    "^",
    "$",
    "(",
    ")",
    "(?:",
    "|",
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "??",
    "{2}",
    "{1,2}",
    "{0,}",
    "{,2}",
    "[ab]",
    "[^a]",
    "[a-c",
    "]",
    "\\d",
    "\\W",
    "\\s",
    "\\b",
    "\\B",
    "\\pL",
    "\\A",
    "\\z",
    "(?i)",
    "(?m)",
    "(?s)",
    "(?U)",
    "(?i:",
    "(?-i)",
    "\\",
    "é",
    "\n",
    "-",
    "[[:alpha:]]",
    "\\x41",
    "\\Q",
    "\\E",
    "(?P<n>",
    "_",
    " ",
];

#[test]
fn random_patterns_behave_as_in_go() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % n
    };
    let texts = ["", "ab aab\nba é_", "Aab-bA  \n\na"];
    let mut pairs = Vec::new();
    for _ in 0..20_000 {
        let pattern: String = (0..1 + next(7)).map(|_| PIECES[next(PIECES.len())]).collect();
        pairs.push((pattern.into_bytes(), texts[next(texts.len())].as_bytes().to_vec()));
    }
    compare(&pairs);
}

#[test]
fn functions_replace_split_and_find_as_sprig_does() {
    let patterns =
        ["a", "a*", "", "a+?", "(a)(b)?", "(?P<x>[a-z])(\\d)?", "\\b", "$", "^", "x*y?", "é|", "[", "[^,]*"];
    let texts = ["", "a", "baaac", "ab1,b2,,c", "éaé", "aaa", "a,b,c"];
    let replacements =
        ["", "-", "$0", "[$1]", "${1}x", "$1x", "$x$x_", "${x}", "$$", "$", "${", "${1", "$é", "$01", "$9"];
    let mut cases = Vec::new();
    for pattern in patterns {
        for text in texts {
            for name in ["regexMatch", "mustRegexMatch", "regexFind", "mustRegexFind"] {
                cases.push(json!([name, pattern, text]));
            }
            for n in [-1, 0, 1, 2, 5] {
                for name in ["regexFindAll", "mustRegexFindAll", "regexSplit", "mustRegexSplit"] {
                    cases.push(json!([name, pattern, text, n]));
                }
            }
            for replacement in replacements {
                for name in [
                    "regexReplaceAll",
                    "regexReplaceAllLiteral",
                    "mustRegexReplaceAll",
                    "mustRegexReplaceAllLiteral",
                ] {
                    cases.push(json!([name, pattern, text, replacement]));
                }
            }
        }
    }
    assert!(cases.len() > 5000);
    calls::compare(&cases);
}
