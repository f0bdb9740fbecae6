//! What kubectl says of workloads whose Pods run: rollouts, waiting, logs, descriptions.

use crate::place::{Place, chart};

/// A sandbox with the example chart's release `shop`, ready.
fn shop() -> Place {
    let place = Place::new(&[]);
    place.env().skiff(&["install", "shop", &chart("web"), "--wait", "--timeout=30s"]).success();
    place
}

/// Asserts that a text has these lines (parts of them, spaces aside), in this order.
fn assert_lines(text: &str, wanted: &[&str]) {
    let squeeze = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines = text.lines().map(squeeze);
    for line in wanted {
        assert!(lines.any(|one| one.contains(line)), "{line:?} is missing, or not in this order, in\n{text}");
    }
}

#[test]
fn a_rollout_is_watched_undone_and_restarted() {
    let place = shop();
    let rollout = |words: &[&str]| place.kubectl(&[&["rollout"], words].concat());
    let status = ["status", "deploy/shop-web", "--timeout=20s"];
    assert_eq!(rollout(&status), "deployment \"shop-web\" successfully rolled out");
    place.kubectl(&["set", "image", "deploy/shop-web", "web=nginx:2"]);
    assert_lines(&rollout(&status), &["deployment \"shop-web\" successfully rolled out"]);
    let image = ["get", "pods", "-o", "jsonpath={.items[*].spec.containers[*].image}"];
    assert_eq!(place.kubectl(&image), "nginx:2 nginx:2");
    assert_eq!(rollout(&["history", "deploy/shop-web"]).lines().count(), 4);
    assert_lines(
        &rollout(&["history", "deploy/shop-web", "--revision=2"]),
        &["revision #2", "Image: nginx:2"],
    );
    assert_eq!(rollout(&["undo", "deploy/shop-web"]), "deployment.apps/shop-web rolled back");
    rollout(&status);
    assert_eq!(place.kubectl(&image), "nginx:1.29 nginx:1.29");
    assert_lines(&rollout(&["history", "deploy/shop-web"]), &["REVISION", "2 <none>", "3 <none>"]);
    rollout(&["restart", "deploy/shop-web"]);
    rollout(&status);
    let sets = place.kubectl(&["get", "rs", "-o", "jsonpath={.items[*].status.readyReplicas}"]);
    assert_eq!(sets, "2", "one set has all Pods, the old ones none");
}

#[test]
fn a_rollout_that_hangs_is_reported() {
    let place = shop();
    let stuck = r#"{"spec":{"progressDeadlineSeconds":1,"template":{"metadata":{"annotations":{"sandbox.skiff.sh/pull-error":"true"}}}}}"#;
    place.kubectl(&["patch", "deploy", "shop-web", "-p", stuck]);
    let status = place.try_kubectl(&["rollout", "status", "deploy/shop-web", "--timeout=30s"]);
    assert_eq!(status.code, 1, "{status:?}");
    assert_eq!(status.stderr.trim(), "error: deployment \"shop-web\" exceeded its progress deadline");
    let pods = place.kubectl(&["get", "pods", "--no-headers"]);
    assert_eq!(pods.lines().filter(|line| line.contains("1/1 ")).count(), 2, "the old Pods go on: {pods}");
    assert!(pods.contains("ErrImagePull") || pods.contains("ImagePullBackOff"), "{pods}");
}

#[test]
fn scaling_changes_what_runs() {
    let place = shop();
    assert_eq!(
        place.kubectl(&["scale", "deploy/shop-web", "--replicas=5"]),
        "deployment.apps/shop-web scaled"
    );
    place.kubectl(&["wait", "--for=jsonpath={.status.readyReplicas}=5", "deploy/shop-web", "--timeout=20s"]);
    let ready = "jsonpath={.items[*].endpoints[*].conditions.ready}";
    let endpoints = ["get", "endpointslices", "-l", "kubernetes.io/service-name=shop-web", "-o", ready];
    place.kubectl(&["wait", "--for=condition=Ready", "pods", "--all", "--timeout=20s"]);
    assert_eq!(place.kubectl(&endpoints), ["true"; 5].join(" "));
    place.kubectl(&["scale", "deploy/shop-web", "--replicas=0"]);
    place.kubectl(&["wait", "--for=delete", "pods", "--all", "--timeout=20s"]);
    assert_lines(
        &place.kubectl(&["get", "deploy"]),
        &["NAME READY UP-TO-DATE AVAILABLE AGE", "shop-web 0/0 0 0"],
    );
}

#[test]
fn waiting_ends_or_gives_up() {
    let place = shop();
    let wait = |words: &[&str]| place.try_kubectl(&[&["wait"], words].concat());
    let met = wait(&["--for=condition=Available", "deploy/shop-web", "--timeout=20s"]).success();
    assert_eq!(met, "deployment.apps/shop-web condition met\n");
    wait(&["--for=condition=Ready", "node/sandbox", "--timeout=20s"]).success();
    wait(&["--for=jsonpath={.status.phase}=Running", "pods", "--all", "--timeout=20s"]).success();
    wait(&["--for=jsonpath={.status.loadBalancer.ingress[0].ip}=127.0.0.1", "ing/shop-web", "--timeout=20s"])
        .success();
    let late = wait(&["--for=condition=Nope", "deploy/shop-web", "--timeout=1s"]);
    assert_eq!(late.code, 1);
    assert_eq!(late.stderr, "error: timed out waiting for the condition on deployments/shop-web\n");
    let job = ["create", "job", "work", "--image=x"];
    place.kubectl(&job);
    wait(&["--for=condition=Complete", "job/work", "--timeout=20s"]).success();
    place.kubectl(&["delete", "job", "work"]);
    wait(&["--for=delete", "pods", "-l", "job-name=work", "--timeout=20s"]).success();
}

