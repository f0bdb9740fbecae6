//! How long a large chart's worth of templates takes to parse and to execute.
//!
//! `cargo run --release -p templates-engine --example throughput`

use std::time::Instant;
use templates_engine::{
    exec::{Call, FuncMap, Limits, MissingKey, TemplateSet},
    value::{Signature, Str, Type, Value},
};

#[path = "../tests/support/fixture.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod fixture;

use fixture::Nowhere;

const HELPERS: &str = r#"{{/* Names and labels. */}}
{{- define "name" -}}{{- if .Values.nameOverride -}}{{ .Values.nameOverride }}{{- else -}}{{ .Chart.Name }}-{{ .Release.Name }}{{- end -}}{{- end -}}
{{- define "labels" -}}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/instance: {{ .Release.Name | printf "%s" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- range $k, $v := .Values.commonLabels }}
{{ $k }}: {{ printf "%q" $v }}
{{- end }}
{{- end -}}
"#;

const MANIFEST: &str = r#"{{- if and .Values.enabled (ne .Release.Name "") }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" . }}
  labels:
    {{- include "labels" . }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
      {{- range $i, $c := .Values.containers }}
      - name: {{ $c.name }}-{{ $i }}
        image: "{{ $c.image.repository }}:{{ $c.image.tag | printf "%v" }}"
        {{- if $c.env }}
        env:
        {{- range $c.env }}
        - name: {{ .name }}
          value: {{ .value | printf "%q" }}
        {{- end }}
        {{- else }}
        env: []
        {{- end }}
        {{- with $c.resources }}
        resources: { cpu: {{ .cpu }}, memory: {{ .memory }}, weight: {{ eq .cpu 2.0 | not }} }
        {{- end }}
      {{- end }}
{{- end }}
"#;

fn entry(key: &str, value: impl Into<Value>) -> (Str, Value) {
    (key.into(), value.into())
}

fn data() -> Value {
    let env =
        |i: usize| Value::map([entry("name", format!("VAR_{i}")), entry("value", format!("value {i}"))]);
    let container = |i: usize| {
        let image =
            Value::map([entry("repository", "registry.example/app"), ("tag".into(), Value::float64(1.5))]);
        let resources = Value::map([("cpu".into(), Value::float64(2.0)), entry("memory", "64Mi")]);
        let env = Value::list((0..12).map(env).collect());
        Value::map([
            entry("name", format!("c{i}")),
            ("image".into(), image),
            ("env".into(), env),
            ("resources".into(), resources),
        ])
    };
    let labels = Value::map((0..6).map(|i| entry(&format!("label-{i}"), format!("v{i}"))));
    let values = Value::map([
        entry("enabled", true),
        ("replicas".into(), Value::float64(3.0)),
        ("commonLabels".into(), labels),
        ("containers".into(), Value::list((0..6).map(container).collect())),
    ]);
    let release = Value::map([entry("Name", "r"), entry("Service", "Helm")]);
    Value::map([
        ("Values".into(), values),
        ("Release".into(), release),
        ("Chart".into(), Value::map([entry("Name", "app")])),
    ])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const FILES: usize = 150;
    let data = data();
    let (mut parse, mut execute, mut bytes) = (u128::MAX, u128::MAX, 0);
    for _ in 0..20 {
        let began = Instant::now();
        let mut funcs = FuncMap::new();
        funcs.add_table(templates_engine::funcs::sprig());
        let include = Signature::fixed(&[Type::String, Type::Any], Type::String);
        funcs.add("include", include, |call: &mut Call<'_>, args| {
            let name = args[0].as_str().map(Str::to_text).unwrap_or_default();
            Ok(Value::string(call.execute(&name, &args[1])?))
        });
        let limits = Limits { stack: 6 << 20, ..Limits::default() };
        let mut set = TemplateSet::new("gotpl", funcs).missing_key(MissingKey::Zero).limits(limits);
        set.parse("_helpers.tpl", HELPERS)?;
        for i in 0..FILES {
            set.parse(&format!("t/templates/{i}.yaml"), MANIFEST)?;
        }
        parse = parse.min(began.elapsed().as_micros());
        let began = Instant::now();
        bytes = 0;
        for i in 0..FILES {
            bytes += set.execute(&Nowhere, &format!("t/templates/{i}.yaml"), &data)?.len();
        }
        execute = execute.min(began.elapsed().as_micros());
    }
    #[expect(clippy::print_stdout, reason = "the result of the program")]
    {
        println!("{FILES} files: parse {parse} µs, execute {execute} µs, {bytes} bytes of output");
    }
    Ok(())
}
