//! Managers seen through the scale subresource: there, a scale is all that there is, and the number of replicas is all that can be
//! managed. `managedfields.ScaleHandler`.

use super::{
    managed::{Entry, Managed},
    set::{Element, Set},
};
use serde_json::Value;

const SCALE: &str = "autoscaling/v1";

fn path(parts: &[&str]) -> Vec<Element> {
    parts.iter().map(|part| Element::field(part)).collect()
}

fn only(path: &[Element]) -> Set {
    let mut set = Set::default();
    set.insert(path);
    set
}

/// Gives `scale` the managers of its object `parent`, as far as they manage the number of replicas. `replicas` is the field's path in
/// the object, `["spec", "replicas"]` for all built-in kinds.
pub fn to_scale(parent: &Value, replicas: &[&str], scale: &mut Value) {
    let managed = Managed::of(parent).unwrap_or_default();
    let (from, to) = (path(replicas), path(&["spec", "replicas"]));
    let mut seen = Managed::default();
    for (id, entry) in managed.entries.into_iter().filter(|(_, entry)| entry.set.has(&from)) {
        seen.times.extend(managed.times.get_key_value(&id).map(|(id, time)| (id.clone(), time.clone())));
        seen.entries.insert(id, Entry { set: only(&to), api_version: SCALE.to_owned(), ..entry });
    }
    seen.write(scale);
}

/// Gives `parent`, whose version is `api_version`, the managers that its scale has after a request.
pub fn from_scale(parent: &mut Value, api_version: &str, replicas: &[&str], scale: &Value) {
    let (Ok(managed), Ok(mut changed)) = (Managed::of(parent), Managed::of(scale)) else { return };
    let (to, from) = (path(replicas), path(&["spec", "replicas"]));
    let mut merged = Managed::default();
    let times = managed.times;
    for (id, entry) in managed.entries {
        let keeps = !entry.set.has(&to) || changed.entries.remove(&id).is_some();
        let set = if keeps { entry.set } else { entry.set.difference(&only(&to)) };
        if keeps || !set.is_empty() {
            merged.times.extend(times.get_key_value(&id).map(|(id, time)| (id.clone(), time.clone())));
            merged.entries.insert(id, Entry { set, ..entry });
        }
    }
    for (id, entry) in changed.entries.into_iter().filter(|(_, entry)| entry.set.has(&from)) {
        merged.times.extend(times.get_key_value(&id).map(|(id, time)| (id.clone(), time.clone())));
        merged.entries.insert(id, Entry { set: only(&to), api_version: api_version.to_owned(), ..entry });
    }
    merged.write(parent);
}
