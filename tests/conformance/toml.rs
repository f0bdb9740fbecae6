//! TOML, asked of BurntSushi/toml as Helm links it.

use crate::{calls::cases, support::oracle};
use serde_json::{Value as Json, json};
use templates_engine::{toml, value::Value};

/// JSON as `encoding/json` reads it: every number a float64.
fn value(json: &Json) -> Value {
    match json {
        Json::Number(n) => Value::float64(n.as_f64().expect("a number")),
        Json::Array(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(fields) => Value::map(fields.iter().map(|(k, v)| (k.as_str().into(), value(v)))),
        other => Value::from_json(other),
    }
}

fn report(wrong: &[String], all: usize) {
    assert!(wrong.is_empty(), "{} of {all} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn values_are_written_as_burntsushi_writes_them() {
    let leaves = json!([
        1, 1.5, -0.0, 1e6, 1e21, 1e-7, 123456789, 0.1, 100000, 1e100, true, false, null, "", "x", "a\"b\\c", "\n\t\r\u{8}\u{c}\u{0}\u{1f}\u{7f}é😀",
        [], [1, 2], ["a", [1, "b"]], [null], [[null]], {}, {"a": 1}, {"a": null}, {"b": {"c": {"d": 1}}, "a": [1]},
        [{"a": 1}], [{"a": 1}, {"b": {"c": 2}}], [{}, {}], [{"a": 1}, 2], [[{"a": 1}]], [{"a": null, "b": 1}], [1, {"a": 1, "b": null}],
        [1, {"a": null, "b": {"c": 1}}], [1, {"z": null}], {"x": [{"y": [{"z": 1}]}]}, {"": 1}, {"a.b": {"c d": 1, "é": [{"\"": 1}]}},
        {"t": {"u": [], "v": {}, "w": null}}, [{"a": [{"b": 1}]}, {"a": []}], [{"x": {"y": 1}, "a": 2}, {"x": {"y": [{"q": 1}]}}],
    ]);
    let leaves = leaves.as_array().expect("a list");
    let mut all: Vec<Json> = leaves.clone();
    for leaf in leaves {
        all.extend([
            json!({"k": leaf}),
            json!({"k": {"l": leaf, "m": 1}}),
            json!({"a": 1, "k": leaf, "z": {"y": leaf}}),
        ]);
        all.extend([
            json!({"k": [leaf, leaf]}),
            json!([leaf]),
            json!({"k": [1, {"i": leaf, "j": {"n": leaf}, "o": 1}]}),
        ]);
        for other in leaves.iter().step_by(3) {
            all.extend([json!({"a": leaf, "b": other}), json!({"b": {"c": leaf}, "a": {"c": other}})]);
        }
    }
    assert!(all.len() > 1000, "{} values", all.len());
    let questions: Vec<Json> =
        all.iter().map(|json| json!({"op": "toml", "json": json.to_string()})).collect();
    let answers = oracle::ask(&questions);
    let mut wrong = Vec::new();
    for (json, answer) in all.iter().zip(&answers) {
        let mine = match toml::encode(&value(json)) {
            Ok(out) => json!({"out": String::from_utf8_lossy(&out)}),
            Err(error) => json!({"err": error.to_string()}),
        };
        let panicked = answer["err"].as_str().and_then(|error| error.strip_prefix("panic: "));
        let answer = panicked.map_or(answer.clone(), |error| json!({"err": error}));
        if mine != answer {
            wrong.push(format!("{json}\n  helm  {answer}\n  skiff {mine}"));
        }
    }
    report(&wrong, all.len());
}

fn types(value: &Value) -> String {
    match value {
        Value::Map(map) => {
            let fields = map.snapshot();
            format!(
                "{{{}}}",
                fields.iter().map(|(k, v)| format!("{k}:{}", types(v))).collect::<Vec<_>>().join(" ")
            )
        }
        Value::List(list) if list.list_type_name() == "[]interface {}" => {
            format!("[{}]", list.iter().map(types).collect::<Vec<_>>().join(" "))
        }
        other => other.type_name().map_or("<nil>".into(), |name| name.into_owned()),
    }
}

#[test]
fn documents_are_read_with_burntsushis_types() {
    let texts = [
        "",
        "a = 1",
        "a = 1.0\nb = \"x\"\nc = true",
        "a = 1_000\nb = 0x1F\nc = 0o17\nd = 0b11\ne = 1e6\n",
        "[a]\nb = 1\n[a.c]\nd = 2\n",
        "[[a]]\nb = 1\n[[a]]\nb = 2\n",
        "a.b.c = 1\n'd e'.f = 2",
        "a = [1, 2.5, 'x', [true]]",
        "a = '''\nx\ny'''\nb = \"\"\"\nx \\\n  y\"\"\"",
        "a = 2021-03-04T05:06:07Z\nb = 2021-03-04T05:06:07.123-07:00\n",
        "a = 2021-03-04T05:06:07\nb = 2021-03-04\nc = 05:06:07.5",
        "a = \"\\u00e9\\U0001F600\\t\\\"\"",
        "# comment\na = 1 # more\n",
        "[a]\n[a.b]\n[c]\n",
        "a = []\nb = {}\nc = {x = 1, y = {z = 2}}",
        "[[a.b]]\nc = 1\n[[a.b.d]]\ne = 2\n",
        "a = -0\nb = +5",
        "\"\" = 1",
        "a = 9223372036854775807",
        "a = {x = 1,\n y = 2,}",
        "a = 05:06",
    ];
    let questions: Vec<Json> = texts.iter().map(|text| json!({"op": "fromtoml", "text": text})).collect();
    let mut wrong = Vec::new();
    for (text, answer) in texts.iter().zip(oracle::ask(&questions)) {
        let mine = match toml::decode(text, 0) {
            Ok(value) => json!({"out": cases::json(&value), "types": types(&value)}),
            Err(error) => json!({"err": error.to_string()}),
        };
        let theirs = match (answer["out"].as_str(), &answer["err"]) {
            (Some(out), _) => {
                json!({"out": serde_json::from_str::<Json>(out).expect("JSON"), "types": answer["types"]})
            }
            (None, error) => json!({ "err": error }),
        };
        if mine != theirs {
            wrong.push(format!("{text:?}\n  helm  {theirs}\n  skiff {mine}"));
        }
    }
    report(&wrong, texts.len());
}

#[test]
fn what_is_no_toml_is_refused_at_the_same_line() {
    let texts = [
        "a",
        "a =",
        "a = 1\nb",
        "a = 1\na = 2",
        "[a]\n[a]",
        "[a",
        "a = \"x",
        "a = 1 2",
        "a = 01",
        "a = [1",
        "= 1",
        "a = 1\n\nb = @\n",
        "a = 99999999999999999999",
        "a = 2021-13-01",
        "a = tru",
        "a = \"\\q\"",
        "[]",
        "[[a]]\n[a]",
        "a = 1__0",
    ];
    let questions: Vec<Json> = texts.iter().map(|text| json!({"op": "fromtoml", "text": text})).collect();
    let mut wrong = Vec::new();
    for (text, answer) in texts.iter().zip(oracle::ask(&questions)) {
        let mine = toml::decode(text, 0).err().map(|error| error.to_string()).unwrap_or_default();
        let theirs = answer["err"].as_str().unwrap_or_default().to_owned();
        let line = |error: &str| {
            error
                .strip_prefix("toml: line ")
                .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
        };
        if line(&mine).is_none() || line(&mine) != line(&theirs) {
            wrong.push(format!("{text:?}\n  helm  {theirs}\n  skiff {mine}"));
        }
    }
    report(&wrong, texts.len());
}