#[test]
fn logs_are_simulated() {
    let place = Place::new(&[]);
    let noisy = r#"{"metadata":{"annotations":{"sandbox.skiff.sh/log":"one\ntwo"}}}"#;
    place.kubectl(&["run", "noisy", "--image=x", "--restart=Never", "--overrides", noisy]);
    place.kubectl(&["wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/noisy", "--timeout=20s"]);
    let logs = place.kubectl(&["logs", "noisy"]);
    assert_lines(&logs, &["container noisy of x started", "one", "two"]);
    assert_eq!(logs.lines().count(), 4, "its end has a line too: {logs}");
    assert_eq!(place.kubectl(&["logs", "noisy", "--tail=1"]).lines().count(), 1);
    assert_eq!(place.kubectl(&["logs", "noisy", "--follow"]), logs, "it ends with the container");
    let nobody = place.try_kubectl(&["logs", "nobody"]);
    assert_eq!(nobody.code, 1);
    assert_lines(&nobody.stderr, &["pods \"nobody\" not found"]);
    let crash = r#"{"metadata":{"annotations":{"sandbox.skiff.sh/exit-code":"3"}}}"#;
    place.kubectl(&["run", "crash", "--image=x", "--overrides", crash]);
    let code = "jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}=3";
    place.kubectl(&["wait", &format!("--for={code}"), "pod/crash", "--timeout=20s"]);
    assert_lines(&place.kubectl(&["logs", "crash", "--previous"]), &["container crash of x started (run 1)"]);
}

#[test]
fn descriptions_tell_what_happened() {
    let place = shop();
    let deployment = place.kubectl(&["describe", "deploy", "shop-web"]);
    let lines = [
        "Name: shop-web",
        "Annotations: deployment.kubernetes.io/revision: 1",
        "Replicas: 2 desired | 2 updated | 2 total | 2 available | 0 unavailable",
        "RollingUpdateStrategy: 25% max unavailable, 25% max surge",
        "Available True MinimumReplicasAvailable",
        "Progressing True NewReplicaSetAvailable",
        "(2/2 replicas created)",
        "deployment-controller Scaled up replica set",
    ];
    assert_lines(&deployment, &lines);
    let lines = [
        "Node: sandbox/10.244.0.1",
        "Status: Running",
        "Controlled By: ReplicaSet/shop-web-",
        "State: Running",
        "Ready: True",
        "QoS Class: Burstable",
        "default-scheduler Successfully assigned default/shop-web-",
        "Successfully pulled image \"nginx:1.29\"",
        "Container started",
    ];
    let pod = place.kubectl(&["get", "pods", "-o", "jsonpath={.items[0].metadata.name}"]);
    assert_lines(&place.kubectl(&["describe", "pod", &pod]), &lines);
    let service = place.kubectl(&["describe", "svc", "shop-web"]);
    assert_lines(&service, &["Type: ClusterIP", "TargetPort: http/TCP", "Endpoints: 10.244.1."]);
    let node = place.kubectl(&["describe", "node", "sandbox"]);
    assert_lines(
        &node,
        &["Taints: <none>", "Ready True", "Non-terminated Pods: (2 in total)", "cpu 100m (0%)"],
    );
    let web = place.kubectl(&["get", "pods", "-o", "wide", "--no-headers"]);
    assert!(web.lines().all(|line| line.contains("1/1") && line.contains(" sandbox ")), "{web}");
}

#[test]
fn a_pod_that_cannot_start_says_why() {
    let place = Place::new(&[]);
    let missing = "apiVersion: v1\nkind: Pod\nmetadata: {name: poor}\nspec:\n  \
        containers: [{name: c, image: x, envFrom: [{configMapRef: {name: nowhere}}]}]\n";
    place.write("poor.yaml", missing);
    place.kubectl(&["apply", "-f", "poor.yaml"]);
    let waiting = "jsonpath={.status.containerStatuses[0].state.waiting.reason}=CreateContainerConfigError";
    place.kubectl(&["wait", &format!("--for={waiting}"), "pod/poor", "--timeout=20s"]);
    assert_lines(&place.kubectl(&["describe", "pod", "poor"]), &["configmap \"nowhere\" not found"]);
    place.kubectl(&["create", "configmap", "nowhere"]);
    place.kubectl(&["wait", "--for=condition=Ready", "pod/poor", "--timeout=20s"]);
    let refused = place.try_kubectl(&["exec", "poor", "--", "ls"]);
    assert!(refused.code == 1 && refused.stderr.contains("the sandbox does not do"), "{refused:?}");
}

#[test]
fn deleting_takes_along_what_belongs_to_it() {
    let place = shop();
    assert_eq!(
        place.kubectl(&["delete", "deploy", "shop-web"]),
        "deployment.apps \"shop-web\" deleted from default namespace"
    );
    place.kubectl(&["wait", "--for=delete", "pods", "--all", "--timeout=20s"]);
    assert_eq!(place.kubectl(&["get", "rs,pods", "-o", "name"]), "");
    place.kubectl(&["create", "namespace", "brief"]);
    place.kubectl(&["run", "a", "--image=x", "-n", "brief"]);
    assert_eq!(place.kubectl(&["delete", "ns", "brief", "--timeout=20s"]), "namespace \"brief\" deleted");
    assert_eq!(place.try_kubectl(&["get", "ns", "brief"]).code, 1);
}
