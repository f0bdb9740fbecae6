//! Server-side apply: who manages which field, what a configuration changes, and what it must not.
//!
//! | module | owns |
//! |---|---|
//! | this | the two ways in, [`apply()`] and [`track`], and what they have in common |
//! | `update` | how the managers' sets change with the object: conflicts, pruning |
//! | `managed` | `metadata.managedFields`, read and written |
//! | `last_applied` | the annotation of `kubectl apply` without `--server-side` |
//! | `scale` | managers seen through the scale subresource |
//! | `reset` | what a request to a part of an object cannot own |
//! | `read` | configurations from YAML |
//! | `merge`, `compare`, `remove`, `collect`, `validate` | walks over values and their types |
//! | `set`, `fields`, `item`, `types` | sets of fields, their JSON, their elements, what types say of merging |
//!
//! The facts are those of `sigs.k8s.io/structured-merge-diff` and of `k8s.io/apimachinery/pkg/util/managedfields`.
//!
//! The caller decodes and defaults objects before it hands them in, and calls in the real server's order: [`track`] after defaulting
//! and before admission; [`apply()`], then defaulting, then admission; [`keep_times`] last, before the object is stored.

mod collect;
mod compare;
mod fields;
mod item;
mod last_applied;
mod managed;
mod merge;
mod read;
mod remove;
mod reset;
mod scale;
mod set;
mod types;
mod update;
mod validate;

pub use managed::keep_times;
pub use read::read;
pub use scale::{from_scale, to_scale};

use crate::{object, schema::TypeRef, status::Status, strategy::shape};
use managed::{Entry, Id, Managed, Operation};
use serde_json::{Map, Value, json};
use skiff_compact::Order;
use types::Type;
use update::{Conflict, Failure, Updater};

/// More managers of updates are merged: `DefaultMaxUpdateManagers`.
const MAX_UPDATE_MANAGERS: usize = 10;

/// Who changes an object, and as what.
#[derive(Debug, Clone, Copy)]
pub struct Manager<'a> {
    /// `fieldManager` of the request, or what the caller made of its user agent; empty is `unknown`.
    pub name: &'a str,
    /// `status`, `scale`, …; empty for the object itself.
    pub subresource: &'a str,
    /// The version that the request is made in: `apps/v1`.
    pub api_version: &'a str,
    /// The kind that the request's resource takes: `Deployment`.
    pub kind: &'a str,
    /// The time, RFC 3339 with seconds.
    pub now: &'a str,
    /// Whether the kind is a custom one with a status subresource.
    pub has_status: bool,
}

/// Applies a configuration to an object, or makes an object of it. The result carries `metadata.managedFields`; it is equal to `live`
/// where nothing changes.
///
/// `of` is the object's type; without one, maps merge and lists do not. Custom kinds need no type for their metadata.
///
/// # Errors
/// 400 for a configuration of another kind or one with `managedFields`, 409 for fields that others manage with other values, 500 (as
/// the real server) for one that does not fit the type.
///
/// ```
/// use serde_json::json;
/// use skiff_sandbox::apply::{Manager, apply};
/// let who = |name| Manager {
///     name, subresource: "", api_version: "example.com/v1", kind: "Thing", now: "2026-01-01T00:00:00Z", has_status: false,
/// };
/// let config = |size| json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"size": size}});
/// let live = apply(None, &config(1), None, &who("one"), false)?;
/// assert_eq!(live["metadata"]["managedFields"][0]["fieldsV1"], json!({"f:spec": {".": {}, "f:size": {}}}));
/// let refused = apply(Some(&live), &config(2), None, &who("two"), false).unwrap_err();
/// assert_eq!(refused.message, "Apply failed with 1 conflict: conflict with \"one\": .spec.size");
/// # Ok::<(), skiff_sandbox::status::Status>(())
/// ```
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    of: Option<TypeRef<'_>>,
    who: &Manager<'_>,
    force: bool,
) -> Result<Value, Status> {
    if object::text(applied, &["apiVersion"]) != who.api_version
        || object::text(applied, &["kind"]) != who.kind
    {
        return Err(Status::bad_request(format!("invalid object type: {}", kind_of(applied))));
    }
    if object::at(applied, &["metadata", "managedFields"]).is_some_and(Value::is_array) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let unexpected = |why: String| Status::new(500, "", why);
    let managed = match live {
        Some(live) => {
            Managed::of(live).map_err(|why| unexpected(format!("failed to decode managed fields: {why}")))?
        }
        None => Managed::default(),
    };
    let request = Request::new(of, who);
    let current = live.map_or_else(|| request.empty(), without_managers);
    let (mut object, managed) = match request.attempt(&current, applied, &managed, force) {
        Err(Failure::Conflicts(conflicts)) => {
            let conflicts = last_applied::real_conflicts(conflicts, &current, request.updater.of, who);
            if !conflicts.is_empty() {
                return Err(conflict(&conflicts));
            }
            request.attempt(&current, applied, &managed, true)
        }
        other => other,
    }
    .map_err(|failure| match failure {
        Failure::Conflicts(conflicts) => conflict(&conflicts),
        Failure::Other(why) => unexpected(why),
    })?;
    last_applied::renew(&mut object, applied, who);
    if let Some(of) = of.filter(|_| !request.custom) {
        shape(of.name().unwrap_or_default(), &mut object);
    }
    managed.write(&mut object);
    Ok(object)
}

