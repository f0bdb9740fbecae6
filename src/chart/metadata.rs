//! What `Chart.yaml` holds, as Helm names, orders and omits it in JSON.

use super::wire;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The first format of charts: dependencies live in `requirements.yaml`.
pub const API_VERSION_V1: &str = "v1";
/// The present format of charts.
pub const API_VERSION_V2: &str = "v2";

/// The contents of `Chart.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    /// The chart's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The project's home page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// Where the source code is.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "wire::list::deserialize")]
    pub sources: Vec<String>,
    /// The chart's semantic version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence about the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to search for.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "wire::list::deserialize")]
    pub keywords: Vec<String>,
    /// Who looks after the chart.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "wire::list::deserialize")]
    pub maintainers: Vec<Maintainer>,
    /// The URL of an icon.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// The format: [`API_VERSION_V1`] or [`API_VERSION_V2`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// The value that enables the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// The tags that enable the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of what the chart installs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether the chart should no longer be used.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// What Helm does not interpret.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "wire::map")]
    pub annotations: BTreeMap<String, String>,
    /// The Kubernetes versions the chart is for, a semantic version constraint.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The charts this one needs.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "wire::list::deserialize")]
    pub dependencies: Vec<Dependency>,
    /// `application` or `library`.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub chart_type: String,
    /// What the fields above cannot say of the text they were read from.
    #[serde(skip)]
    pub origin: Origin,
}

/// What a read `Chart.yaml` had that Go keeps as nil pointers and nil slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// There was a `dependencies` list, though it may have been empty.
    pub declares_dependencies: bool,
    /// A maintainer was null.
    pub null_maintainer: bool,
    /// Where the first null dependency stood.
    pub null_dependency: Option<usize>,
}

/// Someone who looks after a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintainer {
    /// A person's or an organisation's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where to write to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Where to read more.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A chart that a chart needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Dependency {
    /// The name in the dependency's own `Chart.yaml`.
    pub name: String,
    /// A version or a range of versions.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it comes from: a URL, `@alias`, `file://…`, or nothing for `charts/`.
    pub repository: String,
    /// Paths of values, separated by commas; the first that is a boolean enables the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Tags that enable the chart together with others.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "wire::list::deserialize")]
    pub tags: Vec<String>,
    /// Set while dependencies are processed.
    #[serde(skip_serializing_if = "is_false")]
    pub enabled: bool,
    /// What the parent takes from the child's values: names or `{child, parent}` pairs.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "wire::list::deserialize")]
    pub import_values: Vec<Value>,
    /// The name the chart goes by in this parent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

impl Metadata {
    /// Whether the chart has the first format.
    pub fn is_v1(&self) -> bool {
        self.api_version == API_VERSION_V1
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_helms_order_and_empty_ones_are_left_out() {
        let metadata = Metadata {
            name: "a".into(),
            version: "1.0.0".into(),
            api_version: "v2".into(),
            chart_type: "library".into(),
            dependencies: vec![Dependency { name: "b".into(), ..Dependency::default() }],
            ..Metadata::default()
        };
        let json = serde_json::to_string(&metadata).expect("it has JSON");
        assert_eq!(
            json,
            r#"{"name":"a","version":"1.0.0","apiVersion":"v2","dependencies":[{"name":"b","repository":""}],"type":"library"}"#
        );
    }

    #[test]
    fn nulls_of_a_release_record_are_empty() {
        let text = r#"{"name":"a","keywords":null,"annotations":null,"dependencies":null}"#;
        let metadata: Metadata = serde_json::from_str(text).expect("it reads");
        assert_eq!(metadata, Metadata { name: "a".into(), ..Metadata::default() });
    }
}
