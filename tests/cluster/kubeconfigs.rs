//! Kubeconfig files, whole and broken, and the flags over them: read, merged and refused as helm does.

use crate::{
    place::Place,
    support::{cluster::cluster, env::Output},
};
use serde_json::{Value, json};

/// A kubeconfig with one cluster `c`, one user `u` and one context `x`.
pub(crate) fn kubeconfig(cluster: Value, user: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    })
}

/// The test's cluster, as kubeconfigs name it.
pub(crate) fn here() -> Value {
    let cluster = cluster();
    json!({"server": cluster.server(), "certificate-authority": cluster.file("certs/apiserver.crt")})
}

pub(crate) fn admin() -> Value {
    json!({"token": "admin-token"})
}

/// The same cluster with other fields.
pub(crate) fn but(mut base: Value, changes: Value) -> Value {
    for (field, value) in changes.as_object().expect("fields") {
        base[field] = value.clone();
    }
    base
}

/// What both programs said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stderr: String,
}

/// Runs a command by both programs with a kubeconfig, and asserts that nothing differs.
pub(crate) fn same_with(place: &Place, config: &str, args: &[&str]) -> Said {
    let path = place.work().join("config");
    std::fs::write(&path, config).expect("a kubeconfig");
    let path = path.display().to_string();
    let args = [args, &["--kubeconfig", &path]].concat();
    let (ours, theirs) = (place.skiff_anywhere(&args), place.helm_anywhere(&args));
    // Go's client words this by which of its threads comes first.
    let stderr = without_klog(&theirs.stderr).replace("readLoopPeekFailLocked: ", "");
    let theirs = Output { stderr, ..theirs };
    assert_eq!(ours, theirs, "{args:?} with\n{config}");
    Said { code: theirs.code, stderr: theirs.stderr }
}

/// What is left of a text without the lines that client-go's own logger writes (`E1125 10:11:12.131415 …`).
pub(crate) fn without_klog(text: &str) -> String {
    let is_klog = |line: &str| {
        let bytes = line.as_bytes();
        bytes.len() > 6
            && b"IWE".contains(&bytes[0])
            && bytes[1..5].iter().all(u8::is_ascii_digit)
            && bytes[5] == b' '
    };
    text.split_inclusive('\n').filter(|line| !is_klog(line)).collect()
}

#[test]
fn files_that_are_no_kubeconfigs_are_refused_in_helms_words() {
    let place = Place::new();
    let texts = [
        "",
        "hello",
        "- a",
        "a: [",
        "a: b\n c: d\n",
        "a:\n\t- b",
        "5",
        "null",
        "current-context: x",
        "{apiVersion: v1, kind: Pod}",
        "{apiVersion: v2, kind: Config}",
        "{apiVersion: 5}",
        "{current-context: 5}",
        "clusters: {a: 1}",
        "clusters: [5]",
        "clusters: [{name: c, cluster: a}]",
        "clusters: [{name: c, cluster: {server: 5}}]",
        "clusters: [{name: c, cluster: {insecure-skip-tls-verify: 'yes'}}]",
        "clusters: [{name: c, cluster: {certificate-authority-data: '!!!'}}]",
        "users: a",
        "users: [{name: u, user: a}]",
        "users: [{name: u, user: {token: 5}}]",
        "users: [{name: u, user: {exec: a}}]",
        "users: [{name: u, user: {exec: {args: a}}}]",
        "users: [{name: u, user: {exec: {env: [{name: 1}]}}}]",
        "users: [{name: u, user: {client-certificate-data: '!!', client-key-data: aGVsbG8=}}]",
        "contexts: [{name: x, context: {namespace: 5}}]",
        "{contexts: [{name: x, context: {user: u}}], current-context: x}",
        "{contexts: [{name: x, context: {}}], current-context: x}",
        "{contexts: [{name: x, context: {cluster: zz, user: zz}}], current-context: x}",
        "{current-context: gone}",
    ];
    for text in texts {
        same_with(&place, text, &["list", "-q"]);
        same_with(&place, text, &["env", "HELM_NAMESPACE"]);
        same_with(&place, text, &["list", "-q", "--kube-context", "gone"]);
    }
    for path in ["/nowhere/config", "/tmp", "/etc/passwd/x"] {
        place.same(&["list", "--kubeconfig", path]);
    }
}

