//! The main job: install a chart, look at it, upgrade it, take it away.

use crate::place::{Place, web};

#[test]
fn a_release_is_installed_listed_upgraded_and_uninstalled() {
    let place = Place::new();
    let installed = place.skiff(&["install", "shop", &web()]).success();
    assert!(
        installed.contains("STATUS: deployed\nREVISION: 1\nDESCRIPTION: Install complete\n"),
        "{installed}"
    );
    assert!(installed.contains("It answers at http://web.example.com/."), "{installed}");
    let names = place.kubectl(&[
        "get",
        "deploy,svc,cm,ing,sa",
        "-l",
        "app.kubernetes.io/instance=shop",
        "-o",
        "name",
    ]);
    for kind in ["deployment.apps", "service", "configmap", "ingress.networking.k8s.io", "serviceaccount"] {
        assert!(names.contains(&format!("{kind}/shop-web")), "{kind} in {names}");
    }
    assert!(place.skiff(&["list"]).success().contains("web-0.1.0"));
    assert!(place.skiff(&["get", "manifest", "shop"]).success().contains("replicas: 2"));

    place.skiff(&["upgrade", "shop", &web(), "--set", "replicas=3,ingress.enabled=false"]).success();
    let replicas = place.kubectl(&["get", "deploy", "shop-web", "-o", "jsonpath={.spec.replicas}"]);
    assert_eq!(replicas, "3");
    assert_eq!(place.kubectl(&["get", "ingress", "-o", "name"]), "", "what the chart dropped is deleted");
    let history = place.skiff(&["history", "shop", "-o", "json"]).success();
    assert!(history.contains("\"revision\":1") && history.contains("superseded"), "{history}");
    assert!(place.skiff(&["get", "values", "shop"]).success().contains("replicas: 3"));

    assert_eq!(place.skiff(&["uninstall", "shop"]).success(), "release \"shop\" uninstalled\n");
    assert_eq!(
        place.kubectl(&["get", "deploy,svc,sa", "-l", "app.kubernetes.io/instance=shop", "-o", "name"]),
        ""
    );
    assert_eq!(place.kubectl(&["get", "secret", "-o", "name"]), "", "no record is left");
}

#[test]
fn custom_resources_are_created_after_their_definition() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.skiff.test}\nspec:\n  group: skiff.test\n  scope: Namespaced\n  names: {plural: boats, kind: Boat}\n  versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}\n";
    let boat = "apiVersion: skiff.test/v1\nkind: Boat\nmetadata: {name: one}\nspec: {oars: 2}\n";
    let place = Place::with_chart(&[("crds/boat.yaml", crd), ("templates/boat.yaml", boat)]);
    place.skiff(&["install", "harbour", "./chart"]).success();
    assert_eq!(place.kubectl(&["get", "boats", "-o", "name"]), "boat.skiff.test/one\n");
    place.skiff(&["uninstall", "harbour"]).success();
    assert_eq!(place.cluster.kubectl(&["get", "crd", "-o", "name"]).lines().count(), 1, "definitions stay");
}

#[test]
fn hooks_run_and_their_record_is_kept() {
    let hook = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: before\n  annotations: {helm.sh/hook: pre-install}\n";
    let place = Place::with_chart(&[("templates/hook.yaml", hook)]);
    let json = place.skiff(&["install", "hooked", "./chart", "-o", "json"]).success();
    assert!(json.contains("\"phase\":\"Succeeded\""), "{json}");
    assert_eq!(place.kubectl(&["get", "cm", "before", "-o", "name"]), "configmap/before\n");
}

#[test]
fn lookup_asks_the_cluster() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: found}\ndata:\n  ns: {{ (lookup \"v1\" \"Namespace\" \"\" \"kube-system\").metadata.name }}\n  none: {{ len (lookup \"v1\" \"Secret\" \"x\" \"nope\") | quote }}\n";
    let place = Place::with_chart(&[("templates/cm.yaml", template)]);
    place.skiff(&["install", "looks", "./chart"]).success();
    let data = place.kubectl(&["get", "cm", "found", "-o", "jsonpath={.data.ns}{.data.none}"]);
    assert_eq!(data, "kube-system0");
}

#[test]
fn the_history_keeps_as_many_revisions_as_asked() {
    let cm = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {n: {{ .Values.n | default 0 | quote }}}\n";
    let place = Place::with_chart(&[("templates/cm.yaml", cm)]);
    place.skiff(&["install", "r", "./chart"]).success();
    for n in ["1", "2", "3"] {
        place.skiff(&["upgrade", "r", "./chart", "--set", &format!("n={n}"), "--history-max", "2"]).success();
    }
    let history = place.skiff(&["history", "r", "-o", "json"]).success();
    assert_eq!(history.matches("\"revision\":").count(), 2, "{history}");
}
