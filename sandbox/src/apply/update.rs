//! How sets of fields change when an object does: `merge.Updater`.

use super::{
    collect::{field_set, reconciled, with_named},
    compare::{Comparison, compare},
    item,
    managed::{Entry, Id, Managed},
    merge::merge,
    remove::remove,
    set::{Element, Set},
    types::Type,
};
use serde_json::Value;

/// A field that somebody else manages with another value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conflict {
    pub(super) id: Id,
    pub(super) path: Vec<Element>,
}

/// Why an object cannot be applied.
#[derive(Debug)]
pub(super) enum Failure {
    /// Others manage fields with other values.
    Conflicts(Vec<Conflict>),
    /// Anything else.
    Other(String),
}

/// What does not change during one request.
pub(super) struct Updater<'a> {
    pub(super) of: Type<'a>,
    pub(super) api_version: &'a str,
    pub(super) reset: Set,
}

impl Updater<'_> {
    /// Tracks a change that is no apply: `id` gets what changes, all others lose it.
    pub(super) fn update(
        &self,
        live: &Value,
        new: &Value,
        managed: &mut Managed,
        id: &Id,
    ) -> Result<(), String> {
        self.reconcile(managed);
        let changes = match self.others(live, new, managed, id, true) {
            Ok(changes) => changes,
            Err(Failure::Other(why)) => return Err(why),
            Err(Failure::Conflicts(_)) => Comparison::default(),
        };
        let before = managed.entries.remove(id).map(|entry| entry.set).unwrap_or_default();
        let set = before.difference(&changes.removed).union(&changes.modified).union(&changes.added);
        let set = set.recursive_difference(&self.reset);
        if !set.is_empty() {
            let entry = Entry { set, api_version: self.api_version.to_owned(), applied: false };
            managed.entries.insert(id.clone(), entry);
        }
        Ok(())
    }

    /// Merges a configuration into an object; none where nothing changes.
    pub(super) fn apply(
        &self,
        live: &Value,
        config: &Value,
        managed: &mut Managed,
        id: &Id,
        force: bool,
    ) -> Result<Option<Value>, Failure> {
        self.reconcile(managed);
        let merged = merge(live, config, self.of)
            .map_err(|why| Failure::Other(format!("failed to merge config: {why}")))?;
        let set = field_set(config, self.of).recursive_difference(&self.reset);
        let entry = Entry { set, api_version: self.api_version.to_owned(), applied: true };
        let last = managed.entries.insert(id.clone(), entry);
        let new = match last {
            Some(last) => self.pruned(merged, managed, &last.set),
            None => merged,
        };
        self.others(live, &new, managed, id, force)?;
        Ok((!item::equal(live, &new)).then_some(new))
    }

    /// Takes fields that change from everybody but `id`, unless that needs force and there is none.
    fn others(
        &self,
        live: &Value,
        new: &Value,
        managed: &mut Managed,
        id: &Id,
        force: bool,
    ) -> Result<Comparison, Failure> {
        let changes = compare(live, new, self.of)
            .map_err(|why| Failure::Other(format!("failed to compare objects: {why}")))?
            .without(&self.reset);
        // Versions of another group are none that this object can be converted to.
        let group = |version: &str| version.split_once('/').map(|(group, _)| group.to_owned());
        let own = group(self.api_version);
        managed.entries.retain(|other, entry| other == id || group(&entry.api_version) == own);
        let changed = changes.modified.union(&changes.added);
        if !force {
            let mut conflicts = Vec::new();
            for (other, entry) in managed.entries.iter().filter(|(other, _)| *other != id) {
                let paths = entry.set.intersection(&changed).paths();
                conflicts.extend(paths.into_iter().map(|path| Conflict { id: other.clone(), path }));
            }
            if !conflicts.is_empty() {
                return Err(Failure::Conflicts(conflicts));
            }
        }
        for (_, entry) in managed.entries.iter_mut().filter(|(other, _)| *other != id) {
            if !changed.is_empty() {
                // Only what the entry has in common with the change goes away.
                let taken = entry.set.intersection(&changed);
                if !taken.is_empty() {
                    entry.set = entry.set.difference(&taken);
                }
            }
            if !changes.removed.is_empty() {
                entry.set = entry.set.difference(&changes.removed);
            }
        }
        managed.entries.retain(|_, entry| !entry.set.is_empty());
        Ok(changes)
    }

    /// Brings all sets in line with types that changed since they were written.
    fn reconcile(&self, managed: &mut Managed) {
        for entry in managed.entries.values_mut() {
            if let Some(set) = reconciled(&entry.set, self.of) {
                entry.set = set;
            }
        }
    }

    /// Takes out what the applier applied last time, does not apply now, and nobody else manages.
    fn pruned(&self, merged: Value, managed: &Managed, last: &Set) -> Value {
        let owned = managed.entries.values().fold(Set::default(), |all, entry| all.union(&entry.set));
        let (last, owned) = (with_named(last, self.of), with_named(&owned, self.of));
        if last.difference(&owned).is_empty() {
            return merged;
        }
        let all = with_named(&field_set(&merged, self.of), self.of);
        let set_of = |value: &Value| with_named(&field_set(value, self.of), self.of);
        let without_last = set_of(&remove(&merged, &last, self.of));
        let with_owned = remove(&merged, &all.difference(&without_last.union(&owned)), self.of);
        let dangling = all.difference(&set_of(&with_owned)).intersection(&last);
        remove(&merged, &dangling, self.of)
    }
}
