//! `metadata.managedFields`: who manages which fields, read and written.

use super::{fields, set::Set};
use crate::{field::go_quote, object};
use jiff::Timestamp;
use serde_json::{Map, Value};
use skiff_compact::Order;
use std::collections::BTreeMap;

/// More entries are not read. The server keeps ten of updates, and as many as there are appliers.
const MAX_ENTRIES: usize = 1_000;

/// How a manager came to its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Apply,
    Update,
}

/// What tells entries apart. The order is that of the JSON texts which Go uses instead: those with a subresource come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) manager: String,
    pub(super) operation: Operation,
    /// Empty for appliers: they are the same in each version.
    pub(super) api_version: String,
    pub(super) subresource: String,
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fn key(id: &Id) -> (&str, Operation, &str, bool, &str) {
            (&id.manager, id.operation, &id.api_version, id.subresource.is_empty(), &id.subresource)
        }
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Id {
    pub(super) fn new(manager: &str, operation: Operation, api_version: &str, subresource: &str) -> Self {
        let api_version = if operation == Operation::Apply { "" } else { api_version };
        Self {
            manager: manager.to_owned(),
            operation,
            api_version: api_version.to_owned(),
            subresource: subresource.to_owned(),
        }
    }

    /// As conflicts name it.
    pub(super) fn shown(&self) -> String {
        let mut text = go_quote(&self.manager);
        if !self.subresource.is_empty() {
            text.push_str(&format!(" with subresource {}", go_quote(&self.subresource)));
        }
        if self.operation == Operation::Update {
            text.push_str(&format!(" using {}", self.api_version));
        }
        text
    }
}

/// The fields of a manager.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) set: Set,
    pub(super) api_version: String,
    pub(super) applied: bool,
}

/// All managers of an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Managed {
    pub(super) entries: BTreeMap<Id, Entry>,
    /// When each was last active.
    pub(super) times: BTreeMap<Id, String>,
}

/// Whether a request asks to forget all managers: `[]` or `[{}]`.
pub(super) fn resets(managed_fields: Option<&Value>) -> bool {
    match managed_fields.and_then(Value::as_array).map(Vec::as_slice) {
        Some([]) => true,
        Some([Value::Object(only)]) => only.is_empty(),
        _ => false,
    }
}

impl Managed {
    /// Reads an object's `metadata.managedFields`; nothing there is no managers.
    ///
    /// # Errors
    /// What the real server says of entries that it cannot read.
    pub(super) fn of(object: &Value) -> Result<Self, String> {
        let list = object::at(object, &["metadata", "managedFields"]);
        let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if list.len() > MAX_ENTRIES {
            return Err(format!("more than {MAX_ENTRIES} managed fields entries"));
        }
        let mut managed = Self::default();
        for (index, entry) in list.iter().enumerate() {
            let text = |key: &str| object::text(entry, &[key]);
            let operation = match text("operation") {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return Err("operation must be `Apply` or `Update`".to_owned()),
            };
            if text("apiVersion").is_empty() {
                return Err("apiVersion must not be empty".to_owned());
            }
            match text("fieldsType") {
                "FieldsV1" => {}
                "" => return Err(format!("missing fieldsType in managed fields entry {index}")),
                other => {
                    let quoted = go_quote(other);
                    return Err(format!("invalid fieldsType {quoted} in managed fields entry {index}"));
                }
            }
            let id = Id::new(text("manager"), operation, text("apiVersion"), text("subresource"));
            let set = fields::read(entry.get("fieldsV1").unwrap_or(&Value::Null))
                .map_err(|why| format!("error decoding versioned set: error decoding set: {why}"))?;
            if let Some(time) = entry.get("time").and_then(Value::as_str) {
                managed.times.insert(id.clone(), time.to_owned());
            }
            let (api_version, applied) = (text("apiVersion").to_owned(), operation == Operation::Apply);
            managed.entries.insert(id, Entry { set, api_version, applied });
        }
        Ok(managed)
    }

    /// Writes the managers into an object.
    pub(super) fn write(&self, object: &mut Value) {
        let Value::Object(map) = object else { return };
        if self.entries.is_empty() {
            if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
                metadata.remove("managedFields");
            }
            return;
        }
        let mut order: Vec<(&Id, &Entry)> = self.entries.iter().collect();
        order.order_by(|(left, left_entry), (right, right_entry)| {
            let key = |id: &Id| (id.operation, seconds(self.times.get(id)));
            key(left)
                .cmp(&key(right))
                .then_with(|| left.manager.cmp(&right.manager))
                .then_with(|| left_entry.api_version.cmp(&right_entry.api_version))
                .then_with(|| left.subresource.cmp(&right.subresource))
        });
        let list = order.into_iter().map(|(id, entry)| self.entry(id, entry)).collect();
        object::map_mut(map, "metadata").insert("managedFields".to_owned(), list);
    }

    fn entry(&self, id: &Id, entry: &Entry) -> Value {
        let mut map = Map::new();
        let mut set = |key: &str, value: &str| {
            if !value.is_empty() {
                map.insert(key.to_owned(), value.into());
            }
        };
        set("manager", &id.manager);
        set("operation", if entry.applied { "Apply" } else { "Update" });
        set("apiVersion", &entry.api_version);
        set("time", self.times.get(id).map_or("", String::as_str));
        set("fieldsType", "FieldsV1");
        set("subresource", &id.subresource);
        map.insert("fieldsV1".to_owned(), fields::write(&entry.set));
        Value::Object(map)
    }
}

/// Seconds since 1970; no time is 1970.
pub(super) fn seconds(time: Option<&String>) -> i64 {
    time.and_then(|time| time.parse::<Timestamp>().ok()).map_or(0, Timestamp::as_second)
}

/// What no manager owns: names, versions and what the server alone sets.
pub(super) fn unmanaged() -> Set {
    Set::of(&[
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "creationTimestamp"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
        &["metadata", "clusterName"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
    ])
}

/// Keeps the old times of managers where nothing else changes, so that a repeated request is no change: the last thing before an
/// object is stored. `new` must have everything else that will be stored, its resource version aside.
///
/// ```
/// use serde_json::json;
/// let object = |time: &str| json!({"metadata": {"managedFields": [{"manager": "m", "time": time}]}, "data": {}});
/// let mut new = object("2026-01-02T00:00:00Z");
/// skiff_sandbox::apply::keep_times(&object("2026-01-01T00:00:00Z"), &mut new);
/// assert_eq!(new, object("2026-01-01T00:00:00Z"));
/// ```
pub fn keep_times(old: &Value, new: &mut Value) {
    let path = ["metadata", "managedFields"];
    let (Some(Value::Array(before)), Some(Value::Array(after))) =
        (object::at(old, &path), object::at(new, &path))
    else {
        return;
    };
    let timeless = |entry: &Value| {
        let mut entry = entry.clone();
        entry.as_object_mut().map(|map| map.remove("time"));
        entry
    };
    let same = before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| timeless(before) == timeless(after))
        && without_managers(old) == without_managers(new);
    if same {
        let before = Value::Array(before.clone());
        if let Some(metadata) = new.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("managedFields".to_owned(), before);
        }
    }
}

fn without_managers(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        metadata.remove("resourceVersion");
    }
    object
}
