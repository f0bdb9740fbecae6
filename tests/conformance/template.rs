//! `template` beside helm's: flags, values, built-in objects, hooks, separators, errors.

use crate::cases::{all_same_as_helm, charts, parse};

#[test]
fn command_lines_print_and_write_what_helm_does() {
    let cases = parse(include_str!("data/template-lines.txt"));
    assert!(cases.len() > 200, "only {} cases", cases.len());
    all_same_as_helm(&cases);
}

#[test]
fn templates_render_and_fail_as_in_helm() {
    let cases = parse(include_str!("data/template-snippets.txt"));
    assert!(cases.len() > 150, "only {} cases", cases.len());
    all_same_as_helm(&cases);
}

/// A chart whose metadata has lists, maps and structs.
const CHART: &str = "\
-- go/Chart.yaml --
apiVersion: v2
name: go
version: 0.1.0
keywords: [z, b, a]
annotations: {k: v, a: \"1\"}
maintainers: [{name: n, email: e@e}, {name: m}]
-- go/values.yaml --
five: [1, 2, 3, 4, 5]
names: [c, b, a]
map: {x: 1, z: {z: 2}}
";

#[test]
fn gos_values_behave_in_templates_as_in_helm() {
    let lines = include_str!("data/template-objects.txt").lines().filter(|line| !line.starts_with('#'));
    let case = |line| format!("=== template r go\n{CHART}-- go/templates/a.yaml --\nx: |-\n  {line}\n");
    let cases = parse(&lines.map(case).collect::<String>());
    assert!(cases.len() > 70, "only {} cases", cases.len());
    all_same_as_helm(&cases);
}

#[test]
fn bytes_that_are_no_plain_text_lines_pass_as_in_helm() {
    let chart: &[u8] = b"\xef\xbb\xbfapiVersion: v2\r\nname: c\r\nversion: 0.1.0\r\n";
    let templates: &[&[u8]] = &[
        b"a: 1\r\nb: {{ .Values.a | quote }}\r\n---\r\nkind: B\r\n",
        b"\xef\xbb\xbfa: {{ .Values.a }}\n",
        b"---\r\n---\r\na: 1\r\n",
        b"a: |\r\n  {{ .Values.text | nindent 2 }}\r\n{{- /* c */ -}}\r\n",
        b"a: {{ .Files.Get \"crlf.txt\" | toJson }} {{ .Files.Get \"bom.txt\" | toJson }}\n",
        b"a: {{ .Files.Lines \"crlf.txt\" | toJson }} {{ .Files.Get \"raw.bin\" | b64enc }}\n",
        b"a: {{ .Files.Get \"raw.bin\" }}\n",
        b"a: {{ .Files.Get \"raw.bin\" | quote }}\n",
        b"a: {{ .Files.Get \"raw.bin\" | toJson }}\n",
        b"a: \xff\xfe\n",
        b"a: {{ .x\xff }}\n",
        b"a: \"\x00\"\n",
        b"a: {{ \"\xe2\x98\x83\" }} \xc3\xa9\n",
        b"a: 1\n\x0c\n",
        b"a: 1\x0b\n",
        b"\r\n\r\n",
        b"{{ nope }}\r\n",
        b"a: 1\r\nb: {{ .Values.x.y }}\r\n",
        b"kind: A\x85\n",
    ];
    for template in templates {
        charts()
            .file("c/Chart.yaml", chart)
            .file("c/values.yaml", b"\xef\xbb\xbfa: x\r\ntext: |\r\n  one\r\n  two\r\n")
            .file("c/crlf.txt", "one\r\ntwo\r\n")
            .file("c/bom.txt", b"\xef\xbb\xbfmarked")
            .file("c/raw.bin", b"\x00\x01\xff\xfe\x80")
            .file("c/templates/a.yaml", template)
            .same_as_helm(&["template", "r", "c"]);
    }
}

#[test]
fn runaway_includes_end_with_helms_limit() {
    let helpers =
        "{{ define \"a\" }}{{ if lt .n 1500 }}{{ include \"a\" (dict \"n\" (add1 .n)) }}{{ end }}{{ end }}";
    let env = charts()
        .file("c/templates/_h.tpl", helpers)
        .file("c/templates/a.yaml", "a: {{ include \"a\" (dict \"n\" 0) }}\n");
    env.same_as_helm(&["template", "r", "c"]);
    // As deep as Helm allows.
    let shallow = charts()
        .file("c/templates/_h.tpl", helpers.replace("1500", "900"))
        .file("c/templates/a.yaml", "a: {{ include \"a\" (dict \"n\" 0) | quote }}\n");
    shallow.same_as_helm(&["template", "r", "c"]);
}

/// Helm writes file after file, and finds out then; Skiff writes all or none.
#[test]
fn an_output_folder_stays_as_it_was_on_failure() {
    for args in [
        &["template", "r", "flags", "--output-dir", "out", "-s", "templates/two.yaml"][..],
        &["template", "r", "flags", "--output-dir", "out", "-s", "templates/nope.yaml"],
        &["template", "r", "flags", "--output-dir", "out"],
    ] {
        let env = charts().file("out/flags/templates/two.yaml", "kept").file(
            // A folder where a file should go.
            if args.len() == 5 { "out/flags/templates/hook.yaml/x" } else { "out/x" },
            "in the way",
        );
        let got = env.skiff_as_helm(args);
        let before = std::fs::read_to_string(env.work().join("out/flags/templates/two.yaml"));
        assert_eq!(before.expect("it is there"), "kept", "{args:?}");
        assert!(!env.work().join("out/flags/templates/configmap.yaml").exists(), "{args:?}");
        assert_eq!(got.stdout, "", "{args:?}");
        let wanted = env.helm(args);
        assert_eq!((wanted.code, wanted.stderr), (got.code, got.stderr), "{args:?}");
    }
}
