//! Leases: who works on a release right now, and whether the one who did has died.
//!
//! An operation that changes a release holds a Lease (`coordination.k8s.io/v1`) beside its record, renews it while it
//! goes on, and removes it at its end. Helm takes no Leases. So a record that says that an operation is under way tells
//! only together with a Lease that the operation is dead: the Lease has run out, or its process is known to have ended,
//! and it names the moment that stands in the record.
//!
//! [`Lease`] and [`standing`] are values and functions; [`hold`] asks the cluster.

pub mod hold;

use crate::{
    client::{self, object::string},
    env::Process,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long a Lease lasts unless it is renewed.
pub const DURATION_SECONDS: i64 = 30;
/// The most operations that a Lease remembers: each but the last died before it was finished.
const MAX_OPERATIONS: usize = 16;
/// Before the release's name in a Lease's name.
const NAME_PREFIX: &str = "skiff.release.";
const PROCESS: &str = "skiff.sh/process";
const OPERATIONS: &str = "skiff.sh/operations";

/// An operation on a release, as a Lease remembers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Operation {
    /// The moment that its record carries: `last_deployed`, or `deleted` for an uninstall.
    pub moment: String,
    /// Whether it was to be undone where it failed (`--rollback-on-failure`).
    pub undo: bool,
    /// Who was at it.
    pub holder: String,
}

/// A Lease on a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub holder: String,
    /// Where the holder runs ([`Process::place`]).
    pub place: String,
    /// What it is held for, the newest last.
    pub operations: Vec<Operation>,
    /// When it was first taken.
    pub acquired: Option<Timestamp>,
    /// When it was last renewed, by the server's clock.
    pub renewed: Option<Timestamp>,
    /// How long it lasts from then on.
    pub seconds: i64,
    /// The server's version of it; empty for one that is to be made.
    pub version: String,
}

/// The name of a release's Lease.
pub fn name(release: &str) -> String {
    format!("{NAME_PREFIX}{release}")
}

impl Lease {
    /// A Lease from the server's object; what is missing or broken is empty.
    pub fn from_object(object: &Value) -> Self {
        let spec = |field: &str| object.pointer(&format!("/spec/{field}"));
        let moment = |field: &str| spec(field).and_then(Value::as_str)?.parse().ok();
        let note = |key: &str| client::object::tag(object, "annotations", key).unwrap_or_default();
        Self {
            holder: spec("holderIdentity").and_then(Value::as_str).unwrap_or_default().to_owned(),
            place: note(PROCESS).to_owned(),
            operations: serde_json::from_str(note(OPERATIONS)).unwrap_or_default(),
            acquired: moment("acquireTime"),
            renewed: moment("renewTime"),
            seconds: spec("leaseDurationSeconds").and_then(Value::as_i64).unwrap_or(DURATION_SECONDS),
            version: string(object, "resourceVersion").to_owned(),
        }
    }

    /// The object to send.
    pub fn to_object(&self, release: &str, namespace: &str) -> Value {
        // Go's MicroTime: always six digits.
        let micro = |time: &Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
        let operations = serde_json::to_value(&self.operations).unwrap_or_default().to_string();
        let mut metadata = json!({
            "name": name(release),
            "namespace": namespace,
            "annotations": {OPERATIONS: operations, PROCESS: self.place},
        });
        if !self.version.is_empty() {
            metadata["resourceVersion"] = self.version.as_str().into();
        }
        json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": self.holder,
                "leaseDurationSeconds": self.seconds,
                "acquireTime": self.acquired.as_ref().map(micro),
                "renewTime": self.renewed.as_ref().map(micro),
            },
        })
    }

    /// This Lease in the hands of another, who finishes what it was held for.
    pub fn taken_by(self, next: &Self) -> Self {
        let mut operations = self.operations;
        operations.extend(next.operations.clone());
        let surplus = operations.len().saturating_sub(MAX_OPERATIONS);
        operations.drain(..surplus);
        Self { operations, version: self.version, ..next.clone() }
    }
}

