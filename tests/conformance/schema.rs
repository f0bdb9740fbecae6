//! `skiff::values::schema` beside helm: many small charts with schemas, one `helm template`.

use crate::strvals::floats;
use crate::support::peers;
use serde_json::{Value, json};
use skiff::values::schema::{self, Documents};
use std::{collections::BTreeMap, fs, path::Path, process::Command, rc::Rc};

/// Reads `file://` as Helm does.
struct Files;

impl Documents for Files {
    fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        let path = url.strip_prefix("file://").ok_or("no such scheme in this test")?;
        fs::read(path).map_err(|_| format!("open {path}: no such file or directory"))
    }
}

fn x(schema: Value) -> String {
    json!({"properties": {"x": schema}}).to_string()
}

fn draft7(schema: Value) -> String {
    json!({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"x": schema}}).to_string()
}

fn cases() -> Vec<(String, Value)> {
    let mut cases = numbers();
    cases.extend(keywords());
    cases.extend(combinations());
    cases.extend(formats());
    cases.extend(broken());
    cases
}

fn numbers() -> Vec<(String, Value)> {
    let numbers = [
        0.1,
        1.0,
        1.5,
        1000.0,
        1234.5,
        123_456_789.0,
        1e6,
        1e20,
        1e21,
        1.5e30,
        1e-5,
        1.5e-7,
        0.000_123,
        123_456.789_012_345,
        -1_234_567.25,
        0.300_000_000_000_000_04,
        1e100,
        -0.5,
        0.0,
        999_999.0,
        99_999.9,
    ];
    let mut cases: Vec<_> =
        numbers.iter().map(|n| (x(json!({"exclusiveMaximum": -1e200})), json!({"x": n}))).collect();
    let more = [
        (json!({"minimum": 5}), json!(4.5)),
        (json!({"maximum": 5}), json!(6)),
        (json!({"exclusiveMinimum": 5}), json!(5)),
        (json!({"multipleOf": 0.01}), json!(0.07)),
        (json!({"multipleOf": 0.01}), json!(0.015)),
        (json!({"multipleOf": 3}), json!(10000)),
        (json!({"type": "integer"}), json!(1.0)),
        (json!({"type": "integer"}), json!(1.5)),
    ];
    cases.extend(more.into_iter().map(|(schema, value)| (x(schema), json!({"x": value}))));
    cases
}

