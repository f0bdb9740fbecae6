//! `skiff sandbox` and `--sandbox`: words, files, processes. What the API answers is tested elsewhere.

use crate::support::env::TestEnv;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// A place whose sandboxes end with it.
struct Place(TestEnv);

impl Place {
    fn new() -> Self {
        let env = TestEnv::new();
        let data = env.root().join("xdg").display().to_string();
        Self(env.var("XDG_DATA_HOME", data))
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.0.root().join("xdg/skiff/sandbox").join(name)
    }

    fn skiff(&self, words: &[&str]) -> String {
        self.0.skiff(words).success()
    }

    fn status(&self, name: &str) -> serde_json::Value {
        let text = self.skiff(&["sandbox", "status", name, "-o", "json"]);
        let rows: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        rows[0].clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(entries) = fs::read_dir(self.folder("")) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let _ = self.0.skiff(&["sandbox", "stop", &name]);
        }
    }
}

/// Waits until a process is gone.
fn gone(pid: &serde_json::Value) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while Path::new(&format!("/proc/{pid}")).exists() {
        assert!(std::time::Instant::now() < end, "process {pid} does not end");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_sandbox_starts_once_and_stops() {
    let place = Place::new();
    let first = place.skiff(&["sandbox", "start"]);
    assert!(first.starts_with("sandbox \"default\" is ready on https://127.0.0.1:"), "{first}");
    assert!(first.contains("skiff --sandbox install web ./web"), "{first}");
    let seen = place.status("default");
    assert_eq!((&seen["status"], &seen["authorization"]), (&"running".into(), &"rbac".into()));
    let again = place.skiff(&["sandbox", "start"]);
    assert!(again.starts_with("sandbox \"default\" runs already"), "{again}");
    assert_eq!(place.status("default")["pid"], seen["pid"]);
    assert_eq!(place.skiff(&["sandbox", "stop"]), "sandbox \"default\" stopped\n");
    gone(&seen["pid"]);
    assert_eq!(place.skiff(&["sandbox", "stop"]), "sandbox \"default\" is not running\n");
    assert_eq!(place.status("default")["status"], "stopped");
}

#[test]
fn files_are_their_owners_alone_and_the_users_kubeconfig_is_not_touched() {
    let place = Place::new();
    let path = place.skiff(&["sandbox", "kubeconfig"]);
    assert_eq!(path.trim(), place.folder("default").join("kubeconfig").display().to_string());
    for entry in fs::read_dir(place.folder("default")).expect("the folder") {
        let entry = entry.expect("an entry");
        let metadata = entry.metadata().expect("metadata");
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, wanted, "{:?}", entry.file_name());
    }
    assert!(!place.0.root().join("home/.kube").exists());
}

#[test]
fn a_killed_sandbox_starts_again_where_it_was() {
    let place = Place::new();
    place.skiff(&["sandbox", "start"]);
    let before = place.status("default");
    let token = fs::read(place.folder("default").join("token")).expect("the token");
    let killed = Command::new("kill").args(["-9", &before["pid"].to_string()]).status().expect("kill runs");
    assert!(killed.success());
    gone(&before["pid"]);
    assert_eq!(place.status("default")["status"], "stopped", "files that are left say nothing");
    place.skiff(&["sandbox", "start"]);
    let after = place.status("default");
    assert_eq!(after["port"], before["port"]);
    assert_ne!(after["pid"], before["pid"]);
    assert_eq!(fs::read(place.folder("default").join("token")).expect("the token"), token);
}

#[test]
fn two_starts_at_once_make_one_server() {
    let place = Place::new();
    std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..4).map(|_| scope.spawn(|| place.0.skiff(&["sandbox", "start", "race"]))).collect();
        let texts = starts.into_iter().map(|start| start.join().expect("it ends").success());
        let ready = texts.filter(|text| text.contains("is ready")).count();
        assert_eq!(ready, 1);
    });
    let log = place.skiff(&["sandbox", "logs", "race"]);
    assert_eq!(log.matches("ready on 127.0.0.1").count(), 1, "{log}");
}

#[test]
fn sandboxes_have_options_of_their_own() {
    let place = Place::new();
    let words =
        ["sandbox", "start", "b", "--ephemeral", "--authorization=always-allow", "--kube-version=1.31"];
    place.skiff(&words);
    place.skiff(&["sandbox", "start", "a"]);
    let table = place.skiff(&["sandbox", "status"]);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').map(str::trim).collect()).collect();
    assert_eq!((lines[1][0], lines[1][6]), ("a", "on disk"));
    assert_eq!(
        (lines[2][0], lines[2][4], lines[2][5], lines[2][6]),
        ("b", "v1.31.0", "always-allow", "in memory")
    );
    let other = place.0.skiff(&["sandbox", "start", "b", "--authorization", "rbac"]).failure();
    assert_eq!(other, "Error: the sandbox \"b\" runs already, with other options\n");
    assert_eq!(place.skiff(&["sandbox", "stop", "b"]), "sandbox \"b\" stopped; its state is gone\n");
    let yaml = place.skiff(&["sandbox", "status", "a", "-o", "yaml"]);
    assert!(yaml.contains("\n  name: a\n") && yaml.contains("\n  status: running\n"), "{yaml}");
}