/// Whether a Lease's holder can still be at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is, or nobody can tell.
    Alive,
    /// It is not.
    Dead,
}

/// Judges a Lease at a moment of the server's clock. What this machine knows of its own processes counts more than
/// time: one that is stopped may go on any moment, one that ended never.
pub fn standing(lease: &Lease, now: Timestamp, here: &Process) -> Standing {
    match here.runs(&lease.place) {
        Some(true) => return Standing::Alive,
        Some(false) => return Standing::Dead,
        None => {}
    }
    let Some(renewed) = lease.renewed else { return Standing::Alive };
    let age = now.as_second().saturating_sub(renewed.as_second());
    if age > lease.seconds.max(0) { Standing::Dead } else { Standing::Alive }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> Lease {
        Lease {
            holder: "a_7_x".into(),
            place: "a boot pid time 7 99".into(),
            operations: vec![Operation { moment: "m".into(), undo: true, holder: "a_7_x".into() }],
            acquired: "2026-01-02T03:04:05.000001Z".parse().ok(),
            renewed: "2026-01-02T03:04:05.5Z".parse().ok(),
            seconds: DURATION_SECONDS,
            version: "12".into(),
        }
    }

    #[test]
    fn a_lease_is_read_as_it_was_written() {
        let object = lease().to_object("web", "sea");
        assert_eq!(object["metadata"]["name"], "skiff.release.web");
        assert_eq!(object["spec"]["renewTime"], "2026-01-02T03:04:05.500000Z");
        assert_eq!(Lease::from_object(&object), lease());
    }

    #[test]
    fn broken_leases_are_read_as_empty_ones_and_never_as_dead() {
        let broken = json!({"spec": {"renewTime": 7, "leaseDurationSeconds": "x"},
            "metadata": {"annotations": {OPERATIONS: "{"}}});
        let read = Lease::from_object(&broken);
        assert_eq!(read, Lease { seconds: DURATION_SECONDS, ..Lease::default() });
        assert_eq!(standing(&read, Timestamp::MAX, &Process::default()), Standing::Alive);
    }

    #[test]
    fn a_lease_dies_when_it_has_run_out() {
        let elsewhere = Process::default();
        for (at, wanted) in [
            ("2026-01-02T03:04:05Z", Standing::Alive),
            ("2026-01-02T03:04:35.9Z", Standing::Alive),
            ("2026-01-02T03:04:36Z", Standing::Dead),
            ("2026-01-02T03:00:00Z", Standing::Alive),
        ] {
            assert_eq!(standing(&lease(), at.parse().unwrap(), &elsewhere), wanted, "{at}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_this_machine_knows_counts_more_than_time() {
        let this = Process::this();
        let mine = Lease { place: this.place.clone(), ..lease() };
        assert_eq!(standing(&mine, Timestamp::MAX, &this), Standing::Alive);
        let (rest, _) = this.place.rsplit_once(' ').unwrap();
        let gone = Lease { place: format!("{rest} 1"), ..lease() };
        assert_eq!(standing(&gone, "2026-01-02T03:04:05Z".parse().unwrap(), &this), Standing::Dead);
    }

    #[test]
    fn whoever_takes_a_lease_remembers_what_is_unfinished() {
        let next = Lease {
            holder: "b".into(),
            operations: vec![Operation { moment: "n".into(), ..Operation::default() }],
            ..Lease::default()
        };
        let taken = lease().taken_by(&next);
        let moments: Vec<&str> = taken.operations.iter().map(|o| o.moment.as_str()).collect();
        assert_eq!((taken.holder.as_str(), taken.version.as_str(), moments), ("b", "12", vec!["m", "n"]));
        let many = (0..40).fold(lease(), |lease, _| lease.taken_by(&next));
        assert_eq!(many.operations.len(), MAX_OPERATIONS);
    }
}
