//! Events, in the old form and in the one of `events.k8s.io`: `pkg/apis/core/validation/events.go`.

use super::internal;
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors},
};

/// Fields of an event whose names differ: in messages, in `v1`, in `events.k8s.io/v1`.
const NAMES: [(&str, &str, &str); 7] = [
    ("involvedObject", "involvedObject", "regarding"),
    ("message", "message", "note"),
    ("reportingController", "reportingComponent", "reportingController"),
    ("source", "source", "deprecatedSource"),
    ("firstTimestamp", "firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "count", "deprecatedCount"),
];

/// An event and how its fields are called.
struct Event<'a> {
    object: &'a At<'a>,
    strict: bool,
}

impl<'a> Event<'a> {
    fn get(&self, name: &str) -> At<'a> {
        let known = NAMES.iter().find(|(known, _, _)| *known == name);
        let (old, new) = known.map_or((name, name), |(_, old, new)| (*old, *new));
        let value = self.object.get(if self.strict { new } else { old }).value;
        // Only of the reporter `v1` has its own name in messages too.
        At::new(value, if name == "reportingController" && !self.strict { old } else { name })
    }
}

/// A new event, or one that takes the place of another; `strict` where it is sent by `events.k8s.io`.
pub(super) fn validate(object: &At<'_>, old: Option<&At<'_>>, strict: bool, errors: &mut Errors) {
    let event = Event { object, strict };
    always(&event, errors);
    if !strict {
        return;
    }
    match old {
        None => created(&event, errors),
        Some(old) => changed(&event, &Event { object: old, strict }, errors),
    }
}

/// `legacyValidateEvent`.
fn always(event: &Event<'_>, errors: &mut Errors) {
    let own = event.object.at("metadata.namespace").text();
    let subject = At::new(event.get("involvedObject").value, "involvedObject").get("namespace");
    let foreign = subject.invalid_text("does not match event.namespace");
    if event.get("eventTime").is_empty() {
        let fits = if subject.is_empty() { ["", "default"].contains(&own) } else { subject.text() == own };
        return errors.extend((!fits).then_some(foreign));
    }
    if subject.is_empty() && !["default", "kube-system"].contains(&own) {
        errors.push(foreign);
    }
    let controller = event.get("reportingController");
    if controller.is_empty() {
        errors.push(controller.required(""));
    }
    controller.obeys(names::qualified, errors);
    for (name, most, wanted) in [
        ("reportingInstance", 128, true),
        ("action", 128, true),
        ("reason", 128, true),
        ("message", 1024, false),
    ] {
        let at = event.get(name);
        if wanted && at.is_empty() {
            errors.push(at.required(""));
        }
        if at.len() > most {
            errors.push(Error::invalid(&at.path, "", format!("can have at most {most} characters")));
        }
    }
}

fn created(event: &Event<'_>, errors: &mut Errors) {
    series(event, errors);
    if event.get("eventTime").is_empty() {
        errors.push(event.get("eventTime").required(""));
    }
    let kind = event.get("type");
    if !["Normal", "Warning"].contains(&kind.text()) {
        errors.push(Error::invalid("type", "", format!("has invalid value: {}", kind.text())));
    }
    let source = event.get("source");
    let named = ["component", "host"].iter().any(|key| !source.get(key).is_empty());
    for (name, set) in [
        ("firstTimestamp", event.get("firstTimestamp").is_set()),
        ("lastTimestamp", event.get("lastTimestamp").is_set()),
        ("count", event.get("count").number() != 0),
        ("source", named),
    ] {
        if set {
            errors.push(Error::invalid(name, "", "needs to be unset"));
        }
    }
}

fn series(event: &Event<'_>, errors: &mut Errors) {
    let series = event.get("series");
    if series.is_set() {
        if series.get("count").number() < 2 {
            errors.push(Error::invalid("series.count", "", "should be at least 2"));
        }
        if series.get("lastObservedTime").is_empty() {
            errors.push(Error::required("series.lastObservedTime", ""));
        }
    }
}

fn changed(event: &Event<'_>, old: &Event<'_>, errors: &mut Errors) {
    if event.get("series").value != old.get("series").value {
        series(event, errors);
    }
    let (subject, before) = (event.get("involvedObject"), old.get("involvedObject"));
    if subject.value != before.value {
        errors.push(internal::immutable(&subject, "core.ObjectReference"));
    }
    for name in [
        "reason",
        "message",
        "source",
        "firstTimestamp",
        "lastTimestamp",
        "count",
        "reason",
        "type",
        "eventTime",
        "action",
        "related",
        "reportingController",
        "reportingInstance",
    ] {
        event.get(name).immutable(&old.get(name), errors);
    }
}
