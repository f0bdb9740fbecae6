use super::*;

const OWN: &str = r#"[{"manager":"Helm","fieldsV1":{"f:data":{".":{},"f:release":{}},
    "f:metadata":{"f:annotations":{".":{},"f:skiff.sh/summary":{}}}}}]"#;
const FOREIGN: &str = r#"[{"manager":"Helm","fieldsV1":{
    "f:metadata":{"f:annotations":{".":{},"f:skiff.sh/summary":{}}}}},
    {"manager":"kubectl-edit","fieldsV1":{"f:data":{"f:release":{}}}}]"#;

fn list_of(managers: &str) -> String {
    format!(
        r#"{{"metadata":{{"continue":"next"}},"items":[{{"metadata":{{"name":"r.v3","namespace":"sea",
        "labels":{{"name":"web","version":"3","status":"failed"}},
        "annotations":{{"skiff.sh/summary":"{{\"name\":\"web\",\"version\":3,\"info\":{{\"status\":\"failed\"}}}}"}},
        "managedFields":{managers}}},"data":{{"release":"Ym9keQ=="}},"type":"helm.sh/release.v1"}}]}}"#
    )
}

fn read(bytes: &[u8], piece: usize) -> Result<(Vec<Item>, String), ItemsError> {
    let mut items = Vec::new();
    let mut each = |item| items.push(item);
    let mut reader = ListReader::new(&mut each);
    bytes.chunks(piece).all(|piece| reader.take(piece));
    let token = reader.finish()?;
    Ok((items, token))
}

/// A field of a message.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        message.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    message.push(u8::try_from(length).unwrap());
    message.extend_from_slice(bytes);
    message
}

fn pair(key: &str, value: &[u8]) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, value)].concat()
}

/// A list of two Secrets as the server writes it.
fn protobuf_list() -> Vec<u8> {
    let metadata = |name: &str| {
        let label = |key: &str, value: &str| field(11, &pair(key, value.as_bytes()));
        [field(1, name.as_bytes()), field(3, b"sea"), label("name", "web"), label("version", "3")].concat()
    };
    let secret = |name: &str, body: &[u8]| {
        let data = field(2, &pair("release", body));
        field(2, &[field(1, &metadata(name)), data, field(3, b"helm.sh/release.v1")].concat())
    };
    let list = [field(1, &field(3, b"next")), secret("a", &[b'x'; 300]), secret("b", b"body")].concat();
    let envelope = [field(1, &pair("v1", b"SecretList")), field(2, &list), field(3, b""), field(4, b"")];
    [protobuf::MAGIC.to_vec(), envelope.concat()].concat()
}

#[test]
fn json_and_protobuf_say_the_same() {
    let (items, token) = read(list_of(OWN).as_bytes(), 100).unwrap();
    assert_eq!((items.len(), token.as_str()), (1, "next"));
    assert_eq!(items[0].clone().into_record().body, "body");
    for piece in [1, 7, 64, 10_000] {
        let (items, token) = read(&protobuf_list(), piece).unwrap();
        assert_eq!((items.len(), token.as_str()), (2, "next"), "{piece}");
        let record = items[1].clone().into_record();
        assert_eq!(
            (record.key.as_str(), record.body.as_str(), record.namespace.as_str()),
            ("b", "body", "sea")
        );
        assert_eq!(record.labels["version"], "3");
        assert_eq!(items[0].clone().into_record().body.len(), 300);
    }
}

#[test]
fn a_summary_counts_only_with_the_record_it_was_written_with() {
    let outline = |managers| read(list_of(managers).as_bytes(), 1000).unwrap().0.remove(0).into_outline();
    assert_eq!(outline(OWN).summary.unwrap().version, 3);
    assert!(outline(FOREIGN).summary.is_none());
    assert!(outline("null").summary.is_none());
}

#[test]
fn what_breaks_off_is_an_error() {
    let whole = protobuf_list();
    for length in [3, 4, 5, 20, 60, whole.len() - 1] {
        assert!(read(&whole[..length], 16).is_err(), "{length}");
    }
    let huge = [protobuf::MAGIC, &[0x12, 0x7f, 0x12, 0xff, 0xff, 0xff, 0xff, 0x7f]].concat();
    assert!(read(&huge, 4).is_err());
    assert!(read(b"[]", 4).is_err());
    assert!(read(b"", 4).is_err());
}
