//! kubectl in a sandbox and on a real control plane: the same commands, the same lines, the same exit codes.
//!
//! The control plane has no node, so these are commands that need none; `kubectl.rs` has those about Pods that run.

use crate::{
    place::Place,
    support::{cluster::cluster, env::Output, peers},
};
use std::sync::LazyLock;

const MANIFEST: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {a: web}}
  template:
    metadata: {labels: {a: web}}
    spec: {containers: [{name: c, image: "x:1", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80, name: http}], selector: {a: none}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {k: v}
"#;

/// One command a line, as for a shell without quotes: words hold no spaces.
const COMMANDS: &str = r#"
diff -f one.yaml
apply -f one.yaml --dry-run=server
apply -f one.yaml
apply -f one.yaml
diff -f two.yaml
apply -f two.yaml
apply view-last-applied cm/web
rollout history deploy/web
rollout history deploy/web --revision=2
annotate deploy/web kubernetes.io/change-cause=because
set image deploy/web c=x:3
wait --for=jsonpath={.status.observedGeneration}=3 deploy/web --timeout=30s
rollout history deploy/web
rollout undo deploy/web
wait --for=jsonpath={.status.observedGeneration}=4 deploy/web --timeout=30s
rollout undo deploy/web --to-revision=1
rollout undo deploy/web --to-revision=9
wait --for=jsonpath={.status.observedGeneration}=5 deploy/web --timeout=30s
rollout history deploy/web
rollout pause deploy/web
rollout pause deploy/web
rollout resume deploy/web
rollout restart deploy/web
scale deploy/web --replicas=3
scale deploy/web --replicas=5 --current-replicas=4
scale deploy/nope --replicas=5
get deploy/nope
get nope
get deploy web -o jsonpath={.spec.replicas}
get deploy,svc,cm -o name
get cm web
get svc web
get cm web -o yaml --show-managed-fields
describe cm web
describe svc web
label cm web x=y
label cm web x=z
label cm web x=z --overwrite
label cm -l x=z x-
patch cm web --type=json -p [{"op":"replace","path":"/data/k","value":"p"}]
patch cm web --type=json -p [{"op":"test","path":"/data/k","value":"q"}]
patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"d","image":"y"}]}}}}
get deploy web -o jsonpath={.spec.template.spec.containers[*].name}
expose deploy web --name=again --port=81
autoscale deploy web --min=1 --max=3
create configmap web --from-literal=a=b
create configmap other --from-literal=a=b --dry-run=server -o yaml
create deployment Bad_Name --image=x
create deployment many --image=x --replicas=-1
create quota q --hard=configmaps=100
create serviceaccount sa
create role r --verb=get --resource=pods
create rolebinding r --role=r --serviceaccount=NAMESPACE:sa
auth can-i get pods --as=system:serviceaccount:NAMESPACE:sa
auth can-i delete pods --as=system:serviceaccount:NAMESPACE:sa
auth whoami --as=joe
get pods --as=joe
wait --for=create cm/web --timeout=5s
wait --for=jsonpath={.data.k}=p cm/web --timeout=5s
wait --for=jsonpath={.data.k}=zz cm/web --timeout=1s
wait --for=condition=Available deploy/never --timeout=1s
wait --for=delete cm/other --timeout=1s
replace -f one.yaml
apply -f one.yaml --server-side
apply -f one.yaml --server-side --force-conflicts
create -f broken.yaml --dry-run=server
apply -f broken.yaml --validate=warn
apply -f broken.yaml --validate=ignore
get pods --field-selector=nope=1
get events --field-selector=reason=nope
get --raw /healthz
get --raw /nope
get ns NAMESPACE
explain deployment.spec.strategy
explain svc.spec.ports --recursive
explain hpa --api-version=autoscaling/v2
explain deployment --recursive
explain nope
explain deployment.nope
api-resources
api-resources --namespaced=false -o name
api-resources -o wide
api-versions
version
delete cm web --wait=false
delete -f one.yaml
delete -f one.yaml --ignore-not-found
delete ns NAMESPACE
"#;

/// What differs between two runs of the same command: times, names of chance, addresses.
fn mask(text: &str, namespace: &str) -> String {
    static MASKS: LazyLock<Vec<(regex::Regex, &str)>> = LazyLock::new(|| {
        let masks = [
            (r"/tmp/\S*(LIVE|MERGED)-\d+", "/tmp/$1"),
            (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000)?", "TIME"),
            (r"resourceVersion: .*", "resourceVersion: R"),
            (r"10\.96\.\d+\.\d+ *", "ADDRESS "),
            (r"CLUSTER-IP +", "CLUSTER-IP "),
            (r"pod-template-hash=\w+", "pod-template-hash=HASH"),
            // Ages stand at the end of a line.
            (r" +(\d+m)?\d+s\n", " AGE\n"),
        ];
        masks.map(|(pattern, by)| (regex::Regex::new(pattern).expect("a pattern"), by)).into()
    });
    let text = text.replace(namespace, "NAMESPACE");
    MASKS.iter().fold(text, |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned())
}

/// Runs a command with a kubeconfig.
fn run(place: &Place, kubeconfig: &str, namespace: &str, command: &str) -> Output {
    let command = command.replace("NAMESPACE", namespace);
    let words: Vec<&str> = command.split(' ').collect();
    let words = [&["--kubeconfig", kubeconfig, "--namespace", namespace], &words[..]].concat();
    let output = place.env().run(&peers::bin("kubectl"), &words, &place.env().work());
    Output {
        stdout: mask(&output.stdout, namespace),
        stderr: mask(&output.stderr, namespace),
        code: output.code,
    }
}

#[test]
fn kubectl_prints_what_it_prints_on_a_real_control_plane() {
    let place = Place::new(&[]);
    let cluster = cluster();
    let namespace = cluster.namespace();
    place.kubectl(&["create", "namespace", &namespace]);
    place.kubectl(&["wait", "--for=create", "configmap/kube-root-ca.crt", "-n", &namespace, "--timeout=9s"]);
    place.write("one.yaml", MANIFEST);
    place.write("two.yaml", &MANIFEST.replace("x:1", "x:2").replace("k: v", "k: w"));
    place.write("broken.yaml", &MANIFEST.replace("image:", "imagine:"));
    let real = cluster.kubeconfig().display().to_string();
    let ours = format!("{}/xdg/skiff/sandbox/default/kubeconfig", place.env().root().display());
    let mut differences = String::new();
    for command in COMMANDS.lines().filter(|line| !line.is_empty()) {
        let (wanted, got) =
            (run(&place, &real, &namespace, command), run(&place, &ours, &namespace, command));
        if wanted != got {
            let (wanted, got) = (format!("{wanted:#?}"), format!("{got:#?}"));
            let (wanted, got) = (wanted.replace("\\n", "\n"), got.replace("\\n", "\n"));
            let diff = skiff_compact::unified(&wanted, &got, 3);
            differences.push_str(&format!("kubectl {command}\n--- real\n+++ sandbox\n{diff}\n"));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}
