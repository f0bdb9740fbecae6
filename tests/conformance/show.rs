//! `show` beside helm, folders and archives, and the JSONPath dialect.

use crate::support::env::TestEnv;

fn chart() -> TestEnv {
    TestEnv::new()
        .file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\nappVersion: 1.10\nkeywords: [b, a]\n")
        .file(
            "c/values.yaml",
            "a: {b: 1, c: x, d.e: z, nil: null, t: true, f: 1.5, big: 12345678901, l: []}\nlist: [{name: one, k: 1}, \
             {name: two, k: 2}, {name: three, k: 3, x: <&>}]\ns: hello\nnums: [1, 2, 3, 4, 5]\n",
        )
        .file("c/README.md", "# read me\n")
        .file("c/crds/a.yaml", "a: b\n")
        .file("c/crds/b.yaml", "---\nb: c\n")
        .file("c/charts/d/Chart.yaml", "apiVersion: v2\nname: d\nversion: 1.0.0\n")
        .file("c/charts/d/crds/c.yaml", "c: d")
}

#[test]
fn every_part_is_helms_to_the_byte() {
    let env = chart();
    for part in ["all", "chart", "values", "readme", "crds"] {
        env.same_as_helm(&["show", part, "c"]);
    }
    assert_eq!(env.helm(&["package", "c"]).code, 0);
    let bare = TestEnv::new().file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    for part in ["all", "chart", "values", "readme", "crds"] {
        env.same_as_helm(&["show", part, "c-1.0.0.tgz"]);
        bare.same_as_helm(&["show", part, "c"]);
    }
    for name in ["nope", "./nope", "/nope"] {
        env.same_as_helm(&["show", "all", name]);
    }
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
#[test]
fn jsonpath_templates_are_read_filled_in_and_refused_alike() {
    let templates = [
        "{.a}",
        "{.a.b}",
        "{.a.big}",
        "{.a.f}",
        "{.a.t}",
        "{.a.nil}",
        "{.a.l}",
        "{.a.d\\.e}",
        "{.a['c']}",
        "{.a['d\\.e']}",
        "{.a['d.e']}",
        "{.list[*].name}",
        "{.list[0]}",
        "{.list[-1].name}",
        "{.list[0:2].name}",
        "{.list[::2].name}",
        "{.nums[1,3]}",
        "{range .list[*]}{.name}{\"\\n\"}{end}",
        "{.list[?(@.k>1)].name}",
        "{.list[?(@.k>1.0)].name}",
        "{.list[?(@.name==\"two\")].k}",
        "{.list[?(@.x)].name}",
        "{..name}",
        "{.nope}",
        "text {.s} more",
        "{.s",
        "{.s}}",
        ".s",
        "{$.s}",
        "{@}",
        "{.nums[10]}",
        "{end}",
        "{foo}",
        "{\"a\\tb\"}",
        "{'x'}",
        "{1}",
        "{1.5}",
        "{true}",
        "{.s[0]}",
        "{.list[?(@.name!=\"two\")].k}",
        "{.a[\"c\"]}",
        "{#}",
        "{.list[x]}",
        "{.list[0}",
        "{.list[?(@.k>1]}",
        // Not "{..}": Helm walks maps in an order that changes from run to run.
        "{...}",
        "{range .nums[*]}{@},{end}",
        "{range .list[*]}[{.name}, {.k}] {end}after",
        "{range .nope[*]}x{end}y",
        "{.a.b} {.s}{.list[*].k}",
        "{.a.b .s}",
        "{.nums[0:10]}",
        "{.nums[3:1]}",
        "{.nums[0:0]}",
        "{.nums[-2:]}",
        "{.list..k}",
        "{range .list[*]}{range .nope}{end}{.name}{end}",
        "{.a .b}",
        "{}",
        "{ .s }",
        "{.list[?(@.name=='two')].k}",
        "{.list[?(@.name<\"two\")].k}",
        "{.list[0:3:0]}",
        "{.list[0:3:2].k}",
        "{+1}{-2}",
        "{\"\\u00e9\\x41\\\"\"}",
        "{'it\\'s'}",
        "{.s.t}",
        "{.nums[]}",
        "{.nums[:]}",
        "{.list[0]['name','k']}",
        "{.list[0].name,.s}",
        "{.a-b}",
        "{.s\n}",
        "{.list[?(@.k==1.0)].name}",
        "{range .list[*]}{range .x}{@}{end}{end}",
    ];
    let env = chart();
    for template in templates {
        env.same_as_helm(&["show", "values", "c", "--jsonpath", template]);
    }
}
