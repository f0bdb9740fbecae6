//! The release object: the JSON of Helm's `release/v1` records, field for field.

use super::{hook::Hook, status::Status, time::Time, time::optional};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use std::collections::BTreeMap;

/// A chart deployed with values: what Helm records for each revision.
///
/// ```
/// let text = r#"{"name":"web","info":{"status":"deployed"},"version":1,"namespace":"default","apply_method":"ssa"}"#;
/// let release: skiff::release::Release = serde_json::from_str(text).unwrap();
/// assert_eq!(release.to_json().unwrap(), text);
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// The release's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Status, times and notes.
    #[serde(deserialize_with = "null_as_default")]
    pub info: Info,
    /// The chart, without its subcharts, as Helm records it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<RecordedChart>,
    /// The values the user gave.
    #[serde(skip_serializing_if = "Map::is_empty", deserialize_with = "null_as_default")]
    pub config: Map<String, Value>,
    /// The rendered documents.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manifest: String,
    /// The rendered hooks.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    pub hooks: Vec<Hook>,
    /// The revision, counted from 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub version: i64,
    /// The release's namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Labels of the record; they stand on the Secret, not in it.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
    /// `ssa` or `csa`; Helm 3 writes none, which means client-side.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub apply_method: String,
}

impl Release {
    /// The record's JSON, as Go would write it.
    ///
    /// # Errors
    /// Never for a release that was read or built here; the signature is serde's.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        super::json::to_string(self)
    }

    /// Sets the status and the log entry that goes with it.
    pub fn set_status(&mut self, status: Status, description: impl Into<String>) {
        self.info.status = status;
        self.info.description = description.into();
    }
}

/// What is known about a release beside its contents.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Info {
    /// When the first revision was deployed.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional")]
    pub first_deployed: Option<Time>,
    /// When this revision was deployed.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional")]
    pub last_deployed: Option<Time>,
    /// When it was uninstalled.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional")]
    pub deleted: Option<Time>,
    /// A log entry for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where the release stands.
    pub status: Status,
    /// The revision that was rolled back to, or 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub rollback_revision: i64,
    /// The rendered NOTES.txt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// The live objects, filled in for `status` alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub resources: BTreeMap<String, Vec<Value>>,
}

/// A chart in a record, kept as the JSON that was read: most commands never look inside, and a record is
/// written back with every field it had.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordedChart(Box<RawValue>);

impl RecordedChart {
    /// Takes a chart's JSON.
    ///
    /// # Errors
    /// When the text is not JSON.
    pub fn from_json(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// The chart's JSON.
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// The chart's Chart.yaml fields that lists and tables show.
    ///
    /// # Errors
    /// When the record holds something else than a chart there.
    pub fn summary(&self) -> Result<ChartSummary, serde_json::Error> {
        serde_json::from_str(self.json())
    }

    /// The chart's own values.yaml.
    ///
    /// # Errors
    /// When the record holds something else than a chart there.
    pub fn values(&self) -> Result<Map<String, Value>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Values {
            #[serde(default, deserialize_with = "null_as_default")]
            values: Map<String, Value>,
        }
        serde_json::from_str::<Values>(self.json()).map(|chart| chart.values)
    }
}

/// The part of a recorded chart that lists show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartSummary {
    /// Chart.yaml; absent in some very old records.
    pub metadata: Option<ChartSummaryMetadata>,
}

/// Fields of Chart.yaml that lists and `get metadata` show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChartSummaryMetadata {
    /// The chart's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of what it deploys.
    pub app_version: String,
    /// Its annotations.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Its dependencies, as Chart.yaml has them.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Map<String, Value>>,
}

impl ChartSummary {
    /// `NAME-VERSION`, or Helm's `MISSING`.
    pub fn display_name(&self) -> String {
        self.metadata.as_ref().map_or_else(|| "MISSING".into(), |m| format!("{}-{}", m.name, m.version))
    }

    /// The app version, or Helm's `MISSING`.
    pub fn app_version(&self) -> &str {
        self.metadata.as_ref().map_or("MISSING", |m| &m.app_version)
    }
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// Go reads `null` into any field as its zero value.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = concat!(
        r#"{"name":"a","info":{"first_deployed":"2026-11-23T21:10:32.444113064Z","#,
        r#""last_deployed":"2026-11-23T21:10:33+02:00","description":"Install complete","status":"superseded","#,
        r#""notes":"a \u003c b"},"chart":{"metadata":{"name":"demo","version":"0.1.0"},"lock":null,"novel":[1.50]},"#,
        r#""config":{"a":1},"manifest":"---\n","hooks":[{"name":"h","events":["test"],"last_run":{"phase":""}}],"#,
        r#""version":1,"namespace":"default","apply_method":"ssa"}"#
    );

    #[test]
    fn a_record_is_written_back_byte_for_byte() {
        let release: Release = serde_json::from_str(RECORD).unwrap();
        assert_eq!(release.to_json().unwrap(), RECORD);
    }

    #[test]
    fn nulls_and_empty_times_are_absent() {
        let text =
            r#"{"name":"a","info":{"deleted":"","status":"failed"},"chart":null,"config":null,"hooks":null}"#;
        let release: Release = serde_json::from_str(text).unwrap();
        assert_eq!(release.to_json().unwrap(), r#"{"name":"a","info":{"status":"failed"}}"#);
    }

    #[test]
    fn a_list_shows_the_chart_without_decoding_all_of_it() {
        let release: Release = serde_json::from_str(RECORD).unwrap();
        let summary = release.chart.unwrap().summary().unwrap();
        assert_eq!((summary.display_name().as_str(), summary.app_version()), ("demo-0.1.0", ""));
        assert_eq!(ChartSummary::default().display_name(), "MISSING");
    }
}
