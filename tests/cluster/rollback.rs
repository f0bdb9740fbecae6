//! `rollback`, and undoing what failed, beside the real helm.

use crate::{
    beside::same_steps,
    place::{Place, web},
};

/// A chart that fails where it is told to.
const SETTINGS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {v: {{ .Values.v | quote }}}\n\
{{- if .Values.more }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n{{- end }}\n\
{{- if .Values.broken }}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: broken}\nspec: {replicas: 1}\n{{- end }}\n\
{{- if .Values.pod }}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: pod}\n\
spec: {containers: [{name: c, image: x}]}\n{{- end }}\n";
const HOOKS: &str = "{{- range $event := list \"pre\" \"post\" }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  \
name: {{ $event }}-hook\n  annotations:\n    helm.sh/hook: {{ $event }}-rollback\ndata: {v: {{ $.Values.v | quote }}}\n{{- end }}\n";
/// A hook that the server refuses.
const REFUSED_HOOK: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: refused\n  \
annotations: {helm.sh/hook: pre-rollback}\nspec: {replicas: 1}\n";

fn places(files: &[(&str, &str)]) -> (Place, Place) {
    let files = [&[("values.yaml", "v: one\nmore: false\nbroken: false\npod: false\n")], files].concat();
    (Place::with_chart(&files), Place::with_chart(&files))
}

fn same(files: &[(&str, &str)], steps: &[&[&str]]) -> (Place, Place) {
    let (skiff, helm) = places(files);
    same_steps(&skiff, &helm, steps);
    (skiff, helm)
}

#[test]
fn revisions_come_back_as_in_helm() {
    let web = web();
    same_steps(
        &Place::new(),
        &Place::new(),
        &[
            &["rollback", "a"],
            &["install", "a", &web, "--labels", "team=sea"],
            &["rollback", "a"],
            &["upgrade", "a", &web, "--set", "replicas=3", "--labels", "team=null,tide=high"],
            &["rollback", "a"],
            &["history", "a", "--show-rollback-revision"],
            &["get", "metadata", "a", "-o", "json"],
            &["get", "manifest", "a"],
            &["get", "values", "a"],
            &["rollback", "a", "2", "--description", "by hand"],
            &["rollback", "a", "0", "--dry-run=client"],
            &["rollback", "a", "1", "--dry-run=server"],
            &["rollback", "a", "1", "--dry-run"],
            &["history", "a", "-o", "json"],
            &["rollback", "a", "9"],
            &["rollback", "a", "-1"],
            &["rollback", "a", "--", "-1"],
            &["rollback", "a", "one"],
            &["rollback", "a", "99999999999999999999"],
            &["rollback", "a", ""],
            &["rollback", "a", "1", "extra"],
            &["rollback", "A"],
            &["rollback", "a", "1", "--server-side=perhaps"],
            &["rollback", "a", "1", "--server-side=true", "--force-replace"],
            &["history", "a"],
            &["rollback", "a", "1", "--server-side=false", "--force-conflicts"],
            &["rollback", "a", "1", "--server-side=false", "--force"],
            &["rollback", "a", "1", "--force-replace", "--force-conflicts"],
            &["rollback", "a", "1", "--history-max", "3", "--wait=legacy", "--timeout=1ms"],
            &["history", "a"],
            &["uninstall", "a", "--keep-history"],
            &["rollback", "a"],
            &["history", "a"],
            &["list", "-o", "json"],
        ],
    );
}

#[test]
fn a_description_has_a_limit() {
    let long = "ä".repeat(257);
    let fits = "ä".repeat(256);
    same(
        &[("templates/settings.yaml", SETTINGS)],
        &[
            &["install", "a", "chart"],
            &["upgrade", "a", "chart", "--set", "v=two"],
            &["rollback", "a", "--description", &long],
            &["rollback", "a", "--description", &fits],
        ],
    );
}

