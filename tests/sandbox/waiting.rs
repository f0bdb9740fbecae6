//! `install --wait` in a sandbox, by Skiff and by helm: what becomes ready ends it, and what is told to fail by an
//! annotation fails it.

use crate::{
    place::{Place, chart},
    support::env::Output,
};
use std::thread;

/// All kinds that are waited for, each with a Pod that becomes ready, ends, or is not needed.
const EVERYTHING: &str = r#"
{{- range $kind := list "Deployment" "StatefulSet" "ReplicaSet" "DaemonSet" }}
---
apiVersion: apps/v1
kind: {{ $kind }}
metadata: {name: {{ lower $kind }}}
spec:
  {{ if ne $kind "DaemonSet" }}replicas: 2{{ end }}
  selector: {matchLabels: {a: {{ $kind }}}}
  template:
    metadata: {labels: {a: {{ $kind }}}}
    spec: {containers: [{name: c, image: x, readinessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 30}}]}
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata: {name: job}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: pod}
spec: {containers: [{name: c, image: x}], volumes: [{name: v, persistentVolumeClaim: {claimName: claim}}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {type: LoadBalancer, ports: [{port: 80}], selector: {a: Deployment}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: budget}
spec: {minAvailable: 1, selector: {matchLabels: {a: Deployment}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: before, annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
"#;

/// A Deployment whose Pods have the annotations of `values.pods`.
const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  progressDeadlineSeconds: {{ .Values.deadline | default 600 }}
  selector: {matchLabels: {a: web}}
  template:
    metadata: {labels: {a: web}, annotations: {{ toJson .Values.pods }}}
    spec: {containers: [{name: c, image: x, readinessProbe: {httpGet: {path: /, port: 80}}}]}
"#;

/// A Job whose Pods fail.
const JOB: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: work, annotations: {{ toJson .Values.job }}}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {sandbox.skiff.sh/exit-code: "3", sandbox.skiff.sh/log: "no such table"}}
    spec: {restartPolicy: Never, containers: [{name: c, image: x}]}
"#;

/// Runs one step by Skiff and by helm at the same time, each in a namespace of its own: both must print the same.
fn both(place: &Place, name: &str, step: &[&str]) -> Output {
    let by = |program: &str| {
        let namespace = format!("{name}-{program}");
        let words = [step, &["--namespace", &namespace, "--create-namespace"]].concat();
        let output = if program == "helm" { place.helm(&words) } else { place.env().skiff_as_helm(&words) };
        let mask = |text: &str| {
            let timed = |line: &&str| !line.starts_with("LAST DEPLOYED: ");
            let lines: Vec<&str> = text.lines().filter(timed).collect();
            let text = lines.join("\n").replace(&namespace, "NS");
            let generated = regex::Regex::new("/made-[a-z0-9]{5} ").expect("a pattern");
            generated.replace_all(&text, "/made-NAME ").into_owned()
        };
        Output { stdout: mask(&output.stdout), stderr: mask(&output.stderr), code: output.code }
    };
    let (ours, theirs) = thread::scope(|scope| {
        let ours = scope.spawn(|| by("skiff"));
        let theirs = by("helm");
        (ours.join().expect("skiff ends"), theirs)
    });
    assert_eq!(ours, theirs, "{step:?}");
    ours
}

/// Installs with `--wait` and values; both programs agree.
fn install(place: &Place, name: &str, values: &str, more: &[&str]) -> Output {
    let path = format!("{name}.yaml");
    place.write(&path, values);
    both(place, name, &[&["install", "a", "chart", "--wait", "--values", &path], more].concat())
}

#[test]
fn the_example_charts_become_ready() {
    let place = Place::new(&[]);
    for name in ["web", "two-dialects/go"] {
        let namespace = name.replace('/', "-");
        assert_eq!(
            both(&place, &namespace, &["install", "shop", &chart(name), "--wait", "--timeout=30s"]).code,
            0
        );
        let ready = ["get", "pods", "--namespace", &format!("{namespace}-skiff"), "-o"];
        let phases = place.kubectl(&[&ready[..], &["jsonpath={.items[*].status.phase}"]].concat());
        assert!(!phases.is_empty() && phases.split(' ').all(|phase| phase == "Running"), "{phases}");
    }
    place.env().skiff(&["install", "both", &chart("two-dialects/tera"), "--wait", "--timeout=30s"]).success();
    place.kubectl(&["rollout", "status", "deployment", "--timeout=1s"]);
}

#[test]
fn every_kind_becomes_ready_by_both_strategies() {
    let place = Place::new(&[]).chart(&[("templates/all.yaml", EVERYTHING)]);
    for strategy in ["watcher", "legacy"] {
        let wait = format!("--wait={strategy}");
        let more = [wait.as_str(), "--wait-for-jobs", "--timeout=30s"];
        let done = both(&place, strategy, &[&["install", "a", "chart"], &more[..]].concat());
        assert!(done.stdout.contains("STATUS: deployed"), "{done:#?}");
        let namespace = format!("{strategy}-skiff");
        let get = |words: &[&str]| place.kubectl(&[&["get", "--namespace", &namespace], words].concat());
        assert_eq!(get(&["job", "-o", "jsonpath={.items[*].status.succeeded}"]), "1 1");
        assert_eq!(get(&["pvc", "claim", "-o", "jsonpath={.status.phase}"]), "Bound");
        assert_eq!(get(&["statefulset", "-o", "jsonpath={.items[*].status.readyReplicas}"]), "2");
        assert_eq!(
            get(&["endpointslice", "-o", "jsonpath={.items[*].endpoints[*].conditions.ready}"]),
            "true true"
        );
        both(&place, strategy, &["upgrade", "a", "chart", &wait, "--wait-for-jobs", "--timeout=30s"])
            .success();
        let words = ["uninstall", "a", &wait, "--timeout=30s", "--namespace", &namespace];
        place.env().skiff(&words).success();
        assert_eq!(get(&["pods,rs", "-l", "a", "-o", "name"]), "");
    }
}

#[test]
fn failures_on_demand_fail_the_release() {
    let place = Place::new(&[]).chart(&[("templates/web.yaml", DEPLOYMENT)]);
    let reason = |namespace: &str| {
        let words = ["get", "pods", "--namespace", namespace, "--no-headers"];
        place.kubectl(&words).split_whitespace().nth(2).unwrap_or_default().to_owned()
    };
    let cases = [
        ("pull", r#"{"sandbox.skiff.sh/pull-error": "true"}"#, &["ErrImagePull", "ImagePullBackOff"][..]),
        ("crash", r#"{"sandbox.skiff.sh/exit-code": "2"}"#, &["Error", "CrashLoopBackOff"]),
        ("never", r#"{"sandbox.skiff.sh/never-ready": "true"}"#, &["Running"]),
        ("slow", r#"{"sandbox.skiff.sh/ready-after": "1m"}"#, &["Running"]),
        ("homeless", r#"{"sandbox.skiff.sh/unschedulable": "no room"}"#, &["Pending"]),
    ];
    thread::scope(|scope| {
        for (name, pods, reasons) in cases {
            let (place, reason) = (&place, &reason);
            scope.spawn(move || {
                let failed = install(place, name, &format!("pods: {pods}"), &["--timeout=3s"]);
                let message =
                    "resource Deployment/NS/web not ready. status: InProgress, message: Available: 0/1";
                assert!(failed.code == 1 && failed.stderr.contains(message), "{name}: {failed:#?}");
                assert!(failed.stderr.ends_with("context deadline exceeded"), "{name}: {failed:#?}");
                let found = reason(&format!("{name}-skiff"));
                assert!(reasons.contains(&found.as_str()), "{name}: {found}");
            });
        }
    });
    let list = place.env().skiff(&["list", "--namespace", "pull-skiff", "--output=json"]).success();
    assert!(list.contains(r#""status":"failed""#), "{list}");
}

#[test]
fn what_is_slow_is_waited_for_and_a_deadline_ends_the_wait() {
    let place = Place::new(&[]).chart(&[("templates/web.yaml", DEPLOYMENT)]);
    let slow = install(&place, "slow", "pods: {sandbox.skiff.sh/ready-after: 2s}", &["--timeout=60s"]);
    assert!(slow.stdout.contains("STATUS: deployed"), "{slow:#?}");
    let pulled = install(&place, "pulled", "pods: {sandbox.skiff.sh/pull-delay: 1500ms}", &["--timeout=60s"]);
    assert!(pulled.stdout.contains("STATUS: deployed"), "{pulled:#?}");
    let values = "deadline: 1\npods: {sandbox.skiff.sh/never-ready: 'true'}";
    let late = install(&place, "late", values, &["--timeout=60s"]);
    assert!(late.stderr.contains("status: Failed, message: Progress deadline exceeded"), "{late:#?}");
}

#[test]
fn jobs_that_fail_fail_the_release() {
    let place = Place::new(&[]).chart(&[("templates/job.yaml", JOB)]);
    let jobs = install(&place, "job", "job: {}", &["--wait-for-jobs", "--timeout=60s"]);
    assert!(jobs.stderr.contains("resource Job/NS/work not ready. status: Failed"), "{jobs:#?}");
    let hook = install(&place, "hook", "job: {helm.sh/hook: pre-install}", &["--timeout=60s"]);
    assert!(hook.code == 1 && hook.stderr.contains("pre-install"), "{hook:#?}");
    let logs = place.kubectl(&["logs", "job/work", "--namespace", "hook-skiff"]);
    assert!(logs.contains("no such table"), "{logs}");
}

#[test]
fn names_that_the_server_makes_up_are_waited_for() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: made-, annotations: {{ toJson .Values.pods }}}\n\
        spec: {containers: [{name: c, image: x, readinessProbe: {httpGet: {path: /, port: 80}}}]}\n";
    let place = Place::new(&[]).chart(&[("templates/pod.yaml", pod)]);
    let made = install(&place, "made", "pods: {}", &["--server-side=false", "--timeout=30s"]);
    assert!(made.stdout.contains("STATUS: deployed"), "{made:#?}");
    let values = "pods: {sandbox.skiff.sh/never-ready: 'true'}";
    let late = install(&place, "late", values, &["--server-side=false", "--timeout=2s"]);
    assert!(late.stderr.contains("resource Pod/NS/made-NAME not ready. status: InProgress"), "{late:#?}");
}