#[test]
fn the_flag_starts_a_sandbox_and_lists_its_releases() {
    let place = Place::new();
    let head = "NAME\tNAMESPACE\tREVISION\tUPDATED\tSTATUS\tCHART\tAPP VERSION\n";
    assert_eq!(place.skiff(&["list", "--sandbox=one"]), head);
    assert_eq!(place.status("one")["status"], "running");
    let env = [("SKIFF_SANDBOX", "two")];
    let skiff = Path::new(env!("CARGO_BIN_EXE_skiff"));
    let listed = place.0.run_with(skiff, &["list"], &place.0.work(), &env).success();
    assert_eq!((listed.as_str(), &place.status("two")["status"]), (head, &"running".into()));
    let both = place.0.skiff(&["list", "--sandbox", "--kubeconfig", "x"]).failure();
    assert_eq!(both, "Error: --sandbox and --kubeconfig name two clusters\n");
}

#[test]
fn commands_that_need_no_cluster_start_none() {
    let place = Place::new();
    place.skiff(&["version", "--sandbox"]);
    place.skiff(&["env", "--sandbox"]);
    place.skiff(&["create", "web", "--sandbox"]);
    assert!(!place.folder("default").exists());
}

#[test]
fn wrong_words_are_refused() {
    let place = Place::new();
    for (words, wanted) in [
        (
            vec!["sandbox", "start", "../x"],
            "invalid sandbox name \"../x\": use lowercase letters, digits and '-', at most 63",
        ),
        (
            vec!["list", "--sandbox=A"],
            "invalid sandbox name \"A\": use lowercase letters, digits and '-', at most 63",
        ),
        (vec!["sandbox", "start", "--port", "70000"], "invalid port 70000: it is a number up to 65535"),
        (vec!["sandbox", "start", "--kube-version", "new"], "invalid Kubernetes version \"new\""),
        (vec!["sandbox", "start", "--authorization", "none"], "invalid authorization \"none\""),
    ] {
        assert_eq!(place.0.skiff(&words).failure(), format!("Error: {wanted}\n"), "{words:?}");
    }
    assert!(!place.folder("default").exists());
}

#[test]
fn a_port_that_is_taken_is_told() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let error = place.0.skiff(&["sandbox", "start", "--port", &port]).failure();
    assert!(
        error.starts_with(&format!(
            "Error: cannot start the sandbox \"default\": cannot listen on 127.0.0.1:{port}: "
        )),
        "{error}"
    );
}

#[test]
fn reset_keeps_the_way_in() {
    let place = Place::new();
    place.skiff(&["sandbox", "start"]);
    let before = fs::read(place.folder("default").join("kubeconfig")).expect("it is there");
    assert_eq!(place.skiff(&["sandbox", "reset"]), "sandbox \"default\" is empty\n");
    assert_eq!(place.status("default")["status"], "running");
    assert_eq!(fs::read(place.folder("default").join("kubeconfig")).expect("it is there"), before);
}

#[test]
fn helm_shows_nothing_of_it() {
    let place = Place::new();
    let page = |name: &str| {
        let program = if name == "helm" { TestEnv::skiff_as_helm } else { TestEnv::skiff };
        program(&place.0, &["--help"]).success() + &program(&place.0, &["list", "--help"]).success()
    };
    assert!(page("skiff").contains("--sandbox string[=\"default\"]"), "{}", page("skiff"));
    assert!(!page("helm").contains("sandbox"));
    let offered = place.0.skiff_as_helm(&["__complete", "s"]).success();
    assert!(!offered.contains("sandbox"), "{offered}");
    let flags = place.0.skiff_as_helm(&["__complete", "list", "--s"]).success();
    assert!(!flags.contains("sandbox"), "{flags}");
}

#[test]
fn shells_complete_the_names_of_sandboxes() {
    let place = Place::new();
    place.skiff(&["sandbox", "start", "demo"]);
    assert_eq!(place.skiff(&["__complete", "sandbox", "stop", "d"]), "demo\n:4\n");
    assert_eq!(place.skiff(&["__complete", "list", "--sandbox=d"]), "--sandbox=demo\n:4\n");
    assert_eq!(place.skiff(&["__completeNoDesc", "sandbox", "st"]), "start\nstatus\nstop\n:4\n");
}
