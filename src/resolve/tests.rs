use super::*;
use crate::chart::scaffold;
use std::fs;

struct Charts {
    dir: tempfile::TempDir,
}

impl Charts {
    /// A chart `parent` that needs `child`, which lies beside it.
    fn new(version: &str, repository: &str) -> Self {
        let charts = Self { dir: tempfile::tempdir().expect("a folder") };
        for name in ["parent", "child"] {
            scaffold::create(name, charts.dir.path()).expect("it is created");
        }
        charts.declare(version, repository);
        charts
    }

    fn declare(&self, version: &str, repository: &str) {
        let text = format!(
            "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n- name: child\n  version: \"{version}\"\n  \
             repository: \"{repository}\"\n"
        );
        fs::write(self.path("parent/Chart.yaml"), text).expect("it is written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn options(&self) -> ResolveOptions {
        ResolveOptions { chart_path: self.path("parent"), debug: false, source_date_epoch: None }
    }

    fn run(
        &self,
        action: fn(&ResolveOptions, Tell<'_>, &mut dyn Log) -> Result<(), ResolveError>,
    ) -> (String, String) {
        let mut told = String::new();
        let result =
            action(&self.options(), &mut |progress| told.push_str(&progress.to_string()), &mut Vec::new());
        (told, result.map_or_else(|error| error.to_string(), |()| "ok".to_owned()))
    }

    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("parent/charts")).expect("it is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("it is there").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

const SAVED: &str = "Saving 1 charts\nDeleting outdated charts\n";

#[test]
fn an_update_saves_the_chart_and_writes_the_lock() {
    let charts = Charts::new(">=0.1.0 <1", "file://../child");
    assert_eq!(charts.run(update), (SAVED.to_owned(), "ok".to_owned()));
    assert_eq!(charts.entries(), ["child-0.1.0.tgz"]);
    let lock = fs::read_to_string(charts.path("parent/Chart.lock")).expect("it is there");
    // Helm's own digest of this very dependency.
    let digest = "digest: sha256:e5316a4e48e5542e5532e9cd366e0a9ac9992330e7ce0996278426bb798ce4d9\n";
    assert!(lock.contains(digest), "{lock}");
    assert!(
        !fs::read_dir(charts.path("parent")).expect("it is there").any(|entry| {
            entry.expect("it is there").file_name().to_string_lossy().starts_with("tmpcharts")
        })
    );
}

#[test]
fn a_build_keeps_to_the_lock() {
    let charts = Charts::new(">=0.1.0 <1", "file://../child");
    assert_eq!(charts.run(build).1, "ok");
    assert_eq!(charts.run(build), (SAVED.to_owned(), "ok".to_owned()));
    charts.declare(">=0.1.0 <2", "file://../child");
    assert!(charts.run(build).1.starts_with("the lock file (Chart.lock) is out of sync"));
}

#[test]
fn outdated_archives_go_and_what_is_no_chart_stays() {
    let charts = Charts::new("0.x", "file://../child");
    charts.run(update);
    fs::write(charts.path("parent/charts/_notes.txt"), "x").expect("it is written");
    let text = fs::read_to_string(charts.path("child/Chart.yaml")).expect("it is there");
    fs::write(charts.path("child/Chart.yaml"), text.replace("version: 0.1.0", "version: 0.2.0"))
        .expect("it is written");
    let (told, result) = charts.run(update);
    assert_eq!(result, "ok");
    assert!(told.contains("_notes.txt for deletion: file '"), "{told}");
    assert_eq!(charts.entries(), ["_notes.txt", "child-0.2.0.tgz"]);
}

#[test]
fn a_chart_that_does_not_fit_changes_nothing() {
    let charts = Charts::new("3.x", "file://../child");
    let (told, error) = charts.run(update);
    assert_eq!(told, "");
    assert!(
        error.starts_with("can't get a valid version for 1 subchart(s): \"child\" (repository"),
        "{error}"
    );
    assert!(charts.entries().is_empty() && !charts.path("parent/Chart.lock").exists());
}

#[test]
fn other_sources_are_refused_by_name() {
    for repository in ["https://example.com/charts", "oci://example.com/charts", "@added", "alias:added"] {
        let (told, error) = Charts::new("1.x", repository).run(update);
        assert_eq!(told, "");
        assert!(error.contains(repository) && error.contains("not supported yet"), "{error}");
    }
}

#[test]
fn a_chart_in_charts_needs_no_repository() {
    let charts = Charts::new("0.x", "");
    assert!(charts.run(update).1.ends_with("parent/charts/child not found"));
    scaffold::create("child", &charts.path("parent/charts")).expect("it is created");
    let (told, result) = charts.run(update);
    assert_eq!(result, "ok");
    assert!(told.contains("Assuming it exists in the charts directory\n"), "{told}");
}

#[test]
fn a_lock_that_is_a_link_is_left_alone() {
    let charts = Charts::new("0.x", "file://../child");
    std::os::unix::fs::symlink("elsewhere", charts.path("parent/Chart.lock")).expect("it is linked");
    fs::write(charts.path("parent/elsewhere"), "digest: x\n").expect("it is written");
    assert_eq!(charts.run(update).1, "the Chart.lock file is a symlink to \"elsewhere\"");
    assert_eq!(fs::read(charts.path("parent/elsewhere")).expect("it is there"), b"digest: x\n");
}