/// Tracks a change that is no apply: a creation (without `old`), an update, or another patch. `new` is the whole object as the
/// request left it; `metadata.managedFields` in it is obeyed (`[]` forgets all managers), except through a subresource.
#[must_use]
pub fn track(old: Option<&Value>, new: Value, of: Option<TypeRef<'_>>, who: &Manager<'_>) -> Value {
    let from_old = || old.and_then(|old| Managed::of(old).ok()).unwrap_or_default();
    let asked = object::at(&new, &["metadata", "managedFields"]);
    let mut managed = if who.subresource.is_empty() && managed::resets(asked) {
        Managed::default()
    } else if who.subresource.is_empty() {
        match Managed::of(&new) {
            Ok(managed) if !managed.entries.is_empty() => managed,
            _ => from_old(),
        }
    } else {
        from_old()
    };
    let mut new = without_managers(&new);
    // Objects that nobody manages stay so until something is applied.
    if !managed.entries.is_empty() || old.is_none() {
        let request = Request::new(of, who);
        let live = old.map_or_else(|| request.empty(), without_managers);
        if request.track(&live, &new, &mut managed, who.name).is_err() {
            return new;
        }
    }
    managed.write(&mut new);
    new
}

/// What the ways in have in common.
struct Request<'a> {
    updater: Updater<'a>,
    who: &'a Manager<'a>,
    /// What Go's type of the kind is before anything is decoded into it.
    empty: Value,
    /// Whether the kind is a custom one.
    custom: bool,
}

impl<'a> Request<'a> {
    fn new(of: Option<TypeRef<'a>>, who: &'a Manager<'a>) -> Self {
        let mut empty = json!({});
        if let Some(name) = of.and_then(TypeRef::name) {
            shape(name, &mut empty);
        }
        let custom = empty.as_object().is_none_or(Map::is_empty);
        let of = match of {
            None => Type::Deduced,
            Some(of) if custom => Type::custom(of),
            Some(of) => Type::new(of),
        };
        let reset = reset::reset(who, custom);
        Self { updater: Updater { of, api_version: who.api_version, reset }, who, empty, custom }
    }

    /// The object that is not there yet.
    fn empty(&self) -> Value {
        let mut empty = self.empty.clone();
        if let Value::Object(map) = &mut empty {
            map.insert("apiVersion".to_owned(), self.who.api_version.into());
            map.insert("kind".to_owned(), self.who.kind.into());
        }
        empty
    }

    fn id(&self, manager: &str, operation: Operation) -> Id {
        let manager = if manager.is_empty() { "unknown" } else { manager };
        Id::new(manager, operation, self.who.api_version, self.who.subresource)
    }

    /// Tracks what changes between two objects.
    fn track(&self, live: &Value, new: &Value, managed: &mut Managed, manager: &str) -> Result<(), String> {
        validate::validate(new, self.updater.of, true)
            .map_err(|why| format!("failed to convert new object ({}) to smd typed: {why}", named(new)))?;
        validate::validate(live, self.updater.of, true)
            .map_err(|why| format!("failed to convert live object ({}) to smd typed: {why}", named(live)))?;
        let id = self.id(manager, Operation::Update);
        // The change is made under a name that nobody has, so that the manager's own fields count as well.
        let current = Id::new("current-operation", Operation::Update, "", "");
        self.updater.update(live, new, managed, &current)?;
        strip(managed, &current);
        if let Some(entry) = managed.entries.remove(&current) {
            let set = match managed.entries.get(&id) {
                Some(before) => entry.set.union(&before.set),
                None => entry.set,
            };
            managed.entries.insert(id.clone(), Entry { set, ..entry });
            managed.times.insert(id, self.who.now.to_owned());
        }
        cap(managed);
        Ok(())
    }

