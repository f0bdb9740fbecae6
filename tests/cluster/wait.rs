//! `--wait` beside the real helm. The control plane has no nodes: Pods become ready only when a test says so.

use crate::{
    place::Place,
    support::{env::Output, peers},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

const SETTINGS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\n\
apiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec: {ports: [{port: 80}], selector: {a: b}}\n---\n\
apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: budget}\n\
spec: {minAvailable: 1, selector: {matchLabels: {a: none}}}\n---\n\
apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: paused}\n\
spec: {paused: true, selector: {matchLabels: {a: p}}, template: {metadata: {labels: {a: p}}, \
spec: {containers: [{name: c, image: x}]}}}\n";
const HOOK: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hook, annotations: {helm.sh/hook: \"post-install,\
post-upgrade\", helm.sh/hook-delete-policy: \"hook-succeeded,before-hook-creation\"}}\n";
const PODS: &str = "{{- range $kind := list \"Deployment\" \"StatefulSet\" \"ReplicaSet\" \"DaemonSet\" }}\n---\n\
apiVersion: apps/v1\nkind: {{ $kind }}\nmetadata: {name: {{ lower $kind }}}\nspec:\n  \
{{ if ne $kind \"DaemonSet\" }}replicas: 1{{ end }}\n  \
selector: {matchLabels: {a: {{ $kind }}}}\n  template:\n    metadata: {labels: {a: {{ $kind }}}}\n    \
spec: {containers: [{name: c, image: x}]}\n{{- end }}\n";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: job}\nspec:\n  suspend: true\n  template:\n    \
spec: {restartPolicy: Never, containers: [{name: c, image: x}]}\n";
const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec: {containers: [{name: c, image: x}]}\n";
const CLAIM: &str = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: claim}\n\
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
const STAYING: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: staying, finalizers: [example.com/stay]}\n";

/// What happens in a place meanwhile, again and again.
type Step = fn(&Place);

/// Runs steps by both programs at the same time, `beside` running next to each, and compares them.
fn same(files: &[(&str, &str)], steps: &[&[&str]], beside: Option<Step>) -> Vec<Output> {
    let life = |program: &'static str| {
        let place = Place::with_chart(files);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            if let Some(beside) = beside {
                let (stop, place) = (&stop, &place);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        beside(place);
                        thread::sleep(Duration::from_millis(300));
                    }
                });
            }
            let outputs: Vec<Output> =
                steps.iter().map(|step| masked(&place, place.by(program, step))).collect();
            stop.store(true, Ordering::Relaxed);
            outputs
        })
    };
    let (ours, theirs) = thread::scope(|scope| {
        let ours = scope.spawn(|| life("skiff"));
        let theirs = life("helm");
        (ours.join().expect("skiff's life ends"), theirs)
    });
    for ((ours, theirs), step) in ours.iter().zip(&theirs).zip(steps) {
        assert_eq!(ours, theirs, "{step:?}");
    }
    ours
}

fn masked(place: &Place, output: Output) -> Output {
    let mask = |text: &str| place.mask(text);
    Output { stdout: mask(&output.stdout), stderr: mask(&output.stderr), ..output }
}

/// What may come too late: the object can be gone.
fn attempt(place: &Place, args: &[&str]) {
    let args = [&["--namespace", &place.namespace], args].concat();
    let _ = place.run_with(&peers::bin("kubectl"), &args, &[]);
}

/// Says of every Pod that it runs, as a node would.
fn run_pods(place: &Place) {
    let status = r#"{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"},{"type":"PodScheduled","status":"True"}]}}"#;
    for pod in place.kubectl(&["get", "pods", "--output=name"]).lines() {
        attempt(place, &["patch", pod, "--subresource=status", "--type=strategic", "--patch", status]);
    }
}

