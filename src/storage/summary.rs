//! What lists and histories show of a revision, without the rest of it.
//!
//! Skiff keeps it beside its records as an annotation, so that a list need not read the records themselves. Helm
//! replaces the whole object with every change, so that the annotation goes when its record is another one.

use crate::release::{ChartSummary, Info, Release};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The annotation that holds a [`Summary`].
pub const SUMMARY_ANNOTATION: &str = "skiff.sh/summary";
/// The largest that is kept: an object has room for 256 KiB of annotations, other people's too.
const MAX_SUMMARY_BYTES: usize = 16 << 10;

/// The head of a revision.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision.
    pub version: i64,
    /// Status and times; without notes and resources.
    pub info: Info,
    /// The chart's name and versions.
    pub chart: ChartSummary,
    /// The record's labels.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
}

impl Summary {
    /// A release's.
    pub fn of(release: &Release) -> Self {
        let info = &release.info;
        Self {
            name: release.name.clone(),
            namespace: release.namespace.clone(),
            version: release.version,
            info: Info {
                first_deployed: info.first_deployed,
                last_deployed: info.last_deployed,
                deleted: info.deleted,
                description: info.description.clone(),
                status: info.status.clone(),
                rollback_revision: info.rollback_revision,
                ..Info::default()
            },
            chart: release.chart.as_ref().and_then(|chart| chart.summary().ok()).unwrap_or_default(),
            labels: release.labels.clone(),
        }
    }

    /// The annotation's text; nothing when it would be too large.
    pub(super) fn to_annotation(&self) -> Option<String> {
        let brief = self.chart.metadata.as_ref().map(|metadata| ChartSummary {
            metadata: Some(crate::release::ChartSummaryMetadata {
                annotations: BTreeMap::new(),
                dependencies: Vec::new(),
                ..metadata.clone()
            }),
        });
        let brief = Self { chart: brief.unwrap_or_default(), ..self.clone() };
        serde_json::to_string(&brief).ok().filter(|text| text.len() <= MAX_SUMMARY_BYTES)
    }

    /// Reads an annotation; nothing when it is none of ours, or not of this record.
    pub(super) fn from_annotation(text: &str, labels: &BTreeMap<String, String>) -> Option<Self> {
        let summary: Self = serde_json::from_str(text).ok()?;
        let says = |label: &str, value: &str| labels.get(label).is_some_and(|found| found == value);
        let fits = says("name", &summary.name)
            && says("version", &summary.version.to_string())
            && says("status", summary.info.status.as_str());
        fits.then(|| Self { labels: labels.clone(), ..summary })
    }
}

/// A record as far as it is known without its body.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The record's key.
    pub key: String,
    /// The namespace it was found in.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What Skiff noted of it, where that is of this body for certain.
    pub summary: Option<Summary>,
}

impl Outline {
    /// The release's name.
    pub fn name(&self) -> &str {
        self.labels.get("name").map_or("", String::as_str)
    }

    /// The revision; nothing where the label is none.
    pub fn version(&self) -> Option<i64> {
        self.labels.get("version")?.parse().ok()
    }
}

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its key.
    pub key: String,
    /// Its namespace.
    pub namespace: String,
    /// What is wrong with it.
    pub cause: String,
}

/// Summaries, and what could not be summed up.
#[derive(Clone, Debug, Default)]
pub struct Summaries {
    /// The readable ones.
    pub found: Vec<Summary>,
    /// The others.
    pub unreadable: Vec<Unreadable>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Status;

    fn labels(status: &str) -> BTreeMap<String, String> {
        let pairs = [("name", "web"), ("version", "3"), ("status", status)];
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    fn release() -> Release {
        let mut release = Release { name: "web".into(), version: 3, ..Release::default() };
        release.set_status(Status::Failed, "no \"such\" thing");
        release.info.notes = "long".into();
        release
    }

    #[test]
    fn an_annotation_is_read_back() {
        let text = Summary::of(&release()).to_annotation().unwrap();
        assert!(!text.contains("long"), "{text}");
        let summary = Summary::from_annotation(&text, &labels("failed")).unwrap();
        assert_eq!((summary.version, summary.info.description.as_str()), (3, "no \"such\" thing"));
        assert_eq!(summary.labels["version"], "3");
    }

    #[test]
    fn an_annotation_of_another_record_is_not_believed() {
        let text = Summary::of(&release()).to_annotation().unwrap();
        assert!(Summary::from_annotation(&text, &labels("deployed")).is_none());
        assert!(Summary::from_annotation("{", &labels("failed")).is_none());
        assert!(Summary::from_annotation("{}", &labels("failed")).is_none());
    }

    #[test]
    fn a_long_story_is_not_kept_twice() {
        let mut release = release();
        release.info.description = "x".repeat(MAX_SUMMARY_BYTES);
        assert!(Summary::of(&release).to_annotation().is_none());
    }
}
