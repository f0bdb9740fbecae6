//! Operations that die in the middle, and those that must not be disturbed.

use crate::{
    place::Place,
    support::{env::Output, peers},
};
use std::{path::Path, thread, time::Duration};

const CHART: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {v: {{ .Values.v | quote }}}\n\
{{- if .Values.pod }}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: pod}\n\
spec: {containers: [{name: c, image: x}]}\n{{- end }}\n";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: job\n  annotations: {helm.sh/hook: \"pre-delete,pre-rollback\"}\n\
spec:\n  suspend: true\n  template:\n    spec: {restartPolicy: Never, containers: [{name: c, image: x}]}\n";
const WAITING: &[&str] = &["--set", "pod=true", "--wait=legacy", "--timeout=60s"];
const IN_PROGRESS: &str = "another operation (install/upgrade/rollback) is in progress";

fn place() -> Place {
    Place::with_chart(&[("values.yaml", "v: one\npod: false\n"), ("templates/all.yaml", CHART)])
}

/// Runs a program and kills it, beyond its control, after some seconds.
fn killed(place: &Place, program: &str, step: &[&str]) {
    let path = match program {
        "skiff" => env!("CARGO_BIN_EXE_skiff").to_owned(),
        _ => peers::bin(program).display().to_string(),
    };
    let head = ["--preserve-status", "-s", "KILL", "3", &path, "--namespace", &place.namespace];
    let output = place.run_with(Path::new("/usr/bin/timeout"), &[&head, step].concat(), &[]);
    // The signal ends `timeout` too.
    assert!(matches!(output.code, -1 | 137), "{step:?} ended by itself: {output:?}");
}

fn leases(place: &Place) -> String {
    place.kubectl(&["get", "leases", "-o", "name"])
}

/// Revision and status of each record, as helm reads them.
fn history(place: &Place) -> Vec<String> {
    let text = place.helm(&["history", "a", "-o", "json"]).success();
    let records: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let line = |r: &serde_json::Value| format!("{} {}", r["revision"], r["status"].as_str().unwrap_or("?"));
    records.as_array().expect("a list").iter().map(line).collect()
}

#[test]
fn an_upgrade_that_was_killed_is_recorded_as_failed_by_the_next_one() {
    let place = place();
    place.skiff(&["install", "a", "chart"]).success();
    killed(&place, "skiff", &[&["upgrade", "a", "chart"], WAITING].concat());
    assert_eq!(history(&place), ["1 deployed", "2 pending-upgrade"]);
    assert_eq!(leases(&place), "lease.coordination.k8s.io/skiff.release.a\n");
    let theirs = place.helm(&["upgrade", "a", "chart"]).failure();
    assert!(theirs.contains(IN_PROGRESS), "{theirs}");
    let dry = place.skiff(&["upgrade", "a", "chart", "--dry-run=server"]).failure();
    assert!(dry.contains(IN_PROGRESS), "a dry run changes nothing: {dry}");
    let output = place.skiff(&["upgrade", "a", "chart", "--set", "v=two"]);
    assert!(output.stderr.contains("died before it was finished; it is recorded as failed"), "{output:?}");
    output.success();
    assert_eq!(history(&place), ["1 superseded", "2 failed", "3 deployed"]);
    assert_eq!(leases(&place), "");
    let told = place.helm(&["history", "a"]).success();
    assert!(told.contains("The upgrade was cut off: "), "{told}");
}

#[test]
fn an_install_that_was_killed_gives_its_name_to_an_upgrade() {
    let place = place();
    killed(&place, "skiff", &[&["install", "a", "chart"], WAITING].concat());
    assert_eq!(history(&place), ["1 pending-install"]);
    let again = place.skiff(&["install", "a", "chart"]).failure();
    assert!(again.contains("cannot reuse a name that is still in use"), "{again}");
    assert_eq!(history(&place), ["1 failed"]);
    place.skiff(&["upgrade", "a", "chart", "--install"]).success();
    assert_eq!(
        history(&place),
        ["1 superseded", "2 deployed"],
        "an upgrade starts from it, as from any failed one"
    );
    assert_eq!(leases(&place), "");
}

#[test]
fn what_was_to_be_undone_is_undone_by_the_next_command() {
    let place = place();
    killed(&place, "skiff", &[&["install", "a", "chart", "--rollback-on-failure"], WAITING].concat());
    let output = place.skiff(&["install", "a", "chart"]);
    assert!(output.stderr.contains("what died was uninstalled, as it had been asked for"), "{output:?}");
    output.success();
    assert_eq!(history(&place), ["1 deployed"]);
    killed(&place, "skiff", &[&["upgrade", "a", "chart", "--rollback-on-failure"], WAITING].concat());
    let output = place.skiff(&["upgrade", "a", "chart", "--set", "v=two"]);
    assert!(output.stderr.contains("what died was rolled back, as it had been asked for"), "{output:?}");
    output.success();
    assert_eq!(history(&place), ["1 superseded", "2 failed", "3 superseded", "4 deployed"]);
    assert_eq!(place.kubectl(&["get", "pods", "-o", "name"]), "", "the pod of what died is gone");
    assert_eq!(leases(&place), "");
}

