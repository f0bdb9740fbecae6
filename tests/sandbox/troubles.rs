//! What a failing operation tells of its objects, besides Helm's error.

use crate::place::Place;

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {a: web}}
  template:
    metadata: {labels: {a: web}, annotations: {{ toJson .Values.pods }}}
    spec: {containers: [{name: c, image: x}, {name: good, image: z}]}
"#;
const HOOK: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: post-upgrade}}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {sandbox.skiff.sh/exit-code: "3", sandbox.skiff.sh/log: no database}}
    spec: {restartPolicy: Never, containers: [{name: c, image: x}]}
"#;

/// Standard error with what the cluster makes up left out.
fn masked(text: &str) -> String {
    let generated = regex::Regex::new(r"(web-[0-9a-z]+-|migrate-)[0-9a-z]{5}").expect("a pattern");
    let masked = generated.replace_all(text, "${1}x");
    let masked = regex::Regex::new(r"web-[0-9a-z]+-x").expect("a pattern").replace_all(&masked, "web-x");
    let masked = regex::Regex::new(r"\d+s ago").expect("a pattern").replace_all(&masked, "0s ago");
    let uid = regex::Regex::new(r"\([0-9a-f-]{36}\)").expect("a pattern");
    uid.replace_all(&masked, "(uid)").into_owned()
}

fn install(place: &Place, pods: &str) -> String {
    let values = format!("pods={{{pods}}}");
    let words = ["install", "r", "chart", "--wait", "--timeout", "3s", "--set-json", &values];
    let output = place.env().skiff(&words);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{}", output.stderr);
    place.env().skiff(&["uninstall", "r"]).success();
    masked(&output.stderr)
}

#[test]
fn a_failing_install_names_the_container_its_log_and_what_to_try() {
    let place = Place::new(&[]).chart(&[("templates/web.yaml", DEPLOYMENT)]);
    let crash =
        install(&place, r#""sandbox.skiff.sh/exit-code.c": "7", "sandbox.skiff.sh/log.c": "cannot listen""#);
    let wanted = r#"Deployment default/web: Available: 0/1
  Pod web-x: Running
    container "c": waiting, CrashLoopBackOff: back-off 10s restarting failed container=c pod=web-x_default(uid), ended with exit code 7, started again 1 times
      | simulated container c of x started (run 1)
      | cannot listen
      | simulated container c ended: Error, exit code 7
      try: kubectl logs -n default web-x -c c --previous
    event BackOff, 0s ago: Back-off restarting failed container c in pod web-x_default(uid)
Error: INSTALLATION FAILED: resource Deployment/default/web not ready. status: InProgress, message: Available: 0/1
context deadline exceeded
"#;
    assert_eq!(crash, wanted);
    let pull = install(&place, r#""sandbox.skiff.sh/pull-error.c": "true""#);
    assert!(pull.contains("      try: check that the image \"x\" exists"), "{pull}");
    let nowhere = install(&place, r#""sandbox.skiff.sh/unschedulable": "true""#);
    assert!(nowhere.contains("  Pod web-x: Pending, no node: 0/1 nodes are available"), "{nowhere}");
}

#[test]
fn a_failing_hook_is_told_of_before_its_upgrade_fails() {
    let place = Place::new(&[]).chart(&[("templates/hook.yaml", HOOK)]);
    place.env().skiff(&["install", "r", "chart"]).success();
    let output = place.env().skiff(&["upgrade", "r", "chart", "--timeout", "20s"]);
    assert_eq!(output.code, 1);
    let told = masked(&output.stderr);
    assert!(
        told.starts_with("Job default/migrate: Job Failed. failed: 1/1\n  event BackoffLimitExceeded"),
        "{told}"
    );
    assert!(told.contains("    container \"c\": ended with exit code 3\n"), "{told}");
    assert!(told.contains("      | no database\n"), "{told}");
}

#[test]
fn under_helms_name_only_helms_lines_are_written() {
    let place = Place::new(&[]).chart(&[("templates/web.yaml", DEPLOYMENT)]);
    let words = [
        "install",
        "r",
        "chart",
        "--wait",
        "--timeout",
        "2s",
        "--set-json",
        r#"pods={"sandbox.skiff.sh/never-ready": "true"}"#,
    ];
    let theirs = place.helm(&words);
    place.helm(&["uninstall", "r"]).success();
    let ours = place.env().skiff_as_helm(&words);
    assert_eq!((ours.code, ours.stderr), (theirs.code, theirs.stderr));
}
