//! `skiff lint` beside `helm lint`: the same folder, the same words, the same exit code.

use crate::support::peers;
use std::{fs, path::Path, process::Command};

type Files = Vec<(&'static str, String)>;

struct Case {
    about: &'static str,
    files: Files,
    args: Vec<&'static str>,
}

const CHART: &str = "apiVersion: v2\nname: web\nversion: 0.1.0\nicon: https://example.com/i.png\n";

fn run(program: &Path, dir: &Path, args: &[&str]) -> (String, Vec<String>, Option<i32>) {
    let home = dir.join("home");
    let output = Command::new(program)
        .arg("lint")
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("HOME", &home)
        .env("TMPDIR", dir)
        .env("HELM_CACHE_HOME", home.join("cache"))
        .env("HELM_CONFIG_HOME", home.join("config"))
        .env("HELM_DATA_HOME", home.join("data"))
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
    // Log lines come in the order of Go's maps, which changes.
    let mut stderr: Vec<String> = text(output.stderr).lines().map(str::to_owned).collect();
    stderr.sort();
    (without_temp(&text(output.stdout)), stderr, output.status.code())
}

/// The random part of the folder that archives are unpacked to.
fn without_temp(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("helm-lint") {
        let (before, after) = rest.split_at(at + "helm-lint".len());
        out += before;
        rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    }
    out + rest
}

fn compare(cases: &[Case]) {
    let skiff = Path::new(env!("CARGO_BIN_EXE_skiff"));
    let mut differences = Vec::new();
    for case in cases {
        let dir = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in &case.files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
            fs::write(path, text).expect("a file can be written");
        }
        if case.args.iter().any(|arg| arg.ends_with(".tgz")) {
            let tar = Command::new("tar").args(["czf", "web.tgz", "web"]).current_dir(dir.path()).status();
            assert!(tar.expect("tar runs").success(), "tar failed");
        }
        let theirs = run(&peers::bin("helm"), dir.path(), &case.args);
        let ours = run(skiff, dir.path(), &case.args);
        if ours != theirs {
            differences.push(format!(
                "{}\n--- skiff {:?}\n{}{}\n--- helm {:?}\n{}{}",
                case.about,
                ours.2,
                ours.0,
                ours.1.join("\n"),
                theirs.2,
                theirs.0,
                theirs.1.join("\n")
            ));
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

/// A chart in the folder `web`, its standard files replaced by name and others added.
fn web(more: &[(&'static str, &str)]) -> Files {
    let mut files: Files = vec![
        ("web/Chart.yaml", CHART.to_owned()),
        ("web/values.yaml", "a: 1\n".to_owned()),
        ("web/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n".to_owned()),
    ];
    for (name, text) in more {
        files.retain(|(there, _)| there != name);
        if *text != "<none>" {
            files.push((name, (*text).to_owned()));
        }
    }
    files
}

fn with(about: &'static str, more: &[(&'static str, &str)]) -> Case {
    Case { about, files: web(more), args: vec!["web"] }
}

fn called(about: &'static str, more: &[(&'static str, &str)], args: &[&'static str]) -> Case {
    Case { about, files: web(more), args: args.to_vec() }
}

#[test]
fn chart_yaml_is_judged_as_by_helm() {
    let texts = [
        "",
        "a",
        "- a",
        "name: [",
        "apiVersion: v2\n",
        "name: web\nversion: 1\n",
        "apiVersion: v3\nname: web\nversion: 0.0.0-0\n",
        "apiVersion: v1\nname: a/b\nversion: 1.2\ntype: application\n",
        "apiVersion: v2\nname: web\nversion: 1.2.3.4\nappVersion: 1.5\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: true\nunknown: 1\n",
        "apiVersion: v2\nname: web\nname: web\nversion: 0.1.0\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nmaintainers:\n- name: x\n  email: nope\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nmaintainers:\n- email: a@b.c\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nmaintainers:\n- name: x\n  url: nope\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nmaintainers: [null]\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nmaintainers:\n- name: x\n  email: a.b+c@example.com\n  url: https://example.com/x\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nsources: [nope]\nicon: nope\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nsources: ['https://a.b/c', '']\nicon: data:x\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\ntype: other\n",
        "apiVersion: v1\nname: web\nversion: 0.1.0\ndependencies:\n- name: a\n  version: 1\n  repository: ''\n",
        "apiVersion: v2\nname: web\nversion: [1]\n",
        "apiVersion: v2\nname: ..\nversion: 0.1.0\n",
        "apiVersion: v2\nname: web\nversion: v1.2\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nkeywords: a\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- name: a\n  version: 1.0.0\n- name: b\n  alias: a\n  version: 1.0.0\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- name: a\n  version: 1.0.0\n",
        "apiVersion: v2\nname: web\nversion: 1.0.0-01\n",
        "apiVersion: v2\nname: web\nversion: 0.0.0\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\nannotations: {a: 1}\n",
    ];
    let cases: Vec<Case> = texts.iter().map(|text| with(text, &[("web/Chart.yaml", text)])).collect();
    compare(&cases);
}

#[test]
fn templates_are_judged_as_by_helm() {
    let object = |head: &str, name: &str| format!("{head}\nmetadata:\n  name: {name}\n");
    let long = "a".repeat(260);
    let texts = [
        "a: [".to_owned(), "  a: 1".to_owned(), "\n\t\n  a: 1\n".to_owned(), "{{ .Values.x.y }}".to_owned(), "{{ fail \"no\" }}".to_owned(), "{{ required \"need\" .Values.x }}".to_owned(),
        "{{ required \"need\" \"\" }}x: 1".to_owned(), "{{ nope }}".to_owned(), "kind: [a]\n".to_owned(), "metadata: a\n".to_owned(), "metadata: {name: [a]}\n".to_owned(), "- a\n".to_owned(), "a\n".to_owned(),
        object("apiVersion: v1\nkind: ConfigMap", "A_b"), object("apiVersion: v1\nkind: ConfigMap", &long), object("apiVersion: v1\nkind: Service", "1a"), object("apiVersion: v1\nkind: Service", "a.b"),
        object("apiVersion: v1\nkind: Namespace", "a.b"), object("apiVersion: v1\nkind: Namespace", "A.b"), object("apiVersion: v1\nkind: Namespace", &long), object("apiVersion: v1\nkind: Service", &long), object("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role", "a/b%"), object("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole", "system:x"),
        object("apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding", ".."), object("kind: CertificateSigningRequest", "A_b"), object("apiVersion: v1\nkind: ServiceAccount", "A"),
        object("apiVersion: v1\nkind: ConfigMap", ""), object("apiVersion: v1\nkind: ConfigMap", "1"), object("apiVersion: v1\nkind: ConfigMap", "true"), object("apiVersion: v1\nkind: ConfigMap", "a..b"),
        object("apiVersion: extensions/v1beta1\nkind: Ingress", "a"), object("apiVersion: policy/v1beta1\nkind: PodDisruptionBudget", "a"), object("apiVersion: apps/v1beta1\nkind: Deployment", "a"),
        object("apiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler", "a"), object("apiVersion: v1\nkind: ComponentStatus", "a"), object("apiVersion: batch/v1beta1\nkind: CronJob", "a"),
        object("apiVersion: apps/v1\nkind: Deployment", "a"), object("apiVersion: apps/v1\nkind: StatefulSet", "a") + "spec: {selector: {matchLabels: {a: b}}}\n",
        "apiVersion: v1\nkind: List\nitems:\n- metadata: {annotations: {helm.sh/resource-policy: keep}}\n".to_owned(), "apiVersion: v1\nkind: List\nmetadata: {name: a}\nitems: []\n".to_owned(),
        object("apiVersion: v1\nkind: ConfigMap", "a") + "---\n" + &object("apiVersion: v1\nkind: ConfigMap", "B") + "---\n# nothing\n---\na: [\n", "---\n---\n{}\n".to_owned(), "a: 1\n--- x\nb: 2\n".to_owned(),
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"A\"}}".to_owned(), "{a: 1}".to_owned(), "a: 1\na: 2\n".to_owned(), "  \n".to_owned(), "# only\n".to_owned(),
        "namespace: {{ .Release.Namespace }}-{{ .Release.Name }}-{{ .Release.IsInstall }}-{{ .Release.IsUpgrade }}-{{ .Release.Revision }}".to_owned(),
        "x: {{ fail (printf \"%v %v %v\" .Release.IsInstall .Release.Revision .Capabilities.KubeVersion.Version) }}".to_owned(),
    ];
    let mut cases: Vec<Case> =
        texts.iter().map(|text| with("template", &[("web/templates/a.yaml", text)])).collect();
    cases.push(with(
        "extension",
        &[
            ("web/templates/a.json", "{}"),
            ("web/templates/b", "x"),
            ("web/templates/c.YAML", "a: ["),
            ("web/templates/_h.tpl", "x"),
        ],
    ));
    cases.push(with("no templates", &[("web/templates/a.yaml", "<none>")]));
    cases.push(with("templates is a file", &[("web/templates/a.yaml", "<none>"), ("web/templates", "x")]));
    cases.push(with(
        "the first broken file ends the rule",
        &[("web/templates/a.yaml", "a: ["), ("web/templates/b.yaml", "b: [")],
    ));
    for version in ["1.15", "1.22.3", "v1.33", "bad", ""] {
        let text = object("apiVersion: policy/v1beta1\nkind: PodDisruptionBudget", "a")
            + "v: {{ .Capabilities.KubeVersion }}\n";
        cases.push(called(
            "kube version",
            &[("web/templates/a.yaml", &text)],
            &["web", "--kube-version", version],
        ));
    }
    compare(&cases);
}

#[test]
fn values_and_schemas_are_judged_as_by_helm() {
    let schema = r#"{"properties": {"a": {"type": "string"}}, "required": ["a"]}"#;
    let sub: &[(&'static str, &str)] = &[
        (
            "web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 0.1.0\nicon: https://example.com/i.png\ndependencies:\n- name: sub\n  version: 0.1.0\n",
        ),
        ("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
        ("web/charts/sub/values.yaml", "a: 1\n"),
        ("web/charts/sub/values.schema.json", schema),
    ];
    let nulls = [
        ("web/values.yaml", "a: {b: 1, c: 2}\n"),
        ("web/templates/a.yaml", "v: {{ fail (toJson .Values) }}\n"),
    ];
    let cases = vec![
        with("no values", &[("web/values.yaml", "<none>")]),
        with("values are a list", &[("web/values.yaml", "- a\n")]),
        with("values are broken", &[("web/values.yaml", "a: b: c\n")]),
        with("values are empty", &[("web/values.yaml", "")]),
        with(
            "two documents",
            &[("web/values.yaml", "a: 1\n---\na: 2\n"), ("web/values.schema.json", schema)],
        ),
        with("schema", &[("web/values.schema.json", schema)]),
        with("broken schema", &[("web/values.schema.json", "{")]),
        with("empty schema", &[("web/values.schema.json", "")]),
        called("schema, set", &[("web/values.schema.json", schema)], &["web", "--set-string", "a=x"]),
        called("schema, null", &[("web/values.schema.json", schema)], &["web", "--set", "a=null"]),
        called(
            "schema, skipped",
            &[("web/values.schema.json", schema)],
            &["web", "--skip-schema-validation"],
        ),
        with("subchart's schema", sub),
        called("subchart's schema, set", sub, &["web", "--set-string", "sub.a=x"]),
        called("subchart's values no table", sub, &["web", "--set", "sub=1"]),
        called("nulls", &nulls, &["web", "--set", "a.b=null"]),
        called("nulls, twice", &nulls, &["web", "web", "--set", "a.b=null"]),
        called("not a table", &nulls, &["web", "--set", "a=1"]),
        called("no file", &[], &["web", "-f", "none.yaml"]),
        called("bad set", &[], &["web", "--set", "a"]),
        called("bad file", &[], &["web", "-f", "web/templates/../../web/Chart.yaml", "--set-file", "x=none"]),
        called("bad yaml", &[("x.yaml", "a: b: c")], &["web", "-f", "x.yaml"]),
        called("list yaml", &[("x.yaml", "- a")], &["web", "-f", "x.yaml"]),
        called("separator", &[("x.yaml", "a: 1\n--- x\n")], &["web", "-f", "x.yaml"]),
        called("bad json", &[], &["web", "--set-json", "a={"]),
        called("bad json object", &[], &["web", "--set-json", "{a}"]),
        called("url", &[], &["web", "-f", "http://127.0.0.1:1/x.yaml"]),
        called("strange scheme", &[], &["web", "-f", "ftp://x/y"]),
    ];
    compare(&cases);
}

#[test]
fn crds_dependencies_and_options_are_as_in_helm() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n";
    let cases = vec![
        with("crds", &[("web/crds/a.yaml", crd)]),
        with(
            "wrong crds",
            &[
                (
                    "web/crds/a.yaml",
                    "apiVersion: v1\nkind: ConfigMap\n---\n# x\n---\nkind: CustomResourceDefinition\n",
                ),
                ("web/crds/b.yaml", "a: ["),
                ("web/crds/c.yaml", "a: ["),
            ],
        ),
        with("a template among crds", &[("web/crds/a.yaml", "a: {{ .Values.x }}\n")]),
        with("crds is a file", &[("web/crds", "x")]),
        with(
            "an undeclared chart",
            &[("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n")],
        ),
        with("a broken subchart", &[("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\n")]),
        with("a broken ignore file", &[("web/.helmignore", "**/x\n"), ("web/crds/a.yaml", crd)]),
        with(
            "a library",
            &[("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\ntype: library\n")],
        ),
        with("requirements", &[("web/requirements.yaml", "dependencies: []\n"), ("web/crds/a.yaml", crd)]),
        called("strict", &[("web/templates/a.yaml", "metadata: {name: A}\n")], &["web", "--strict"]),
        called(
            "quiet",
            &[("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")],
            &["web", "--quiet"],
        ),
        called(
            "quiet with warnings",
            &[("web/templates/a.yaml", "metadata: {name: A}\n")],
            &["web", "--quiet"],
        ),
        called("quiet with errors", &[("web/templates/a.yaml", "a: [")], &["web", "--quiet"]),
        called("no chart", &[("other/x", "")], &["other", "none", "web"]),
        called("dots", &[], &["./web/", "web/../web", "."]),
        called(
            "archive",
            &[("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n")],
            &["web.tgz"],
        ),
        called("missing archive", &[("x.tgz", "x")], &["none.tgz", "x.tgz"]),
        called(
            "subcharts",
            &[
                (
                    "web/Chart.yaml",
                    "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- name: sub\n  version: 0.1.0\n",
                ),
                ("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
                ("web/charts/sub/charts/deep/Chart.yaml", "apiVersion: v2\nname: deep\nversion: 0.1.0\n"),
                ("web/charts/sub/templates/a.yaml", "metadata: {name: A}\n"),
            ],
            &["web", "--with-subcharts"],
        ),
        called(
            "namespace",
            &[("web/templates/a.yaml", "v: {{ fail .Release.Namespace }}")],
            &["web", "-n", "here"],
        ),
    ];
    compare(&cases);
}
