//! Plugins that the real helm and Skiff both run: shell scripts in `$HELM_PLUGINS`.

use crate::{cases::charts, support::env::TestEnv};

/// A chart with what a manifest can hold: comments, all styles of text, anchors, hooks, notes, a subchart.
fn rich() -> TestEnv {
    charts()
        .file("r/Chart.yaml", "apiVersion: v2\nname: r\nversion: 0.1.0\n")
        .file("r/templates/NOTES.txt", "Notes of {{ .Release.Name }}\n")
        .file("r/templates/_part.tpl", "{{ define \"x\" }}x{{ end }}\n")
        .file("r/templates/empty.yaml", "{{ if false }}a: 1{{ end }}\n# only a comment\n")
        .file("r/templates/config.yaml", include_str!("../data/post-render-config.yaml"))
        .file("r/templates/hooks.yaml", include_str!("../data/post-render-hooks.yaml"))
        .file("r/templates/list.yaml", "kind: List\napiVersion: v1\nitems:\n- {kind: A, metadata: {name: a}}\n- kind: B # b\n  metadata:\n    name: b\n")
        .file("r/charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 0.1.0\n")
        .file("r/charts/s/templates/a.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n    name:   sub\n    annotations: {a: 'b'}\n")
        .file("r/charts/s/templates/NOTES.txt", "Notes of s\n")
}

/// helm reads all descriptions once more for commands and once more for downloaders, and complains each time.
fn complaints_once(text: &str) -> String {
    let mut seen = std::collections::BTreeSet::new();
    let first =
        |line: &&str| !line.contains("failed to load plugin (ignoring)") || seen.insert(line.to_string());
    text.split_inclusive('\n').filter(first).collect()
}

