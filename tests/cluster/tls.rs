//! Servers whose certificates are not in order: refused in Go's words. No control plane is asked.

use crate::{
    kubeconfigs::{admin, kubeconfig, same_with},
    place::{Place, mask_times},
    support::servers,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair, SanType};
use serde_json::{Value, json};
use std::io::{Read, Write};

fn params(name: &str, names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        .expect("names");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params("authority", &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate")
}

/// Certificate and key (PEM) that an authority vouches for.
fn issued(params: CertificateParams, by: &Issuer<'_, KeyPair>) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    (params.signed_by(&key, by).expect("a certificate").pem(), key.serialize_pem())
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Both programs ask a server with this certificate; gives what they say.
fn same(place: &Place, pair: &(String, String), ca: &str, changes: Value) -> String {
    let port = servers::tls(&pair.0, &pair.1, None);
    let mut cluster =
        json!({"server": format!("https://127.0.0.1:{port}"), "certificate-authority-data": base64(ca)});
    for (field, value) in changes.as_object().expect("fields") {
        cluster[field] = value.clone();
    }
    same_with(place, &kubeconfig(cluster, admin()).to_string(), &["list"]).stderr
}

#[test]
fn certificates_are_judged_as_go_judges_them() {
    let (place, ca, other) = (Place::new(), authority(), authority());
    let (ca_pem, other_pem) = (ca.pem(), other.pem());
    let good = issued(params("good", &["127.0.0.1", "localhost"]), &ca);
    let said = same(&place, &good, &ca_pem, json!({}));
    assert!(said.contains("could not find the requested resource"), "{said}");
    for (pair, words) in [
        (issued(params("ip", &["10.0.0.1"]), &ca), "is valid for 10.0.0.1, not 127.0.0.1"),
        (issued(params("names", &["a.example", "*.b.example"]), &ca), "doesn't contain any IP SANs"),
    ] {
        let said = same(&place, &pair, &ca_pem, json!({}));
        assert!(said.contains(words), "{said}");
    }
    let named = |name: &str| json!({"tls-server-name": name});
    let names = issued(params("names", &["a.example", "*.b.example"]), &ca);
    same(&place, &names, &ca_pem, named("c.example"));
    same(&place, &names, &ca_pem, named("x.b.example"));
    same(&place, &names, &ca_pem, named("x.y.b.example"));
    same(&place, &issued(params("ip", &["10.0.0.1"]), &ca), &ca_pem, named("a.example"));
    same(&place, &issued(params("c.example", &[]), &ca), &ca_pem, named("c.example"));
    let said = same(&place, &good, &other_pem, json!({}));
    assert!(said.contains("certificate signed by unknown authority"), "{said}");
    same(&place, &good, &other_pem, named("c.example"));
    same(&place, &good, &ca_pem.replace("CERTIFICATE", "SOMETHING"), json!({}));
    same(&place, &good, &format!("{other_pem}{ca_pem}"), json!({}));
}

#[test]
fn certificates_of_another_time_are_refused() {
    let (place, ca) = (Place::new(), authority());
    let year = |year: i32| rcgen::date_time_ymd(year, 1, 2);
    for (from, to) in [(2020, 2021), (2098, 2099)] {
        let mut params = params("old", &["127.0.0.1"]);
        (params.not_before, params.not_after) = (year(from), year(to));
        let (cert, key) = issued(params, &ca);
        let port = servers::tls(&cert, &key, None);
        let cluster = json!({
            "server": format!("https://127.0.0.1:{port}"), "certificate-authority-data": base64(&ca.pem()),
        });
        let path = place.work().join("config");
        std::fs::write(&path, kubeconfig(cluster, admin()).to_string()).expect("a kubeconfig");
        let args = ["list", "--kubeconfig", &path.display().to_string()];
        let (ours, theirs) = (place.skiff(&args).failure(), place.helm(&args).failure());
        assert_eq!(mask_times(&ours), mask_times(&theirs));
        let edge =
            if from == 2020 { "is after 2021-01-02T00:00:00Z" } else { "is before 2098-01-02T00:00:00Z" };
        assert!(ours.contains(edge), "{ours}");
    }
}

#[test]
fn a_server_may_be_its_own_authority() {
    let place = Place::new();
    for is_ca in [IsCa::Ca(BasicConstraints::Unconstrained), IsCa::NoCa, IsCa::ExplicitNoCa] {
        let mut params = params("self", &[]);
        params.subject_alt_names.push(SanType::IpAddress([127, 0, 0, 1].into()));
        params.is_ca = is_ca;
        let key = KeyPair::generate().expect("a key");
        let own = (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem());
        let said = same(&place, &own, &own.0, json!({}));
        assert!(said.contains("could not find the requested resource"), "{said}");
        same(&place, &own, &own.0, json!({"tls-server-name": "a.example"}));
        let said = same(&place, &own, &authority().pem(), json!({}));
        assert!(said.contains("unknown authority"), "{said}");
    }
}

#[test]
fn servers_that_want_certificates_or_speak_no_tls_are_told_as_helm_tells_them() {
    let (place, ca) = (Place::new(), authority());
    let (cert, key) = issued(params("good", &["127.0.0.1"]), &ca);
    let picky = servers::tls(&cert, &key, Some(&ca.pem()));
    let plain = servers::serve(|mut stream| {
        let _asked = stream.read(&mut [0; 65536])?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    });
    let other = servers::serve(|mut stream| {
        let _asked = stream.read(&mut [0; 65536])?;
        stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n and more\r\n")
    });
    let silent = servers::serve(|mut stream| stream.read(&mut [0; 65536]).map(drop));
    for port in [picky, plain, other, silent] {
        let cluster = json!({
            "server": format!("https://127.0.0.1:{port}"), "certificate-authority-data": base64(&ca.pem()),
        });
        same_with(&place, &kubeconfig(cluster, admin()).to_string(), &["list"]);
    }
    for port in [plain, silent] {
        let cluster = json!({"server": format!("http://127.0.0.1:{port}")});
        same_with(&place, &kubeconfig(cluster, admin()).to_string(), &["list"]);
    }
}

#[test]
fn answers_that_are_no_objects_are_told_as_helm_tells_them() {
    let place = Place::new();
    for status in [400, 401, 403, 404, 405, 406, 409, 410, 415, 418, 422, 429, 500, 502, 503, 504, 599] {
        for (content_type, body) in [
            ("", ""),
            ("", "some \"words\"\n"),
            ("text/html; charset=utf-8", "<h1>no</h1>"),
            ("application/json", "{}"),
            ("application/json", "{\"kind\":\"Status\",\"message\":\"no\",\"reason\":\"Forbidden\"}"),
            ("application/json", "{\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"no\"}"),
            ("application/json", "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"said so\"}"),
        ] {
            let cluster = |reachable: bool| {
                let port = servers::serve(move |mut stream| {
                    let mut request = [0; 4096];
                    let length = stream.read(&mut request)?;
                    let is_version = request[..length].starts_with(b"GET /version");
                    let (status, body) =
                        if is_version && reachable { (200, "{\"major\":\"1\"}") } else { (status, body) };
                    let (kind, length) = (content_type, body.len());
                    let kind =
                        if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
                    let head = format!("HTTP/1.1 {status} Word\r\n{kind}Content-Length: {length}\r\n");
                    stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes())
                });
                kubeconfig(json!({"server": format!("http://127.0.0.1:{port}")}), admin()).to_string()
            };
            same_with(&place, &cluster(false), &["list"]);
            same_with(&place, &cluster(true), &["list"]);
            same_with(&place, &cluster(true), &["status", "a"]);
        }
    }
}
