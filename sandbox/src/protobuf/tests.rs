use super::*;
use serde_json::json;

/// A field of bytes, shorter than 128.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut made = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
    made.extend_from_slice(bytes);
    made
}

fn number(at: u8, value: u8) -> Vec<u8> {
    vec![at << 3, value]
}

fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let about = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), field(1, &about), field(2, raw)].concat()
}

#[test]
fn a_secret_is_read() {
    let labels = field(11, &[field(1, b"owner"), field(2, b"helm")].concat());
    let metadata = [field(1, b"s"), field(3, b""), field(8, b""), labels].concat();
    let data = [field(1, b"release"), field(2, b"abc")].concat();
    let raw = [field(1, &metadata), field(2, &data), field(3, b"helm.sh/release.v1")].concat();
    assert_eq!(
        decode(&body("v1", "Secret", &raw)).unwrap(),
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "labels": {"owner": "helm"}},
            "data": {"release": "YWJj"}, "type": "helm.sh/release.v1",
        })
    );
}

#[test]
fn zero_is_kept_where_it_means_something() {
    let port = [number(3, 80), number(2, 0)].concat();
    let probe = [field(1, &field(2, &field(1, b"/"))), number(2, 0)].concat();
    let container = [field(1, b"c"), field(6, &port), field(10, &probe)].concat();
    let template = field(2, &field(2, &container));
    let raw = field(2, &[number(1, 0), number(5, 0), field(3, &template)].concat());
    assert_eq!(
        decode(&body("apps/v1", "Deployment", &raw)).unwrap()["spec"],
        json!({"replicas": 0, "template": {"spec": {"containers": [{
            "name": "c", "ports": [{"containerPort": 80}], "livenessProbe": {"httpGet": {"path": "/"}},
        }]}}})
    );
}

#[test]
fn broken_bodies_are_errors() {
    let good = body("v1", "Secret", &field(1, &field(1, b"s")));
    for length in 0..good.len() {
        // Some prefixes are shorter messages; none may do harm.
        let _ = decode(&good[..length]);
    }
    assert_eq!(decode(b"{}"), Err(Error::Prefix));
    assert!(matches!(decode(&body("v1", "Nothing", b"")), Err(Error::Unknown { .. })));
    assert!(matches!(decode(&body("v1", "Secret", &[0xff; 20])), Err(Error::Broken(_))));
    assert!(matches!(decode(&body("v1", "Secret", &[0x0a, 0x7f])), Err(Error::Broken(_))));
}

/// How deep a message's fields may nest; nothing where a message holds itself.
fn depth(name: &str, above: &mut Vec<String>) -> Option<usize> {
    if above.iter().any(|known| known == name) {
        return None;
    }
    above.push(name.to_owned());
    let mut deepest = 0;
    for field in messages().get(name).copied().unwrap_or_default().split('\t') {
        let of = field.splitn(3, ':').nth(2).unwrap_or_default().trim_start_matches(['!', '*', '%']);
        if of.len() > 1 {
            deepest = deepest.max(depth(of, above)?);
        }
    }
    above.pop();
    Some(deepest + 1)
}

#[test]
fn no_body_nests_deeper_than_its_type() {
    for name in messages().keys() {
        let deep = depth(name, &mut Vec::new()).unwrap_or_else(|| panic!("{name} holds itself"));
        assert!(deep < MAX_DEPTH, "{name}: {deep}");
    }
}
