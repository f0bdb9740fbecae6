use crate::{
    chart::{self, Chart, File},
    render::{Capabilities, Engine, ReleaseOptions, RenderError, RenderValues, Rendered},
};
use serde_json::{Value as Json, json};
use std::path::Path;

fn render_chart(chart: &Chart, values: Json) -> Result<Rendered, RenderError> {
    let release =
        ReleaseOptions { name: "demo".into(), namespace: "default".into(), revision: 1, is_upgrade: false };
    let values = RenderValues {
        values,
        release,
        capabilities: Capabilities::default(),
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    Engine::default().render(chart, &values)
}

fn render(files: &[(&str, &str)], values: Json) -> Result<String, RenderError> {
    let mut chart = Chart::default();
    chart.metadata.name = "web".into();
    for (name, text) in files {
        let (name, data) = (format!("templates/{name}"), (*text).to_owned().into());
        chart.templates.push(File { name, data, ..File::default() });
    }
    chart.files.push(File { name: "conf/a.txt".into(), data: "from a file".into(), ..File::default() });
    let rendered = render_chart(&chart, values)?;
    let output = rendered.files.values().next().cloned().unwrap_or_default();
    Ok(String::from_utf8_lossy(&output).into_owned())
}

fn one(text: &str) -> String {
    render(&[("a.yaml.tera", text)], json!({"n": 3.0, "list": ["x", "y"], "map": {"b": 1.5, "a": "q"}}))
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(files: &[(&str, &str)]) -> String {
    render(files, json!({})).map(|text| panic!("rendered: {text}")).unwrap_err().to_string()
}

#[test]
fn the_example_chart_gives_the_same_in_both_dialects() {
    let load = |dialect: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts-examples/two-dialects").join(dialect);
        let chart = chart::load::load(&path, &mut Vec::new()).expect("the chart loads");
        let values = chart.values.clone();
        let files = render_chart(&chart, values).expect("it renders").files;
        files
            .into_iter()
            .map(|(name, text)| (name.trim_end_matches(".tera").to_owned(), text))
            .collect::<Vec<_>>()
    };
    let (go, tera) = (load("go"), load("tera"));
    assert_eq!(go.len(), 3);
    for ((go_name, go_text), (tera_name, tera_text)) in go.iter().zip(&tera) {
        assert_eq!(go_name, tera_name);
        assert_eq!(String::from_utf8_lossy(go_text), String::from_utf8_lossy(tera_text));
    }
}

#[test]
fn values_and_objects_are_there_by_their_names() {
    let text = "{{ Values.n }} {{ Values.map.b }} {{ Release.Name }} {{ Chart.Name }} {{ Template.Name }} {{ dot.Values.n }}";
    assert_eq!(one(text), "3 1.5 demo web web/templates/a.yaml.tera 3");
    assert_eq!(
        one(r#"{{ Files["conf/a.txt"] }} {{ "v1" in Capabilities.APIVersions }}"#),
        "from a file true"
    );
    assert_eq!(one("<b> & {{ '<b> &' }}"), "<b> & <b> &");
}

#[test]
fn helms_functions_are_functions_and_filters() {
    assert_eq!(
        one(
            r#"{{ "  x " | trimAll(a=" ") | quote }} {{ trunc(a=2, b="abc") }} {{ "abc" | trunc(args=[2]) }}"#
        ),
        r#""x" ab ab"#
    );
    assert_eq!(
        one(r#"{{ list(args=[1, 2]) | toJson }} {{ dict(a="k", b=Values.list) | toJson }}"#),
        r#"[1,2] {"k":["x","y"]}"#
    );
    assert_eq!(one("{{ Values.map | toYaml }}"), "a: q\nb: 1.5");
    assert_eq!(
        one(
            r#"{{ "a" | helm_default(a="b") }}{{ "" | helm_default(a="b") }} {{ "x" | default(value="y") }}"#
        ),
        "ab x"
    );
    assert_eq!(one(r#"{{ "2" | toDate(a="2") | date(a="2006-01-02") }}"#), "0000-01-02");
}

#[test]
fn objects_come_back_as_what_they_were() {
    let text = r#"{% set ca = genCAWithKey(a="ca", b=1, c=genPrivateKey(a="ecdsa")) -%}
{% set leaf = genSignedCertWithKey(a="leaf", b=[], c=["x.y"], d=1, e=ca, f=genPrivateKey(a="ed25519")) -%}
{{ leaf.Cert | trunc(a=27) }}"#;
    assert_eq!(one(text), "-----BEGIN CERTIFICATE-----");
}

#[test]
fn each_dialect_includes_the_other() {
    let files = [
        ("a.yaml", r#"{{ include "web/templates/_b.tera" (dict "x" 1) }} {{ include "part" . }}"#),
        ("_b.tera", r#"b{{ x }} {{ include(a="go", b=dict(a="y", b=x)) }}"#),
        ("_d.tera", "{% block part %}[{{ Chart.Name }}]{% endblock %}"),
        ("_c.tpl", r#"{{ define "go" }}g{{ .y }}{{ end }}"#),
    ];
    assert_eq!(render(&files, json!({})).expect("renders"), "b1 g1 [web]");
    let files = [
        ("a.yaml.tera", r#"{{ include(a="go") }} {{ tpl(a="{{ .Chart.Name }}") }}"#),
        ("_c.tpl", r#"{{ define "go" }}{{ .Release.Name }}{{ end }}"#),
    ];
    assert_eq!(render(&files, json!({})).expect("renders"), "demo web");
}

#[test]
fn errors_name_file_line_and_column() {
    assert_eq!(
        refused(&[("a.yaml.tera", "x\n  {{ nope }}")]),
        "execution error at (web/templates/a.yaml.tera:2:6): Variable `nope` is not defined. Available \
         variables: Capabilities, Chart, Files, Release, Subcharts, Template, Values, dot"
    );
    assert!(
        refused(&[("a.yaml.tera", "x\n{{ ] }}")])
            .starts_with("parse error at (web/templates/a.yaml.tera:2:4): ")
    );
    assert_eq!(
        refused(&[("a.yaml.tera", "\n{{ fail(a='stop') }}")]),
        "execution error at (web/templates/a.yaml.tera:2:4): stop"
    );
    assert_eq!(
        refused(&[("a.yaml.tera", "{{ required(a='give x', b=Values.x) }}")]),
        "execution error at (web/templates/a.yaml.tera:1:4): give x"
    );
    assert_eq!(
        refused(&[("a.yaml.tera", "{{ 'x' | semver }}")]),
        "execution error at (web/templates/a.yaml.tera:1:10): error calling semver: invalid semantic version"
    );
    let nested =
        [("a.yaml", r#"{{ include "web/templates/_b.tera" . }}"#), ("_b.tera", "\n\n{{ fail(a='inside') }}")];
    assert_eq!(refused(&nested), "execution error at (web/templates/_b.tera:3:4): inside");
    assert!(refused(&[("a.yaml.tera", "{{ 'x' | quote(z=1) }}")]).contains("arguments are named a, b, c"));
}

#[test]
fn endless_includes_and_ranges_end_in_errors() {
    let endless = [("a.yaml.tera", r#"{{ include(a="web/templates/a.yaml.tera") }}"#)];
    assert!(refused(&endless).contains("more than 64 Tera templates inside one another"));
    assert!(
        refused(&[("a.yaml.tera", "{% for i in range(end=1000000000) %}x{% endfor %}")])
            .contains("more than 1000000 elements")
    );
}
