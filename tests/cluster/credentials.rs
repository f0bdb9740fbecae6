//! Who asks: tokens, certificates, credential plugins, impersonation, beside helm on the real API server.

use crate::{
    kubeconfigs::{admin, but, here, kubeconfig, same_with},
    place::Place,
    support::cluster::cluster,
};
use serde_json::{Value, json};

/// Both programs list all releases as this user; gives what helm exits with.
fn same_as(place: &Place, user: Value) -> i32 {
    same_with(place, &kubeconfig(here(), user).to_string(), &["list", "-q", "-A"]).code
}

fn text(file: &str) -> String {
    std::fs::read_to_string(cluster().file(file)).expect("a text")
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn tokens_and_passwords_are_sent_as_helm_sends_them() {
    let place = Place::new().with(|env| env.file("token", "admin-token\n").file("empty", ""));
    let token = place.work().join("token");
    let empty = place.work().join("empty");
    assert_eq!(same_as(&place, admin()), 0);
    assert_eq!(same_as(&place, json!({"tokenFile": token})), 0);
    assert_eq!(same_as(&place, json!({"tokenFile": "token"})), 0);
    assert_eq!(same_as(&place, json!({"tokenFile": token, "token": "bad"})), 0);
    for user in [
        json!({}),
        json!({"token": ""}),
        json!({"token": "bad"}),
        json!({"token": "admin-token\n"}),
        json!({"token": "admin\ntoken"}),
        json!({"tokenFile": "/nowhere/token"}),
        json!({"tokenFile": "/nowhere/token", "token": "nobody-token"}),
        json!({"tokenFile": empty}),
        json!({"username": "a", "password": "b"}),
        json!({"username": "a", "password": "b", "token": "admin-token"}),
        json!({"username": "a", "password": "b", "tokenFile": token}),
    ] {
        assert_eq!(same_as(&place, user.clone()), 1, "{user}");
    }
}

#[test]
fn a_server_that_does_not_encrypt_is_told_no_secret() {
    use std::io::{Read, Write};
    let heard: std::sync::Arc<std::sync::Mutex<String>> = Default::default();
    let book = std::sync::Arc::clone(&heard);
    let port = crate::support::servers::serve(move |mut stream| {
        let mut request = [0; 4096];
        let length = stream.read(&mut request)?;
        book.lock().expect("the book").push_str(&String::from_utf8_lossy(&request[..length]));
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    });
    let server = json!({"server": format!("http://127.0.0.1:{port}")});
    let user = json!({"token": "secret-token", "as": "somebody"});
    same_with(&Place::new(), &kubeconfig(server, user).to_string(), &["list"]);
    let heard = heard.lock().expect("the book").to_lowercase();
    assert!(!heard.contains("secret-token"), "{heard}");
    assert_eq!(heard.matches("impersonate-user: somebody").count(), 2, "{heard}");
}

#[test]
fn client_certificates_say_who_asks() {
    let place = Place::new();
    let (cert, key) = (cluster().file("client.crt"), cluster().file("client.key"));
    let (cert_data, key_data) = (base64(&text("client.crt")), base64(&text("client.key")));
    for user in [
        json!({"client-certificate": cert, "client-key": key}),
        json!({"client-certificate-data": cert_data, "client-key-data": key_data}),
        json!({"client-certificate-data": cert_data, "client-key": key}),
        json!({"client-certificate": cert, "client-key": key, "token": "nobody-token"}),
    ] {
        assert_eq!(same_as(&place, user.clone()), 0, "{user}");
    }
    let (other_cert, other_key) =
        (cluster().file("certs/apiserver.crt"), cluster().file("certs/apiserver.key"));
    for user in [
        json!({"client-certificate": cert, "client-certificate-data": cert_data, "client-key": key}),
        json!({"client-certificate": cert, "client-key": key, "client-key-data": key_data}),
        json!({"client-certificate": cert}),
        json!({"client-key": key}),
        json!({"client-certificate": "/nowhere/c", "client-key": "/nowhere/k"}),
        json!({"client-certificate": "/etc/passwd", "client-key": key}),
        json!({"client-certificate": cert, "client-key": "/etc/passwd"}),
        json!({"client-certificate": key, "client-key": cert}),
        json!({"client-certificate-data": base64("x"), "client-key": key}),
        json!({"client-certificate-data": cert_data, "client-key-data": base64("x")}),
        json!({"client-certificate-data": base64(&text("certs/apiserver.crt")), "client-key": key}),
        json!({"client-certificate": other_cert, "client-key": key}),
        json!({"client-certificate": other_cert, "client-key": other_key}),
        json!({"client-certificate": "/tmp", "client-key": "/tmp"}),
    ] {
        assert_eq!(same_as(&place, user.clone()), 1, "{user}");
    }
}

#[test]
fn others_are_impersonated() {
    let place = Place::new();
    let as_whom = |fields: Value| but(admin(), fields);
    for (fields, code) in [
        (json!({"as": "nobody"}), 1),
        (json!({"as": "x", "as-groups": ["a", "system:masters"]}), 0),
        (
            json!({"as": "x", "as-uid": "5", "as-groups": ["system:masters"], "as-user-extra": {"a/B%": ["1", "2"]}}),
            0,
        ),
        (json!({"as-groups": ["a"]}), 1),
        (json!({"as-uid": "5"}), 1),
        (json!({"as": "a\nb"}), 1),
    ] {
        assert_eq!(same_as(&place, as_whom(fields.clone())), code, "{fields}");
    }
}

const CREDENTIAL: &str = "client.authentication.k8s.io/v1";

/// A plugin that runs a shell script.
fn plugin(script: &str, changes: Value) -> Value {
    let exec = json!({
        "apiVersion": CREDENTIAL, "command": "sh", "args": ["-c", script], "interactiveMode": "Never",
    });
    json!({"exec": but(exec, changes)})
}

/// A script that prints a credential with this status.
fn prints(version: &str, status: Value) -> String {
    let credential = json!({"apiVersion": version, "kind": "ExecCredential", "status": status});
    format!("cat <<'END'\n{credential}\nEND\n")
}

#[test]
fn plugins_give_tokens_and_certificates() {
    let script = format!("#!/bin/sh\n{}", prints(CREDENTIAL, admin()));
    let place = Place::new().with(|env| env.file("plugin.sh", script));
    #[cfg(unix)]
    std::fs::set_permissions(
        place.work().join("plugin.sh"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("it can be run");
    let token = prints(CREDENTIAL, admin());
    let beta = "client.authentication.k8s.io/v1beta1";
    let pair = json!({"clientCertificateData": text("client.crt"), "clientKeyData": text("client.key")});
    let info = format!("echo \"$KUBERNETES_EXEC_INFO\" >&2\n{token}");
    let echo =
        "printf '{\"apiVersion\":\"%s\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\"}}' $V $T";
    for user in [
        plugin(&token, json!({})),
        plugin(&token, json!({"interactiveMode": "IfAvailable"})),
        plugin("", json!({"command": "./plugin.sh", "args": []})),
        plugin(&prints(beta, admin()), json!({"apiVersion": beta})),
        plugin(&prints(beta, admin()), json!({"apiVersion": beta, "interactiveMode": null})),
        plugin(&prints(CREDENTIAL, pair.clone()), json!({})),
        plugin(&prints(CREDENTIAL, but(pair, json!({"token": "nobody-token"}))), json!({})),
        plugin(
            echo,
            json!({"env": [{"name": "V", "value": CREDENTIAL}, {"name": "T", "value": "admin-token"}]}),
        ),
        plugin(&format!("echo note >&2; {token}"), json!({})),
        plugin(&format!("cat >&2; {token}"), json!({"interactiveMode": "IfAvailable"})),
        plugin(&info, json!({})),
        plugin(&info, json!({"provideClusterInfo": true})),
        plugin(
            &prints(CREDENTIAL, but(admin(), json!({"expirationTimestamp": "2020-01-01T00:00:00Z"}))),
            json!({}),
        ),
        but(plugin("exit 1", json!({})), admin()),
    ] {
        assert_eq!(same_as(&place, user.clone()), 0, "{user}");
    }
    let config =
        json!({"name": CREDENTIAL.replace("/v1", "/exec"), "extension": {"audience": "sea", "n": [1]}});
    let told = but(here(), json!({"extensions": [config], "tls-server-name": "kubernetes"}));
    let user = plugin(&info, json!({"provideClusterInfo": true}));
    assert_eq!(same_with(&place, &kubeconfig(told, user).to_string(), &["list", "-q"]).code, 0);
}

#[test]
fn plugins_that_fail_are_told_in_helms_words() {
    let place = Place::new();
    let print = |status: Value| plugin(&prints(CREDENTIAL, status), json!({}));
    let said = |text: &str| plugin(&format!("cat <<'END'\n{text}\nEND\n"), json!({}));
    for user in [
        plugin("echo oops >&2; exit 3", json!({})),
        plugin("exit 3", json!({"installHint": "hint"})),
        plugin("kill -9 $$", json!({})),
        plugin("true", json!({})),
        plugin("", json!({"command": "no-such-plugin"})),
        plugin("", json!({"command": "no-such-plugin", "installHint": "get it\nthere\u{1b}[1m"})),
        plugin("", json!({"command": "/no/such"})),
        plugin("", json!({"command": "/etc/passwd"})),
        plugin("", json!({"command": ""})),
        plugin("", json!({"apiVersion": ""})),
        plugin("", json!({"apiVersion": "foo/v1"})),
        plugin("", json!({"apiVersion": "client.authentication.k8s.io/v1alpha1"})),
        plugin(&prints(CREDENTIAL, admin()), json!({"apiVersion": "client.authentication.k8s.io/v1beta1"})),
        plugin("", json!({"interactiveMode": null})),
        plugin("", json!({"interactiveMode": "Maybe"})),
        plugin("", json!({"interactiveMode": "Always"})),
        plugin("", json!({"env": [{"name": "", "value": "x"}]})),
        but(plugin("", json!({})), json!({"auth-provider": {"name": "x"}})),
        said("hello"),
        said("- a"),
        said("{\"status\": {\"token\": \"admin-token\"}}"),
        said("{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}"),
        said("{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\"}"),
        print(json!({})),
        print(json!({"token": "bad"})),
        print(json!({"token": "a\nb"})),
        print(json!({"token": 5})),
        print(json!({"token": "admin-token", "expirationTimestamp": "x"})),
        print(json!({"clientCertificateData": text("client.crt")})),
        print(json!({"clientCertificateData": "x", "clientKeyData": "y"})),
        json!({"auth-provider": {"name": "gcp"}}),
        json!({"auth-provider": {"name": "azure"}}),
        json!({"auth-provider": {"name": "other"}}),
        json!({"auth-provider": {"name": "oidc", "config": {}}}),
        json!({"auth-provider": {"name": "oidc", "config": {"idp-issuer-url": "https://127.0.0.1:1"}}}),
    ] {
        assert_eq!(same_as(&place, user.clone()), 1, "{user}");
    }
}
