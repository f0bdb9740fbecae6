//! Operations that die in the middle, plans and definitions, with a sandbox for a server.

use crate::place::{Place, chart};
use std::path::Path;

const CHART: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {v: {{ .Values.v | quote }}}\n\
{{- if .Values.job }}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: job}\n\
spec:\n  suspend: true\n  template:\n    spec: {restartPolicy: Never, containers: [{name: c, image: x}]}\n{{- end }}\n";

#[test]
fn an_upgrade_that_was_killed_is_recorded_as_failed_by_the_next_one() {
    let place =
        Place::new(&[]).chart(&[("values.yaml", "v: one\njob: false\n"), ("templates/all.yaml", CHART)]);
    let skiff = |words: &[&str]| place.env().skiff(words);
    skiff(&["install", "a", "chart"]).success();
    let upgrade =
        ["upgrade", "a", "chart", "--set", "job=true", "--wait=legacy", "--wait-for-jobs", "--timeout=60s"];
    let words = [&["-s", "KILL", "2", env!("CARGO_BIN_EXE_skiff")], &upgrade[..]].concat();
    let killed = place.env().run(Path::new("/usr/bin/timeout"), &words, &place.env().work());
    assert!(matches!(killed.code, -1 | 137), "{killed:?}");
    assert_eq!(place.kubectl(&["get", "lease", "-o", "name"]), "lease.coordination.k8s.io/skiff.release.a");
    assert!(place.helm(&["history", "a"]).success().contains("pending-upgrade"));
    let output = skiff(&["upgrade", "a", "chart", "--set", "v=two"]);
    assert!(output.stderr.contains("died before it was finished; it is recorded as failed"), "{output:?}");
    output.success();
    let history = place.helm(&["history", "a"]).success();
    assert!(!history.contains("pending") && history.contains("failed"), "{history}");
    assert_eq!(place.kubectl(&["get", "lease", "-o", "name"]), "");
}

#[test]
fn plans_are_made_and_carried_out() {
    let place = Place::new(&[]);
    let (web, skiff) = (chart("web"), |words: &[&str]| place.env().skiff(words));
    let planned = skiff(&["plan", "install", "a", &web, "--out", "a.plan"]);
    assert!(planned.code == 2 && planned.stdout.contains("+ create Deployment default/a-web"), "{planned:?}");
    skiff(&["apply", "a.plan"]).success();
    let quiet = skiff(&["plan", "upgrade", "a", &web]);
    assert!(quiet.code == 0 && quiet.stdout.ends_with("no changes.\n"), "{quiet:?}");
    assert_eq!(skiff(&["diff", "a"]).code, 0);
    place.kubectl(&["scale", "deployment/a-web", "--replicas=7"]);
    let drift = skiff(&["diff", "a"]);
    assert!(drift.code == 2 && drift.stdout.contains("  +   replicas: 7\n"), "{drift:?}");
}

/// Wherever a process is killed, the next command finishes what it left: upgrades, installs and uninstalls in turn.
#[test]
fn killed_at_any_moment_nothing_is_stuck() {
    let place =
        Place::new(&[]).chart(&[("values.yaml", "v: one\njob: false\n"), ("templates/all.yaml", CHART)]);
    let skiff = |words: &[&str]| place.env().skiff(words);
    skiff(&["install", "a", "chart"]).success();
    let mut cut_off = 0;
    for millis in (10..=130).step_by(10) {
        for step in [&["upgrade", "a", "chart"][..], &["rollback", "a"], &["uninstall", "a"]] {
            let seconds = format!("{}", f64::from(millis) / 1000.0);
            let words = [&["-s", "KILL", &seconds, env!("CARGO_BIN_EXE_skiff")], step].concat();
            let killed = place.env().run(Path::new("/usr/bin/timeout"), &words, &place.env().work());
            cut_off += i32::from(killed.code != 0);
            let value = format!("v={millis}");
            let next = skiff(&["upgrade", "a", "chart", "--install", "--history-max=0", "--set", &value]);
            assert_eq!(next.code, 0, "after {millis} ms of {step:?}: {next:#?}");
            let history = place.helm(&["history", "a", "--max", "99"]).success();
            assert!(!history.contains("pending") && !history.contains("uninstalling"), "{step:?}: {history}");
            assert_eq!(
                place.kubectl(&["get", "cm", "settings", "-o", "jsonpath={.data.v}"]),
                millis.to_string()
            );
            assert_eq!(place.kubectl(&["get", "lease", "-o", "name"]), "", "{step:?}");
        }
    }
    assert!(cut_off > 5, "only {cut_off} were killed");
}