fn same(env: &TestEnv, lines: &[&str]) {
    let wrong: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            env.difference_from_helm(&words, &complaints_once)
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn scripts_change_manifests_as_in_helm() {
    let env = rich()
        .post_renderer("id", "cat")
        .post_renderer("edit", "sed -e 's/name: /name: new-/' -e 's/replicas: .*/replicas: 7/'")
        .post_renderer("none", "cat >/dev/null")
        .post_renderer("blank", "cat >/dev/null; echo; echo '  '")
        .post_renderer("add", "cat; printf -- '---\\nkind: Added\\nmetadata:\\n  name: added # c\\n'")
        .post_renderer("hook", "cat; printf -- '---\\nkind: Job\\nmetadata:\\n  name: j\\n  annotations:\\n    helm.sh/hook: pre-install\\n'")
        .post_renderer("first", "sed -n '1,/^---/p'")
        .post_renderer("one", "cat >/dev/null; echo 'kind: Only'; echo 'apiVersion: v1'")
        .post_renderer("list", "cat >/dev/null; printf 'kind: List\\nitems:\\n- kind: A\\n- kind: B\\n'")
        .post_renderer("broken", "cat >/dev/null; echo 'a: b: c'")
        .post_renderer("scalar", "cat >/dev/null; echo just words")
        .post_renderer("nokind", "cat >/dev/null; echo 'a: 1'")
        .post_renderer("badsep", "cat; echo '--- x'; echo 'a: 1'")
        .post_renderer("bytes", "cat >/dev/null; printf 'a: \\377\\n'")
        .post_renderer("hidden", "cat; printf -- '---\\nkind: Secret\\napiVersion: v1\\n'")
        .post_renderer("unread", "echo 'kind: Quick'")
        .post_renderer("sorted", "cat >/dev/null; printf 'kind: Deployment\\n---\\nkind: Namespace\\n---\\nkind: Service\\n'")
        .post_renderer("clear", "sed -e '/postrender-filename/d' -e '/annotations:$/d'")
        .post_renderer("noise", "echo careful >&2; cat");
    let names = [
        "id", "edit", "none", "blank", "add", "hook", "first", "one", "list", "broken", "scalar", "nokind",
        "badsep", "bytes", "hidden", "unread", "sorted", "clear", "noise",
    ];
    let mut lines = Vec::new();
    for chart in ["r", "flags", "parent", "order", "objects"] {
        lines.extend(names.iter().map(|name| format!("template x {chart} --post-renderer {name}")));
    }
    for line in [
        "template x r --post-renderer id --debug",
        "template x r --post-renderer nokind --debug",
        "template x r --post-renderer id --no-hooks",
        "template x r --post-renderer id -s templates/config.yaml",
        "template x r --post-renderer add -s generated-by-postrender-9.yaml",
        "template x r --post-renderer id --output-dir out",
        "template x r --post-renderer add --output-dir out",
        "template x flags --post-renderer id --include-crds --skip-tests",
        "template x r --post-renderer=id",
        "template x flags --post-renderer id --set bad=true",
    ] {
        lines.push(line.to_owned());
    }
    same(&env, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn plugins_get_arguments_and_environment_as_from_helm() {
    let show = "cat >/dev/null; echo kind: Shown; echo \"# $0 $#\"; for a in \"$@\"; do echo \"# [$a]\"; done; \
                env | grep -v -e ^_= -e ^PWD= -e ^OLDPWD= -e ^SHLVL= | sort | sed 's/^/# /'; pwd | sed 's/.*/# &/'";
    let env = rich()
        .var("HELM_NAMESPACE", "from-env")
        .var("OTHER", "a $b")
        .post_renderer("show", show)
        .plugin(
            "expand",
            "apiVersion: v1\nname: expand\nversion: 1.2.3-rc.1\ntype: postrenderer/v1\nruntime: subprocess\n\
             sourceURL: https://example.com\nconfig: {}\nruntimeConfig:\n  platformCommand:\n\
             \x20 - {os: nowhere, command: 'false'}\n\
             \x20 - {os: linux, command: 'sh ${HELM_PLUGIN_DIR}/run.sh $OTHER', args: ['$HELM_PLUGIN_NAME', '${NONE}x', $1, \"$\", '${}', '${']}\n",
        )
        .plugin(
            "scripts",
            "apiVersion: v1\nname: scripts\nversion: 0.0.1\ntype: postrenderer/v1\nruntime: subprocess\n\
             runtimeConfig: {platformCommand: [{command: $HELM_PLUGIN_DIR/plain.sh}]}\n",
        );
    let folder = env.root().join("data/plugins");
    let echo = "cat >/dev/null\necho kind: Run\nfor a in \"$@\"; do echo \"# [$a]\"; done\n";
    std::fs::write(folder.join("expand/run.sh"), echo).expect("a script");
    std::fs::write(folder.join("scripts/plain.sh"), format!("#!/bin/sh\n{echo}")).expect("a script");
    let lines = [
        "template x r --post-renderer show",
        "template x r --post-renderer show --post-renderer-args a --post-renderer-args b=c,d --namespace n",
        "template x r --post-renderer-args first --post-renderer show --post-renderer-args=",
        "template x r --post-renderer-args first",
        "template x r --post-renderer expand --post-renderer-args $OTHER",
        // No permission yet.
        "template x r --post-renderer scripts",
    ];
    same(&env, &lines);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let script = folder.join("scripts/plain.sh");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        same(&env, &["template x r --post-renderer scripts --post-renderer-args y"]);
        std::fs::write(&script, "not a program\n").expect("a file");
        same(&env, &["template x r --post-renderer scripts"]);
    }
}

#[test]
fn plugins_that_fail_are_told_as_helm_tells_it() {
    let program = |command: &str| {
        format!(
            "apiVersion: v1\nname: p\nversion: 0.1.0\ntype: postrenderer/v1\nruntime: subprocess\n\
             runtimeConfig:\n  platformCommand:\n  - command: {command}\n"
        )
    };
    let env = rich()
        .post_renderer("exit", "cat; echo oops >&2; exit 7")
        .post_renderer("signal", "kill -9 $$")
        .plugin("missing", &program("no-such-program -x").replace("name: p", "name: missing"))
        .plugin("absent", &program("/no/such/program").replace("name: p", "name: absent"))
        .plugin("folder", &program("/usr").replace("name: p", "name: folder"))
        .plugin("nowhere", &program("x\n    os: plan9").replace("name: p", "name: nowhere"))
        .plugin("nothing", &program("''").replace("name: p", "name: nothing"))
        .plugin("variable", &program("$NOT_SET").replace("name: p", "name: variable"));
    let mut lines: Vec<String> =
        ["exit", "signal", "missing", "absent", "folder", "nowhere", "nothing", "variable", "none"]
            .iter()
            .flat_map(|name| {
                [
                    format!("template x r --post-renderer {name}"),
                    format!("template x r --post-renderer {name} --debug"),
                ]
            })
            .collect();
    for line in [
        "template x r --post-renderer exit --post-renderer exit",
        "template x r --post-renderer= --post-renderer exit",
        "template x r --post-renderer none --no-such-flag",
        "template x r --no-such-flag --post-renderer none",
        "template x r --post-renderer",
        "template --post-renderer exit",
        "template x r --post-renderer /bin/cat",
        "template x r --post-renderer -h",
        "template x nowhere --post-renderer exit",
        "install x r --post-renderer none",
        "upgrade x r --post-renderer none",
        "upgrade x r --post-renderer-args a --post-renderer none",
    ] {
        lines.push(line.to_owned());
    }
    same(&env, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Each is installed as the plugin `x` beside a good one, and asked for.
const DESCRIPTIONS: &[&str] = &[
    "",
    "# nothing\n",
    "just words\n",
    "- a\n",
    "a: b: c\n",
    "name: x\n",
    "name: x\ncommand: cat\n",
    "name: x\ncommand: cat\nversion: 1\n",
    "name: x\nversion: 0.1.0\nusage: u\ncommand: cat\nplatformCommand: [{command: cat}]\n",
    "name: x\nhooks: {install: a}\nplatformHooks: {install: [{command: a}]}\n",
    "name: x\ndownloaders: [{command: a, protocols: [s3]}]\n",
    "name: x\ndownloaders: [{protocols: [s3]}]\n",
    "name: x\ndownloaders: [{command: a}]\n",
    "name: x\ndownloaders: [{command: a, protocols: [a, '']}]\n",
    "name: [x]\ncommand: {a: b}\nignoreFlags: maybe\nplatformCommand: cat\nhooks: [a]\n",
    "name: x y\n",
    "name: x\nname: y\n",
    "name: x\nunknown: field\n",
    "name: x\n~: y\n[a]: b\n1: c\n",
    "apiVersion: v1\nname: x\n~: y\n[a]: b\n1: c\n",
    "apiVersion: v2\nname: x\n",
    "apiVersion: [v1]\nname: x\n",
    "apiVersion: v1\n",
    "apiVersion: v1\nname: x\n",
    "apiVersion: v1\nname: x\nversion: 1.2\n",
    "apiVersion: v1\nname: x\nversion: v1.2.3\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: python\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v2\nruntime: subprocess\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: cli/v1\nruntime: subprocess\nconfig: {usage: 1, shortHelp: a}\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: cli/v1\nruntime: subprocess\nconfig: {nope: 1, also: 2}\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: getter/v1\nruntime: subprocess\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: getter/v1\nruntime: subprocess\nconfig: {protocols: [a, '']}\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: test/v1\nruntime: subprocess\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\nconfig: {a: 1}\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\nconfig: words\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\nextra: 1\nconfig: []\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\nruntimeConfig:\n  platformCommand: cat\n  a: 1\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\nruntimeConfig:\n  z: 1\n  platformCommand:\n  - cat\n  - {command: [a], args: b}\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\nruntimeConfig:\n  platformCommand: &a\n  - {command: cat, os: Linux, arch: AMD64}\n  more: *a\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: subprocess\nruntimeConfig: {platformCommand: [{command: cat}], platformCommand: []}\n",
    "apiVersion: v1\nname: x\nversion: 1.2.3\ntype: postrenderer/v1\nruntime: extism/v1\n",
    "apiVersion: v1\nname: good\nversion: 1.2.3\ntype: cli/v1\nruntime: subprocess\n",
];

#[test]
fn descriptions_are_read_and_refused_as_in_helm() {
    let mut wrong = Vec::new();
    for description in DESCRIPTIONS {
        let env = rich().post_renderer("good", "cat").plugin("x", description);
        for line in ["template x r --post-renderer x", "template x r --post-renderer good"] {
            let words: Vec<&str> = line.split(' ').collect();
            // Two plugins of one name: helm says so for its commands too.
            let mask = |text: &str| {
                let text = complaints_once(text);
                text.split_inclusive('\n')
                    .filter(|line| !line.starts_with("level=ERROR msg=\"failed to load plugins\""))
                    .collect::<String>()
            };
            if let Some(difference) = env.difference_from_helm(&words, &mask) {
                wrong.push(format!("{description}{difference}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn several_plugin_folders_are_looked_through_in_order() {
    let env = rich().post_renderer("id", "cat").post_renderer("twin", "sed 's/name: /name: first-/'");
    let root = env.root().display().to_string();
    let second = format!("{root}/second/twin");
    std::fs::create_dir_all(&second).expect("folders");
    let yaml = crate::support::plugins::shell_post_renderer("twin", "sed 's/name: /name: second-/'");
    std::fs::write(format!("{second}/plugin.yaml"), yaml).expect("a file");
    let first = format!("{root}/data/plugins");
    for folders in [
        format!("{first}:{root}/second"),
        format!("{root}/second:{first}"),
        format!("{root}/none:{root}/second/:"),
        format!("{root}/none"),
        "../second".to_owned(),
        format!("{first}/..//plugins/."),
        ".".to_owned(),
        "./r/..".to_owned(),
        String::new(),
    ] {
        let lines = ["template x r --post-renderer twin", "template x r --post-renderer id"];
        let here = crate::support::plugins::shell_post_renderer("here", "echo \"kind: $HELM_PLUGIN_DIR\"");
        let env = rich().file("here/plugin.yaml", here).var("HELM_PLUGINS", folders);
        same(&env, &lines);
        same(&env, &["template x r --post-renderer here"]);
    }
}

#[test]
fn files_that_are_no_text_do_not_reach_a_plugin() {
    for template in
        [b"a: \xff\n".as_slice(), b"kind: A\n---\na: \"\xc3(\"\n", b"a: 1\r\n---\r\nb: |\r\n  x\r\n"]
    {
        let env = charts()
            .post_renderer("id", "cat")
            .file("b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 0.1.0\n")
            .file("b/templates/a.yaml", template)
            .file("b/templates/NOTES.txt", b"\xfe");
        same(&env, &["template x b --post-renderer id"]);
    }
}

/// WebAssembly would need a machine of its own in the binary.
#[test]
fn a_webassembly_plugin_is_refused_with_a_message() {
    let yaml = "apiVersion: v1\nname: w\nversion: 0.1.0\ntype: postrenderer/v1\nruntime: extism/v1\n";
    let env = rich().plugin("w", yaml);
    same(&env, &["template x r --post-renderer w"]);
    std::fs::write(env.root().join("data/plugins/w/plugin.wasm"), "\0asm").expect("a file");
    let error = env.skiff_as_helm(&["template", "x", "r", "--post-renderer", "w"]).failure();
    assert!(error.contains("WebAssembly"), "{error}");
    assert!(env.helm(&["template", "x", "r", "--post-renderer", "w"]).failure().contains("plugin"));
}