fn keywords() -> Vec<(String, Value)> {
    let plain = [
        (json!({"minLength": 12345}), json!("abc")),
        (json!({"maxLength": 1}), json!("éa")),
        (json!({"type": ["string", "null", "integer", "boolean", "array", "object"]}), json!(1.5)),
        (json!({"type": ["number", "null"]}), json!("a")),
        (json!({"enum": ["a", 1, 1.5, null, true, "it's \"q\" \\ \n"]}), json!("b")),
        (json!({"enum": ["a"]}), json!("b")),
        (json!({"enum": ["a", {"b": 1}]}), json!("b")),
        (json!({"const": 10000}), json!(2)),
        (json!({"const": {"a": 1}}), json!(2)),
        (json!({"pattern": "^\\d+\\w$"}), json!("2")),
        (json!({"pattern": "it's"}), json!("it\"s")),
        (json!({"items": {"type": "string"}}), json!(["a", 1, 2])),
        (json!({"items": {"type": "string"}, "prefixItems": [{"type": "number"}]}), json!(["a", "x", 3, 4])),
        (json!({"contains": {"type": "string"}, "minContains": 2}), json!(["a", 1, 2])),
        (json!({"contains": {"type": "string"}, "minContains": 2}), json!([1, 2])),
        (json!({"contains": {"type": "string"}, "maxContains": 1}), json!(["a", 1, "b"])),
        (json!({"contains": {"type": "string"}}), json!([1])),
        (json!({"contains": {"type": "string"}}), json!([])),
        (json!({"uniqueItems": true, "minItems": 5, "maxItems": 1}), json!([1, 2, 1])),
        (
            json!({"additionalProperties": false, "minProperties": 5, "maxProperties": 1, "required": ["q", "r's"]}),
            json!({"b": 1, "a": 2, "c/d": 3}),
        ),
        (json!({"required": ["q"]}), json!({})),
        (json!({"propertyNames": {"maxLength": 1}}), json!({"bb": 1, "aaa": 2, "c": 3})),
        (json!({"propertyNames": {"allOf": [{"maxLength": 1}]}}), json!({"bb": 1})),
        (
            json!({"dependentRequired": {"a": ["b", "c"]}, "dependentSchemas": {"a": {"required": ["z"]}}}),
            json!({"a": 1}),
        ),
        (json!({"unevaluatedProperties": false, "properties": {"a": {}}}), json!({"a": 1, "b": 2, "c": 3})),
        (json!({"unevaluatedItems": false, "prefixItems": [{}]}), json!([1, 2, 3])),
        (json!({"additionalProperties": {"type": "string"}}), json!({"a": 1, "b": "x"})),
        (json!({"patternProperties": {"^a/b": {"type": "string"}}}), json!({"a/b~c": 1})),
        (json!({"not": {"type": "number"}}), json!(2)),
        (json!(false), json!(2)),
    ];
    let mut cases: Vec<_> =
        plain.into_iter().map(|(schema, value)| (x(schema), json!({"x": value}))).collect();
    let old = [
        (json!({"dependencies": {"a": ["b"], "c": {"required": ["z"]}}}), json!({"a": 1, "c": 2})),
        (json!({"items": [{"type": "string"}], "additionalItems": false}), json!([1, 2, 3])),
        (
            json!({"items": [{"type": "string"}], "additionalItems": {"type": "null"}}),
            json!(["a", 2, null, 3]),
        ),
        (json!({"$ref": "#/definitions/a", "type": "null"}), json!(1)),
        (json!({"contentEncoding": "base64"}), json!("!")),
    ];
    cases.extend(old.into_iter().map(|(schema, value)| (draft7(schema), json!({"x": value}))));
    cases.push((
        r##"{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"x":{"minimum":5,"exclusiveMinimum":true}}}"##.into(),
        json!({"x": 5}),
    ));
    cases.push((r#"{"type":"object","required":["y"],"additionalProperties":false,"properties":{"x":{"type":"null"}}}"#.into(), json!({"x": 1, "z": 1})));
    cases.push((
        r#"{"$id":"https://example.com/s.json","properties":{"x":{"type":"string"}}}"#.into(),
        json!({"x": 1}),
    ));
    cases
}

fn combinations() -> Vec<(String, Value)> {
    let two = json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}});
    let value = json!({"a": 1, "b": 2});
    let of = |schema: Value| (x(schema), json!({"x": value}));
    vec![
        of(json!({"allOf": [two]})),
        of(json!({"anyOf": [two]})),
        of(json!({"oneOf": [two]})),
        of(json!({"allOf": [{"properties": {"a": {"type": "string"}}}]})),
        of(json!({"allOf": [{"anyOf": [{"properties": {"a": {"type": "string"}}}]}]})),
        of(json!({"allOf": [{"anyOf": [two]}, {"type": "array"}]})),
        of(json!({"anyOf": [two, {"type": "string"}, {"required": ["z"]}]})),
        of(json!({"oneOf": [two, {"type": "string"}]})),
        of(json!({"oneOf": [{"type": "object"}, {"minProperties": 1}, {}]})),
        of(json!({"allOf": [{"type": "array"}, {"maxProperties": 1}]})),
        of(json!({"allOf": [{"type": "array"}], "maxProperties": 1})),
        of(json!({"if": {"type": "object"}, "then": two})),
        of(json!({"if": {"type": "array"}, "else": {"allOf": [two]}})),
        of(json!({"properties": {"a": {"allOf": [{"type": "string"}, {"minimum": 3}]}}})),
        of(json!({"properties": {"a": {"allOf": [{"type": "string"}]}}, "required": ["z"]})),
        of(json!({"allOf": [{"properties": {"a": {"allOf": [{"type": "string"}]}, "b": {"anyOf": [{"type": "string"}]}}}]})),
        of(json!({"additionalProperties": {"oneOf": [{"type": "string"}]}})),
        of(json!({"additionalProperties": {"allOf": [{"type": "string"}, {"minimum": 5}]}})),
        of(json!({"allOf": [{"additionalProperties": {"type": "string"}}]})),
        of(json!({"$ref": "#"})),
        (
            json!({"properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"allOf": [{"type": "string"}, {"minimum": 5}, {"maximum": 1}]}}}).to_string(),
            json!({"x": 2}),
        ),
        (
            json!({"properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"type": "string", "minimum": 5}}}).to_string(),
            json!({"x": 2}),
        ),
        (
            json!({"properties": {"x": {"$ref": "#/$defs/a", "maximum": 1}}, "$defs": {"a": {"minimum": 5, "multipleOf": 7}}}).to_string(),
            json!({"x": 2}),
        ),
        (json!({"properties": {"x": {"items": {"allOf": [{"type": "string"}]}}}}).to_string(), json!({"x": [1, "a", 2]})),
        (json!({"properties": {"x": {"$ref": "#"}}, "additionalProperties": false}).to_string(), json!({"x": {"y": 1}})),
        (json!({"allOf": [{"properties": {"x": {"type": "null"}}}, {"required": ["y"]}]}).to_string(), json!({"x": 1})),
        (json!({"properties": {"x": {"$dynamicRef": "#a"}}, "$defs": {"a": {"$dynamicAnchor": "a", "type": "string"}}}).to_string(), json!({"x": 1})),
    ]
}

fn formats() -> Vec<(String, Value)> {
    let lines = include_str!("data/formats.txt").lines().filter(|line| !line.starts_with('#'));
    let own =
        [("email", json!("a@b")), ("ipv4", json!("1.2.3.x")), ("uri", json!("1:2")), ("date", json!(1))];
    let case = |(format, text): (&str, Value)| {
        (draft7(json!({"format": format, "pattern": "^never$", "minLength": 0})), json!({"x": text}))
    };
    let listed = lines.map(|line| {
        let (format, text) = line.split_once(' ').expect("a format and a text");
        (format, serde_json::from_str(text).expect("a JSON string"))
    });
    listed.chain(own).map(case).collect()
}

fn broken() -> Vec<(String, Value)> {
    let texts = [
        "{",
        "{} x",
        "[]",
        "\"a\"",
        "false",
        "{\"a\" 1}",
        "",
        "{\"a\":tru}",
        r##"{"properties":{"x":{"$ref":"#/$defs/b"}}}"##,
        r#"{"properties":{"x":{"$ref":"other.json"}}}"#,
        r#"{"properties":{"x":{"$ref":"urn:x:y"}}}"#,
        r#"{"properties":{"x":{"$ref":"ftp://x/y"}}}"#,
        r##"{"properties":{"x":{"$ref":"#anchor"}}}"##,
        r#"{"properties":{"x":{"type":"strin"}}}"#,
        r#"{"properties":{"x":{"type":1}},"required":"x"}"#,
        r#"{"properties":{"x":{"minLength":-1}}}"#,
        r##"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"x":{"type":"strin"}}}"##,
        r##"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"x":{"minLength":"a"}}}"##,
        r##"{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"x":{"minLength":"a"}}}"##,
        r##"{"$schema":"http://json-schema.org/draft-04/schema#","required":[]}"##,
        r#"{"$schema":"https://json-schema.org/draft/2019-09/schema","properties":{"x":{"type":"strin"}}}"#,
    ];
    texts.into_iter().map(|text| (text.to_owned(), json!({"x": 1}))).collect()
}

fn write_charts(dir: &Path, cases: &[(String, Value)]) {
    let chart = |dir: &Path, name: &str| {
        fs::create_dir_all(dir).expect("a folder can be made");
        fs::write(dir.join("Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n"))
            .expect("a file can be written");
    };
    chart(dir, "parent");
    for (i, (schema, values)) in cases.iter().enumerate() {
        let name = format!("c{i:03}");
        let dir = dir.join("charts").join(&name);
        chart(&dir, &name);
        fs::write(dir.join("values.schema.json"), schema).expect("a file can be written");
        fs::write(dir.join("values.yaml"), values.to_string()).expect("a file can be written");
    }
}

/// Helm's text for each chart that it names, from one run.
fn ask_helm(cases: &[(String, Value)]) -> BTreeMap<usize, String> {
    let dir = tempfile::tempdir().expect("a folder can be made");
    write_charts(dir.path(), cases);
    let output = Command::new(peers::bin("helm"))
        .args(["template", "r"])
        .arg(dir.path())
        .env("HELM_CACHE_HOME", dir.path().join(".cache"))
        .env("HELM_CONFIG_HOME", dir.path().join(".config"))
        .env("HELM_DATA_HOME", dir.path().join(".data"))
        .output()
        .expect("helm runs");
    let stderr = String::from_utf8(output.stderr).expect("helm writes UTF-8");
    let (_, mut rest) = stderr.split_once("in the following chart(s):\n").expect("helm refuses the values");
    let mut starts: Vec<(usize, usize)> =
        (0..cases.len()).filter_map(|i| Some((rest.find(&format!("c{i:03}:\n"))?, i))).collect();
    starts.sort_unstable();
    rest = rest.strip_suffix('\n').unwrap_or(rest);
    let ends = starts.iter().skip(1).map(|s| s.0).chain([rest.len()]);
    starts.iter().zip(ends).map(|(&(start, i), end)| (i, rest[start + 6..end].to_owned())).collect()
}

/// Helm's order of table members changes from run to run: sorted lines, and sorted names within a line.
fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| match line.split_once("additional properties ") {
            Some((head, names)) => {
                let mut names: Vec<_> = names.trim_end_matches(" not allowed").split(", ").collect();
                names.sort_unstable();
                format!("{head}additional properties {}", names.join(", "))
            }
            None => line.to_owned(),
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn broken_values_and_schemas_get_helms_words() {
    let cases = cases();
    let theirs = ask_helm(&cases);
    let documents: Rc<dyn Documents> = Rc::new(Files);
    let mut differences = Vec::new();
    for (i, (schema, values)) in cases.iter().enumerate() {
        let mut values = floats(values.clone());
        values["global"] = json!({});
        let ours = schema::validate(&values, schema.as_bytes(), &documents).0.err().unwrap_or_default();
        let theirs = theirs.get(&i).cloned().unwrap_or_default();
        if sorted(&ours) != sorted(&theirs) {
            differences.push(format!("{schema} <= {values}\n--- skiff\n{ours}\n--- helm\n{theirs}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        cases.len(),
        differences.join("\n\n")
    );
}
