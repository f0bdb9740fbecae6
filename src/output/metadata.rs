//! `get metadata` for people.

use crate::actions::inspect::Metadata;
use skiff_compact::Order;
use std::collections::BTreeMap;

/// One line for each field.
pub fn text(metadata: &Metadata) -> String {
    let pairs = |map: &BTreeMap<String, String>| {
        map.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    };
    let mut dependencies: Vec<&str> =
        metadata.dependencies.iter().filter_map(|d| d.get("name")?.as_str()).collect();
    dependencies.order();
    let method = match metadata.apply_method.as_str() {
        "" => "client-side apply (defaulted)".to_owned(),
        "csa" => "client-side apply".to_owned(),
        "ssa" => "server-side apply".to_owned(),
        other => format!("unknown ({other:?})"),
    };
    let lines = [
        ("NAME", metadata.name.clone()),
        ("CHART", metadata.chart.clone()),
        ("VERSION", metadata.version.clone()),
        ("APP_VERSION", metadata.app_version.clone()),
        ("ANNOTATIONS", pairs(&metadata.annotations)),
        ("LABELS", pairs(&metadata.labels)),
        ("DEPENDENCIES", dependencies.join(",")),
        ("NAMESPACE", metadata.namespace.clone()),
        ("REVISION", metadata.revision.to_string()),
        ("STATUS", metadata.status.clone()),
        ("DEPLOYED_AT", metadata.deployed_at.clone()),
        ("APPLY_METHOD", method),
    ];
    lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}
