//! Objects of a release that have to be ready before others.

use crate::place::Place;

/// A database that takes its time, a migration that needs it, and what needs both.
const CHART: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {skiff.sh/depends-on: Job/migrate}}
spec:
  selector: {matchLabels: {a: web}}
  template:
    metadata: {labels: {a: web, n: "{{ .Values.n }}"}}
    spec: {containers: [{name: c, image: x}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {skiff.sh/depends-on: StatefulSet/db}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  selector: {matchLabels: {a: db}}
  template:
    metadata: {labels: {a: db, n: "{{ .Values.n }}"}, annotations: {sandbox.skiff.sh/ready-after: "{{ .Values.after }}"}}
    spec: {containers: [{name: c, image: x, readinessProbe: {httpGet: {path: /, port: 80}}}]}
"#;

fn created(place: &Place, object: &str) -> String {
    let words = ["get", object, "-o", "jsonpath={.metadata.creationTimestamp}"];
    place.try_kubectl(&words).success()
}

#[test]
fn what_depends_on_others_is_made_when_these_are_ready() {
    let place = Place::new(&[]).chart(&[("templates/all.yaml", CHART)]);
    place.env().skiff(&["install", "r", "chart", "--set", "n=1,after=2s"]).success();
    let (db, migrate, web) = (
        created(&place, "statefulset/db"),
        created(&place, "job/migrate"),
        created(&place, "deployment/web"),
    );
    assert!(db < migrate && migrate <= web, "{db} {migrate} {web}");
    // helm knows nothing of it and may go on with the release.
    place.helm(&["upgrade", "r", "chart", "--set", "n=2,after=0s"]).success();
    place.env().skiff(&["upgrade", "r", "chart", "--set", "n=3,after=0s"]).success();
}

#[test]
fn what_never_gets_ready_keeps_the_others_from_being_made() {
    let place = Place::new(&[]).chart(&[("templates/all.yaml", CHART)]);
    let words = ["install", "r", "chart", "--set", "n=1,after=1h", "--timeout", "2s"];
    let message = place.env().skiff(&words).failure();
    assert!(message.contains("resource StatefulSet/default/db not ready"), "{message}");
    assert!(place.try_kubectl(&["get", "deployment/web"]).failure().contains("NotFound"));
    place.env().skiff(&["uninstall", "r"]).success();
}

#[test]
fn annotations_that_give_no_order_change_nothing() {
    let place = Place::new(&[])
        .chart(&[("templates/all.yaml", &CHART.replace("StatefulSet/db", "StatefulSet/other"))]);
    let message = place.env().skiff(&["install", "r", "chart", "--set", "n=1,after=0s"]).failure();
    assert!(
        message.contains("Job/migrate depends on StatefulSet/other, which is no object of this release"),
        "{message}"
    );
    assert_eq!(place.env().skiff(&["list", "-q"]).success(), "");
}
