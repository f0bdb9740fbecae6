//! A plan in a file: enough to carry out exactly what was planned, and nothing secret.
//!
//! It holds the command's words without those that give values, the plan without the contents of Secrets, a digest of
//! each object, and one fingerprint of everything, contents of Secrets, values and chart included. Whoever carries it
//! out plans again and compares. The fingerprint is salted and slow to compute, so that short secrets cannot be guessed
//! from it.

use super::{Change, Plan, Planned};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const API_VERSION: &str = "skiff.sh/v1";
const KIND: &str = "Plan";
/// How often the fingerprint is hashed: a guess costs a hundredth of a second.
const ROUNDS: usize = 50_000;
/// The largest plan that is read.
pub const MAX_BYTES: u64 = 256 << 20;

/// A plan that was written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    api_version: String,
    kind: String,
    /// The command that was planned, with its operands and flags.
    pub words: Vec<String>,
    /// The flags that give values and were left out: whoever carries the plan out gives them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
    /// The plan without the contents of Secrets, unless they were asked for.
    pub plan: Plan,
    /// What tells the cluster from others: the id of the release's namespace, where it has one.
    cluster: String,
    digests: Vec<String>,
    salt: String,
    fingerprint: String,
}

/// Why a plan in a file cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// It is none.
    #[error("it is no plan: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is no plan of this version: {0} {1}")]
    Version(String, String),
    /// It was made for another cluster, or its namespace was made anew.
    #[error("it was made for another cluster, or the namespace {0:?} was made anew since")]
    Cluster(String),
    /// The cluster moved, or the chart or its values did.
    #[error("the cluster, the chart or its values changed since the plan was made: {}", .0.join("; "))]
    Moved(Vec<String>),
}

impl Saved {
    /// Writes a plan down.
    pub fn new(
        planned: &Planned,
        words: Vec<String>,
        withheld: Vec<String>,
        cluster: String,
        show_secrets: bool,
    ) -> Self {
        let salt = format!("{:016x}", getrandom::u64().unwrap_or_default());
        let hidden = planned.plan.clone().hidden();
        let digests = hidden.changes.iter().map(digest).collect();
        let fingerprint = fingerprint(planned, &salt);
        let plan = if show_secrets { planned.plan.clone() } else { hidden };
        Self {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            words,
            withheld,
            plan,
            cluster,
            digests,
            salt,
            fingerprint,
        }
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &[u8]) -> Result<Self, SavedError> {
        let saved: Self = serde_json::from_slice(text)?;
        if saved.api_version != API_VERSION || saved.kind != KIND {
            return Err(SavedError::Version(saved.api_version, saved.kind));
        }
        Ok(saved)
    }

    /// Whether what is planned now is what was planned then.
    ///
    /// # Errors
    /// What is different.
    pub fn compare(&self, now: &Planned, cluster: &str) -> Result<(), SavedError> {
        if self.cluster != cluster {
            return Err(SavedError::Cluster(self.plan.namespace.clone()));
        }
        if self.fingerprint == fingerprint(now, &self.salt) {
            return Ok(());
        }
        let mut moved = Vec::new();
        if now.plan.revision != self.plan.revision {
            let (was, is) = (self.plan.revision, now.plan.revision);
            moved.push(format!("it would be revision {is}, not {was}"));
        }
        let changes = now.plan.clone().hidden().changes;
        let found: Vec<(String, String)> = changes.iter().map(|c| (id(c), digest(c))).collect();
        let known: Vec<(String, &String)> = self.plan.changes.iter().map(id).zip(&self.digests).collect();
        for (id, digest) in &known {
            match found.iter().find(|(found, _)| found == id) {
                None => moved.push(format!("{id} is no longer part of it")),
                Some((_, found)) if found != *digest => moved.push(format!("{id} is another")),
                Some(_) => {}
            }
        }
        let is_new = |found: &&(String, String)| !known.iter().any(|(id, _)| *id == found.0);
        moved.extend(found.iter().filter(is_new).map(|(id, _)| format!("{id} is new")));
        if moved.is_empty() {
            moved.push("the chart, its values, or the contents of a Secret".into());
        }
        Err(SavedError::Moved(moved))
    }
}

