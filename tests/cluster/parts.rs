//! Releases that are larger than one object can be: kept in parts by Skiff, refused by helm, safe from helm.

use crate::place::{Place, mask_times};

/// Text that does not compress, in lines.
fn noise(length: usize, seed: u64) -> String {
    let mut state = seed;
    let mut next = |at: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        if at % 100 == 99 { '\n' } else { char::from(b'0' + u8::try_from((state >> 33) % 74).unwrap_or(0)) }
    };
    (0..length).map(&mut next).collect()
}

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-c'}\ndata: {number: '{{ .Values.number }}'}\n";
const HOOK: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-hook', annotations: \
                    {helm.sh/hook: pre-upgrade}}\n";

fn place(driver: &str) -> (Place, String) {
    let place = Place::with_chart(&[
        ("templates/c.yaml", OBJECT),
        ("templates/hook.yaml", HOOK),
        ("templates/NOTES.txt", "notes of {{ .Release.Name }}\n"),
        ("values.yaml", "number: 1\n"),
        ("noise.txt", &noise(1_800_000, 1)),
    ]);
    let place = place.with(|env| env.var("HELM_DRIVER", driver));
    let chart = place.work().join("chart").display().to_string();
    (place, chart)
}

fn objects(place: &Place, kind: &str) -> Vec<String> {
    let names = place.kubectl(&["get", kind, "-o", "name"]);
    names.lines().filter(|name| name.contains("sh.helm.release")).map(str::to_owned).collect()
}

#[test]
fn a_life_in_parts() {
    for (driver, kind) in [("secret", "secret"), ("configmap", "configmap")] {
        let (place, chart) = place(driver);
        let refused = place.helm(&["install", "big", &chart]);
        assert!(refused.code != 0 && refused.stderr.contains("oo long"), "{refused:#?}");
        assert_eq!(objects(&place, kind), Vec::<String>::new());
        place.kubectl(&["delete", "configmap", "--all"]);

        place.skiff(&["install", "big", &chart, "--labels", "team=sea"]).success();
        assert_eq!(objects(&place, kind).len(), 4, "a head and three parts: {:?}", objects(&place, kind));
        let status = place.skiff(&["status", "big"]).success();
        assert!(status.contains("notes of big"), "{status}");
        place.skiff(&["upgrade", "big", &chart, "--set", "number=2"]).success();
        assert!(place.skiff(&["get", "manifest", "big"]).success().contains("number: '2'"));
        assert_eq!(place.skiff(&["get", "values", "big", "-o", "json"]).success(), "{\"number\":2}\n");
        assert!(place.skiff(&["get", "hooks", "big"]).success().contains("big-hook"));
        place.skiff(&["rollback", "big", "1"]).success();
        assert!(place.kubectl(&["get", "configmap", "big-c", "-o", "jsonpath={.data.number}"]) == "1");
        // Lists need no parts, and helm shows the same ones.
        for view in [&["list"][..], &["list", "-o", "json", "-l", "team=sea"], &["history", "big"]] {
            let (ours, theirs) = (place.skiff(view).success(), place.helm(view).success());
            assert_eq!(mask_times(&ours), mask_times(&theirs), "{view:?}");
        }
        assert_eq!(objects(&place, kind).len(), 12);
        place.skiff(&["upgrade", "big", &chart, "--history-max", "2"]).success();
        assert_eq!(objects(&place, kind).len(), 8, "{:?}", objects(&place, kind));
        place.skiff(&["uninstall", "big"]).success();
        assert_eq!(objects(&place, kind), Vec::<String>::new());
        assert_eq!(place.kubectl(&["get", "configmap", "big-c", "--ignore-not-found"]), "");
    }
}

#[test]
fn helm_changes_nothing_of_a_release_in_parts_and_says_why() {
    let (place, chart) = place("secret");
    place.skiff(&["install", "big", &chart]).success();
    place.skiff(&["upgrade", "big", &chart, "--set", "number=2"]).success();
    for helm in ["helm", "helm3"] {
        for step in [&["upgrade", "big", &chart][..], &["rollback", "big", "1"], &["uninstall", "big"]] {
            let refused = place.by(helm, step);
            assert_ne!(refused.code, 0, "{helm} {step:?}: {refused:#?}");
            if step[0] != "uninstall" {
                let why = "this-release-is-kept-in-parts-use-skiff";
                assert!(refused.stderr.contains(why), "{helm} {step:?}: {refused:#?}");
            }
        }
        let manifest = place.by(helm, &["get", "manifest", "big"]).success();
        assert!(manifest.contains("uninstall it with skiff"), "{manifest}");
        let notes = place.by(helm, &["get", "notes", "big"]).success();
        assert!(notes.contains("uninstall it with skiff"), "{notes}");
        assert_eq!(place.kubectl(&["get", "configmap", "big-c", "-o", "jsonpath={.data.number}"]), "2");
    }
    // What helm wrote into the heads (an uninstall that did not get far, say) leads to the parts still.
    assert!(place.skiff(&["get", "manifest", "big", "--revision", "2"]).success().contains("number: '2'"));
    place.skiff(&["uninstall", "big"]).success();
    assert_eq!(place.kubectl(&["get", "configmap", "big-c", "--ignore-not-found"]), "");
}

#[test]
fn parts_end_with_their_head_whoever_removes_it() {
    let (place, chart) = place("secret");
    place.skiff(&["install", "big", &chart]).success();
    place.kubectl(&["delete", "secret", "sh.helm.release.v1.big.v1"]);
    for _ in 0..300 {
        if objects(&place, "secret").is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("left: {:?}", objects(&place, "secret"));
}
