//! Records go both ways: what one program installed, the others list, show, upgrade and uninstall.

use crate::place::{Place, web};

const PROGRAMS: [&str; 3] = ["skiff", "helm", "helm3"];

#[test]
fn every_program_reads_and_removes_the_others_releases() {
    for (maker, reader) in [("skiff", "helm"), ("skiff", "helm3"), ("helm", "skiff"), ("helm3", "skiff")] {
        let place = Place::new();
        place
            .by(maker, &["install", "shop", &web(), "--set", "replicas=1", "--labels", "team=sea"])
            .success();
        for view in [
            &["get", "manifest", "shop"][..],
            &["get", "values", "shop"],
            &["get", "notes", "shop"],
            &["get", "hooks", "shop"],
            &["list", "-o", "json"],
            &["history", "shop", "-o", "json"],
        ] {
            let (made, read) = (place.by(maker, view).success(), place.by(reader, view).success());
            // helm 3 has no final newline rule of its own that matters here: trailing blank space is not compared.
            assert_eq!(made.trim_end(), read.trim_end(), "{view:?}: {maker} installed, {reader} reads");
        }
        place.by(reader, &["upgrade", "shop", &web(), "--set", "replicas=2"]).success();
        let replicas = place.kubectl(&["get", "deploy", "shop-web", "-o", "jsonpath={.spec.replicas}"]);
        assert_eq!(replicas, "2", "{maker} installed, {reader} upgraded");
        assert_eq!(
            place.by(maker, &["history", "shop", "-o", "json"]).success().matches("revision\"").count(),
            2
        );
        place.by(reader, &["uninstall", "shop"]).success();
        for program in PROGRAMS {
            assert_eq!(place.by(program, &["list", "-q"]).success(), "", "{program}");
        }
        assert_eq!(place.kubectl(&["get", "deploy,svc,secret", "-o", "name"]), "");
    }
}

#[test]
fn a_client_side_release_stays_so_unless_told_and_then_moves_over() {
    let place = Place::new();
    place.helm3(&["install", "shop", &web()]).success();
    place
        .skiff(&["upgrade", "shop", &web(), "--set", "config.logLevel=debug,config.greeting=null"])
        .success();
    let metadata = place.helm(&["get", "metadata", "shop"]).success();
    assert!(metadata.contains("APPLY_METHOD: client-side apply\n"), "{metadata}");
    assert_eq!(
        place.kubectl(&["get", "cm", "shop-web", "-o", "jsonpath={.data}"]),
        "{\"logLevel\":\"debug\"}"
    );

    place.skiff(&["upgrade", "shop", &web(), "--server-side=true", "--reuse-values"]).success();
    let metadata = place.helm(&["get", "metadata", "shop"]).success();
    assert!(metadata.contains("APPLY_METHOD: server-side apply\n"), "{metadata}");
    let fields = "jsonpath={range .metadata.managedFields[*]}{.manager}/{.operation} {end}";
    let managers = place.kubectl(&["get", "deploy", "shop-web", "--show-managed-fields", "-o", fields]);
    assert!(managers.contains("helm/Apply") && !managers.contains("helm/Update"), "{managers}");
    place.helm(&["upgrade", "shop", &web(), "--set", "replicas=4"]).success();
}
