//! Releases that are larger than one object of the cluster can be: a head that looks like any record, and parts that hold
//! the rest.
//!
//! The parts are stored first and the head last, and the head says how many there are and what they hash to: a write that
//! is cut off leaves nothing that could be taken for a release. What changes with each step of an operation, status and
//! times, stands in the head alone. The head is a record that Helm can read: its lists show it, and its manifest is a
//! document that no server knows, so that Helm does not change or delete what it cannot see.

use super::{codec, codec::CodecError, driver::Record};
use crate::release::{ChartSummary, Info, RecordedChart, Release};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write};

/// Who owns parts, as their label says; Helm looks for its own records only.
pub(super) const PART_OWNER: &str = "skiff";
/// How much a part holds: an object of the cluster may hold 1 MiB.
const PART_BYTES: usize = 1_000_000;
/// The most parts of a release.
const MAX_PARTS: usize = 64;
/// The largest values and chart descriptions that stand in the head too, where Helm shows them.
const MAX_SHOWN_BYTES: usize = 64 << 10;
/// How the manifest of a head begins.
const MARK: &str = "---\n# Source: skiff/release-in-parts.yaml\n";
/// What follows: what a person reads who looks at the manifest by other means.
const ADVICE: &str = "This release is larger than one object of the cluster can be, so skiff keeps it in parts. \
Read, upgrade, roll back and uninstall it with skiff.";

/// Where the rest of a release is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pointer {
    /// The release whose parts they are.
    pub(super) name: String,
    /// Its revision: another one than the head's where a rollback by Helm copied the head.
    pub(super) version: i64,
    parts: usize,
    bytes: usize,
    sha256: String,
}

impl Pointer {
    /// What a release's manifest says, if it is a head.
    pub(super) fn of(release: &Release) -> Option<Self> {
        let rest = release.manifest.strip_prefix(MARK)?;
        let spec = rest.lines().find_map(|line| line.strip_prefix("spec: "))?;
        serde_json::from_str(spec).ok()
    }

    /// The labels that its parts have.
    pub(super) fn labels<'a>(&'a self, version: &'a str) -> [(&'a str, &'a str); 3] {
        [("name", &self.name), ("owner", PART_OWNER), ("version", version)]
    }

    /// The keys of its parts.
    pub(super) fn keys(&self) -> Vec<String> {
        let digest = self.sha256.get(..16).unwrap_or_default();
        let record = super::key(&self.name, self.version);
        (0..self.parts.min(MAX_PARTS)).map(|number| format!("{record}.part.{digest}.{number}")).collect()
    }

    /// Puts the rest of a release behind its head.
    ///
    /// # Errors
    /// When parts are missing, or not what was stored.
    pub(super) fn join(&self, head: &Release, parts: Vec<Record>) -> Result<Release, CodecError> {
        let mut found: BTreeMap<String, String> =
            parts.into_iter().map(|part| (part.key, part.body)).collect();
        let mut body = String::new();
        for key in self.keys() {
            body.push_str(&found.remove(&key).ok_or(CodecError::PartMissing(key))?);
        }
        if self.parts > MAX_PARTS || body.len() != self.bytes || digest(&body) != self.sha256 {
            return Err(CodecError::PartsChanged);
        }
        let rest = codec::decode(&body)?;
        let info = Info { notes: rest.info.notes, ..head.info.clone() };
        Ok(Release {
            info,
            chart: rest.chart,
            config: rest.config,
            manifest: rest.manifest,
            hooks: rest.hooks,
            ..head.clone()
        })
    }
}

/// A release in parts.
pub(super) struct Split {
    /// The record that stands where every record stands.
    pub(super) head: Release,
    /// What it points to.
    pub(super) pointer: Pointer,
    /// The others, in their order.
    pub(super) parts: Vec<Record>,
}

/// Splits a release into parts that a store with bodies of so many bytes can hold.
///
/// # Errors
/// When it cannot be written, or is larger than any release in parts can be.
pub(super) fn split(release: &Release, max_body: usize) -> Result<Split, CodecError> {
    let rest = Release {
        info: Info { notes: release.info.notes.clone(), ..Info::default() },
        chart: release.chart.clone(),
        config: release.config.clone(),
        manifest: release.manifest.clone(),
        hooks: release.hooks.clone(),
        ..Release::default()
    };
    let body = codec::encode(&rest)?;
    let chunks: Vec<&[u8]> = body.as_bytes().chunks(max_body.clamp(1, PART_BYTES)).collect();
    if chunks.len() > MAX_PARTS {
        return Err(CodecError::TooManyParts(body.len()));
    }
    let pointer = Pointer {
        name: release.name.clone(),
        version: release.version,
        parts: chunks.len(),
        bytes: body.len(),
        sha256: digest(&body),
    };
    let labels = [
        ("name", release.name.clone()),
        ("owner", PART_OWNER.into()),
        ("version", release.version.to_string()),
    ];
    let labels: BTreeMap<String, String> =
        labels.into_iter().map(|(label, value)| (label.to_owned(), value)).collect();
    let part = |(key, chunk): (String, &&[u8])| Record {
        key,
        labels: labels.clone(),
        // Base64 has no characters of several bytes.
        body: String::from_utf8_lossy(chunk).into_owned(),
        ..Record::default()
    };
    let parts = pointer.keys().into_iter().zip(&chunks).map(part).collect();
    Ok(Split { head: head(release, &pointer)?, pointer, parts })
}

fn head(release: &Release, pointer: &Pointer) -> Result<Release, CodecError> {
    let config = serde_json::to_string(&release.config)?.len() <= MAX_SHOWN_BYTES;
    let document = json!({
        "apiVersion": "skiff.sh/v1",
        "kind": "ReleaseInParts",
        "metadata": {"name": "this-release-is-kept-in-parts-use-skiff"},
    });
    let mut manifest = format!("{MARK}# {ADVICE}\n");
    for field in ["apiVersion", "kind", "metadata"] {
        // Writing to a String cannot fail.
        let _ = writeln!(manifest, "{field}: {}", document[field]);
    }
    let _ = writeln!(manifest, "spec: {}", serde_json::to_string(pointer)?);
    Ok(Release {
        info: Info { notes: ADVICE.into(), ..release.info.clone() },
        chart: release.chart.as_ref().map(description).transpose()?,
        config: if config { release.config.clone() } else { Default::default() },
        manifest,
        hooks: Vec::new(),
        ..release.clone()
    })
}

/// A chart without its files: Chart.yaml, or what lists show of it where that is large.
fn description(chart: &RecordedChart) -> Result<RecordedChart, CodecError> {
    #[derive(Deserialize)]
    struct Described {
        metadata: Option<serde_json::Value>,
    }
    let described: Described = serde_json::from_str(chart.json())?;
    let mut metadata = serde_json::to_value(described.metadata)?;
    if metadata.to_string().len() > MAX_SHOWN_BYTES {
        let brief: ChartSummary = chart.summary()?;
        let brief = brief.metadata.unwrap_or_default();
        metadata = json!({
            "name": brief.name, "version": brief.version, "appVersion": brief.app_version, "apiVersion": "v2",
        });
    }
    Ok(RecordedChart::from_json(json!({"metadata": metadata, "templates": [], "values": {}}).to_string())?)
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
