//! Custom resource definitions that a chart brings, and what becomes of them.

use crate::place::Place;

/// A definition of a group of its own, so that tests do not meet.
fn definition(group: &str, versions: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: dinghies.{group}}}\n\
         spec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: Dinghy, plural: dinghies, singular: dinghy, listKind: DinghyList}}\n  \
         versions: {versions}\n"
    )
}

fn version(name: &str, storage: bool, fields: &str) -> String {
    format!(
        "{{name: {name}, served: true, storage: {storage}, schema: {{openAPIV3Schema: {{type: object, \
         properties: {{spec: {{type: object, properties: {{{fields}}}}}}}}}}}}}"
    )
}

/// A place whose chart brings a definition, and writes another one into it.
struct Sea {
    place: Place,
    group: String,
}

impl Sea {
    fn new(versions: &[String]) -> Self {
        let boat = "apiVersion: {{ .Values.group }}/{{ .Values.version }}\nkind: Dinghy\nmetadata: {name: one}\nspec: {sails: 1}\n";
        let place = Place::with_chart(&[("values.yaml", "version: v1\n"), ("templates/boat.yaml", boat)]);
        let group = format!("{}.sea.io", place.namespace);
        let sea = Self { place, group };
        sea.bring(versions);
        sea
    }

    fn bring(&self, versions: &[String]) {
        let folder = self.place.work().join("chart/crds");
        std::fs::create_dir_all(&folder).expect("a folder");
        let text = definition(&self.group, &format!("[{}]", versions.join(", ")));
        std::fs::write(folder.join("boat.yaml"), text).expect("a file");
    }

    fn skiff(&self, words: &[&str]) -> crate::support::env::Output {
        let group = format!("group={}", self.group);
        self.place.skiff(&[words, &["--set", &group]].concat())
    }

    fn fields(&self) -> String {
        let path = "jsonpath={.spec.versions[*].schema.openAPIV3Schema.properties.spec.properties}";
        self.place.kubectl(&["get", "crd", &format!("dinghies.{}", self.group), "-o", path])
    }
}

impl Drop for Sea {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let name = format!("dinghies.{}", self.group);
            self.place.kubectl(&["delete", "crd", &name, "--ignore-not-found", "--wait=false"]);
        }
    }
}

const SAILS: &str = "sails: {type: integer}";
const MORE: &str = "sails: {type: integer}, masts: {type: integer}";

#[test]
fn an_upgrade_changes_definitions_where_that_is_asked_for() {
    let sea = Sea::new(&[version("v1", true, SAILS)]);
    sea.skiff(&["install", "a", "chart"]).success();
    sea.bring(&[version("v1", true, MORE)]);
    sea.skiff(&["upgrade", "a", "chart"]).success();
    sea.skiff(&["upgrade", "a", "chart", "--crds=create"]).success();
    assert!(!sea.fields().contains("masts"), "as in helm: {}", sea.fields());
    sea.skiff(&["upgrade", "a", "chart", "--crds=upgrade", "--dry-run=server"]).success();
    assert!(!sea.fields().contains("masts"), "a dry run changes nothing: {}", sea.fields());
    sea.skiff(&["upgrade", "a", "chart", "--crds=upgrade"]).success();
    assert!(sea.fields().contains("masts"), "{}", sea.fields());
}

#[test]
fn what_could_do_harm_is_refused_unless_it_is_forced() {
    let sea = Sea::new(&[version("v1", true, MORE)]);
    sea.skiff(&["install", "a", "chart"]).success();
    sea.bring(&[version("v1", true, SAILS)]);
    let name = format!("dinghies.{}", sea.group);
    let refused = sea.skiff(&["upgrade", "a", "chart", "--crds=upgrade"]).failure();
    assert_eq!(
        refused,
        format!(
            "Error: UPGRADE FAILED: CRD {name} cannot be upgraded without harm: \
             v1: spec.masts: goes: the server would drop it from objects\n"
        )
    );
    assert_eq!(sea.skiff(&["plan", "upgrade", "a", "chart", "--crds=upgrade"]).failure(), refused);
    assert!(sea.fields().contains("masts"), "{}", sea.fields());
    sea.skiff(&["upgrade", "a", "chart", "--crds=upgrade", "--force-crds"]).success();
    assert!(!sea.fields().contains("masts"), "{}", sea.fields());
}

#[test]
fn versions_with_objects_do_not_go() {
    let (v1, v2) = (version("v1", false, SAILS), version("v2", true, SAILS));
    let sea = Sea::new(&[v1, v2.clone()]);
    sea.skiff(&["install", "a", "chart", "--set", "version=v2"]).success();
    sea.bring(&[v2]);
    let refused = sea.skiff(&["upgrade", "a", "chart", "--crds=upgrade", "--set", "version=v2"]).failure();
    assert!(refused.contains("version v1, which is served, would go"), "{refused}");
    sea.place.kubectl(&["delete", &format!("dinghies.{}", sea.group), "--all"]);
    sea.skiff(&["upgrade", "a", "chart", "--crds=upgrade", "--set", "version=v2", "--wait=legacy"]).success();
}

#[test]
fn an_install_skips_creates_or_upgrades_them() {
    let sea = Sea::new(&[version("v1", true, SAILS)]);
    let refused = sea.skiff(&["install", "a", "chart", "--crds=skip"]).failure();
    assert!(refused.contains("no matches for kind \"Dinghy\""), "{refused}");
    sea.skiff(&["install", "a", "chart", "--crds=create"]).success();
    sea.bring(&[version("v1", true, MORE)]);
    sea.place.skiff(&["uninstall", "a"]).success();
    sea.skiff(&["install", "a", "chart", "--crds=upgrade"]).success();
    assert!(sea.fields().contains("masts"), "{}", sea.fields());
    for words in [&["--crds=perhaps"][..], &["--force-crds"], &["--crds=create", "--force-crds"]] {
        let words = [&["upgrade", "a", "chart"], words].concat();
        assert!(sea.skiff(&words).failure().contains("crds"), "{words:?}");
    }
}

/// Plans know of kinds that are only to be made.
#[test]
fn plans_hold_definitions_and_their_objects() {
    let sea = Sea::new(&[version("v1", true, SAILS)]);
    let name = format!("dinghies.{}", sea.group);
    let output = sea.skiff(&["plan", "install", "a", "chart"]);
    assert_eq!(output.code, 2, "{output:?}");
    let heads: Vec<&str> = output.stdout.lines().filter(|line| line.starts_with("+ ")).collect();
    let boat = format!("+ create Dinghy {}/one", sea.place.namespace);
    assert_eq!(heads, [format!("+ create CustomResourceDefinition {name}"), boat]);
    sea.skiff(&["install", "a", "chart"]).success();
    sea.bring(&[version("v1", true, MORE)]);
    let quiet = sea.skiff(&["plan", "upgrade", "a", "chart"]);
    assert_eq!(quiet.code, 0, "{quiet:?}");
    let output = sea.skiff(&["plan", "upgrade", "a", "chart", "--crds=upgrade"]);
    assert!(output.code == 2 && output.stdout.contains("masts:"), "{output:?}");
}
