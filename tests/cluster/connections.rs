//! Ways to the API server: proxies, and a pod's service account.

use crate::{
    kubeconfigs::{admin, but, here, kubeconfig, same_with},
    place::Place,
    support::{cluster::cluster, env::Output, peers, servers::Proxy},
};
use serde_json::json;

/// A server name that only a proxy can reach; the API server's certificate has it.
const NAME: &str = "kubernetes.default.svc";

#[test]
fn a_kubeconfigs_proxy_is_asked_for_the_way() {
    let (place, port) = (Place::new(), cluster().port());
    let far =
        |proxy: String| but(here(), json!({"server": format!("https://{NAME}:{port}"), "proxy-url": proxy}));
    let (open, closed, socks) =
        (Proxy::new(port, None), Proxy::new(port, Some("Basic dTpw")), Proxy::socks(port));
    let asked = [format!("CONNECT {NAME}:{port} HTTP/1.1")];
    let list =
        |proxy: String| same_with(&place, &kubeconfig(far(proxy), admin()).to_string(), &["list", "-q"]).code;
    assert_eq!((list(format!("http://127.0.0.1:{}", open.port)), open.asked()), (0, asked.to_vec()));
    assert_eq!(list(format!("http://u:p@127.0.0.1:{}", closed.port)), 0);
    assert_eq!(list(format!("http://127.0.0.1:{}", closed.port)), 1);
    assert_eq!(closed.asked(), asked);
    assert_eq!(list(format!("socks5://127.0.0.1:{}", socks.port)), 0);
    assert_eq!(socks.asked(), [format!("3 {NAME}")]);
    for proxy in [
        "http://127.0.0.1:1",
        "https://127.0.0.1:1",
        "socks5://127.0.0.1:1",
        "ftp://a",
        "a:1",
        "http://[::1",
        "http://no-such-host.invalid:1",
    ] {
        assert_eq!(list(proxy.into()), 1, "{proxy}");
    }
    // A proxy that the kubeconfig names is used for this machine too.
    let near = but(here(), json!({"proxy-url": format!("http://127.0.0.1:{}", open.port)}));
    assert_eq!(same_with(&place, &kubeconfig(near, admin()).to_string(), &["list", "-q"]).code, 0);
    assert_eq!(open.asked(), [format!("CONNECT 127.0.0.1:{port} HTTP/1.1")]);
}

#[test]
fn the_environments_proxies_are_heeded() {
    let port = cluster().port();
    let proxy = Proxy::new(port, None);
    let address = format!("127.0.0.1:{}", proxy.port);
    let url = format!("http://{address}");
    let far =
        kubeconfig(but(here(), json!({"server": format!("https://{NAME}:{port}")})), admin()).to_string();
    let near = kubeconfig(here(), admin()).to_string();
    let dead = "http://127.0.0.1:1";
    for (variables, is_asked) in [
        (&[("HTTPS_PROXY", url.as_str())][..], true),
        (&[("https_proxy", &url)], true),
        (&[("HTTPS_PROXY", &address)], true),
        (&[("HTTPS_PROXY", &url), ("https_proxy", dead)], true),
        (&[("HTTP_PROXY", &url)], false),
        (&[("HTTPS_PROXY", &url), ("NO_PROXY", "other,.example")], true),
        (&[("HTTPS_PROXY", &url), ("NO_PROXY", "default.svc")], false),
        (&[("HTTPS_PROXY", &url), ("no_proxy", "*")], false),
        (&[("HTTPS_PROXY", "http://[::1")], false),
    ] {
        let set =
            |env| variables.iter().fold(env, |env: crate::support::env::TestEnv, (n, v)| env.var(*n, *v));
        let place = Place::new().with(set);
        same_with(&place, &far, &["list", "-q"]);
        assert_eq!(!proxy.asked().is_empty(), is_asked, "{variables:?}");
        // This machine is never behind a proxy of the environment's.
        assert_eq!(same_with(&place, &near, &["list", "-q"]).code, 0);
        assert!(proxy.asked().is_empty(), "{variables:?}");
    }
}