fn id(change: &Change) -> String {
    let hook = if change.hooks.is_empty() { "" } else { "hook " };
    format!("{hook}{}", change.title())
}

fn digest(change: &Change) -> String {
    hex(&Sha256::digest(serde_json::to_vec(change).unwrap_or_default()))
}

fn fingerprint(planned: &Planned, salt: &str) -> String {
    let release = &planned.release;
    let chart = release.chart.as_ref().map_or("", |chart| chart.json());
    let hooks: Vec<&str> = release.hooks.iter().map(|hook| hook.manifest.as_str()).collect();
    let everything = (&planned.plan, &release.config, chart, &release.manifest, hooks, &release.labels);
    let mut hash = Sha256::digest(serde_json::to_vec(&(salt, everything)).unwrap_or_default());
    for _ in 0..ROUNDS {
        hash = Sha256::new().chain_update(salt).chain_update(hash).finalize();
    }
    hex(&hash)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::super::Action;
    use super::*;
    use crate::release::Release;
    use serde_json::json;

    fn planned(value: &str, revision: i64) -> Planned {
        let change = |kind: &str, value: &str| Change {
            action: Action::Create,
            api_version: "v1".into(),
            kind: kind.into(),
            namespace: "sea".into(),
            name: "a".into(),
            hooks: Vec::new(),
            before: None,
            after: Some(json!({"data": {"key": value}})),
            note: String::new(),
            refused: false,
        };
        let changes =
            vec![change("Secret", value), change("ConfigMap", if revision == 1 { "x" } else { "y" })];
        let (operation, release, namespace) = ("install".into(), "web".into(), "sea".into());
        let plan = Plan { operation, release, namespace, revision, changes };
        Planned { plan, release: Release { name: "web".into(), ..Release::default() } }
    }

    fn saved(show_secrets: bool) -> (Saved, String) {
        let saved =
            Saved::new(&planned("hunter2", 1), vec!["install".into()], Vec::new(), "id".into(), show_secrets);
        let text = serde_json::to_string(&saved).unwrap();
        (Saved::read(text.as_bytes()).unwrap(), text)
    }

    #[test]
    fn a_plan_is_carried_out_as_long_as_nothing_moved() {
        for show_secrets in [false, true] {
            let (saved, text) = saved(show_secrets);
            assert_eq!(text.contains("hunter2"), show_secrets);
            assert!(saved.compare(&planned("hunter2", 1), "id").is_ok());
        }
    }

    #[test]
    fn what_moved_is_named() {
        let (saved, _) = saved(false);
        let why = |planned: Planned, cluster: &str| saved.compare(&planned, cluster).unwrap_err().to_string();
        assert!(
            why(planned("hunter3", 1), "id")
                .ends_with("made: the chart, its values, or the contents of a Secret")
        );
        let other = why(planned("hunter2", 2), "id");
        assert!(other.contains("it would be revision 2, not 1; ConfigMap sea/a is another"), "{other}");
        assert!(why(planned("hunter2", 1), "x").contains("another cluster"));
        let mut fewer = planned("hunter2", 1);
        fewer.plan.changes.remove(1);
        assert!(why(fewer, "id").contains("ConfigMap sea/a is no longer part of it"));
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        for text in ["", "{}", "[]", "{\"apiVersion\":\"v1\"}"] {
            assert!(Saved::read(text.as_bytes()).is_err(), "{text}");
        }
        let (mut other, _) = saved(false);
        other.api_version = "skiff.sh/v9".into();
        let text = serde_json::to_string(&other).unwrap();
        assert!(Saved::read(text.as_bytes()).unwrap_err().to_string().contains("skiff.sh/v9 Plan"));
    }
}
