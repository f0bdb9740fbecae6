//! What is noted beside records so that lists are quick, and records that cannot be read.

use crate::place::{Place, mask_times, web};
use std::io::Write as _;

const SUMMARY: &str = "jsonpath={.metadata.annotations.skiff\\.sh/summary}";

fn both_show_the_same(place: &Place, steps: &[&[&str]]) {
    for step in steps {
        let (ours, theirs) = (place.skiff(step), place.helm(step));
        assert_eq!(mask_times(&ours.stdout), mask_times(&theirs.stdout), "{step:?}");
        assert_eq!((ours.code, ours.stderr), (theirs.code, theirs.stderr), "{step:?}");
    }
}

const VIEWS: &[&[&str]] = &[
    &["list"],
    &["list", "-o", "json"],
    &["list", "--superseded", "-o", "yaml"],
    &["list", "--failed", "--deployed"],
    &["history", "a", "-o", "json"],
    &["history", "a", "--max", "2"],
    &["status", "a", "-o", "json"],
];

#[test]
fn every_mix_of_makers_is_listed_as_helm_lists_it() {
    for driver in ["secret", "configmap"] {
        let place = Place::new().with(|env| env.var("HELM_DRIVER", driver));
        let web = web();
        let steps: &[(&str, &[&str])] = &[
            ("skiff", &["install", "a", &web, "--labels", "team=sea"]),
            ("helm", &["install", "b", &web]),
            ("helm3", &["install", "c", &web]),
            ("helm", &["upgrade", "a", &web, "--set", "replicas=2"]),
            ("skiff", &["upgrade", "a", &web, "--description", "by \"hand\" <é>"]),
            ("skiff", &["upgrade", "b", &web]),
            ("helm3", &["rollback", "a", "1"]),
            ("skiff", &["rollback", "a", "2"]),
            ("helm", &["uninstall", "b", "--keep-history"]),
            ("skiff", &["uninstall", "c", "--keep-history"]),
        ];
        for (program, step) in steps {
            place.by(program, step).success();
            both_show_the_same(&place, VIEWS);
        }
    }
}

#[test]
fn what_helm_writes_takes_the_summary_of_before_away() {
    let place = Place::new();
    place.skiff(&["install", "a", &web()]).success();
    let first = ["get", "secret", "sh.helm.release.v1.a.v1", "-o", SUMMARY];
    assert!(place.kubectl(&first).contains("Install complete"));
    place.helm(&["upgrade", "a", &web()]).success();
    assert_eq!(place.kubectl(&first), "");
    both_show_the_same(&place, VIEWS);
}

#[test]
fn a_record_that_was_changed_by_hand_is_shown_as_it_is() {
    let place = Place::new();
    place.skiff(&["install", "a", &web(), "--description", "one"]).success();
    place.skiff(&["install", "b", &web(), "--description", "two"]).success();
    let data = place.kubectl(&["get", "secret", "sh.helm.release.v1.b.v1", "-o", "jsonpath={.data.release}"]);
    let patch = format!("{{\"data\":{{\"release\":\"{data}\"}}}}");
    place.kubectl(&["patch", "secret", "sh.helm.release.v1.a.v1", "-p", &patch]);
    let summary = place.kubectl(&["get", "secret", "sh.helm.release.v1.a.v1", "-o", SUMMARY]);
    assert!(summary.contains("one"), "{summary}");
    let history = place.skiff(&["history", "a"]).success();
    assert!(history.contains("two") && !history.contains("one"), "{history}");
}

/// A Secret that looks like a record of the second revision of `a`.
fn broken_record(place: &Place, name: &str, release: &str) {
    let secret = serde_json::json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {
            "name": format!("sh.helm.release.v1.{name}.v2"),
            "labels": {"name": name, "owner": "helm", "status": "deployed", "version": "2"},
        },
        "stringData": {"release": release},
    });
    let path = place.work().join("broken.json");
    std::fs::write(&path, secret.to_string()).expect("a file");
    place.kubectl(&["apply", "--server-side", "-f", &path.display().to_string()]);
}

fn packed(json: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(json).expect("memory");
    encoder.finish().expect("memory")
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A record that Helm makes of a megabyte of spaces before its name.
fn gigantic() -> String {
    let mut json = vec![b' '; 200 << 20];
    json.extend_from_slice(br#"{"name":"huge","info":{"status":"deployed"},"version":2}"#);
    base64(&packed(&json))
}

#[test]
fn records_that_cannot_be_read_are_named_and_hide_nothing_else() {
    let place = Place::new();
    place.helm(&["install", "fine", &web()]).success();
    place.helm(&["install", "cut", &web()]).success();
    let whole =
        place.kubectl(&["get", "secret", "sh.helm.release.v1.cut.v1", "-o", "jsonpath={.data.release}"]);
    let whole = String::from_utf8(base64_decode(&whole)).expect("text");
    let newer =
        packed(br#"{"name":"newer","info":{"status":{"phase":"deployed"}},"version":"two","schema":9}"#);
    let broken = [
        ("cut", whole[..whole.len() / 8 * 4].to_owned()),
        ("empty", String::new()),
        ("huge", gigantic()),
        ("letters", "%%%%".to_owned()),
        ("newer", base64(&newer)),
        ("words", base64(b"nonsense")),
    ];
    for (name, release) in &broken {
        broken_record(&place, name, release);
    }
    let (ours, theirs) = (place.skiff(&["list"]), place.helm(&["list"]));
    assert_eq!(ours.code, 0, "{ours:#?}");
    // Helm spends the memory that the gigantic one asks for, and shows it.
    let known: Vec<&str> = theirs.stdout.lines().filter(|line| !line.starts_with("huge")).collect();
    let columns = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let known: Vec<String> = known.into_iter().map(columns).collect();
    assert_eq!(ours.stdout.lines().map(columns).collect::<Vec<_>>(), known);
    let named: Vec<&str> = ours.stderr.lines().collect();
    assert_eq!(named.len(), broken.len(), "{named:#?}");
    for ((name, _), line) in broken.iter().zip(&named) {
        assert!(
            line.starts_with("level=WARN msg=\"skipping a release record that cannot be read\""),
            "{line}"
        );
        assert!(line.contains(&format!("record=sh.helm.release.v1.{name}.v2 ")), "{name}: {line}");
    }
    assert!(named[2].contains("larger than"), "{}", named[2]);
    let history = place.skiff(&["history", "cut"]);
    assert_eq!(history.stdout, place.helm(&["history", "cut"]).stdout);
    assert!(history.stderr.contains("record=sh.helm.release.v1.cut.v2"), "{}", history.stderr);
}

fn base64_decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}