/// Runs a program as in a pod: with a service account's folder at its fixed place, which only a mount namespace of
/// its own can have.
fn in_pod(
    place: &Place,
    program: &str,
    args: &str,
    variables: &[(&str, &str)],
    files: &[(&str, &str)],
) -> Output {
    let folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    let mut script = format!("set -e; mount -t tmpfs none /var/run; mkdir -p {folder}; cd {folder};");
    for (name, text) in files {
        script.push_str(&format!(" printf %s '{text}' >{name};"));
    }
    script.push_str(&format!(" cd {}; exec {program} {args} </dev/null", place.work().display()));
    let port = cluster().port().to_string();
    place.run_with(
        std::path::Path::new("unshare"),
        &["--mount", "--map-root-user", "--propagation", "private", "sh", "-c", &script],
        &[
            &[
                ("KUBECONFIG", "/nowhere"),
                ("KUBERNETES_SERVICE_HOST", "127.0.0.1"),
                ("KUBERNETES_SERVICE_PORT", &port),
            ],
            variables,
        ]
        .concat(),
    )
}

#[test]
fn in_a_pod_the_service_account_asks() {
    let place = Place::new();
    let (ours, theirs) = (env!("CARGO_BIN_EXE_skiff").to_owned(), peers::bin("helm").display().to_string());
    let ca = std::fs::read_to_string(cluster().file("certs/apiserver.crt")).expect("a certificate");
    let ca_path = cluster().file("certs/apiserver.crt").display().to_string();
    let account = [("token", "admin-token"), ("ca.crt", ca.as_str()), ("namespace", "kube-system\n")];
    let nobody = [("token", "nobody-token\n"), ("ca.crt", ca.as_str())];
    let no_ca = [("token", "admin-token")];
    let server = cluster().server();
    let with_ca = format!("list -q --kube-ca-file {ca_path}");
    let with_server = format!("list -q --kube-apiserver {server}");
    let near = format!("KUBECONFIG={}", cluster().kubeconfig().display());
    let kubeconfig = near.trim_start_matches("KUBECONFIG=");
    for (args, variables, files, code) in [
        ("list -q", &[][..], &account[..], 0),
        ("env HELM_NAMESPACE", &[], &account, 0),
        ("env HELM_NAMESPACE", &[("POD_NAMESPACE", "sea")], &account, 0),
        ("env HELM_NAMESPACE", &[("KUBECONFIG", kubeconfig)], &account, 0),
        ("env HELM_NAMESPACE", &[], &nobody, 0),
        ("env HELM_NAMESPACE -n sky", &[], &account, 0),
        ("list", &[], &nobody, 1),
        ("list", &[], &no_ca, 1),
        ("list", &[("KUBERNETES_SERVICE_PORT", "")], &account, 1),
        ("list", &[("KUBERNETES_SERVICE_HOST", "::1"), ("KUBERNETES_SERVICE_PORT", "1")], &account, 1),
        ("list", &[], &[], 1),
        ("list", &[], &[("token", "")], 1),
        ("list -q --kube-token nobody-token", &[], &account, 1),
        ("list -q --kube-as-user nobody", &[], &account, 1),
        ("list -q --kube-context gone", &[], &account, 1),
        (&with_ca, &[], &no_ca, 0),
        (&with_server, &[], &account, 1),
        ("list -q", &[("KUBECONFIG", kubeconfig)], &nobody, 0),
    ] {
        let ours = in_pod(&place, &ours, args, variables, files);
        let mut theirs = in_pod(&place, &theirs, args, variables, files);
        theirs.stderr = crate::kubeconfigs::without_klog(&theirs.stderr);
        assert_eq!(ours, theirs, "{args} {variables:?}");
        assert_eq!(theirs.code, code, "{args} {variables:?}: {theirs:#?}");
    }
}

/// The burst goes out at once, every other request waits for its turn.
#[test]
fn requests_go_out_as_slowly_as_was_asked_for() {
    let place = Place::new();
    let start = std::time::Instant::now();
    place.skiff(&["install", "a", &crate::place::web(), "--qps", "4", "--burst-limit", "1"]).success();
    // Version, discovery, history, objects, records: more than eight of them.
    assert!(start.elapsed() > std::time::Duration::from_millis(1750), "{:?}", start.elapsed());
}