#[test]
fn rollbacks_and_uninstalls_that_were_killed_are_gone_on_with() {
    let files =
        [("values.yaml", "v: one\npod: false\n"), ("templates/all.yaml", CHART), ("templates/job.yaml", JOB)];
    let place = Place::with_chart(&files);
    place.skiff(&["install", "a", "chart"]).success();
    place.skiff(&["upgrade", "a", "chart", "--set", "v=two"]).success();
    killed(&place, "skiff", &["rollback", "a"]);
    assert_eq!(history(&place), ["1 superseded", "2 deployed", "3 pending-rollback"]);
    place.skiff(&["upgrade", "a", "chart", "--set", "v=three"]).success();
    assert_eq!(history(&place), ["1 superseded", "2 superseded", "3 failed", "4 deployed"]);
    killed(&place, "skiff", &["uninstall", "a"]);
    assert_eq!(history(&place)[3], "4 uninstalling");
    place.skiff(&["upgrade", "a", "chart", "--set", "v=four"]).success();
    assert_eq!(history(&place)[3..], ["4 superseded", "5 deployed"]);
    killed(&place, "skiff", &["uninstall", "a"]);
    place.skiff(&["uninstall", "a", "--no-hooks"]).success();
    assert_eq!(leases(&place), "");
}

/// The first one fails by itself, when its time is up and not before.
#[test]
fn a_living_operation_is_not_disturbed() {
    let place = place();
    place.skiff(&["install", "a", "chart"]).success();
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            place.skiff(&["upgrade", "a", "chart", "--set", "pod=true", "--wait=legacy", "--timeout=12s"])
        });
        thread::sleep(Duration::from_secs(3));
        let step = ["upgrade", "a", "chart"];
        assert_eq!(place.skiff(&step), place.helm(&step));
        assert_eq!(place.skiff(&step).failure(), format!("Error: UPGRADE FAILED: {IN_PROGRESS}\n"));
        for step in [&["rollback", "a"][..], &["uninstall", "a"]] {
            let refused = place.skiff(step).failure();
            assert_eq!(refused, format!("Error: {IN_PROGRESS}\n"), "{step:?}");
        }
        let refused = place.skiff(&["install", "a", "chart"]).failure();
        assert!(refused.contains("cannot reuse a name that is still in use"), "{refused}");
        let first = first.join().expect("it ends").failure();
        assert!(first.contains("Error: UPGRADE FAILED: ") && !first.contains("canceled"), "{first}");
    });
    assert_eq!(history(&place), ["1 deployed", "2 failed"]);
    assert_eq!(leases(&place), "");
}

#[test]
fn of_many_at_once_one_wins() {
    let place = place();
    let step = ["install", "a", "chart", "--wait=legacy", "--timeout=30s"];
    let outputs: Vec<Output> = thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| place.skiff(&step))).collect();
        runs.into_iter().map(|run| run.join().expect("it ends")).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = outputs.into_iter().partition(|output| output.code == 0);
    assert_eq!(won.len(), 1, "{won:#?} {lost:#?}");
    let messages = [IN_PROGRESS, "cannot reuse a name that is still in use", "release: already exists"];
    for output in lost {
        assert!(messages.iter().any(|message| output.stderr.contains(message)), "{output:?}");
    }
    assert_eq!(history(&place), ["1 deployed"]);
    assert_eq!(leases(&place), "");
}

#[test]
fn who_may_not_have_leases_works_as_with_helm() {
    let place = place();
    let all = "--verb=get,list,create,update,patch,delete,watch";
    place.kubectl(&["create", "role", "sailor", all, "--resource=secrets,configmaps,pods"]);
    place.kubectl(&["create", "rolebinding", "sailor", "--role=sailor", "--user=sailor"]);
    let sailor = "--kube-as-user=sailor";
    for step in [
        &["install", "a", "chart", sailor][..],
        &["upgrade", "a", "chart", "--set", "v=two", sailor],
        &["rollback", "a", sailor],
    ] {
        let output = place.skiff(step);
        assert_eq!(output.stderr, "", "{step:?}");
        output.success();
    }
    killed(&place, "skiff", &[&["upgrade", "a", "chart", sailor], WAITING].concat());
    let step = ["upgrade", "a", "chart", sailor];
    assert_eq!(place.skiff(&step), place.helm(&step));
    assert_eq!(history(&place)[3], "4 pending-upgrade", "nothing proves that it died");
    place.skiff(&["rollback", "a", "3", sailor]).success();
    place.skiff(&["uninstall", "a", sailor]).success();
}

