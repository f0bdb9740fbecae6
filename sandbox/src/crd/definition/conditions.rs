//! Names and conditions of definitions: what the naming, establishing and finalizing controllers write.

use crate::object;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The finalizer of every definition: its objects go first.
pub const CLEANUP_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The definition with its names judged, or `None` where nothing changes. `others` are all definitions of its group
/// (the definition itself may be among them); `now` is RFC 3339.
///
/// The real server takes two steps and two seconds for what happens here at once: the names are accepted, and the
/// resource is served.
#[must_use]
pub fn names_and_conditions(definition: &Value, others: &[&Value], now: &str) -> Option<Value> {
    let own = object::text(definition, &["metadata", "name"]);
    let mut names = definition.pointer("/status/acceptedNames").cloned().unwrap_or_else(|| json!({}));
    let requested = definition.pointer("/spec/names").cloned().unwrap_or_default();
    let taken = Taken::by(others.iter().filter(|other| object::text(other, &["metadata", "name"]) != own));
    let mut conflict: Option<(&str, String)> = None;
    let mut judge = |key: &str, reason: &'static str, taken: &BTreeSet<String>| {
        let (wanted, has) = (object::text(&requested, &[key]), object::text(&names, &[key]));
        if wanted != has && taken.contains(wanted) {
            conflict = Some((reason, format!("{wanted:?} is already in use")));
        } else if !wanted.is_empty() {
            names[key] = wanted.into();
        }
    };
    judge("plural", "PluralConflict", &taken.resources);
    judge("singular", "SingularConflict", &taken.resources);
    let short = requested.get("shortNames").cloned();
    let conflicts = short_name_conflicts(short.as_ref(), names.get("shortNames"), &taken.resources);
    let short_conflict = (!conflicts.is_empty()).then(|| ("ShortNamesConflict", aggregate(&conflicts)));
    let mut later: Option<(&str, String)> = None;
    let mut judge_kind = |key: &str, reason: &'static str| {
        let (wanted, has) = (object::text(&requested, &[key]), object::text(&names, &[key]));
        if wanted != has && taken.kinds.contains(wanted) {
            later = Some((reason, format!("{wanted:?} is already in use")));
        } else if !wanted.is_empty() {
            names[key] = wanted.into();
        }
    };
    judge_kind("kind", "KindConflict");
    judge_kind("listKind", "ListKindConflict");
    if short_conflict.is_none() {
        set(&mut names, "shortNames", short);
    }
    set(&mut names, "categories", requested.get("categories").cloned());
    let conflict = later.or(short_conflict).or(conflict);
    let mut changed = definition.clone();
    changed["status"]["acceptedNames"] = names;
    let accepted = match &conflict {
        Some((reason, message)) => condition("NamesAccepted", "False", reason, message),
        None => condition("NamesAccepted", "True", "NoConflicts", "no conflicts found"),
    };
    set_condition(&mut changed, accepted, now);
    let established = super::super::catalogue::condition(definition, "Established");
    let first = match (established, conflict.is_none()) {
        (true, _) => None,
        (false, true) => Some(("True", "InitialNamesAccepted", "the initial names have been accepted")),
        (false, false) => Some(("False", "NotAccepted", "not all names are accepted")),
    };
    if let Some((status, reason, message)) = first {
        set_condition(&mut changed, condition("Established", status, reason, message), now);
    }
    (changed != *definition).then_some(changed)
}

/// The definition with its Terminating condition: `reason` and `message` as the finalizing controller words them.
#[must_use]
pub fn terminating(definition: &Value, status: &str, reason: &str, message: &str, now: &str) -> Value {
    let mut changed = definition.clone();
    set_condition(&mut changed, condition("Terminating", status, reason, message), now);
    changed
}

/// The definition with its end begun: it waits until its objects are gone.
#[must_use]
pub fn begin_deletion(definition: &Value, now: &str) -> Value {
    let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
    let mut changed = terminating(definition, "True", "InstanceDeletionPending", message, now);
    if let Some(metadata) = changed.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("deletionTimestamp".to_owned(), now.into());
        let list = metadata.entry("finalizers").or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut()
            && !list.iter().any(|finalizer| finalizer == CLEANUP_FINALIZER)
        {
            list.push(CLEANUP_FINALIZER.into());
        }
    }
    changed
}

/// The names that other definitions hold.
#[derive(Default)]
struct Taken {
    resources: BTreeSet<String>,
    kinds: BTreeSet<String>,
}

impl Taken {
    fn by<'a>(others: impl Iterator<Item = &'a &'a Value>) -> Self {
        let mut taken = Self::default();
        for other in others {
            let text = |key: &str| object::text(other, &["status", "acceptedNames", key]).to_owned();
            taken.resources.extend([text("plural"), text("singular")]);
            let short = other.pointer("/status/acceptedNames/shortNames").and_then(Value::as_array);
            taken.resources.extend(short.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            taken.kinds.extend([text("kind"), text("listKind")]);
        }
        taken.resources.remove("");
        taken.kinds.remove("");
        taken
    }
}

fn short_name_conflicts(
    wanted: Option<&Value>,
    has: Option<&Value>,
    taken: &BTreeSet<String>,
) -> Vec<String> {
    let texts = |list: Option<&Value>| -> Vec<String> {
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let has = texts(has);
    texts(wanted)
        .into_iter()
        .filter(|name| !has.contains(name) && taken.contains(name))
        .map(|name| format!("{name:?} is already in use"))
        .collect()
}

/// Go's aggregate of errors.
fn aggregate(texts: &[String]) -> String {
    match texts {
        [only] => only.clone(),
        all => format!("[{}]", all.join(", ")),
    }
}

fn set(object: &mut Value, key: &str, value: Option<Value>) {
    let Some(fields) = object.as_object_mut() else { return };
    match value {
        Some(value) => fields.insert(key.to_owned(), value),
        None => fields.remove(key),
    };
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message})
}

/// `SetCRDCondition`: the time moves only where the status does.
fn set_condition(definition: &mut Value, mut condition: Value, now: &str) {
    let kind = object::text(&condition, &["type"]).to_owned();
    if !definition.get("status").is_some_and(Value::is_object) {
        definition["status"] = Value::Object(Map::new());
    }
    let list = &mut definition["status"]["conditions"];
    if !list.is_array() {
        *list = json!([]);
    }
    let Some(list) = list.as_array_mut() else { return };
    let known = list.iter_mut().find(|known| object::text(known, &["type"]) == kind);
    let same = known.as_ref().is_some_and(|known| known.get("status") == condition.get("status"));
    let time = known.as_ref().and_then(|known| known.get("lastTransitionTime").cloned()).filter(|_| same);
    condition["lastTransitionTime"] = time.unwrap_or_else(|| now.into());
    match known {
        Some(known) => *known = condition,
        None => list.push(condition),
    }
}
