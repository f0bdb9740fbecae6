//! Objects that were stored in one version and are asked for in another.

use super::{Registry, Served};
use crate::{object, strategy::autoscaler};
use serde_json::{Value, json};

/// Kinds whose versions differ in more than their name.
fn differs(served: &Served) -> bool {
    served.custom.is_none() && matches!(served.kind.as_str(), "HorizontalPodAutoscaler" | "Event")
}

impl Registry {
    /// Whether all objects are stored in this version.
    pub(super) fn stored_as(&self, served: &Served) -> bool {
        let gvr = &served.gvr;
        match &served.custom {
            Some(custom) => {
                custom.storage_version == gvr.version
                    && self.catalogue().custom().versions(&gvr.group, &gvr.resource).len() == 1
            }
            None => !differs(served),
        }
    }
}

/// Turns a stored object into one of this version.
pub(super) fn to(served: &Served, object: &mut Value) {
    let wanted = served.gvr.api_version();
    let stored = object::text(object, &["apiVersion"]).to_owned();
    if stored == wanted {
        return;
    }
    if served.custom.is_none() && served.kind == "Event" {
        event(object, served.gvr.group.is_empty());
    }
    if served.custom.is_none() && served.kind == "HorizontalPodAutoscaler" {
        if served.gvr.version == "v1" { autoscaler::to_v1(object) } else { autoscaler::to_v2(object) }
    }
    object["apiVersion"] = wanted.into();
}

/// Fields of `v1` events and of those of `events.k8s.io/v1`.
const EVENT_FIELDS: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn event(object: &mut Value, to_core: bool) {
    let Some(fields) = object.as_object_mut() else { return };
    for (core, new) in EVENT_FIELDS {
        let (from, to) = if to_core { (new, core) } else { (core, new) };
        if let Some(value) = fields.remove(from) {
            fields.insert(to.to_owned(), value);
        }
    }
    let (from, to) = if to_core {
        ("reportingController", "reportingComponent")
    } else {
        ("reportingComponent", "reportingController")
    };
    if let Some(value) = fields.remove(from) {
        fields.insert(to.to_owned(), value);
    }
    if to_core && !fields.contains_key("source") {
        fields.insert("source".to_owned(), json!({}));
    }
}
