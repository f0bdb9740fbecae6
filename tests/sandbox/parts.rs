//! Releases that are larger than one Secret can be, in a sandbox.

use crate::place::Place;

/// Text that does not compress, in lines.
fn noise(length: usize) -> String {
    let mut state = 3_u64;
    let mut next = |at: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        if at % 100 == 99 { '\n' } else { char::from(b'0' + u8::try_from((state >> 33) % 74).unwrap_or(0)) }
    };
    (0..length).map(&mut next).collect()
}

#[test]
fn a_release_in_parts_lives_and_leaves_nothing() {
    let object =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {number: '{{ .Values.number }}'}\n";
    let noise = noise(1_800_000);
    let place = Place::new(&[]).chart(&[
        ("templates/c.yaml", object),
        ("values.yaml", "number: 1\n"),
        ("noise.txt", &noise),
    ]);
    let refused = place.helm(&["install", "big", "chart"]);
    assert!(refused.stderr.contains("may not be more than 1048576 bytes"), "{refused:#?}");
    place.kubectl(&["delete", "configmap", "c", "--ignore-not-found"]);

    let skiff = |words: &[&str]| place.env().skiff(words).success();
    skiff(&["install", "big", "chart"]);
    skiff(&["upgrade", "big", "chart", "--set", "number=2"]);
    assert!(skiff(&["get", "manifest", "big"]).contains("number: '2'"));
    assert_eq!(skiff(&["list"]), place.helm(&["list"]).success());
    let refused = place.helm(&["upgrade", "big", "chart"]);
    assert!(refused.stderr.contains("this-release-is-kept-in-parts-use-skiff"), "{refused:#?}");
    skiff(&["rollback", "big", "1"]);
    assert_eq!(place.kubectl(&["get", "configmap", "c", "-o", "jsonpath={.data.number}"]), "1");
    assert_eq!(place.kubectl(&["get", "secret", "-o", "name"]).lines().count(), 12);
    skiff(&["uninstall", "big"]);
    assert_eq!(place.kubectl(&["get", "secret", "-o", "name"]), "");
}