/// Says of the Job that it has ended, by conditions of two types.
fn end_job(place: &Place, types: [&str; 2]) {
    if !place.kubectl(&["get", "jobs", "--output=name"]).contains("job") {
        return;
    }
    let ended = if types[1] == "Failed" { "" } else { r#""completionTime":"2026-01-01T00:00:01Z","# };
    let condition = |kind| format!(r#"{{"type":"{kind}","status":"True","reason":"Told","message":"m"}}"#);
    let conditions = types.map(condition).join(",");
    let status =
        format!(r#"{{"status":{{"startTime":"2026-01-01T00:00:00Z",{ended}"conditions":[{conditions}]}}}}"#);
    attempt(place, &["patch", "job/job", "--subresource=status", "--type=merge", "--patch", &status]);
}

#[test]
fn what_is_ready_at_once_is_not_waited_for() {
    let files = [("templates/settings.yaml", SETTINGS), ("templates/hook.yaml", HOOK)];
    let outputs = same(
        &files,
        &[
            &["install", "a", "chart", "--wait"],
            &["upgrade", "a", "chart", "--wait=watcher", "--wait-for-jobs"],
            &["upgrade", "a", "chart", "--wait=legacy", "--wait-for-jobs"],
            &["upgrade", "a", "chart", "--wait=hookOnly", "--wait-for-jobs"],
            &["upgrade", "b", "chart", "--install", "--wait", "--dry-run=server"],
            &["history", "a"],
            &["uninstall", "a", "--wait"],
            &["install", "a", "chart", "--wait=legacy"],
            &["uninstall", "a", "--wait=legacy"],
        ],
        None,
    );
    assert!(outputs[0].stdout.contains("STATUS: deployed"), "{outputs:#?}");
}

#[test]
fn pods_that_become_ready_end_the_waiting() {
    let steps: &[&[&str]] = &[
        &["install", "a", "chart", "--wait", "--timeout=60s"],
        &["uninstall", "a", "--wait", "--timeout=60s"],
        &["install", "a", "chart", "--wait=legacy", "--timeout=60s"],
        &["history", "a"],
    ];
    let outputs = same(&[("templates/pods.yaml", PODS)], steps, Some(run_pods));
    assert!(outputs[0].stdout.contains("STATUS: deployed"), "{outputs:#?}");
}

#[test]
fn the_time_is_up_for_pods() {
    let steps: &[&[&str]] = &[
        &["install", "a", "chart", "--wait", "--timeout=7s"],
        &["history", "a"],
        &["upgrade", "a", "chart", "--wait", "--timeout=2s"],
        &["upgrade", "a", "chart", "--wait=legacy", "--timeout=3s"],
        &["history", "a"],
        &["install", "a", "chart", "--replace", "--wait=legacy", "--timeout=3s"],
    ];
    let outputs = same(&[("templates/pods.yaml", PODS), ("templates/claim.yaml", CLAIM)], steps, None);
    assert!(outputs[0].stderr.contains("message: Available: 0/1\n"), "{outputs:#?}");
    assert!(outputs[0].stderr.contains("context deadline exceeded"), "{outputs:#?}");
}

#[test]
fn a_pod_without_a_node_fails_before_the_time_is_up() {
    let steps: &[&[&str]] = &[&["install", "a", "chart", "--wait", "--timeout=50s"], &["history", "a"]];
    let outputs = same(&[("templates/pod.yaml", POD)], steps, None);
    assert!(outputs[0].stderr.contains("Pod could not be scheduled"), "{outputs:#?}");
    assert!(!outputs[0].stderr.contains("deadline"), "{outputs:#?}");
}

#[test]
fn the_time_is_up_for_jobs() {
    let steps: &[&[&str]] = &[
        &["install", "a", "chart", "--wait", "--timeout=2s"],
        &["upgrade", "a", "chart", "--wait", "--wait-for-jobs", "--timeout=2s"],
        &["upgrade", "a", "chart", "--wait=legacy", "--timeout=2s"],
        &["upgrade", "a", "chart", "--wait=legacy", "--wait-for-jobs", "--timeout=2s"],
        &["history", "a"],
    ];
    let outputs = same(&[("templates/job.yaml", JOB)], steps, None);
    assert!(outputs[1].stderr.contains("message: Job in progress"), "{outputs:#?}");
}

#[test]
fn jobs_that_end_well_end_the_waiting() {
    let end: Step = |place| end_job(place, ["SuccessCriteriaMet", "Complete"]);
    let steps: &[&[&str]] = &[&["install", "a", "chart", "--wait", "--wait-for-jobs", "--timeout=60s"]];
    let outputs = same(&[("templates/job.yaml", JOB)], steps, Some(end));
    assert!(outputs[0].stdout.contains("STATUS: deployed"), "{outputs:#?}");
}

#[test]
fn jobs_that_fail_fail_the_release() {
    let end: Step = |place| end_job(place, ["FailureTarget", "Failed"]);
    let steps: &[&[&str]] =
        &[&["install", "a", "chart", "--wait", "--wait-for-jobs", "--timeout=60s"], &["history", "a"]];
    let outputs = same(&[("templates/job.yaml", JOB)], steps, Some(end));
    assert!(outputs[0].stderr.contains("status: Failed, message: Job Failed. failed: 0/1"), "{outputs:#?}");
    let hook = JOB.replace("{name: job}", "{name: job, annotations: {helm.sh/hook: pre-install}}");
    for strategy in ["--wait", "--wait=legacy"] {
        let steps: &[&[&str]] = &[&["install", "a", "chart", strategy, "--timeout=60s"], &["history", "a"]];
        same(&[("templates/job.yaml", &hook)], steps, Some(end));
    }
    let steps: &[&[&str]] = &[&["install", "a", "chart", "--wait=legacy", "--timeout=2s"]];
    same(&[("templates/job.yaml", &hook)], steps, None);
}

#[test]
fn deleting_is_waited_for() {
    let files = [("templates/staying.yaml", STAYING), ("templates/settings.yaml", SETTINGS)];
    for strategy in ["--wait", "--wait=legacy"] {
        let steps: &[&[&str]] = &[
            &["install", "a", "chart", "--wait"],
            &["uninstall", "a", strategy, "--timeout=4s"],
            &["history", "a"],
        ];
        let outputs = same(&files, steps, None);
        assert!(outputs[1].stderr.contains("context deadline exceeded"), "{outputs:#?}");
    }
    let release: Step = |place| {
        let terminating = "--output=jsonpath={.items[?(@.metadata.deletionTimestamp)].metadata.name}";
        if place.kubectl(&["get", "configmaps", terminating]) == "staying" {
            let patch = r#"{"metadata":{"finalizers":null}}"#;
            attempt(place, &["patch", "configmap/staying", "--type=merge", "--patch", patch]);
        }
    };
    let steps: &[&[&str]] = &[
        &["install", "a", "chart", "--wait"],
        &["uninstall", "a", "--wait", "--timeout=60s"],
        &["history", "a"],
    ];
    let outputs = same(&files, steps, Some(release));
    assert!(outputs[1].stdout.contains("uninstalled"), "{outputs:#?}");
}

/// Without the right to list there is nothing to wait for.
#[test]
fn a_refused_list_fails_the_release() {
    let place = Place::with_chart(&[(
        "templates/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
    )]);
    let verbs = "--verb=get,create,patch,update,delete";
    place.kubectl(&["create", "role", "writer", verbs, "--resource=configmaps,secrets"]);
    place.kubectl(&["create", "role", "lister", "--verb=list", "--resource=secrets"]);
    for role in ["writer", "lister"] {
        place.kubectl(&["create", "rolebinding", role, &format!("--role={role}"), "--user=joe"]);
    }
    for program in ["skiff", "helm"] {
        let failure = place.by(program, &["install", "a", "chart", "--kube-as-user=joe", "--wait"]).failure();
        assert!(failure.contains("failed to list /v1, Kind=ConfigMap: configmaps is forbidden"), "{failure}");
        place.by(program, &["uninstall", "a"]).success();
    }
}
