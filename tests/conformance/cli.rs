//! Command lines: what is refused, how, and what `--help` lists.

use crate::support::env::{Output, TestEnv};
use skiff::cli::table::{Command, ROOT};

/// Command lines whose whole output must be helm's.
const LINES: &str = include_str!("data/command-lines.txt");

#[test]
fn command_lines_are_answered_as_helm_answers_them() {
    let env = TestEnv::new();
    let mut wrong = Vec::new();
    for line in LINES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').map(|word| if word == "''" { "" } else { word }).collect();
        let (wanted, got) = (env.helm(&words), env.skiff_as_helm(&words));
        if comparable(&wanted) != comparable(&got) {
            wrong.push(format!(
                "{line}\n--- helm {}\n{}{}--- skiff {}\n{}{}",
                wanted.code, wanted.stdout, wanted.stderr, got.code, got.stdout, got.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{} lines differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Output without what must differ: the program's own path, and the prose of help pages.
fn comparable(output: &Output) -> (String, String, i32) {
    let stdout = if output.stdout.contains("\nUsage:\n") {
        "a help page".to_owned()
    } else {
        output.stdout.lines().filter(|line| !line.starts_with("HELM_BIN")).collect::<Vec<_>>().join("\n")
    };
    let stderr = match output.stderr.split_once("\nUsage:\n") {
        Some((before, _)) => format!("{before} and a help page"),
        None => output.stderr.clone(),
    };
    (stdout, stderr, output.code)
}

/// Commands of helm that Skiff does not have yet.
const TO_COME: &[&str] = &["plugin", "pull", "push", "registry", "repo", "search", "verify"];

/// A help page without prose: headings, usage lines, names, and of each flag everything but its sentence.
fn skeleton(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = String::new();
    for line in page.lines().skip_while(|line| *line != "Usage:") {
        if !line.starts_with(' ') && !line.is_empty() {
            section = line.to_owned();
            if section != "Examples:" {
                lines.push(section.clone());
            }
            continue;
        }
        match section.as_str() {
            "Examples:" => {}
            _ if line.is_empty() => {}
            "Available Commands:" => {
                let name = line.split_whitespace().next().unwrap_or_default();
                if !TO_COME.contains(&name) {
                    let column = line.len() - line[name.len() + 2..].trim_start().len();
                    lines.push(format!("{name} (text at {column})"));
                }
            }
            "Flags:" | "Global Flags:" => lines.push(flag_skeleton(line)),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn flag_skeleton(line: &str) -> String {
    let start = line.find("--").expect("a flag");
    let gap = start + line[start..].find("   ").expect("a sentence follows");
    let column = line.len() - line[gap..].trim_start().len();
    let default = line.rfind(" (default ").filter(|_| line.ends_with(')')).map_or("", |at| &line[at..]);
    format!("{}|{column}|{default}", line[..gap].trim_end())
}

fn walk(command: &'static Command, path: &[&'static str], visit: &mut dyn FnMut(&[&'static str])) {
    visit(path);
    for child in command.subcommands.iter().filter(|child| !child.own) {
        let mut path = path.to_vec();
        path.push(child.name());
        walk(child, &path, visit);
    }
}

#[test]
fn help_pages_list_what_helms_list() {
    let env = TestEnv::new();
    let changed = TestEnv::new()
        .var("HELM_NAMESPACE", "web")
        .var("HELM_DEBUG", "1")
        .var("HELM_KUBEASGROUPS", "a,\"b c")
        .var("HELM_KUBETOKEN", "tok\"en\n")
        .var("HELM_MAX_HISTORY", "3")
        .var("HELM_BURST_LIMIT", "7")
        .var("HELM_QPS", "1.5")
        .var("HELM_COLOR", "never")
        .var("HELM_REGISTRY_CONFIG", "")
        .var("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "t")
        .var("GNUPGHOME", "/gnupg");
    let mut pages = 0;
    walk(&ROOT, &[], &mut |path| {
        for env in [&env, &changed] {
            let mut words = path.to_vec();
            words.push("--help");
            let (wanted, got) = (env.helm(&words).success(), env.skiff_as_helm(&words).success());
            let skeletons = (skeleton(&wanted), skeleton(&got));
            assert!(skeletons.0.len() > 5, "helm {words:?} has no page");
            assert_eq!(skeletons.0.join("\n"), skeletons.1.join("\n"), "helm {words:?}");
            assert!(
                got.contains("\nExamples:\n  helm ") || got.contains("<(helm "),
                "helm {words:?} has no example"
            );
            pages += 1;
        }
    });
    assert!(pages >= 60, "only {pages} pages were compared");
}

#[test]
fn version_and_env_follow_the_environment() {
    let plain = TestEnv::new();
    for args in [
        &["version", "--template", "{{.KubeClientVersion}} {{printf \"%d\" 3}}"][..],
        &["version", "--template", "{{.Nope}}"],
        &["version", "--template", "{{"],
        &["version", "--template", "{{nope}}"],
        &["version", "--template", "{{upper .Version}}"],
    ] {
        plain.same_as_helm(args);
    }
    for driver in ["foo", "Secrets", "memory", "configmap", "secret"] {
        let env = TestEnv::new().var("HELM_DRIVER", driver);
        for args in
            [&["env", "HELM_NAMESPACE"][..], &["template"], &["env", "a", "b"], &["list", "--max", "x"]]
        {
            env.same_as_helm(args);
        }
    }
    let kubeconfig = "apiVersion: v1\nkind: Config\ncurrent-context: one\ncontexts:\n- name: one\n  context: {cluster: c, user: u, namespace: first}\n- name: two\n  context: {cluster: c, user: u}\n";
    let xdg = || {
        TestEnv::new()
            .file("kube/config", kubeconfig)
            .without("HELM_CACHE_HOME")
            .without("HELM_CONFIG_HOME")
            .without("HELM_DATA_HOME")
    };
    let envs = [
        xdg(),
        xdg().var("KUBECONFIG", "kube/config"),
        xdg().var("KUBECONFIG", "missing:kube/config").var("HELM_KUBECONTEXT", "two"),
        xdg().var("KUBECONFIG", "kube/config").var("HELM_KUBECONTEXT", "three"),
        xdg().var("KUBECONFIG", "kube/config").var("HELM_NAMESPACE", "own"),
        xdg().var("XDG_CACHE_HOME", "/c//").var("XDG_CONFIG_HOME", "rel/../x").var("XDG_DATA_HOME", "/d/."),
        xdg().var("HOME", "").var("HELM_PLUGINS", "").var("HELM_CONTENT_CACHE", "x"),
        xdg()
            .var("NO_COLOR", "1")
            .var("HELM_COLOR", "ALWAYS")
            .var("HELM_QPS", "x")
            .var("HELM_BURST_LIMIT", "0x5"),
    ];
    for env in envs {
        for name in [
            "HELM_NAMESPACE",
            "HELM_CACHE_HOME",
            "HELM_CONFIG_HOME",
            "HELM_DATA_HOME",
            "HELM_PLUGINS",
            "HELM_CONTENT_CACHE",
            "HELM_QPS",
            "HELM_BURST_LIMIT",
            "HELM_REGISTRY_CONFIG",
        ] {
            env.same_as_helm(&["env", name]);
        }
        env.same_as_helm(&["env", "HELM_NAMESPACE", "--kubeconfig", "kube/config"]);
        env.same_as_helm(&["env", "HELM_NAMESPACE", "--kubeconfig", "nowhere"]);
    }
}
