//! `test`, and the logs of hooks, beside the real helm: both need Pods that run, which a sandbox has.

use crate::{place::Place, support::env::Output};

const TESTS: &str = "{{- range $name, $weight := dict \"first\" 1 \"second\" 0 \"failing\" 2 }}\n---\n\
apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ $name }}\n  annotations:\n    helm.sh/hook: test\n    \
helm.sh/hook-weight: {{ $weight | quote }}\n    sandbox.skiff.sh/log: \"one of {{ $name }}\\ntwo\"\n    \
helm.sh/hook-delete-policy: {{ $.Values.policy }}\n\
{{- if and (eq $name \"failing\") $.Values.fail }}\n    sandbox.skiff.sh/exit-code: \"3\"\n{{- end }}\n\
spec: {restartPolicy: Never, initContainers: [{name: i, image: x}], containers: [{name: c, image: x}, {name: d, image: x}]}\n{{- end }}\n";
const LOGGED: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{{ .Release.Name }}\n  annotations:\n    helm.sh/hook: post-install\n    \
helm.sh/hook-output-log-policy: hook-succeeded,hook-failed\n    sandbox.skiff.sh/log: \"says \\\"this\\\"\\n\\ttabbed\"\n\
spec: {restartPolicy: Never, containers: [{name: c, image: x}, {name: d, image: x}]}\n---\n\
apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: job-{{ .Release.Name }}\n  annotations:\n    helm.sh/hook: post-install\n    \
helm.sh/hook-weight: \"1\"\n    helm.sh/hook-output-log-policy: hook-succeeded,hook-failed\n    \
helm.sh/hook-delete-policy: hook-failed\n\
spec:\n  backoffLimit: 0\n  template:\n    metadata: {annotations: {sandbox.skiff.sh/exit-code: {{ .Values.code | quote }}}}\n    \
spec: {restartPolicy: Never, containers: [{name: c, image: x}]}\n";

/// What one program prints, without times.
fn run(place: &Place, program: &str, words: &[&str]) -> Output {
    let output = if program == "helm" { place.helm(words) } else { place.env().skiff_as_helm(words) };
    let masked = |text: &str| {
        let timed = |line: &str| {
            ["LAST DEPLOYED", "Last Started", "Last Completed"].iter().any(|word| line.starts_with(word))
        };
        let lines =
            text.lines().map(|line| if timed(line) { line.split(':').next().unwrap_or("") } else { line });
        // Lines of the log begin with the time.
        lines
            .map(|line| {
                line.strip_prefix("time=")
                    .map_or(line, |rest| rest.split_once(' ').map_or("", |(_, rest)| rest))
            })
            .collect::<Vec<_>>()
            .join("\n")
    };
    Output { stdout: masked(&output.stdout), stderr: masked(&output.stderr), ..output }
}

/// Both programs take the same steps, each in a sandbox of its own.
fn same(files: &[(&str, &str)], steps: &[&[&str]]) -> Vec<Output> {
    let life = |program: &str| -> Vec<Output> {
        let place = Place::new(&[]).chart(files);
        steps.iter().map(|step| run(&place, program, step)).collect()
    };
    let (ours, theirs) = (life("skiff"), life("helm"));
    for ((ours, theirs), step) in ours.iter().zip(&theirs).zip(steps) {
        assert_eq!(ours, theirs, "{step:?}");
    }
    ours
}

#[test]
fn tests_run_and_are_reported_as_in_helm() {
    let outputs = same(
        &[("values.yaml", "policy: before-hook-creation\nfail: false\n"), ("templates/tests.yaml", TESTS)],
        &[
            &["test", "a"],
            &["install", "a", "chart"],
            &["test", "a"],
            &["test", "a", "--logs"],
            &["test", "a", "--filter", "name=first,name=second", "--logs"],
            &["get", "hooks", "a"],
            &["test", "a", "--filter", "!name=first", "--filter", "kind=Pod", "--logs"],
            &["test", "a", "--filter", "name=none"],
            &["status", "a"],
            &["upgrade", "a", "chart", "--set", "fail=true"],
            &["test", "a", "--logs", "--timeout", "20s"],
            &["status", "a"],
            &["upgrade", "a", "chart", "--set", "policy=hook-succeeded"],
            &["test", "a", "--logs"],
            &["test", "a", "--logs"],
            &["upgrade", "a", "chart", "--set", "fail=true,policy=hook-failed"],
            &["test", "a"],
            &["test", "A"],
        ],
    );
    assert!(outputs[3].stdout.contains("POD LOGS: second (i)"), "{outputs:#?}");
    assert!(outputs[3].stdout.contains("one of first\ntwo\n"), "{outputs:#?}");
    assert_eq!(outputs[10].code, 1, "{outputs:#?}");
}

#[test]
fn logs_of_hooks_are_shown_where_they_ask_for_it() {
    let outputs = same(
        &[("values.yaml", "code: 0\n"), ("templates/hooks.yaml", LOGGED)],
        &[
            &["install", "a", "chart", "--timeout", "20s"],
            &["install", "b", "chart", "--set", "code=3", "--timeout", "20s"],
            &["list", "--failed", "-q"],
        ],
    );
    assert!(outputs[0].stderr.contains("says"), "{outputs:#?}");
}
