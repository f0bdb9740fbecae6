//! What Skiff encrypts, hashes and signs is accepted by Helm and by openssl, and the other way round.

use crate::{calls::cases, support::oracle};
use serde_json::{Value as Json, json};
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};
use templates_engine::{exec::Call, value::Value};

fn ours(expr: &Json) -> Value {
    let host = cases::FixedHost::new();
    cases::eval(&mut Call::detached(&host), expr).unwrap_or_else(|e| panic!("{expr}: {e}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value:?}")).to_string()
}

fn field(value: &Value, name: &str) -> String {
    match value {
        Value::Object(object) => text(&object.field(name).expect("the field")),
        other => panic!("{other:?}"),
    }
}

fn helm(template: &str, values: &Json) -> String {
    let answer = &oracle::ask(&[json!({"op": "render", "template": template, "values": values})])[0];
    answer["out"].as_str().unwrap_or_else(|| panic!("{template}: {answer}")).to_owned()
}

fn openssl(args: &[&str], input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("openssl reads");
    let output = child.wait_with_output().expect("openssl ends");
    assert!(
        output.status.success(),
        "openssl {args:?}: {}\n{input}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A certificate as openssl prints it, without what must differ: numbers, times, keys, signatures.
fn shape(certificate: &str) -> String {
    let printed = openssl(&["x509", "-noout", "-text"], certificate);
    let random = |line: &str| {
        let line = line.trim();
        line.len() > 20 && line.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
            || line.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
            || ["Not Before", "Not After", "Serial Number"].iter().any(|what| line.starts_with(what))
    };
    printed.lines().filter(|line| !random(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn certificates_have_the_structure_of_helms() {
    let names = json!(["list", "a.example.com", "*.example.com"]);
    let ips = json!(["list", "10.0.0.1", "::1", "::ffff:1.2.3.4"]);
    let list = r#"(list "10.0.0.1" "::1" "::ffff:1.2.3.4") (list "a.example.com" "*.example.com")"#;
    for (call, template) in [
        (json!(["genCA", "my ca", 365]), r#"{{ (genCA "my ca" 365).Cert }}"#.to_owned()),
        (json!(["genCA", "*.é", 36500]), r#"{{ (genCA "*.é" 36500).Cert }}"#.to_owned()),
        (json!(["genCA", "", 1]), r#"{{ (genCA "" 1).Cert }}"#.to_owned()),
        (
            json!(["genSelfSignedCert", "cn", null, null, 10]),
            r#"{{ (genSelfSignedCert "cn" nil nil 10).Cert }}"#.to_owned(),
        ),
        (
            json!(["genSelfSignedCert", "cn", ips, names, 10]),
            format!(r#"{{{{ (genSelfSignedCert "cn" {list} 10).Cert }}}}"#),
        ),
        (
            json!(["genSelfSignedCert", "", ips, names, 10]),
            format!(r#"{{{{ (genSelfSignedCert "" {list} 10).Cert }}}}"#),
        ),
        (
            json!(["genSignedCert", "leaf", ips, names, 10, ["genCA", "ca", 5]]),
            format!(r#"{{{{ (genSignedCert "leaf" {list} 10 (genCA "ca" 5)).Cert }}}}"#),
        ),
        (
            json!(["genCAWithKey", "ca", 3, ["genPrivateKey", "ecdsa"]]),
            r#"{{ (genCAWithKey "ca" 3 (genPrivateKey "ecdsa")).Cert }}"#.to_owned(),
        ),
        (
            json!(["genSelfSignedCertWithKey", "cn", null, null, 3, ["genPrivateKey", "ed25519"]]),
            r#"{{ (genSelfSignedCertWithKey "cn" nil nil 3 (genPrivateKey "ed25519")).Cert }}"#.to_owned(),
        ),
    ] {
        let mine = field(&ours(&call), "Cert");
        assert_eq!(shape(&mine), shape(&helm(&template, &json!({}))), "{template}");
    }
}

fn file(name: &str, content: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("skiff-crypto-{}-{name}", std::process::id()));
    std::fs::write(&path, content).expect("written");
    path
}

#[test]
fn helm_and_openssl_accept_our_chain_and_we_accept_helms() {
    let (host, mut leafs) = (cases::FixedHost::new(), Vec::new());
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let call = &mut Call::detached(&host);
        let key = text(&cases::eval(call, &json!(["genPrivateKey", kind])).expect("a key"));
        openssl(&["pkey", "-check", "-noout"], &key);
        let ca = cases::eval(call, &json!(["genCAWithKey", "root", 100, key])).expect("an authority");
        let (cert, key) = (field(&ca, "Cert"), field(&ca, "Key"));
        let template = r#"{{ $ca := buildCustomCert (b64enc .Values.cert) (b64enc .Values.key) -}}
{{ $leaf := genSignedCert "leaf" (list "1.2.3.4") (list "leaf.example.com") 10 $ca }}{{ $leaf.Cert }}"#;
        leafs.push((cert.clone(), helm(template, &json!({"cert": cert, "key": key}))));
        let built = json!(["buildCustomCert", b64(&cert), b64(&key)]);
        let leaf = cases::eval(call, &json!(["genSignedCert", "leaf", null, ["list", "x.y"], 10, built]))
            .expect("a leaf");
        leafs.push((cert, field(&leaf, "Cert")));
        // And Helm's authority with our leaf.
        let theirs = helm(
            &format!(
                r#"{{{{ $ca := genCAWithKey "root" 100 (genPrivateKey "{kind}") }}}}{{{{ toJson $ca }}}}"#
            ),
            &json!({}),
        );
        let theirs: Json = serde_json::from_str(&theirs).expect("JSON");
        let (cert, key) = (theirs["Cert"].as_str().expect("text"), theirs["Key"].as_str().expect("text"));
        let built = json!(["buildCustomCert", b64(cert), b64(key)]);
        let leaf =
            cases::eval(call, &json!(["genSignedCert", "leaf", null, null, 10, built])).expect("a leaf");
        assert_eq!(
            field(&cases::eval(call, &json!(["genCAWithKey", "x", 1, key])).expect("read"), "Key"),
            key,
            "written again"
        );
        leafs.push((cert.to_owned(), field(&leaf, "Cert")));
    }
    for (at, (ca, leaf)) in leafs.iter().enumerate() {
        let (ca, leaf) = (file(&format!("{at}-ca"), ca), file(&format!("{at}-leaf"), leaf));
        // The test's clock stands in 2023.
        openssl(&["verify", "-no_check_time", "-CAfile", &ca.to_string_lossy(), &leaf.to_string_lossy()], "");
    }
}

fn b64(text: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(text)
}

#[test]
fn a_dsa_key_is_read_by_openssl_and_by_helm() {
    let key = text(&ours(&json!(["genPrivateKey", "dsa"])));
    let printed = openssl(&["dsa", "-noout", "-text"], &key);
    assert!(printed.contains("(2048 bit)"), "{printed}");
    let cert = helm(r#"{{ (genCA "x" 1).Cert }}"#, &json!({}));
    let built = helm(
        "{{ (buildCustomCert (b64enc .Values.cert) (b64enc .Values.key)).Key }}",
        &json!({"cert": cert, "key": key}),
    );
    assert_eq!(built, key);
}

#[test]
fn what_one_encrypts_the_other_decrypts() {
    for plain in ["x", "sixteen bytes!!!", "Grüße, and quite a bit more than one block of text"] {
        for password in ["", "secret", "a password of more than thirty-two bytes, cut"] {
            let mine = text(&ours(&json!(["encryptAES", password, plain])));
            let values = json!({"p": password, "m": mine, "t": plain});
            assert_eq!(helm("{{ decryptAES .Values.p .Values.m }}", &values), plain);
            let theirs = helm("{{ encryptAES .Values.p .Values.t }}", &values);
            assert_eq!(text(&ours(&json!(["decryptAES", password, theirs]))), plain);
        }
    }
}

#[test]
fn hashed_passwords_are_recognised_by_gos_bcrypt() {
    let long = "x".repeat(72);
    for password in ["", "secret", "Grüße", "with\u{0}nul", &long[..71], &long] {
        let hash = text(&ours(&json!(["bcrypt", password])));
        assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
        let line = text(&ours(&json!(["htpasswd", "user", password])));
        let (user, other) = line.split_once(':').expect("user:hash");
        assert_eq!(user, "user");
        let questions =
            [hash.as_str(), other].map(|hash| json!({"op": "bcrypt", "text": password, "expr": hash}));
        for answer in oracle::ask(&questions) {
            assert_eq!(answer, json!({"out": ""}), "{password:?}");
        }
    }
}

#[test]
fn random_things_have_the_form_of_helms() {
    let uuid = text(&ours(&json!(["uuidv4"])));
    let form =
        |uuid: &str| uuid.chars().map(|c| if c.is_ascii_hexdigit() { 'h' } else { c }).collect::<String>();
    let theirs = helm("{{ uuidv4 }}", &json!({}));
    assert_eq!((form(&uuid), &uuid[14..15]), (form(&theirs), &theirs[14..15]));
    assert_eq!(text(&ours(&json!(["randBytes", 20]))).len(), helm("{{ randBytes 20 }}", &json!({})).len());
}
