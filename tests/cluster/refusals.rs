//! What cannot be done is said in Helm's words, and leaves nothing half done.

use crate::place::{Place, web};

#[test]
fn messages_are_helms() {
    let (place, web) = (Place::new(), web());
    let steps: &[&[&str]] = &[
        &["install", "Bad_Name", &web],
        &["install", &web],
        &["install", "a", "./nope"],
        &["install", "a", "nope"],
        &["install", "a", &web, "--dry-run=maybe"],
        &["install", "a", &web, "--labels", "owner=me"],
        &["install", "a", &web, "--set", "replicas=many"],
        &["install", "a", &web, "--hide-secret"],
        &["install", "a", &web, "--kube-context", "nobody"],
        &["install", "a", &web, "--kube-context", "gone"],
        &["install", "a", &web, "--kube-apiserver", "https://127.0.0.1:1"],
        &["install", "a", &web, "--kube-token", "wrong"],
        &["upgrade", "a", &web],
        &["upgrade", "Bad_Name", &web],
        &["uninstall", "a"],
        &["uninstall", "Bad_Name"],
        &["uninstall", "a", "--cascade", "up"],
        &["list", "--kube-context", "nobody"],
        &["list", "--kubeconfig", "/nowhere"],
        &["list", "--filter", "("],
        &["status", "a"],
        &["get", "values", "a"],
        &["get", "all", "Bad_Name"],
        &["history", "Bad_Name"],
    ];
    steps.iter().for_each(|step| place.same(step));
    assert_eq!(place.kubectl(&["get", "secret,cm", "-o", "name"]), "configmap/kube-root-ca.crt\n");
}

#[test]
fn documents_that_are_no_objects_stop_an_install_before_it_begins() {
    for text in [
        "apiVersion: v1\nkind: Foo\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: Foo\nmetadata: {name: a}\n---\napiVersion: x/v1\nkind: Bar\nmetadata: {name: b}\n",
        "kind: ConfigMap\nmetadata: {name: a}\n",
        "apiVersion: v1\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-root-ca.crt}\n",
        "- a\n",
    ] {
        let place = Place::with_chart(&[("templates/x.yaml", text)]);
        place.same(&["install", "a", "./chart"]);
        assert_eq!(place.kubectl(&["get", "secret", "-o", "name"]), "", "{text}");
    }
}

#[test]
fn objects_that_the_server_refuses_leave_a_failed_record() {
    for text in [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nfoo: 1\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_B}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: dd}\nspec: {replicas: x}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n",
    ] {
        let place = Place::with_chart(&[("templates/x.yaml", text)]);
        let (ours, theirs) =
            (place.skiff(&["install", "ours", "./chart"]), place.helm(&["install", "theirs", "./chart"]));
        assert_eq!(ours.failure(), theirs.failure(), "{text}");
        let statuses = place.helm(&["list", "--failed", "-q"]).success();
        assert_eq!(statuses, "ours\ntheirs\n", "{text}");
    }
}

#[test]
fn a_conflict_names_the_other_manager() {
    let (ours, theirs) = (Place::new(), Place::new());
    for (place, program) in [(&ours, "skiff"), (&theirs, "helm")] {
        place.by(program, &["install", "a", &web()]).success();
        place.kubectl(&["scale", "deploy/a-web", "--replicas=5"]);
    }
    let step = ["upgrade", "a", &web(), "--set", "replicas=3"];
    let (our, their) = (ours.skiff(&step).failure(), theirs.helm(&step).failure());
    let mask = |place: &Place, text: String| text.replace(&place.namespace, "NS");
    assert_eq!(mask(&ours, our), mask(&theirs, their));
    ours.skiff(&["upgrade", "a", &web(), "--set", "replicas=3", "--force-conflicts"]).success();
}

#[test]
fn a_namespace_is_made_only_when_asked() {
    let (place, web) = (Place::new(), web());
    let missing = format!("{}-new", place.namespace);
    place.same(&["install", "a", &web, "-n", &missing]);
    place.skiff(&["install", "a", &web, "-n", &missing, "--create-namespace"]).success();
    assert!(place.skiff(&["list", "-n", &missing]).success().contains("deployed"));
}

#[test]
fn kept_and_foreign_objects_survive_an_uninstall() {
    let kept = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}\n";
    let taken = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: taken}\n";
    let files = [("templates/kept.yaml", kept), ("templates/taken.yaml", taken)];
    let (ours, theirs) = (Place::with_chart(&files), Place::with_chart(&files));
    let mut outputs = Vec::new();
    for (place, program) in [(&ours, "skiff"), (&theirs, "helm")] {
        place.by(program, &["install", "a", "./chart"]).success();
        place.kubectl(&["annotate", "cm/taken", "meta.helm.sh/release-name=other", "--overwrite"]);
        let output = place.by(program, &["uninstall", "a"]);
        assert_eq!(place.kubectl(&["get", "cm", "kept", "taken", "-o", "name"]).lines().count(), 2);
        outputs.push((place.mask(&output.stdout), output.stderr.replace(&place.namespace, "NS")));
    }
    assert_eq!(outputs[0], outputs[1]);
}
