//! What a post-renderer answers is what is applied and recorded, hooks too.

use crate::{
    beside::same_steps,
    place::{Place, web},
};

const CONFIG: &str =
    "# why\napiVersion: v1\nkind: ConfigMap\nmetadata:\n    name: config # its name\ndata: {a: \"1\"}\n";
const HOOK: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: pre-install,pre-upgrade\n    helm.sh/hook-delete-policy: before-hook-creation\ndata: {a: \"1\"}\n";

/// A chart of one object and one hook, and post-renderers.
fn place() -> Place {
    Place::with_chart(&[
        ("templates/config.yaml", CONFIG),
        ("templates/hook.yaml", HOOK),
        ("templates/NOTES.txt", "a: \"1\"\n"),
    ])
    .post_renderer("id", "cat")
    .post_renderer("edit", "sed 's/a: \"1\"/a: \"2\"/'")
    .post_renderer(
        "add",
        "cat; printf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: added\\n'",
    )
    .post_renderer("fail", "exit 3")
    .post_renderer("none", "true")
    .post_renderer("broken", "echo 'a: b: c'")
    .post_renderer("odd", "printf 'apiVersion: v1\\nkind: NoSuchKind\\nmetadata:\\n  name: x\\n'")
}

#[test]
fn releases_look_the_same() {
    let web = web();
    same_steps(
        &place(),
        &place(),
        &[
            &["install", "a", "chart", "--post-renderer", "fail"],
            &["install", "a", "chart", "--post-renderer", "none"],
            &["install", "a", "chart", "--post-renderer", "broken"],
            &["install", "a", "chart", "--post-renderer", "odd"],
            &["install", "a", "chart", "--post-renderer", "nobody"],
            &["install", "a", "chart", "--post-renderer", "add", "--dry-run=client"],
            &["install", "a", "chart", "--post-renderer", "add", "--dry-run=server"],
            &["history", "a"],
            &["install", "a", "chart", "--post-renderer", "id"],
            &["get", "manifest", "a"],
            &["get", "hooks", "a"],
            &["upgrade", "a", "chart", "--post-renderer", "edit"],
            &["get", "all", "a"],
            &["upgrade", "a", "chart", "--post-renderer", "fail"],
            &["upgrade", "a", "chart", "--post-renderer", "add"],
            &["get", "manifest", "a"],
            &["upgrade", "a", "chart"],
            &["get", "manifest", "a"],
            &["get", "hooks", "a", "--revision", "2"],
            &["upgrade", "b", "chart", "--install", "--post-renderer", "fail"],
            &["upgrade", "b", &web, "--install", "--post-renderer", "edit"],
            &["get", "manifest", "b"],
            &["history", "a"],
            &["uninstall", "a"],
        ],
    );
}

#[test]
fn the_answer_is_applied() {
    let place = place();
    let data = |name: &str| place.kubectl(&["get", "configmap", name, "-o", "jsonpath={.data.a}"]);
    place.skiff(&["install", "a", "chart", "--post-renderer", "edit"]).success();
    assert_eq!((data("config").as_str(), data("hook").as_str()), ("2", "2"));
    place.skiff(&["upgrade", "a", "chart", "--post-renderer", "add"]).success();
    assert_eq!((data("config").as_str(), data("hook").as_str()), ("1", "1"));
    let names = || place.kubectl(&["get", "configmap", "-o", "name"]);
    assert!(names().contains("configmap/added\n"));
    // The next revision lacks what the post-renderer added.
    place.skiff(&["upgrade", "a", "chart"]).success();
    assert!(!names().contains("configmap/added\n"));
    assert!(place.helm(&["get", "notes", "a"]).success().contains("a: \"1\""));
}
