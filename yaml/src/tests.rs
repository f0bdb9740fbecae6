use super::*;
use serde_json::json;

fn deep(open: char, close: char, depth: usize) -> String {
    let mut text: String = std::iter::repeat_n(open, depth).collect();
    text.extend(std::iter::repeat_n(close, depth));
    text
}

fn refusal(text: &str) -> String {
    to_json(text).expect_err("it is refused").to_string()
}

#[test]
fn a_value_as_deep_as_allowed_is_read_copied_written_and_dropped() {
    let value = to_json(deep('[', ']', MAX_NESTING)).expect("not too deep");
    let copy = value.clone();
    assert_eq!(from_json(&copy).expect("it has YAML").lines().count(), 1);
    let maps = format!("{}1{}", "{a: ".repeat(MAX_NESTING), "}".repeat(MAX_NESTING));
    let value = to_json(maps).expect("not too deep");
    assert_eq!(from_json(&value).expect("it has YAML").lines().count(), MAX_NESTING);
    assert_eq!(value.clone(), value);
    let maps = format!("&a {}1{}", "{a: ".repeat(MAX_NESTING), "}".repeat(MAX_NESTING));
    assert_eq!(to_json(maps).expect("not too deep"), value);
    assert!(value.to_string().len() > MAX_NESTING);
}

#[test]
fn deeper_values_are_refused_without_using_up_the_stack() {
    assert!(refusal(&deep('[', ']', MAX_NESTING + 1)).contains("exceeded max depth of 1000"));
    assert!(refusal(&"- ".repeat(9_999)).contains("exceeded max depth of 1000"));
    assert!(refusal(&format!("&a {}", deep('[', ']', 9_999))).contains("exceeded max depth of 1000"));
    let prefix = "error converting YAML to JSON: yaml: exceeded max depth of 10000";
    assert_eq!(refusal(&deep('[', ']', 100_000)), prefix);
    assert_eq!(refusal(&"{".repeat(100_000)), prefix);
    assert_eq!(refusal(&"- ".repeat(100_000)), prefix);
    assert_eq!(refusal(&"? ".repeat(100_000)), prefix);
}

#[test]
fn aliases_may_neither_explode_nor_contain_themselves() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f")] {
        bomb += &format!("{name}: &{name} [{}]\n", [format!("*{of}").as_str(); 10].join(", "));
    }
    assert_eq!(refusal(&bomb), "error converting YAML to JSON: yaml: document contains excessive aliasing");
    assert!(refusal("&a [*a]").ends_with("yaml: anchor 'a' value contains itself"));
    assert!(refusal("*a").ends_with("yaml: unknown anchor 'a' referenced"));
}

#[test]
fn numbers_are_floats_or_stay_what_they_are() {
    let text = "[1, 1.0, 1e3, 18446744073709551615, 0x10]";
    assert_eq!(to_json(text).expect("YAML"), json!([1.0, 1.0, 1000.0, 1.8446744073709552e19, 16.0]));
    assert_eq!(yaml_to_json(text).expect("YAML"), json!([1, 1, 1000, u64::MAX, 16]));
    assert_eq!(to_typed_json(text).expect("YAML"), json!([1, 1.0, 1000.0, u64::MAX, 16]));
}

#[test]
fn the_last_of_repeated_keys_wins_unless_reading_is_strict() {
    assert_eq!(to_json("a: 1\nb: 2\na: 3").expect("YAML"), json!({"a": 3.0, "b": 2.0}));
    let error = to_json_strict("a: 1\nb: 2\na: 3").expect_err("strict").to_string();
    assert_eq!(
        error,
        "error converting YAML to JSON: yaml: unmarshal errors:\n  line 3: key \"a\" already set in map"
    );
}

