//! Ctrl-C and SIGTERM, beside the real helm.

use crate::{
    place::Place,
    support::{env::Output, peers},
};
use std::path::Path;

const POD: &str = "{{ if .Values.pod }}apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec: {containers: [{name: c, image: x}]}\n{{ end }}";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: job\n  annotations: {helm.sh/hook: pre-rollback}\n\
spec:\n  suspend: true\n  template:\n    spec: {restartPolicy: Never, containers: [{name: c, image: x}]}\n";

fn place() -> Place {
    Place::with_chart(&[("values.yaml", "pod: true\n"), ("templates/pod.yaml", POD)])
}

/// Runs a program, sends it a signal after three seconds and returns what it said.
fn interrupted(place: &Place, program: &str, signal: &str, step: &[&str]) -> Output {
    let path = match program {
        "skiff" => env!("CARGO_BIN_EXE_skiff").to_owned(),
        _ => peers::bin(program).display().to_string(),
    };
    let head = ["--preserve-status", "-s", signal, "3", &path, "--namespace", &place.namespace];
    let output = place.run_with(Path::new("/usr/bin/timeout"), &[&head, step].concat(), &[]);
    Output { stdout: place.mask(&output.stdout), stderr: place.mask(&output.stderr), ..output }
}

fn same(signal: &str, before: &[&[&str]], step: &[&str]) -> String {
    let life = |program: &str| {
        let place = place();
        for step in before {
            place.by(program, step).success();
        }
        let output = interrupted(&place, program, signal, step);
        (output, place.mask(&place.by(program, &["history", "a"]).stdout))
    };
    let (ours, theirs) = (life("skiff"), life("helm"));
    assert_eq!(ours, theirs, "{step:?}");
    ours.1
}

const WAITING: &[&str] = &["--wait=legacy", "--timeout=60s"];

#[test]
fn an_install_that_is_interrupted_is_recorded_as_failed() {
    for signal in ["INT", "TERM"] {
        let history = same(signal, &[], &[&["install", "a", "chart"], WAITING].concat());
        assert!(history.contains("failed"), "{history}");
    }
    same("INT", &[], &[&["upgrade", "a", "chart", "--install"], WAITING].concat());
}

#[test]
fn an_install_that_is_interrupted_is_undone_where_that_is_asked_for() {
    same("INT", &[], &[&["install", "a", "chart", "--rollback-on-failure"], WAITING].concat());
}

#[test]
fn an_upgrade_that_is_interrupted_is_recorded_as_failed() {
    let before: &[&[&str]] = &[&["install", "a", "chart", "--set", "pod=false"]];
    let history = same("INT", before, &[&["upgrade", "a", "chart", "--set", "pod=true"], WAITING].concat());
    assert!(history.contains("failed"), "{history}");
}

/// Helm dies of the signal and leaves the revision pending.
#[test]
fn a_rollback_that_is_interrupted_is_recorded_as_failed() {
    for wait in ["--wait", "--wait=legacy"] {
        let place = place();
        place.skiff(&["install", "a", "chart"]).success();
        place.skiff(&["upgrade", "a", "chart", "--set", "pod=false"]).success();
        let output = interrupted(&place, "skiff", "INT", &["rollback", "a", wait, "--timeout=60s"]);
        assert_eq!(output.stdout, "Release a has been cancelled.\n", "{output:?}");
        assert_eq!(output.stderr, "Error: release a failed: context canceled\n", "{output:?}");
        let history = place.helm(&["history", "a"]).success();
        assert!(history.contains("Release \"a\" failed: context canceled"), "{history}");
    }
}

#[test]
fn a_hook_that_is_interrupted_fails_its_rollback() {
    let place = Place::with_chart(&[("values.yaml", "v: 1\n"), ("templates/job.yaml", JOB)]);
    place.skiff(&["install", "a", "chart"]).success();
    place.skiff(&["upgrade", "a", "chart"]).success();
    let output = interrupted(&place, "skiff", "TERM", &["rollback", "a", "--timeout=60s"]);
    assert_eq!(output.stderr, "Error: context canceled\n", "{output:?}");
    let history = place.helm(&["history", "a"]).success();
    assert!(history.contains("Rollback \"a\" failed: context canceled"), "{history}");
}

/// `timeout` and others send a signal to a program and to its group.
#[test]
fn signals_that_come_together_are_one() {
    let place = place();
    let script = format!(
        "{} -n {} install a chart --wait=legacy --timeout=60s & pid=$!; sleep 3; kill -TERM $pid; sleep 0.01; \
         kill -TERM $pid; wait $pid; echo code $?",
        env!("CARGO_BIN_EXE_skiff"),
        place.namespace
    );
    let output = place.run_with(Path::new("/bin/bash"), &["-c", &script], &[]);
    assert!(output.stdout.ends_with("Release a has been cancelled.\ncode 1\n"), "{output:?}");
    assert!(place.helm(&["history", "a"]).success().contains("failed"), "{output:?}");
}