#[test]
fn hooks_of_a_rollback_run_and_a_refused_one_fails_it() {
    let (skiff, helm) = same(
        &[("templates/settings.yaml", SETTINGS), ("templates/hooks.yaml", HOOKS)],
        &[
            &["install", "a", "chart", "--set", "v=zero"],
            &["upgrade", "a", "chart"],
            &["rollback", "a"],
            &["history", "a"],
        ],
    );
    let value = ["get", "cm", "post-hook", "-o", "jsonpath={.data.v}"];
    assert_eq!((skiff.kubectl(&value), helm.kubectl(&value)), ("zero".into(), "zero".into()));
    let (skiff, helm) = same(
        &[("templates/settings.yaml", SETTINGS), ("templates/hooks.yaml", REFUSED_HOOK)],
        &[&["install", "a", "chart"], &["upgrade", "a", "chart", "--set", "v=two"], &["rollback", "a"]],
    );
    // Helm leaves the revision `pending-rollback`, which blocks the release.
    let history = skiff.helm(&["history", "a"]).success();
    assert!(history.contains("failed") && !history.contains("pending"), "{history}");
    skiff.skiff(&["upgrade", "a", "chart", "--set", "v=three"]).success();
    let theirs = helm.helm(&["upgrade", "a", "chart", "--set", "v=three"]).failure();
    assert!(theirs.contains("another operation (install/upgrade/rollback) is in progress"), "{theirs}");
}

#[test]
fn a_rollback_that_fails_is_recorded_and_cleaned_up() {
    let (skiff, helm) = same(
        &[("templates/settings.yaml", SETTINGS)],
        &[
            &["install", "a", "chart"],
            &["upgrade", "a", "chart", "--set", "more=true,broken=true"],
            &["history", "a"],
            &["upgrade", "a", "chart", "--set", "v=two"],
            &["rollback", "a", "2", "--cleanup-on-fail"],
            &["history", "a"],
            &["rollback", "a", "1", "--wait", "--timeout=20s"],
            &["history", "a"],
        ],
    );
    let names = ["get", "cm", "-l", "app.kubernetes.io/managed-by=Helm", "-o", "name"];
    assert_eq!(skiff.kubectl(&names), helm.kubectl(&names));
}

#[test]
fn a_rollback_that_does_not_become_ready_fails() {
    same(
        &[("templates/settings.yaml", SETTINGS)],
        &[
            &["install", "a", "chart", "--set", "pod=true"],
            &["upgrade", "a", "chart"],
            &["rollback", "a", "--wait", "--timeout=50s"],
            &["history", "a"],
        ],
    );
}

#[test]
fn a_failed_install_is_undone_where_that_is_asked_for() {
    let (skiff, helm) = same(
        &[("templates/settings.yaml", SETTINGS)],
        &[
            &["install", "a", "chart", "--set", "broken=true", "--rollback-on-failure"],
            &["history", "a"],
            &["install", "a", "chart", "--set", "pod=true", "--atomic", "--timeout=50s"],
            &["upgrade", "a", "chart", "--install", "--set", "broken=true", "--rollback-on-failure"],
            &["history", "a"],
            &["install", "a", "chart", "--rollback-on-failure"],
        ],
    );
    let names = ["get", "cm,secret", "-o", "name"];
    assert_eq!(skiff.kubectl(&names), helm.kubectl(&names));
}

#[test]
fn a_failed_upgrade_is_rolled_back_where_that_is_asked_for() {
    same(
        &[("templates/settings.yaml", SETTINGS)],
        &[
            &["install", "a", "chart"],
            &[
                "upgrade",
                "a",
                "chart",
                "--set",
                "broken=true,more=true",
                "--rollback-on-failure",
                "--cleanup-on-fail",
            ],
            &["history", "a"],
            &["upgrade", "a", "chart", "--set", "pod=true", "--atomic", "--timeout=50s"],
            &["history", "a"],
            &["get", "manifest", "a"],
            &["install", "b", "chart", "--set", "broken=true"],
            &["upgrade", "b", "chart", "--set", "broken=true", "--rollback-on-failure"],
            &["history", "b"],
        ],
    );
}

#[test]
fn a_release_of_one_program_is_rolled_back_by_another() {
    for (maker, other) in [("skiff", "helm"), ("skiff", "helm3"), ("helm", "skiff"), ("helm3", "skiff")] {
        let place = Place::new();
        place.by(maker, &["install", "shop", &web(), "--set", "replicas=1"]).success();
        place.by(maker, &["upgrade", "shop", &web(), "--set", "replicas=2"]).success();
        place.by(other, &["rollback", "shop"]).success();
        let replicas = place.kubectl(&["get", "deploy", "shop-web", "-o", "jsonpath={.spec.replicas}"]);
        assert_eq!(replicas, "1", "{maker} installed, {other} rolled back");
        place.by(maker, &["rollback", "shop", "2"]).success();
        assert!(place.by(other, &["history", "shop"]).success().contains("Rollback to 2"));
    }
}