/// Helm holds no Lease: nothing proves that it died, not even a Lease that is left from before.
#[test]
fn records_that_helm_left_pending_are_left_alone() {
    let place = place();
    place.skiff(&["install", "a", "chart"]).success();
    killed(&place, "skiff", &[&["upgrade", "a", "chart"], WAITING].concat());
    place.kubectl(&["delete", "secret", "sh.helm.release.v1.a.v2"]);
    killed(&place, "helm", &[&["upgrade", "a", "chart"], WAITING].concat());
    let step = ["upgrade", "a", "chart"];
    assert_eq!(place.skiff(&step), place.helm(&step));
    assert_eq!(history(&place), ["1 deployed", "2 pending-upgrade"]);
    place.skiff(&["rollback", "a", "1"]).success();
    assert_eq!(history(&place)[2..], ["3 deployed"]);
    assert_eq!(leases(&place), "");
}

/// Of another machine's process nothing is known but that its Lease has run out.
#[test]
fn a_lease_of_elsewhere_counts_until_it_has_run_out() {
    let place = place();
    place.skiff(&["install", "a", "chart"]).success();
    killed(&place, "skiff", &[&["upgrade", "a", "chart"], WAITING].concat());
    let lease = "lease/skiff.release.a";
    place.kubectl(&["annotate", lease, "skiff.sh/process=elsewhere boot pid time 7 9", "--overwrite"]);
    let refused = place.skiff(&["upgrade", "a", "chart"]).failure();
    assert_eq!(refused, format!("Error: UPGRADE FAILED: {IN_PROGRESS}\n"));
    let old = r#"{"spec": {"renewTime": "2020-01-02T03:04:05.000000Z"}}"#;
    place.kubectl(&["patch", lease, "--type=merge", "-p", old]);
    place.skiff(&["upgrade", "a", "chart"]).success();
    assert_eq!(history(&place), ["1 superseded", "2 failed", "3 deployed"]);
}

#[test]
fn who_lost_the_lease_ends_by_itself() {
    let place = place();
    place.skiff(&["install", "a", "chart"]).success();
    thread::scope(|scope| {
        let run = scope.spawn(|| place.skiff(&[&["upgrade", "a", "chart"], WAITING].concat()));
        thread::sleep(Duration::from_secs(3));
        let other = r#"{"spec": {"holderIdentity": "other"}}"#;
        place.kubectl(&["patch", "lease/skiff.release.a", "--type=merge", "-p", other]);
        let output = run.join().expect("it ends");
        assert_eq!(output.stdout, "", "nobody cancelled it: {output:?}");
        let message = "another operation took the release over, because this one could not renew its Lease";
        assert!(output.failure().contains(message));
    });
    assert_eq!(history(&place), ["1 deployed", "2 failed"]);
    assert_eq!(leases(&place), "lease.coordination.k8s.io/skiff.release.a\n", "it is another's");
}

/// The Lease is renewed while the operation goes on, whatever others write into it, in a namespace that it makes too.
#[test]
fn a_long_operation_renews_its_lease() {
    let place = place();
    let made = format!("{}-made", place.namespace);
    let step = ["install", "a", "chart", "-n", &made, "--create-namespace"];
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            place.skiff(&[&step[..], &["--set", "pod=true", "--wait=legacy", "--timeout=24s"]].concat())
        });
        let lease = ["-n", &made, "get", "lease/skiff.release.a", "-o", "jsonpath={.spec.renewTime}"];
        thread::sleep(Duration::from_secs(4));
        let first = place.cluster.kubectl(&lease);
        place.cluster.kubectl(&["-n", &made, "annotate", "lease/skiff.release.a", "note=x"]);
        thread::sleep(Duration::from_secs(9));
        let second = place.cluster.kubectl(&lease);
        assert!(first < second, "{first} {second}");
        let error = run.join().expect("it ends").failure();
        assert!(!error.contains("took the release over"), "{error}");
    });
    let left = ["-n", &made, "get", "leases", "-o", "name"];
    assert_eq!(place.cluster.kubectl(&left), "");
    place.cluster.kubectl(&["delete", "namespace", &made, "--wait=false"]);
}

/// On a terminal one more line says what to do, of the living and of what nobody can judge.
#[test]
fn people_are_told_what_to_do() {
    let place = place();
    place.skiff(&["install", "a", "chart"]).success();
    let on_terminal = || {
        let words = [env!("CARGO_BIN_EXE_skiff"), "-n", &place.namespace, "upgrade", "a", "chart"].join(" ");
        let words = ["-qec", words.as_str(), "/dev/null"];
        place.run_with(Path::new("/usr/bin/script"), &words, &[]).stdout.replace("\r\n", "\n")
    };
    let step = ["upgrade", "a", "chart", "--set", "pod=true", "--wait=legacy", "--timeout=8s"];
    thread::scope(|scope| {
        let first = scope.spawn(|| place.skiff(&step));
        thread::sleep(Duration::from_secs(3));
        let told = on_terminal();
        assert!(told.contains(&format!("Error: UPGRADE FAILED: {IN_PROGRESS}\nHint: ")), "{told}");
        assert!(told.contains(" is at work on \"a\" since 20"), "{told}");
        first.join().expect("it ends").failure();
    });
    killed(&place, "helm", &[&["upgrade", "a", "chart"], WAITING].concat());
    let told = on_terminal();
    assert!(told.contains("Hint: should whoever began it be gone, 'skiff rollback a' ends it"), "{told}");
}