#[test]
fn events_carry_lines_and_anchors() {
    let mut lines = Vec::new();
    let text = "a: &x 1\nb:\n- *x\n";
    parse(text, |event| {
        match event {
            Event::Scalar(scalar) => lines.push((scalar.line, scalar.value.to_string())),
            Event::Alias { name, line } => lines.push((*line, format!("*{name}"))),
            _ => {}
        }
        None::<()>
    })
    .expect("YAML");
    let expected = [(0, "a"), (0, "1"), (1, "b"), (2, "*x")];
    assert_eq!(lines, expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn strings_are_quoted_only_where_they_would_be_read_as_something_else() {
    let cases = [
        ("yes", "\"yes\"\n"),
        ("2001-01-01", "\"2001-01-01\"\n"),
        ("1:20", "\"1:20\"\n"),
        ("a: b", "'a: b'\n"),
        ("a:b", "a:b\n"),
        (" a", "' a'\n"),
        ("it's #1", "'it''s #1'\n"),
        ("a\nb\n", "|\n  a\n  b\n"),
        ("a\nb", "|-\n  a\n  b\n"),
        (" a\nb\n\n", "|2+\n   a\n  b\n\n"),
        ("a \nb", "\"a \\nb\"\n"),
        ("a\tb", "\"a\\tb\"\n"),
        ("", "\"\"\n"),
    ];
    for (text, yaml) in cases {
        assert_eq!(from_json(&json!(text)).expect("it has YAML"), yaml, "{text:?}");
    }
}

#[test]
fn what_json_text_cannot_carry_is_refused_and_leaves_the_buffer_alone() {
    let mut out = "kept".to_owned();
    let error = write_json(&json!({"a": "\u{7F}"}), &mut out).expect_err("refused");
    assert_eq!(
        (error.to_string().as_str(), out.as_str()),
        ("yaml: control characters are not allowed", "kept")
    );
    assert_eq!(from_json(&json!("a\u{85}b")).expect("a space"), "a b\n");
    let error = from_json(&json!({"k".repeat(1023): 1})).expect_err("refused");
    assert_eq!(error.to_string(), "yaml: did not find expected ',' or '}'");
}

#[test]
fn pretty_lists_are_indented_and_never_folded() {
    let value = json!({"a": [1.0, {"b": ["word ".repeat(40)]}], "on": "on", "n": 1e6});
    let expected =
        format!("a:\n  - 1\n  - b:\n      - '{}'\n\"n\": 1e+06\n\"on\": \"on\"\n", "word ".repeat(40));
    assert_eq!(from_json_pretty(&value), expected);
}

/// Helm's answers, recorded; `tests/conformance/yaml.rs` asks again whether they still hold.
const READ: &str = include_str!("../../testdata/yaml/read.jsonl");
const WRITE: &str = include_str!("../../testdata/yaml/write.jsonl");

fn floats(value: &Value) -> Value {
    match value {
        Value::Number(n) => json!(n.as_f64()),
        Value::Array(items) => items.iter().map(floats).collect(),
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(k, v)| (k.clone(), floats(v))).collect())
        }
        other => other.clone(),
    }
}

fn cases(lines: &str) -> impl Iterator<Item = Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a case is JSON"))
}

#[test]
fn recorded_texts_are_read_and_refused_as_helm_does() {
    for case in cases(READ) {
        let text = case["yaml"].as_str().expect("a text");
        let read = to_json(text);
        match case["error"].as_str() {
            Some(error) => assert_eq!(read.expect_err(text).to_string(), error, "{text:?}"),
            None => assert_eq!(read.as_ref(), Ok(&floats(&case["json"])), "{text:?}"),
        }
        let strict = yaml_to_json_strict(text).err().map(|error| error.to_string());
        let prefixed = |error: &str| error.strip_prefix("error converting YAML to JSON: ").map(str::to_owned);
        let expected = case["strict"].as_str().map(str::to_owned);
        assert_eq!(strict, expected.or(case["error"].as_str().and_then(prefixed)), "{text:?}");
    }
}

#[test]
fn recorded_values_are_written_as_helm_does() {
    for case in cases(WRITE) {
        let value = floats(&case["json"]);
        let written = from_json(&value);
        match case["error"].as_str() {
            Some(error) => assert_eq!(written.expect_err("refused").to_string(), error, "{value}"),
            None => assert_eq!(written.as_deref(), Ok(case["yaml"].as_str().unwrap_or_default()), "{value}"),
        }
        let pretty = case["pretty"].as_str().or(case["yaml"].as_str());
        assert_eq!(Some(from_json_pretty(&value).as_str()), pretty, "{value}");
    }
}

#[test]
fn keeping_less_refuses_the_same() {
    for case in cases(READ) {
        let text = case["yaml"].as_str().expect("a text");
        for text in [text.to_owned(), format!("z:\n- {}", text.replace('\n', "\n  "))] {
            let whole = to_typed_json(&text);
            let part = to_typed_json_of(&text, |key| key == "a");
            let kept = whole.map(|mut value| {
                if let Value::Object(entries) = &mut value {
                    entries.retain(|key, _| key == "a");
                }
                value
            });
            assert_eq!(part, kept, "{text:?}");
        }
    }
}
