//! `create` beside helm: the tree, byte by byte, and the messages.

use crate::support::env::TestEnv;

#[test]
fn the_scaffold_is_helms_to_the_byte() {
    TestEnv::new().same_as_helm(&["create", "web"]);
    TestEnv::new().file("dir/x", "").same_as_helm(&["create", "dir/Some_chart.2"]);
}

#[test]
fn files_that_are_there_are_overwritten_with_a_warning() {
    let env = TestEnv::new().file("web/values.yaml", "old").file("web/templates/mine.yaml", "mine");
    env.same_as_helm(&["create", "web"]);
}

#[test]
fn names_and_places_are_refused_alike() {
    let env = TestEnv::new().file("f", "");
    let long = "a".repeat(251);
    for name in ["a b", "a/b/c", "f", "f/x", long.as_str(), "-", "ü"] {
        env.same_as_helm(&["create", "--", name]);
    }
}

#[test]
fn a_starter_is_copied_with_the_new_name() {
    let env = TestEnv::new()
        .file("starter/Chart.yaml", "apiVersion: v2\nname: starter\nversion: 9.0.0\n")
        .file("starter/values.yaml", "# <CHARTNAME>\na: <CHARTNAME>\n")
        .file("starter/templates/a.yaml", "a: <CHARTNAME>\n")
        .file("starter/README.md", "<CHARTNAME> stays\n");
    let starter = env.root().join("copy/starter");
    env.same_as_helm(&["create", "web", "--starter", starter.to_str().expect("UTF-8")]);
    env.same_as_helm(&["create", "web", "-p", "nope"]);
    env.same_as_helm(&["create", "web", "-p", "/nope"]);
}
