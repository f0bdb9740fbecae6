//! `package` beside helm: the archive's members, headers and bytes, and the messages.

use crate::support::env::TestEnv;
use std::{fs, io::Read, path::Path};

fn chart() -> TestEnv {
    TestEnv::new()
        .var("SOURCE_DATE_EPOCH", "1700000000")
        .file("c/Chart.yaml", "name: c\nversion: 1.0.0\napiVersion: v2\nappVersion: 1.10\nkeywords: [b, a]\n")
        .file("c/values.yaml", "# a comment\na: 1\n")
        .file("c/values.schema.json", "{\"type\": \"object\"}")
        .file("c/templates/a.yaml", "a: b\n")
        .file("c/templates/.hidden", "a: b\n")
        .file("c/README.md", "\u{feff}# é\n")
        .file("c/.helmignore", "*.bak\n")
        .file("c/x.bak", "x")
        .file(&format!("c/{}/{}", "d".repeat(90), "f".repeat(60)), "long")
        .file(&format!("c/{}", "g".repeat(150)), "longer")
        .file("c/ü.txt", "not ASCII")
        .file("c/charts/d/Chart.yaml", "apiVersion: v1\nname: d\nversion: 2.0.0\n")
        .file("c/charts/d/requirements.yaml", "dependencies: []\n")
}

/// Ten bytes, the extra field of 44 bytes with its length, and the comment.
const GZIP_HEADER: usize = 10 + 2 + 44 + 5;

/// The tar inside an archive.
fn unzipped(path: &Path) -> Vec<u8> {
    let mut data = Vec::new();
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    flate2::read::GzDecoder::new(file).read_to_end(&mut data).expect("it is gzip");
    data
}

#[test]
fn the_archive_holds_what_helms_holds_to_the_byte() {
    let env = chart();
    env.skiff_as_helm(&["package", "c", "-d", "ours", "--app-version", "7"]).success();
    env.helm(&["package", "c", "-d", "theirs", "--app-version", "7"]).success();
    let (ours, theirs) = (env.work().join("ours/c-1.0.0.tgz"), env.work().join("theirs/c-1.0.0.tgz"));
    assert!(unzipped(&ours) == unzipped(&theirs), "the tar files differ");
    let head = |path: &Path| fs::read(path).expect("it is there")[..GZIP_HEADER].to_vec();
    assert_eq!(head(&ours), head(&theirs), "the gzip headers differ");
    for program in [TestEnv::skiff_as_helm, TestEnv::helm] {
        let all = |path: &str| program(&env, &["show", "all", path]).success();
        assert_eq!(all("ours/c-1.0.0.tgz"), all("theirs/c-1.0.0.tgz"));
    }
}

#[test]
fn messages_and_files_are_helms() {
    let env = chart();
    let cases: &[&[&str]] = &[
        &["c"],
        &["c", "--version", "3.0.0-rc.1+b"],
        &["c", "-d", "new/folder"],
        &["c", "--version", "nope"],
        &["nope"],
        &["c", "nope"],
        &["c/values.yaml"],
        &[],
        &["c", "--sign"],
    ];
    for case in cases {
        env.same_as_helm(&[&["package"], *case].concat());
    }
    TestEnv::new()
        .file(
            "c/Chart.yaml",
            "name: c\nversion: 1.0.0\napiVersion: v2\ndependencies: [{name: a}, {name: b}]\n",
        )
        .same_as_helm(&["package", "c"]);
    TestEnv::new()
        .file("c/Chart.yaml", "name: c\nversion: 1.0.0\napiVersion: v9\n")
        .same_as_helm(&["package", "c"]);
    chart().file("c/values.schema.json", "{").same_as_helm(&["package", "c"]);
    for epoch in ["x", "-1", "99999999999999999999"] {
        chart().var("SOURCE_DATE_EPOCH", epoch).same_as_helm(&["package", "c"]);
    }
}

#[test]
fn dependencies_are_updated_first() {
    let chart = |dependencies: &str| {
        let head = "name: c\nversion: 1.0.0\napiVersion: v2\n";
        chart()
            .file("c/Chart.yaml", format!("{head}dependencies: [{dependencies}]\n"))
            .file("e/Chart.yaml", "name: e\nversion: 1.2.0\napiVersion: v2\n")
            .file("e/values.yaml", "x: 1\n")
            .file("e/templates/a.yaml", "a: {{ .Values.x }}\n")
    };
    let lock = |text: &str| {
        let kept = |line: &&str| !line.starts_with("generated: ");
        text.split_inclusive('\n').filter(kept).collect::<String>()
    };
    let cases = [
        "{name: e, version: 1.2.0, repository: 'file://../e'}",
        "{name: e, version: ^1.0.0, repository: 'file://../e', alias: f}",
        "{name: e, version: 2.x, repository: 'file://../e'}",
        "{name: e, version: 1.2.0, repository: 'file://../nope'}",
        "{name: d, version: 2.0.0}",
        "{name: g, version: 2.0.0}",
    ];
    for dependencies in cases {
        for flag in ["-u", "--dependency-update", "--dependency-update=false"] {
            chart(dependencies).same_as_helm_but(&["package", flag, "c"], &lock);
        }
    }
    let env = chart(cases[0]);
    for (program, folder) in
        [(TestEnv::skiff_as_helm as fn(&TestEnv, &[&str]) -> _, "ours"), (TestEnv::helm, "theirs")]
    {
        program(&env, &["package", "-u", "c", "-d", folder]).success();
    }
    let shown = |folder: &str| env.helm(&["template", "r", &format!("{folder}/c-1.0.0.tgz")]).success();
    assert_eq!(shown("ours"), shown("theirs"));
    assert!(
        shown("ours").contains("# Source: c/charts/e/templates/a.yaml"),
        "the dependency is in the archive"
    );
}