#[test]
fn a_cluster_that_cannot_be_used_is_refused_in_helms_words() {
    let (place, server) = (Place::new(), cluster().server());
    let bare = |extra: Value| but(json!({"server": server}), extra);
    let ca = std::fs::read(cluster().file("certs/apiserver.crt")).expect("a certificate");
    let data = base64(&ca);
    let clusters = [
        json!({}),
        json!({"certificate-authority": cluster().file("certs/apiserver.crt")}),
        bare(json!({})),
        bare(json!({"certificate-authority-data": "aGVsbG8="})),
        bare(json!({"certificate-authority-data": data})),
        but(here(), json!({"certificate-authority-data": data})),
        bare(json!({"certificate-authority": "/nowhere/ca.crt"})),
        bare(json!({"certificate-authority": "nowhere.crt"})),
        bare(json!({"certificate-authority": "/tmp"})),
        bare(json!({"certificate-authority": "/etc/passwd"})),
        bare(json!({"insecure-skip-tls-verify": true})),
        but(here(), json!({"insecure-skip-tls-verify": true})),
        but(here(), json!({"tls-server-name": "kubernetes"})),
        but(here(), json!({"tls-server-name": "example.com"})),
        but(here(), json!({"disable-compression": true})),
        but(here(), json!({"server": server.trim_start_matches("https://")})),
        but(here(), json!({"server": server.replace("https", "http")})),
        but(here(), json!({"server": format!("{server}/")})),
        but(here(), json!({"server": format!("{server}/a/b")})),
        but(here(), json!({"server": format!("{server}/a?b=c#d")})),
    ];
    for config in clusters {
        same_with(&place, &kubeconfig(config, admin()).to_string(), &["list", "-q"]);
    }
    for server in [
        "https://[::1",
        "https://a b",
        "https://127.0.0.1:abc",
        "https://127.0.0.1:99999",
        "https://127.0.0.2:1",
        "https://[::1]:1",
        "https://localhost:1",
        "ftp://127.0.0.1:1",
        "https://no-such-host.invalid:6443",
        "a/b",
        "http://no-such-host.invalid",
    ] {
        let config = kubeconfig(but(here(), json!({"server": server})), admin()).to_string();
        same_with(&place, &config, &["list", "-q"]);
        same_with(&place, &config, &["install", "a", &crate::place::web(), "--dry-run=server"]);
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_context_says_where_commands_work() {
    let place = Place::new();
    for namespace in [json!("kube-system"), json!("A/b"), json!(""), Value::Null] {
        let mut config = kubeconfig(here(), admin());
        config["contexts"][0]["context"]["namespace"] = namespace;
        let config = config.to_string();
        same_with(&place, &config, &["env", "HELM_NAMESPACE"]);
        same_with(&place, &config, &["list", "-q"]);
    }
    let mut config = kubeconfig(but(here(), json!({"certificate-authority": "/nowhere"})), admin());
    config["contexts"][0]["context"]["namespace"] = json!("sea");
    same_with(&place, &config.to_string(), &["env", "HELM_NAMESPACE"]);
}

#[test]
fn files_are_merged_and_the_first_to_name_a_thing_wins() {
    let mut first = kubeconfig(here(), json!({"token": "bad"}));
    first["current-context"] = json!("");
    first["contexts"] = json!([]);
    let mut second = kubeconfig(json!({"server": "https://127.0.0.1:1"}), admin());
    second["current-context"] = json!("y");
    second["users"][0]["name"] = json!("v");
    second["contexts"] = json!([
        {"name": "x", "context": {"cluster": "c", "user": "u"}},
        {"name": "y", "context": {"cluster": "c", "user": "v", "namespace": "sea"}},
    ]);
    for (files, args) in [
        ("a:b", &[][..]),
        ("a:b", &["--kube-context", "x"]),
        ("b:a", &[]),
        ("nowhere:a::b", &[]),
        ("a:broken:b", &[]),
        ("broken:listed", &[]),
        ("broken:listed:broken", &[]),
        ("nowhere", &[]),
        ("a", &["--kube-context", "y"]),
    ] {
        let place = Place::new().with(|env| {
            let env = env.file("a", first.to_string()).file("b", second.to_string());
            env.file("broken", "a: [").file("listed", "- a").var("KUBECONFIG", files)
        });
        place.same_anywhere(&[&["list", "-q", "-A"], args].concat());
        place.same_anywhere(&[&["env", "HELM_NAMESPACE"], args].concat());
    }
}

#[test]
fn flags_and_variables_win_over_files() {
    let ca = cluster().file("certs/apiserver.crt").display().to_string();
    let server = cluster().server();
    let named = server.replace("127.0.0.1", "localhost");
    for flags in [
        &["--kube-token", "nobody-token"][..],
        &["--kube-token", "bad"],
        &["--kube-as-user", "nobody"],
        &["--kube-as-user", "x", "--kube-as-group", "system:masters"],
        &["--kube-as-user", "x", "--kube-as-group", "a", "--kube-as-group", "system:masters"],
        &["--kube-as-group", "system:masters"],
        &["--kube-as-user", "a\nb"],
        &["--kube-apiserver", &server],
        &["--kube-apiserver", &named],
        &["--kube-apiserver", "127.0.0.1:1"],
        &["--kube-apiserver", "https://[::1"],
        &["--kube-tls-server-name", "kubernetes"],
        &["--kube-tls-server-name", "example.com"],
        &["--kube-apiserver", &named, "--kube-tls-server-name", "kubernetes.default"],
        &["--kube-ca-file", &ca],
        &["--kube-ca-file", "/nowhere"],
        &["--kube-ca-file", "/etc/passwd"],
        &["--kube-insecure-skip-tls-verify"],
        &["--kube-insecure-skip-tls-verify", "--kube-ca-file", &ca],
        &["--kube-insecure-skip-tls-verify", "--kube-tls-server-name", "example.com"],
        &["--kube-context", "nobody"],
        &["--kube-context", "nobody", "--kube-token", "admin-token"],
        &["--kube-context", "gone"],
    ] {
        Place::new().same(&[&["list", "-q"], flags].concat());
    }
    for variables in [
        &[("HELM_KUBETOKEN", "nobody-token")][..],
        &[("HELM_KUBEASUSER", "x"), ("HELM_KUBEASGROUPS", "a,system:masters")],
        &[("HELM_KUBEASUSER", "nobody")],
        &[("HELM_KUBEAPISERVER", "https://127.0.0.1:1")],
        &[("HELM_KUBECAFILE", "/nowhere")],
        &[("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "true"), ("HELM_KUBETLS_SERVER_NAME", "example.com")],
        &[("HELM_KUBETLS_SERVER_NAME", "example.com")],
        &[("HELM_KUBECONTEXT", "nobody")],
        &[("HELM_KUBECONTEXT", "gone")],
        &[("HELM_NAMESPACE", "sea")],
        &[("KUBECONFIG", "/nowhere"), ("KUBERNETES_MASTER", "https://127.0.0.1:1")],
    ] {
        let place =
            Place::new().with(|env| variables.iter().fold(env, |env, (name, value)| env.var(*name, *value)));
        // Other tests make releases meanwhile: only whether the question is answered is compared.
        place.same(&["list", "-q", "-A", "--filter", "^none$"]);
        place.same_anywhere(&["env", "HELM_NAMESPACE"]);
    }
}
