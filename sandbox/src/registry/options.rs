//! What requests say besides their objects: `ListOptions`, `DeleteOptions`, `Preconditions`.

use crate::object::selector::{FieldSelector, LabelSelector};
use serde_json::{Value, json};

/// `metav1.ListOptions`, as far as lists and watches share them.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Which labels.
    pub labels: LabelSelector,
    /// Which fields.
    pub fields: FieldSelector,
    /// At most so many; 0 is no limit.
    pub limit: u64,
    /// Where a list before stopped.
    pub continue_: String,
    /// `resourceVersion`, as given.
    pub resource_version: String,
    /// `resourceVersionMatch`, as given.
    pub version_match: String,
}

/// A part of all objects, or all.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The revision of the list.
    pub resource_version: u64,
    /// Where the next list goes on; empty at the end.
    pub continue_: String,
    /// How many come after these, where that is known.
    pub remaining: Option<u64>,
    /// The objects.
    pub items: Vec<Value>,
}

/// What happens to the objects that the deleted one owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// They go after it.
    Background,
    /// It waits until they are gone.
    Foreground,
    /// They stay.
    Orphan,
}

/// `metav1.DeleteOptions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Seconds until it is really gone; `None` is the kind's own.
    pub grace: Option<i64>,
    /// Only an object of this uid.
    pub uid: Option<String>,
    /// Only an object of this version.
    pub resource_version: Option<String>,
    /// What happens to what it owns; `None` is the kind's own way.
    pub propagation: Option<Propagation>,
    /// Whether nothing may be kept.
    pub dry_run: bool,
}

impl Propagation {
    /// `Background`, `Foreground`, `Orphan`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Background => "Background",
            Self::Foreground => "Foreground",
            Self::Orphan => "Orphan",
        }
    }
}

impl DeleteOptions {
    /// The options as an object, for admission.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut shown = json!({"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1"});
        if let Some(grace) = self.grace {
            shown["gracePeriodSeconds"] = grace.into();
        }
        if let Some(propagation) = self.propagation {
            shown["propagationPolicy"] = propagation.text().into();
        }
        if self.dry_run {
            shown["dryRun"] = json!(["All"]);
        }
        for (key, value) in [("uid", &self.uid), ("resourceVersion", &self.resource_version)] {
            if let Some(value) = value {
                shown["preconditions"][key] = value.as_str().into();
            }
        }
        shown
    }
}
