//! Candidates of `__complete` beside helm's: commands, flags, and the values that need no cluster; and the scripts
//! in the shells that they are for (bash: `tests/cli`; Debian has no PowerShell).

use crate::support::env::{Output, TestEnv};
use std::{collections::BTreeSet, path::Path};

/// Words being completed.
const LINES: &[&[&str]] = &[
    &["i"],
    &["in"],
    &["list", "-o", ""],
    &["list", "--output", ""],
    &["status", "-o", "y"],
    &["history", "--output", "t"],
    &["get", ""],
    &["get", "m"],
    &["get", "values", "-o", ""],
    &["show", ""],
    &["show", "c"],
    &["dependency", ""],
    &["dep", "b"],
    &["completion", ""],
    &["completion", "b"],
    &["env", ""],
    &["env", "HELM_C"],
    &["help", "ge"],
    &["help", "get", ""],
    &["version", ""],
    &["template", "-f", ""],
    &["template", "--set", ""],
    &["template", "--output-dir", ""],
    &["package", ""],
    &["lint", ""],
    &["--", "x"],
];

/// Commands whose flags are compared.
const COMMANDS: &[&[&str]] = &[
    &["completion", "bash"],
    &["create"],
    &["dependency", "build"],
    &["dependency", "list"],
    &["dependency", "update"],
    &["env"],
    &["get", "all"],
    &["get", "hooks"],
    &["get", "manifest"],
    &["get", "metadata"],
    &["get", "notes"],
    &["get", "values"],
    &["history"],
    &["install"],
    &["lint"],
    &["list"],
    &["package"],
    &["show", "all"],
    &["show", "chart"],
    &["show", "crds"],
    &["show", "readme"],
    &["show", "values"],
    &["status"],
    &["template"],
    &["uninstall"],
    &["upgrade"],
    &["version"],
];

/// What a shell would offer: candidates that begin with the typed word, in its own order, and the directive.
fn offered(output: Output, typed: &str) -> (BTreeSet<String>, String) {
    let text = output.success();
    let (directives, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with(':'));
    let fitting =
        lines.into_iter().filter(|line| line.starts_with(typed) && !line.starts_with("_activeHelp_"));
    (fitting.map(str::to_owned).collect(), directives.concat())
}

#[test]
fn candidates_are_helms() {
    let env = TestEnv::new();
    let flags =
        COMMANDS.iter().flat_map(|command| ["--", "-", "--k"].map(|typed| [*command, &[typed]].concat()));
    let lines: Vec<Vec<&str>> = LINES.iter().map(|line| line.to_vec()).chain(flags).collect();
    let differ: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            let typed = line.last().copied().unwrap_or_default();
            let words = [&["__completeNoDesc"], line.as_slice()].concat();
            let (helm, skiff) = (offered(env.helm(&words), typed), offered(env.skiff_as_helm(&words), typed));
            let more: Vec<_> = skiff.0.difference(&helm.0).collect();
            let less: Vec<_> = helm.0.difference(&skiff.0).collect();
            (helm != skiff)
                .then(|| format!("{line:?}: more {more:?}, less {less:?}, {} for {}", skiff.1, helm.1))
        })
        .collect();
    assert!(differ.is_empty(), "{} of {} differ:\n{}", differ.len(), lines.len(), differ.join("\n"));
}

/// An environment that finds Skiff as `helm`, with the script for a shell in it.
fn with_script(shell: &str) -> TestEnv {
    let env = TestEnv::new();
    let script = env.skiff_as_helm(&["completion", shell]).success();
    let path = format!("{}:/usr/bin:/bin", env.root().join("bin").display());
    env.file("script", script).file("a file", "").var("PATH", path)
}

#[test]
fn fish_completes_by_the_script() {
    let env = with_script("fish");
    let complete = |line: &str| {
        let test = format!("source script; complete --do-complete '{line}'");
        env.run(Path::new("/usr/bin/fish"), &["--no-config", "-c", &test], &env.work()).success()
    };
    let names = |line: &str| -> Vec<String> {
        complete(line).lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names("helm temp"), ["template"]);
    assert!(complete("helm temp").starts_with("template\t"), "the description comes with it");
    assert_eq!(names("helm list -o "), ["json", "table", "yaml"]);
    assert_eq!(names("helm list --output=y"), ["--output=yaml"]);
    assert_eq!(names("helm upgrade --forc"), ["--force-conflicts", "--force-replace"]);
    assert_eq!(names("helm lint a"), ["a file"]);
    assert_eq!(names("helm version "), [""; 0]);
}

#[test]
fn zsh_completes_by_the_script() {
    let env = with_script("zsh");
    // Completion needs a terminal; the three functions of zsh's that the script calls say what they were told.
    let told = "compdef() { [[ $1 == _helm && $2 == helm ]] || exit 9 }; _files() { print files }; _describe() { print -l -- ${(P)3} }";
    let complete = |words: &str, current: usize| {
        let ask = format!("{told}; source ./script; words=({words}); CURRENT={current}; _helm");
        env.run(Path::new("/usr/bin/zsh"), &["-f", "-c", &ask], &env.work()).success()
    };
    assert!(complete("helm temp", 2).starts_with("template:"), "the description follows a colon");
    assert_eq!(complete("helm list --output=y", 3), "--output=yaml:Output result in YAML format\n");
    assert_eq!(complete("helm list -o ''", 4).lines().count(), 3);
    assert_eq!(complete("helm lint ''", 3), "files\n");
    assert_eq!(complete("helm version ''", 3), "");
}
