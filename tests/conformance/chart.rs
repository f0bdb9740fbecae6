//! Loading beside helm: what is refused, and in which words.

use crate::support::env::TestEnv;

const HEAD: &str = "name: c\nversion: 0.1.0\napiVersion: v2\n";

fn chart(more: &str) -> TestEnv {
    TestEnv::new().file("c/Chart.yaml", format!("{HEAD}{more}\n"))
}

#[test]
fn chart_yaml_is_read_and_refused_alike() {
    let cases = [
        "maintainers: foo",
        "maintainers: [foo]",
        "maintainers: [{name: [a]}]",
        "maintainers: [null]",
        "deprecated: \"true\"",
        "keywords: [1, 2.50, true, null, {a: b}]",
        "keywords: [1, 2.50, true, null]\nannotations: {a: 1, b: null, c: true, d: 1e10, e: 1234567.5}",
        "annotations: {a: {b: c}}",
        "annotations: [a]",
        "home: {a: 1}\ndescription: [a]",
        "dependencies: [{name: a, tags: x}]",
        "dependencies: [{name: a, tags: [1], import-values: [a, {child: 1, parent: 2.5}], enabled: true}]",
        "dependencies: [{name: a, alias: \"a b\"}]",
        "dependencies: [{name: a, enabled: 1}]",
        "dependencies: [null]",
        "dependencies: [{name: a}, {name: b, alias: a}]",
        "NAME: d\nunknown: 1\nappVersion: 123456789012",
        "\ta: b",
        "type: foo",
        "version: 1x",
        "name: c/d",
        "name: ..",
        "description: \"a\\tb\\nc\\u200bd\\u00a0e\"",
    ];
    for case in cases {
        chart(case).same_as_helm(&["show", "chart", "c"]);
    }
    for text in ["foo", "[1]", "1", "", "null", "name: c", "name: c\nversion: 1\n"] {
        TestEnv::new().file("c/Chart.yaml", text).same_as_helm(&["show", "chart", "c"]);
    }
}

#[test]
fn other_files_are_read_and_refused_alike() {
    let cases = [
        ("Chart.lock", ": a"),
        ("Chart.lock", "generated: x"),
        ("Chart.lock", "dependencies: 1"),
        ("Chart.lock", "1"),
        ("Chart.lock", ""),
        ("values.yaml", "a: b: c"),
        ("values.yaml", "a: b\n---\n- c"),
        ("values.yaml", "5"),
        ("values.yaml", "a: 1\n--- b"),
        ("requirements.yaml", "dependencies: []"),
        ("requirements.lock", "digest: x"),
        (".helmignore", "a**b"),
        (".helmignore", "a["),
        (".helmignore", "!*.txt"),
        ("charts/README.md", "x"),
        ("charts/b.tgz/x", "x"),
        ("charts/b.tgz", "x"),
        ("charts/_b/x", "x"),
        ("charts/b/Chart.yaml", "name: b"),
    ];
    for (file, text) in cases {
        chart("").file(&format!("c/{file}"), text).same_as_helm(&["show", "chart", "c"]);
    }
}

#[test]
fn what_is_no_archive_is_named_alike() {
    let env = TestEnv::new()
        .file("empty.tgz", "")
        .file("text.tgz", "a".repeat(600))
        .file("short.txt", "hello")
        .file("values.yaml", "a: b")
        .file("zip.tgz", "PK\u{3}\u{4}")
        .file("html.tgz", format!("<html>{}", " ".repeat(600)))
        .file("head.tgz", [0x1f, 0x8b, 8]);
    for name in ["empty.tgz", "text.tgz", "short.txt", "values.yaml", "zip.tgz", "html.tgz", "head.tgz"] {
        env.same_as_helm(&["show", "chart", name]);
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_with_a_line_and_pipes_are_refused() {
    use std::os::unix::fs::symlink;
    for target in ["nowhere", "link"] {
        let env = chart("");
        symlink(target, env.work().join("c/link")).expect("a link");
        let (ours, helms) = (env.skiff_as_helm(&["show", "chart", "c"]), env.helm(&["show", "chart", "c"]));
        assert_eq!(ours, helms, "{target}");
    }
    let env = chart("").file("outside.yaml", "a: b\n");
    symlink("../outside.yaml", env.work().join("c/values.yaml")).expect("a link");
    assert_eq!(env.skiff_as_helm(&["show", "values", "c"]), env.helm(&["show", "values", "c"]));
}
