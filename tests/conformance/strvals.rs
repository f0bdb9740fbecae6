//! `skiff::values::strvals` beside Helm's own package, through the oracle.

use crate::support::oracle;
use serde_json::{Map, Number, Value, json};
use skiff::values::{gotext::type_name, strvals};

const BASES: [&str; 5] = [
    "{}",
    r#"{"a":{"b":{"c":1}},"b":[1,{"a":2},[3,4]],"c":"x","d":null,"":{"a":1},"e":[]}"#,
    r#"{"a":[[1],[{"b":1}]],"b":{},"c":[null,null],"":[1,2,{"a":1}]}"#,
    r#"{"a":1.5,"b":true,"c":{"d":[{"e":1},{"e":2}]}}"#,
    r#"{"a":{"":"x"},"b":null}"#,
];

const LINES: &[&str] = &[
    "",
    "a",
    "a=",
    "a=1",
    "a=b,c=d",
    "=",
    "=1",
    ".=1",
    "a.=1",
    ".a=1",
    "a..b=1",
    "a.b=",
    "a.b",
    "a,",
    ",",
    ",a=1",
    "a=1,",
    "a=1,,b=2",
    "a=b=c",
    "a=true,b=FALSE,c=nuLL,d=yes",
    "a=0,b=00,c=01,d=-0,e=-1,f=+1,g=1e3,h=1.50,i=0x1,j=1_000",
    "a=9223372036854775807,b=9223372036854775808",
    "a={}",
    "a={1}",
    "a={1,2}",
    "a={1,2},b=3",
    "a={1,2}b=3",
    "a={1,2",
    "a={",
    "a={,}",
    "a={1,{2}}",
    "a={null,true,x}",
    r"a={1\,2,\}}",
    "a[0]=1",
    "a[2]=1",
    "a[0].b=1",
    "a[0].b=1,a[0].c=2",
    "a[0][1]=2",
    "a[1][1].b=x",
    "a[0]",
    "a[0",
    "a[",
    "a[]=1",
    "a[x]=1",
    "a[-1]=1",
    "a[0][-1]=1",
    "a[0]b=1",
    "a[0] =1",
    "a[0]'\n\u{301}\u{e9}=1",
    "a[65537]=x",
    "a[99999999999999999999]=x",
    "a[+1]=1",
    "a[1_0]=1",
    "a[0]={1,2}",
    "a[0]=,b=1",
    "a[0].=1",
    "a[0].b=",
    "a[0].b",
    "a[0][0]",
    "a[0][0",
    "a[0][0].b=",
    "b[2][0].x=",
    "b[1].x=",
    "b[0].x=",
    "[0]=1",
    "[1]=5",
    "[2].a=7",
    "[5]=5",
    r"a\.b=1",
    r"a\=b=1",
    r"a\[0\]=1",
    r"a=\",
    r"a\",
    r"a=x\,y",
    r"a=\{1\,2\}",
    r"a=\\",
    r"a\\b=1",
    "a=é,ü=1",
    "a=\u{a0}",
    "a= 1 ",
    " a = 1 ",
    "a=1\n,b=2\n",
    "a=\t",
    "a.b.c.d.e.f=1",
    "c.x=1",
    "c[0]=1",
    "d.x=1",
    "d[0]=1",
    "b.x=1",
    "e[0].x=1",
    "a=fal\u{17f}e,b=NULL,c=null ",
    "a=\"1\"",
    "a='x'",
    "\"a\"=1",
    "a=[1,2]",
    "a={\"x\":1}",
    "a=null",
    "a.b=null",
    "a[0]=null",
];

const JSON_LINES: &[&str] = &[
    "a=1",
    "a=1.0,b=2",
    "a=",
    "a=,b=1",
    "a= ,b= 1 , c=2",
    "a={\"b\":1}",
    "a={\"b\":[1,2,{\"c\":null}]},d=\"x,y\"",
    "a=null",
    "a=[1,2]",
    "a[0]=1",
    "a[1]={\"x\":1}",
    "a[0].b=\"c\"",
    "a[0]=",
    "a[0]= ,b=1",
    "a=x",
    "a=[1",
    "a=\"x",
    "a=1b=2",
    "a=01",
    "a=1e400",
    "a=\"\\ud800\"",
    "a=\"\\ud83d\\ude00\"",
    "a=truex=1",
    "a=1 b=2",
    "a",
    "a=12345678901234567890",
    "a=1e-400",
    "a=-0",
    "a={\"b\":1,\"b\":2}",
    "a= \u{a0}1",
    "a.b.c=[{}]",
    "a=\"\u{1}\"",
    "a={} ,b=[]",
];

