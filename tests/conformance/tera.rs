//! The Tera dialect beside Helm: what the Tera chart renders is what helm renders of the Go chart.

use crate::support::peers;
use skiff::{
    chart::load,
    render::{Capabilities, Engine, ReleaseOptions, RenderValues},
};
use std::{collections::BTreeMap, path::Path, process::Command};

/// Documents by the file they came from.
fn documents(manifest: &str) -> BTreeMap<String, String> {
    let documents = manifest.split("---\n").filter_map(|document| {
        let (source, text) = document.strip_prefix("# Source: ")?.split_once('\n')?;
        Some((source.to_owned(), text.trim().to_owned()))
    });
    documents.collect()
}

#[test]
fn the_tera_chart_renders_what_helm_renders_of_the_go_chart() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts-examples/two-dialects");
    let home = std::env::temp_dir().join(format!("skiff-tera-{}", std::process::id()));
    let output = Command::new(peers::bin("helm"))
        .args(["template", "demo"])
        .arg(folder.join("go"))
        .env("HELM_CACHE_HOME", &home)
        .env("HELM_CONFIG_HOME", &home)
        .env("HELM_DATA_HOME", &home)
        .output()
        .expect("helm runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = documents(&String::from_utf8_lossy(&output.stdout));

    let chart = load::load(&folder.join("tera"), &mut Vec::new()).expect("the chart loads");
    let release =
        ReleaseOptions { name: "demo".into(), namespace: "default".into(), revision: 1, is_upgrade: false };
    let values = RenderValues {
        values: chart.values.clone(),
        release,
        capabilities: Capabilities::default(),
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let rendered = Engine::default().render(&chart, &values).expect("it renders");
    let ours: BTreeMap<String, String> = rendered
        .files
        .iter()
        .map(|(name, text)| {
            let name = name.strip_suffix(".tera").unwrap_or(name).to_owned();
            (name, String::from_utf8_lossy(text).trim().to_owned())
        })
        .collect();
    assert_eq!(theirs.len(), 3);
    assert_eq!(ours, theirs);
}
