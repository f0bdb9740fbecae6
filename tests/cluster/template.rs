//! `template --dry-run=server`: what the cluster says reaches templates, and what it would refuse is refused.

use crate::place::{Place, web};

const CRD: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ships.ships.test}\nspec:\n  group: ships.test\n  scope: Namespaced\n  names: {plural: ships, kind: Ship}\n  versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}\n";
const OBJECTS: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: facts}
data:
  version: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Major }} {{ .Capabilities.KubeVersion.Minor }}
  has: {{ .Capabilities.APIVersions.Has \"x/v1\" }} {{ .Capabilities.APIVersions.Has \"apps/v1/Deployment\" }}
  all: {{ .Capabilities.APIVersions | sortAlpha | toJson | quote }}
  release: {{ .Release.IsUpgrade }} {{ .Release.IsInstall }} {{ .Release.Revision }} {{ .Release.Namespace }}
{{ with .Values.more }}
---
apiVersion: {{ .api }}
kind: {{ .kind }}
metadata: {name: {{ .name }}}
{{ end }}
{{ if .Values.broken }}
---
a: [
{{ end }}
";
const HOOKS: &str = "apiVersion: v1
kind: Pod
metadata: {name: t, annotations: {helm.sh/hook: test}}
---
apiVersion: v9
kind: Nothing
metadata: {name: h, annotations: {helm.sh/hook: pre-install}}
";

fn place() -> Place {
    Place::with_chart(&[
        ("crds/ship.yaml", CRD),
        ("templates/objects.yaml", OBJECTS),
        ("templates/tests/hooks.yaml", HOOKS),
    ])
}

const SHIP: &str = "more={\"api\":\"ships.test/v1\",\"kind\":\"Ship\",\"name\":\"s\"}";
const UNKNOWN: &str = "more={\"api\":\"v1\",\"kind\":\"Foo\",\"name\":\"s\"}";
const TAKEN: &str = "more={\"api\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"kube-root-ca.crt\"}";

#[test]
fn a_server_dry_run_looks_like_helms() {
    let (place, web) = (place(), web());
    let steps: &[&[&str]] = &[
        &["a", &web],
        &["a", "./chart"],
        &["a", "./chart", "--include-crds"],
        &["a", "./chart", "--include-crds", "--set-json", SHIP],
        &["a", "./chart", "--set-json", UNKNOWN],
        &["a", "./chart", "--set-json", UNKNOWN, "--disable-openapi-validation"],
        &["a", "./chart", "--set-json", TAKEN],
        &["a", "./chart", "--set-json", TAKEN, "--take-ownership"],
        &["a", "./chart", "--set-json", TAKEN, "--is-upgrade"],
        &["a", "./chart", "--set", "broken=1"],
        &["a", "./chart", "--is-upgrade"],
        &["a", "./chart", "--skip-tests"],
        &["a", "./chart", "--no-hooks"],
        &["a", "./chart", "--skip-crds"],
        &["a", "./chart", "--show-only", "templates/tests/hooks.yaml"],
        &["a", "./chart", "--show-only", "crds/ship.yaml", "--include-crds"],
        &["a", "./chart", "--show-only", "nope"],
        &["./chart", "--kube-version", "1.20"],
        &["./chart", "--kube-version", "x"],
        &["./chart", "--api-versions", "x/v1", "--debug"],
        &["./chart", "--labels", "owner=me"],
        &["./chart", "--create-namespace", "-n", "nowhere"],
        &["Bad_Name", "./chart"],
        &["./chart", "--kube-context", "nobody"],
        &["./chart", "--kube-context", "nobody", "--set-json", SHIP],
        &["./chart", "--kube-context", "gone"],
        &["./chart", "--kube-token", "wrong"],
        &["./chart", "--kube-apiserver", "https://127.0.0.1:1"],
    ];
    for step in steps {
        place.same(&[&["template"], *step, &["--dry-run=server"]].concat());
        place.same(&[&["template"], *step, &["--validate"]].concat());
    }
    assert!(!place.cluster.kubectl(&["get", "crd", "-o", "name"]).contains("ships"), "nothing was installed");
}

#[test]
fn words_for_a_dry_run_mean_what_they_mean_to_helm() {
    let place = place();
    for word in ["--dry-run", "--dry-run=true", "--dry-run=false", "--dry-run=none", "--dry-run=client"] {
        place.same(&["template", "./chart", word]);
        place.same(&["install", "a", "./chart", word, "--skip-crds", "--set-json", UNKNOWN]);
    }
    place.same(&["template", "./chart", "--validate=false"]);
    place.same(&["template", "./chart", "--validate", "--dry-run=client"]);
    place.same(&["install", "a", "./chart", "--dry-run=sometimes"]);
}

#[test]
fn a_server_dry_run_writes_files_as_helm_does() {
    let place = place();
    for step in [
        &["--include-crds"][..],
        &["--release-name"],
        &["--set-json", UNKNOWN],
        &["--set", "broken=1"],
        &["--no-hooks"],
    ] {
        let args = [&["template", "a", "./chart", "--dry-run=server", "--output-dir", "out"], step].concat();
        place.same_with_files(&args);
    }
}

#[test]
fn a_dry_run_of_an_install_looks_like_helms() {
    let place = place();
    for step in [
        &[][..],
        &["--set-json", SHIP],
        &["--set-json", UNKNOWN],
        &["--set-json", TAKEN],
        &["--set-json", TAKEN, "--take-ownership"],
        &["--set", "broken=1"],
        &["--hide-secret"],
        &["--kube-apiserver", "https://127.0.0.1:1"],
        &["--kube-context", "nobody"],
    ] {
        for run in ["--dry-run=server", "--dry-run=client", "--dry-run"] {
            place.same(&[&["install", "a", "./chart", run], step].concat());
        }
    }
    place.same(&["install", "a", &web(), "--dry-run=server", "-o", "table", "--hide-notes"]);
    place.same(&["install", "--generate-name", "./chart", "--dry-run=server", "--set-json", UNKNOWN]);
    assert_eq!(place.kubectl(&["get", "secret", "-o", "name"]), "", "nothing was recorded");
}

#[test]
fn lookups_find_and_fail_as_helms_do() {
    let template =
        "{{- $found := lookup .Values.a .Values.k .Values.ns .Values.n }}\n# {{ toJson $found }}\n";
    let place = Place::with_chart(&[("templates/x.yaml", template)]);
    let asked = [
        ("v1", "Namespace", "", "kube-system"),
        ("v1", "Namespace", "a%/b", "kube-system"),
        ("v1", "ServiceAccount", "kube-system", ""),
        ("v1", "ServiceAccount", "", "default"),
        ("v1", "Secret", "default", ""),
        ("v1", "Foo", "", ""),
        ("v1", "Foo", "ns", "x"),
        ("x/v1", "Foo", "ns", "x"),
        ("v9", "Foo", "ns", "x"),
        ("", "Foo", "ns", "x"),
        ("a/b/c", "Foo", "ns", "x"),
        ("/v1", "Namespace", "", "default"),
        ("apps/v1", "Deployment", "nowhere", "x"),
        ("v1", "Pod", "a/b", "x/y"),
        ("v1", "Pod", "a", "x%y/z"),
        ("v1", "Pod", "a", ".."),
        ("v1", "Pod", "../..", "a"),
        ("v1", "Binding", "default", ""),
        ("v1", "Binding", "default", "x"),
    ];
    for (api_version, kind, namespace, name) in asked {
        let set = format!("a={api_version},k={kind},ns={namespace},n={name}");
        place.same(&["template", "x", "./chart", "--dry-run=server", "--set-string", &set]);
        if !name.is_empty() && ["ns", "nowhere", "kube-system"].contains(&namespace) {
            place.same(&["install", "x", "./chart", "--dry-run=server", "--set-string", &set]);
        }
    }
    let missing = ["--set-string", "a=v1,k=Pod,ns=default,n=x"];
    place.same(&[&["template", "./chart", "--dry-run=server", "--debug"], &missing[..]].concat());
    place.same(&[&["template", "./chart", "--dry-run=client", "--debug"], &missing[..]].concat());
}

/// What the API server warned of: texts after the time and the process of each line, each once.
fn warnings(stderr: &str) -> std::collections::BTreeSet<String> {
    let lines = stderr.lines().filter(|line| line.starts_with('I'));
    lines.filter_map(|line| Some(line.split_once(" warnings.go")?.1.to_owned())).collect()
}

#[test]
fn what_the_server_warns_of_is_told() {
    let old = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: old}\n";
    let looks = "# {{ len (lookup \"v1\" \"Endpoints\" \"default\" \"\") }}\n";
    let files = [("templates/old.yaml", old), ("templates/looks.yaml", looks)];
    let (ours, theirs) = (Place::with_chart(&files), Place::with_chart(&files));
    for step in [
        &["template", "./chart", "--dry-run=server"][..],
        &["install", "a", "./chart", "--dry-run=server"],
        &["install", "a", "./chart"],
        &["upgrade", "a", "./chart"],
        &["uninstall", "a"],
    ] {
        let (our, their) = (ours.skiff(step), theirs.helm(step));
        assert_eq!((our.code, their.code), (0, 0), "{step:?}: {our:#?} {their:#?}");
        assert_eq!(warnings(&our.stderr), warnings(&their.stderr), "{step:?}");
        assert_eq!(warnings(&our.stderr).len(), 1, "{step:?}: {our:#?}");
    }
    assert_eq!(ours.skiff(&["template", "./chart"]).stderr, "");
}