    /// Applies once.
    fn attempt(
        &self,
        live: &Value,
        applied: &Value,
        managed: &Managed,
        force: bool,
    ) -> Result<(Value, Managed), Failure> {
        let mut managed = managed.clone();
        if managed.entries.is_empty() {
            let empty = self.empty();
            self.track(&empty, live, &mut managed, "before-first-apply").map_err(|why| {
                Failure::Other(format!("failed to create manager for existing fields: {why}"))
            })?;
        }
        validate::validate(applied, self.updater.of, false).map_err(|why| {
            Failure::Other(format!("failed to create typed patch object ({}): {why}", named(applied)))
        })?;
        validate::validate(live, self.updater.of, true).map_err(|why| {
            Failure::Other(format!("failed to create typed live object ({}): {why}", named(live)))
        })?;
        let id = self.id(self.who.name, Operation::Apply);
        let new = self.updater.apply(live, applied, &mut managed, &id, force)?;
        strip(&mut managed, &id);
        if new.is_some() {
            managed.times.insert(id, self.who.now.to_owned());
        }
        Ok((new.unwrap_or_else(|| live.clone()), managed))
    }
}

/// Takes what nobody manages from a manager.
fn strip(managed: &mut Managed, id: &Id) {
    if let Some(entry) = managed.entries.get_mut(id) {
        entry.set = entry.set.difference(&managed::unmanaged());
        if entry.set.is_empty() {
            managed.entries.remove(id);
        }
    }
}

/// Merges the oldest managers of updates where there are too many.
fn cap(managed: &mut Managed) {
    let updaters = managed.entries.iter().filter(|(_, entry)| !entry.applied);
    let mut updaters: Vec<Id> = updaters.map(|(id, _)| id.clone()).collect();
    let mut count = updaters.len();
    if count <= MAX_UPDATE_MANAGERS {
        return;
    }
    updaters.order_by_key(|id| (managed::seconds(managed.times.get(id)), id.clone()));
    let mut first_of_version: std::collections::BTreeMap<String, Id> = std::collections::BTreeMap::new();
    for id in updaters {
        if count <= MAX_UPDATE_MANAGERS {
            break;
        }
        let Some(entry) = managed.entries.get(&id).cloned() else { continue };
        let bucket = Id::new("ancient-changes", Operation::Update, &entry.api_version, "");
        let Some(first) = first_of_version.get(&entry.api_version).cloned() else {
            first_of_version.insert(entry.api_version, id);
            continue;
        };
        if !managed.entries.contains_key(&bucket)
            && let Some(moved) = managed.entries.remove(&first)
        {
            managed.entries.insert(bucket.clone(), moved);
        }
        let before = managed.entries.get(&bucket).map(|entry| entry.set.clone()).unwrap_or_default();
        managed.entries.remove(&id);
        let set = entry.set.union(&before);
        managed.entries.insert(bucket.clone(), Entry { set, ..entry });
        count -= 1;
        match managed.times.get(&id).cloned() {
            Some(time) => managed.times.insert(bucket, time),
            None => managed.times.remove(&bucket),
        };
    }
}

fn without_managers(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

/// `apps/v1, Kind=Deployment`, as Go writes a `GroupVersionKind`.
fn kind_of(object: &Value) -> String {
    let api_version = object::text(object, &["apiVersion"]);
    let slash = if api_version.contains('/') { "" } else { "/" };
    format!("{slash}{api_version}, Kind={}", object::text(object, &["kind"]))
}

/// `default/web; apps/v1, Kind=Deployment`.
fn named(object: &Value) -> String {
    format!("{}/{}; {}", object::namespace(object), object::name(object), kind_of(object))
}

/// The refusal for fields that others manage: `NewConflictError`.
fn conflict(conflicts: &[Conflict]) -> Status {
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|conflict| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {}", conflict.id.shown()),
                "field": set::shown(&conflict.path),
            })
        })
        .collect();
    let message = match conflicts {
        [only] => format!(
            "Apply failed with 1 conflict: conflict with {}: {}",
            only.id.shown(),
            set::shown(&only.path)
        ),
        many => {
            let mut lines = Vec::new();
            let mut last = None;
            for conflict in many {
                if last != Some(&conflict.id) {
                    lines.push(format!("conflicts with {}:", conflict.id.shown()));
                    last = Some(&conflict.id);
                }
                lines.push(format!("- {}", set::shown(&conflict.path)));
            }
            format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
        }
    };
    Status::new(409, "Conflict", message).with_details(json!({"causes": causes}))
}

#[cfg(test)]
mod tests;