/// JSON with every number a float, as Helm reads it.
pub(crate) fn floats(value: Value) -> Value {
    match value {
        Value::Number(n) => n.as_f64().and_then(Number::from_f64).map_or(Value::Null, Value::Number),
        Value::Array(list) => list.into_iter().map(floats).collect(),
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, floats(v))).collect()),
        other => other,
    }
}

fn types(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("[{}]", list.iter().map(types).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            format!(
                "{{{}}}",
                map.iter().map(|(k, v)| format!("{k}:{}", types(v))).collect::<Vec<_>>().join(" ")
            )
        }
        leaf => type_name(leaf).to_owned(),
    }
}

/// What Skiff answers, in the oracle's form; an error of the JSON reader has no words of its own.
fn answer(mode: &str, line: &str, base: &str) -> Result<(String, Value), String> {
    let Value::Object(mut values) = floats(serde_json::from_str(base).expect("a base is JSON")) else {
        panic!("a base is a table")
    };
    let result = match mode {
        "set" => strvals::parse(line, &mut values),
        "string" => strvals::parse_string(line, &mut values),
        "json" => strvals::parse_json(line, &mut values),
        "literal" => strvals::parse_literal(line, &mut values),
        _ => strvals::parse_file(line, &mut values, &mut |name| Ok(format!("<{name}>"))),
    };
    match result {
        Ok(()) => {
            let values = Value::Object(values);
            Ok((types(&values), floats(values)))
        }
        Err(strvals::Error::Json(_)) => Err("JSON".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn compare(cases: &[(&str, String, &str)]) {
    let questions: Vec<Value> = cases
        .iter()
        .map(|(mode, line, base)| {
            let base: Map<String, Value> = serde_json::from_str(base).expect("a base is JSON");
            json!({"op": "strvals", "mode": mode, "expr": line, "base": base})
        })
        .collect();
    let mut differences = Vec::new();
    for ((mode, line, base), theirs) in cases.iter().zip(oracle::ask(&questions)) {
        let ours = answer(mode, line, base);
        let theirs = match theirs.get("err").and_then(Value::as_str) {
            Some(_) if ours == Err("JSON".to_owned()) => Err("JSON".to_owned()),
            Some(error) => Err(error.to_owned()),
            None => {
                let out = theirs["out"].as_str().expect("an answer has out");
                let types = theirs["types"].as_str().expect("an answer has types");
                Ok((types.to_owned(), floats(serde_json::from_str(out).expect("out is JSON"))))
            }
        };
        if ours != theirs {
            differences.push(format!("{mode} {line:?} into {base}\n  skiff {ours:?}\n  helm  {theirs:?}"));
        }
    }
    let shown = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {} differ:\n{shown}", differences.len(), cases.len());
}

#[test]
fn every_rule_of_the_grammar_gives_what_helm_gives() {
    let deep = [29, 30, 31, 32].map(|n| format!("{}a=1", "a.".repeat(n)));
    let mut cases = Vec::new();
    for base in BASES {
        for mode in ["set", "string", "literal", "file", "json"] {
            for line in LINES.iter().chain(JSON_LINES).map(ToString::to_string).chain(deep.clone()) {
                cases.push((mode, line, base));
            }
        }
    }
    cases.push(("set", "a[65536]=x".to_owned(), BASES[0]));
    compare(&cases);
}

#[test]
fn random_lines_give_what_helm_gives() {
    const PIECES: [&str; 34] = [
        "a",
        "b",
        "c",
        "d",
        "e",
        "a",
        "b",
        ".",
        ".",
        "[0]",
        "[1]",
        "[2]",
        "[",
        "]",
        "=",
        "=",
        "=",
        ",",
        ",",
        "{",
        "}",
        "\\",
        "1",
        "0",
        "-",
        "null",
        "true",
        "x",
        " ",
        "{x,y}",
        "[{\"a\":1}]",
        "\"q\"",
        "é",
        "[0][1]",
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).expect("below fits")
    };
    let mut cases = Vec::new();
    for _ in 0..40_000 {
        let length = 1 + random(12);
        let line: String = (0..length).map(|_| PIECES[random(PIECES.len())]).collect();
        let mode = ["set", "set", "string", "literal", "file", "json"][random(6)];
        cases.push((mode, line, BASES[random(BASES.len())]));
    }
    compare(&cases);
}
