//! `dependency` beside helm, for charts on this machine.

use crate::support::env::TestEnv;

fn charts(version: &str, repository: &str) -> TestEnv {
    TestEnv::new()
        .file(
            "parent/Chart.yaml",
            format!(
                "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n- name: child\n  version: \"{version}\"\n  \
                 repository: \"{repository}\"\n"
            ),
        )
        .file("child/Chart.yaml", "apiVersion: v2\nname: child\nversion: 0.3.0\n")
}

/// Times of locks differ from run to run.
fn without_times(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("generated:")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn lists_are_helms_to_the_byte() {
    charts("0.x", "file://../child").same_as_helm(&["dependency", "list", "parent"]);
    charts("0.x", "").same_as_helm(&["dep", "ls", "child"]);
    let env = charts(">=0.1.0", &format!("https://example.com/{}", "x".repeat(100)))
        .file("parent/charts/child/Chart.yaml", "apiVersion: v2\nname: child\nversion: 0.0.1\n")
        .file("parent/charts/other/Chart.yaml", "apiVersion: v2\nname: other\nversion: 0.0.1\n");
    env.same_as_helm(&["dependency", "list", "parent"]);
    env.same_as_helm(&["dependency", "list", "parent", "--max-col-width", "20"]);
    env.same_as_helm(&["dependency", "list", "nope"]);
}

#[test]
fn updates_save_archives_and_locks_as_helm_does() {
    for version in ["0.x", ">=0.1.0 <1", "<0.2 || >=0.3 & x", "3.x", "z"] {
        charts(version, "file://../child")
            .same_as_helm_but(&["dependency", "update", "parent"], &without_times);
    }
    let env = charts("*", "file://../child");
    env.same_as_helm_but(&["dependency", "build", "parent"], &without_times);
    env.same_as_helm_but(&["dependency", "update", "parent", "--debug"], &|text: &str| {
        without_times(text).lines().filter(|line| !line.starts_with("level=DEBUG")).collect()
    });
    env.same_as_helm(&["dependency", "update", "nope"]);
    env.same_as_helm(&["dependency", "update", "parent/Chart.yaml"]);
    env.same_as_helm(&["dependency", "update", "child"]);
    charts("0.x", "file://../nope").same_as_helm(&["dependency", "update", "parent"]);
    charts("0.x", "").same_as_helm(&["dependency", "update", "parent"]);
    charts("0.x", "")
        .file("parent/charts/child/Chart.yaml", "apiVersion: v2\nname: child\nversion: 0.3.0\n")
        .same_as_helm_but(&["dependency", "update", "parent"], &without_times);
}

#[test]
fn a_lock_of_one_program_is_good_for_the_other() {
    let env = charts(">=0.1.0 <1", "file://../child");
    env.helm(&["dependency", "update", "parent"]).success();
    env.same_as_helm(&["dependency", "build", "parent"]);
    env.skiff_as_helm(&["dependency", "update", "parent"]).success();
    env.same_as_helm(&["dependency", "build", "parent"]);
    let env = env.file(
        "parent/Chart.yaml",
        "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies: [{name: child, version: 9.x, repository: file://../child}]\n",
    );
    env.same_as_helm(&["dependency", "build", "parent"]);
}
