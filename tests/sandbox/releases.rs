//! Releases in a sandbox, by helm and by Skiff, and what kubectl sees of them.

use crate::place::{Place, chart};

#[test]
fn helm_installs_upgrades_rolls_back_and_uninstalls() {
    let place = Place::new(&[]);
    let web = chart("web");
    place.helm(&["install", "shop", &web]).success();
    assert_eq!(place.kubectl(&["get", "deploy", "shop-web", "-o", "jsonpath={.spec.replicas}"]), "2");
    place.helm(&["upgrade", "shop", &web, "--set", "replicas=3"]).success();
    assert_eq!(place.kubectl(&["get", "deploy", "shop-web", "-o", "jsonpath={.spec.replicas}"]), "3");
    place.helm(&["rollback", "shop", "1"]).success();
    assert_eq!(place.kubectl(&["get", "deploy", "shop-web", "-o", "jsonpath={.spec.replicas}"]), "2");
    assert!(place.helm(&["list"]).success().contains("web-0.1.0"));
    assert!(place.helm(&["history", "shop"]).success().contains("Rollback to 1"));
    assert_eq!(place.helm(&["uninstall", "shop"]).success(), "release \"shop\" uninstalled\n");
    assert_eq!(
        place.kubectl(&["get", "deploy,svc,cm,sa", "-l", "app.kubernetes.io/instance=shop", "-o", "name"]),
        ""
    );
}

#[test]
fn skiff_and_helm_see_the_same_releases() {
    let place = Place::new(&[]);
    place.env().skiff(&["install", "shop", &chart("web")]).success();
    assert!(place.helm(&["status", "shop"]).success().contains("STATUS: deployed"));
    place.helm(&["upgrade", "shop", &chart("web"), "--set", "replicas=4"]).success();
    assert!(place.env().skiff(&["history", "shop"]).success().contains("superseded"));
}

#[test]
fn kubectl_reads_and_writes() {
    let place = Place::new(&[]);
    place.env().skiff(&["install", "shop", &chart("web")]).success();
    let resources = place.kubectl(&["api-resources", "-o", "name"]);
    assert!(resources.lines().any(|line| line == "deployments.apps"), "{resources}");
    assert!(place.kubectl(&["explain", "deployment.spec.replicas"]).contains("Number of desired pods"));
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n";
    std::fs::write(place.env().work().join("a.yaml"), manifest).expect("a file");
    assert_eq!(place.kubectl(&["apply", "-f", "a.yaml"]), "configmap/a created");
    assert_eq!(place.kubectl(&["apply", "-f", "a.yaml"]), "configmap/a unchanged");
    assert_eq!(
        place.kubectl(&["apply", "--server-side", "-f", "a.yaml", "--force-conflicts"]),
        "configmap/a serverside-applied"
    );
    std::fs::write(place.env().work().join("a.yaml"), manifest.replace("k: v", "k: w")).expect("a file");
    let differs = place.try_kubectl(&["diff", "-f", "a.yaml"]);
    assert!(differs.code == 1 && differs.stdout.contains("+  k: w"), "{differs:?}");
    assert_eq!(place.kubectl(&["delete", "-f", "a.yaml"]), "configmap \"a\" deleted from default namespace");
}
