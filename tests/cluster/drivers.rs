//! `HELM_DRIVER`: records in ConfigMaps, beside the real helm and shared with it.

use crate::{
    beside::same_steps,
    place::{Place, web},
};

fn place() -> Place {
    Place::new().with(|env| env.var("HELM_DRIVER", "configmap"))
}

#[test]
fn a_life_in_config_maps_looks_the_same() {
    let web = web();
    same_steps(
        &place(),
        &place(),
        &[
            &["list"],
            &["status", "a"],
            &["install", "a", &web, "--labels", "team=sea"],
            &["install", "a", &web],
            &["upgrade", "a", &web, "--set", "replicas=3", "--history-max", "2"],
            &["rollback", "a"],
            &["rollback", "a", "7"],
            &["history", "a"],
            &["get", "values", "a", "--revision", "9"],
            &["get", "manifest", "a"],
            &["list", "-l", "team=sea", "-o", "json"],
            &["uninstall", "a", "--keep-history"],
            &["list", "--uninstalled", "-q"],
            &["uninstall", "a"],
            &["uninstall", "a"],
        ],
    );
}

#[test]
fn records_in_config_maps_are_shared() {
    for (maker, other) in [("skiff", "helm"), ("skiff", "helm3"), ("helm", "skiff"), ("helm3", "skiff")] {
        let place = place();
        place.by(maker, &["install", "shop", &web(), "--set", "replicas=1"]).success();
        let names = place.kubectl(&["get", "secret,cm", "-l", "owner=helm", "-o", "name"]);
        assert_eq!(names, "configmap/sh.helm.release.v1.shop.v1\n", "{maker}");
        place.by(other, &["upgrade", "shop", &web(), "--set", "replicas=2"]).success();
        assert!(place.by(maker, &["history", "shop"]).success().contains("Upgrade complete"), "{other}");
        place.by(other, &["uninstall", "shop"]).success();
        assert_eq!(place.kubectl(&["get", "cm", "-l", "owner=helm", "-o", "name"]), "", "{other}");
    }
}

#[test]
fn unreadable_records_and_refusals_are_worded_the_same() {
    let (skiff, helm) = (place(), place());
    let broken = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: sh.helm.release.v1.a.v1\n  \
                  labels: {name: a, owner: helm, status: deployed, version: \"1\"}\ndata: {release: bm9uc2Vuc2U=}\n";
    for place in [&skiff, &helm] {
        std::fs::write(place.work().join("broken.yaml"), broken).expect("a file");
        let path = place.work().join("broken.yaml").display().to_string();
        place.kubectl(&["apply", "-f", &path]);
    }
    let steps: &[&[&str]] = &[
        &["status", "a"],
        &["status", "a", "--revision", "1"],
        &["get", "manifest", "a", "--revision", "1"],
        &["upgrade", "a", &web()],
        &["rollback", "a"],
        &["uninstall", "a"],
        &["install", "a", &web()],
        &["install", "b", &web(), "--namespace", "missing"],
    ];
    same_steps(&skiff, &helm, steps);
}
