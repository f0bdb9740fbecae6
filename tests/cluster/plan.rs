//! Plans: what would be done is what is done, and nothing before that.

use crate::place::{Place, web};
use serde_json::Value;

const CHART: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {v: {{ .Values.v | quote }}}\n\
{{- if .Values.more }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n{{- end }}\n\
---\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {password: {{ .Values.password | quote }}}\n\
---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: before, annotations: {helm.sh/hook: \"pre-install,pre-upgrade\"}}\n\
---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}\n";

fn place() -> Place {
    Place::with_chart(&[
        ("values.yaml", "v: one\nmore: false\npassword: hunter2\n"),
        ("templates/all.yaml", CHART),
    ])
}

/// What a plan says of each object: `create ConfigMap settings`.
fn actions(place: &Place, words: &[&str]) -> Vec<String> {
    let output = place.skiff(&[words, &["-o", "json"]].concat());
    assert!(matches!(output.code, 0 | 2), "{output:?}");
    let plan: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let text = |change: &Value, field: &str| change[field].as_str().unwrap_or_default().to_owned();
    let changes = plan["changes"].as_array().expect("a list").iter();
    changes.map(|c| format!("{} {} {}", text(c, "action"), text(c, "kind"), text(c, "name"))).collect()
}

/// Everything in the namespace, with versions: what changes shows.
fn everything(place: &Place) -> String {
    let what = "secrets,configmaps,leases,deployments,services,serviceaccounts";
    let versions =
        "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";
    place.kubectl(&["get", what, "-o", versions])
}

#[test]
fn a_plan_says_what_would_be_done_and_does_nothing() {
    let place = place();
    let before = everything(&place);
    let install = [
        "create ConfigMap before",
        "create Secret login",
        "create ConfigMap kept",
        "create ConfigMap settings",
    ];
    let install = sorted(install.map(str::to_owned).to_vec());
    assert_eq!(sorted(actions(&place, &["plan", "install", "a", "chart"])), install);
    assert_eq!(sorted(actions(&place, &["plan", "upgrade", "a", "chart", "--install"])), install);
    assert_eq!(everything(&place), before);
    place.skiff(&["install", "a", "chart", "--set", "more=true"]).success();
    let before = everything(&place);
    let step = ["plan", "upgrade", "a", "chart", "--set", "v=two,more=false"];
    let wanted = [
        "recreate ConfigMap before",
        "none Secret login",
        "none ConfigMap kept",
        "change ConfigMap settings",
        "delete ConfigMap more",
    ];
    assert_eq!(sorted(actions(&place, &step)), sorted(wanted.map(str::to_owned).to_vec()));
    let text = place.skiff(&step);
    assert_eq!(text.code, 2, "{text:?}");
    assert!(text.stdout.contains("  -   v: one\n  +   v: two\n"), "{text:?}");
    let as_flag = place.skiff(&["upgrade", "a", "chart", "--plan", "--set", "v=two,more=false"]);
    assert_eq!(as_flag, text);
    let quiet = place.skiff(&["plan", "upgrade", "a", "chart", "--no-hooks", "--set", "more=true"]);
    assert!(quiet.code == 0 && quiet.stdout.ends_with("to revision 2: no changes.\n"), "{quiet:?}");
    let uninstall = actions(&place, &["plan", "uninstall", "a"]);
    let gone =
        ["delete ConfigMap settings", "delete ConfigMap more", "delete Secret login", "keep ConfigMap kept"];
    assert_eq!(sorted(uninstall), sorted(gone.map(str::to_owned).to_vec()));
    assert_eq!(everything(&place), before, "nothing was changed by any of these");
    place.skiff(&["upgrade", "a", "chart", "--set", "v=two,more=false"]).success();
    let rollback = actions(&place, &["plan", "rollback", "a"]);
    let wanted =
        ["none Secret login", "none ConfigMap kept", "create ConfigMap more", "change ConfigMap settings"];
    assert_eq!(sorted(rollback), sorted(wanted.map(str::to_owned).to_vec()));
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn secrets_are_hidden_unless_asked_for() {
    let place = place();
    let step = ["plan", "install", "a", "chart", "--out", "a.plan", "--set", "password=hunter3"];
    let saved = || std::fs::read_to_string(place.work().join("a.plan")).expect("a plan");
    for format in ["table", "json", "yaml"] {
        let output = place.skiff(&[&step[..], &["-o", format]].concat());
        assert!(output.code == 2 && output.stdout.contains("(hidden, 7 bytes)"), "{output:?}");
        assert!(!output.stdout.contains("hunter") && !saved().contains("hunter"), "{output:?}");
    }
    let shown = place.skiff(&[&step[..], &["--show-secrets"]].concat());
    assert!(shown.stdout.contains("hunter3") && saved().contains("--set=password=hunter3"), "{shown:?}");
    place.skiff(&["apply", "a.plan"]).success();
    assert!(place.helm(&["get", "values", "a"]).success().contains("hunter3"));
}

#[test]
fn a_saved_plan_is_carried_out_or_refused() {
    let place = place();
    place.skiff(&["install", "a", "chart"]).success();
    let plan = |more: &[&str]| {
        let step = [&["plan", "upgrade", "a", "chart", "--out", "a.plan"], more].concat();
        assert_eq!(place.skiff(&step).code, 2);
    };
    plan(&["--set", "v=two"]);
    let missing = place.skiff(&["apply", "a.plan"]).failure();
    assert!(missing.contains("it was made with --set, whose value it does not hold"), "{missing}");
    let other = place.skiff(&["apply", "a.plan", "--set", "v=three"]).failure();
    assert!(other.contains("ConfigMap ") && other.contains("/settings is another"), "{other}");
    let output = place.skiff(&["apply", "a.plan", "--set", "v=two"]).success();
    assert!(output.contains("has been upgraded"), "{output}");
    assert_eq!(place.kubectl(&["get", "cm", "settings", "-o", "jsonpath={.data.v}"]), "two");
    let again = place.skiff(&["apply", "a.plan", "--set", "v=two"]).failure();
    assert!(again.contains("it would be revision 3, not 2"), "{again}");
    std::fs::write(place.work().join("values.yaml"), "v: three\n").expect("a file");
    plan(&["-f", "values.yaml"]);
    place.kubectl(&["patch", "cm", "settings", "--type=merge", "-p", r#"{"data":{"more":"x"}}"#]);
    let moved = place.skiff(&["apply", "a.plan"]).failure();
    assert!(moved.contains("/settings is another"), "{moved}");
    plan(&["-f", "values.yaml"]);
    place.skiff(&["apply", "a.plan"]).success();
    assert_eq!(place.kubectl(&["get", "cm", "settings", "-o", "jsonpath={.data.v}"]), "three");
    for (words, file) in
        [(&["plan", "rollback", "a", "1"], "r.plan"), (&["plan", "uninstall", "a", "--no-hooks"], "u.plan")]
    {
        assert_eq!(place.skiff(&[&words[..], &["--out", file]].concat()).code, 2);
        place.skiff(&["apply", file]).success();
    }
    assert!(place.helm(&["list", "-q"]).success().is_empty());
}

#[test]
fn what_is_no_plan_is_refused() {
    let place = place();
    std::fs::write(place.work().join("x.plan"), "{}").expect("a file");
    let refused = place.skiff(&["apply", "x.plan"]).failure();
    assert!(refused.starts_with("Error: cannot use the plan \"x.plan\": it is no plan: "), "{refused}");
    assert!(place.skiff(&["apply", "none.plan"]).failure().contains("No such file"));
}

#[test]
fn what_would_be_refused_is_told() {
    let broken = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_B}\n";
    let place = Place::with_chart(&[("templates/x.yaml", broken)]);
    let output = place.skiff(&["plan", "install", "a", "chart"]);
    assert!(output.stdout.contains("    refused: ") && output.code == 1, "{output:?}");
    assert_eq!(output.stderr, "Error: the install would fail: the server would refuse 1 object(s)\n");
}

/// The example chart's objects get much from the server: defaults are no changes.
#[test]
fn what_the_server_adds_is_no_change() {
    let place = Place::new();
    let web = web();
    place.skiff(&["install", "a", &web]).success();
    let quiet = place.skiff(&["plan", "upgrade", "a", &web]);
    assert!(quiet.code == 0 && quiet.stdout.ends_with("no changes.\n"), "{quiet:?}");
    place.helm3(&["install", "b", &web]).success();
    let quiet = place.skiff(&["plan", "upgrade", "b", &web]);
    assert!(quiet.code == 0 && quiet.stdout.ends_with("no changes.\n"), "{quiet:?}");
    let change = place.skiff(&["plan", "upgrade", "b", &web, "--set", "replicas=5"]);
    assert!(change.code == 2 && change.stdout.contains("  +   replicas: 5\n"), "{change:?}");
    for name in ["a", "b"] {
        let same = place.skiff(&["diff", name]);
        assert!(same.code == 0 && same.stdout.contains(" is as revision 1 says.\n"), "{same:?}");
    }
    place.kubectl(&["scale", "deployment/a-web", "--replicas=7"]);
    place.kubectl(&["delete", "service/a-web"]);
    let drift = place.skiff(&["diff", "a"]);
    assert_eq!(drift.code, 2, "{drift:?}");
    assert!(
        drift.stdout.contains("  +   replicas: 7\n") && drift.stdout.contains("- missing Service"),
        "{drift:?}"
    );
    assert!(drift.stdout.ends_with("is not as revision 1 says: 1 changed, 1 missing.\n"), "{drift:?}");
}

/// Helm has none of these, but plugins of these names.
#[test]
fn under_the_name_of_helm_there_are_no_plans() {
    let place = place().with(|env| {
        for words in [&["plan", "install", "a", "chart"][..], &["apply", "x"], &["diff", "a"], &["plan"]] {
            env.same_as_helm(words);
        }
        for flag in ["--plan", "--crds=skip", "--force-crds"] {
            env.same_as_helm(&["upgrade", "a", "chart", flag]);
        }
        env
    });
    drop(place);
}
