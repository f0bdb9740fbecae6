//! Garbage collection: objects whose owners are gone go too, owners wait for what blocks them, or let it go.

use super::Outcome;
use crate::controllers::runtime::Context;
use crate::controllers::runtime::context::scope;
use crate::controllers::runtime::work::Place;
use crate::kinds::{Gvr, Resource};
use crate::object::edit::{deleting, flag, list, set, unset};
use crate::object::{name, namespace, text, uid};
use crate::registry::{DeleteOptions, Patch, Propagation};
use crate::status::Status;
use serde_json::{Value, json};
use std::sync::Arc;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// The stored resource of a key's group and plural name.
fn stored(context: &Context, group: &str, resource: &str) -> Option<Arc<Resource>> {
    let all = context.client.registry().catalogue().stored();
    all.into_iter().find(|one| one.gvr.group == group && one.gvr.resource == resource)
}

/// The key of the object that a reference means, seen from a namespace.
pub(in crate::controllers::runtime) fn key_of_owner(
    context: &Context,
    namespace: &str,
    owner: &Value,
) -> Option<String> {
    let (group, version) = split(text(owner, &["apiVersion"]));
    let served = context.client.registry().catalogue().by_kind(group, version, text(owner, &["kind"]))?;
    let namespace = if served.namespaced { namespace } else { "" };
    Some(format!("{}/{}/{namespace}/{}", served.gvr.group, served.gvr.resource, text(owner, &["name"])))
}

fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// What an owner reference comes to.
enum Owner {
    /// The owner is there, or nobody can tell.
    Solid,
    /// It waits, in foreground deletion, for what it owns.
    Waiting,
    /// It is gone.
    Gone,
}

/// Looks at one object: its owners, and what it owns.
pub(in crate::controllers::runtime) async fn collect(context: &Context, key: &str) -> Outcome {
    let Some(place) = Place::of(key) else { return Ok(None) };
    let Some(resource) = stored(context, place.group, place.resource) else { return Ok(None) };
    let gvr = &resource.gvr;
    let object = match context.client.get(gvr, scope(place.namespace), place.name).await {
        Ok(object) => object,
        Err(status) if status.code == 404 => return Ok(None),
        Err(status) => return Err(status),
    };
    let has = |finalizer: &str| list(&object, &["metadata", "finalizers"]).iter().any(|one| one == finalizer);
    if deleting(&object) {
        if has(ORPHAN) {
            orphan(context, gvr, &object).await?;
        } else if has(FOREGROUND) {
            await_dependents(context, gvr, &object).await?;
        }
        return Ok(None);
    }
    let (mut solid, mut waiting, mut gone) = (0, 0, Vec::new());
    for owner in list(&object, &["metadata", "ownerReferences"]) {
        match look_up(context, &object, owner).await? {
            Owner::Solid => solid += 1,
            Owner::Waiting => {
                waiting += 1;
                gone.push(text(owner, &["uid"]).to_owned());
            }
            Owner::Gone => gone.push(text(owner, &["uid"]).to_owned()),
        }
    }
    if gone.is_empty() {
        return Ok(None);
    }
    if solid > 0 {
        return drop_references(context, gvr, &object, &gone).await.map(|()| None);
    }
    let owns = !context.store().owned(uid(&object)).map_err(Status::internal)?.is_empty();
    let propagation = match () {
        () if has(ORPHAN) => Propagation::Orphan,
        () if has(FOREGROUND) || (waiting > 0 && owns) => Propagation::Foreground,
        () => Propagation::Background,
    };
    let options = DeleteOptions {
        uid: Some(uid(&object).to_owned()),
        resource_version: None,
        propagation: Some(propagation),
        ..DeleteOptions::default()
    };
    match context.client.delete(gvr, scope(namespace(&object)), name(&object), options).await {
        Err(status) if !matches!(status.code, 404 | 409) => Err(status),
        _ => Ok(None),
    }
}

async fn look_up(context: &Context, object: &Value, owner: &Value) -> Result<Owner, Status> {
    let (group, version) = split(text(owner, &["apiVersion"]));
    let Some(served) = context.client.registry().catalogue().by_kind(group, version, text(owner, &["kind"]))
    else {
        // A kind that nobody knows may be known again: nothing is deleted for it.
        return Ok(Owner::Solid);
    };
    let place = if served.namespaced { namespace(object) } else { "" };
    match context.client.get(&served.gvr, scope(place), text(owner, &["name"])).await {
        Ok(found) if uid(&found) == text(owner, &["uid"]) => {
            let finalizers = list(&found, &["metadata", "finalizers"]);
            let waits = deleting(&found) && finalizers.iter().any(|one| one == FOREGROUND);
            Ok(if waits && flag(owner, &["blockOwnerDeletion"]) { Owner::Waiting } else { Owner::Solid })
        }
        Ok(_) => Ok(Owner::Gone),
        Err(status) if status.code == 404 => Ok(Owner::Gone),
        Err(status) => Err(status),
    }
}

/// Takes references away, and the object stays.
async fn drop_references(
    context: &Context,
    gvr: &Gvr,
    object: &Value,
    gone: &[String],
) -> Result<(), Status> {
    let rest: Vec<Value> = list(object, &["metadata", "ownerReferences"])
        .iter()
        .filter(|owner| !gone.iter().any(|id| id == text(owner, &["uid"])))
        .cloned()
        .collect();
    let rest = if rest.is_empty() { Value::Null } else { Value::Array(rest) };
    let patch = json!({"metadata": {
        "ownerReferences": rest, "uid": uid(object), "resourceVersion": object["metadata"]["resourceVersion"],
    }});
    patch_object(context, gvr, object, patch).await
}

async fn patch_object(context: &Context, gvr: &Gvr, object: &Value, patch: Value) -> Result<(), Status> {
    let place = scope(namespace(object));
    match context.client.patch(gvr, None, place, name(object), Patch::Merge(patch)).await {
        Err(status) if status.code != 404 => Err(status),
        _ => Ok(()),
    }
}

/// The objects that name this one as an owner.
async fn dependents(context: &Context, object: &Value) -> Result<Vec<(Gvr, Value)>, Status> {
    let mut found = Vec::new();
    for key in context.store().owned(uid(object)).map_err(Status::internal)? {
        let Some(place) = Place::of(&key) else { continue };
        let Some(resource) = stored(context, place.group, place.resource) else { continue };
        match context.client.get(&resource.gvr, scope(place.namespace), place.name).await {
            Ok(one) => found.push((resource.gvr.clone(), one)),
            Err(status) if status.code == 404 => {}
            Err(status) => return Err(status),
        }
    }
    Ok(found)
}

/// An owner that leaves its dependents behind: they forget it, then it goes.
async fn orphan(context: &Context, gvr: &Gvr, object: &Value) -> Result<(), Status> {
    for (of, one) in dependents(context, object).await? {
        drop_references(context, &of, &one, &[uid(object).to_owned()]).await?;
    }
    drop_finalizer(context, gvr, object, ORPHAN).await
}

/// An owner that waits for what blocks it: that is deleted first.
async fn await_dependents(context: &Context, gvr: &Gvr, object: &Value) -> Result<(), Status> {
    let mut blocked = false;
    for (of, one) in dependents(context, object).await? {
        let owners = list(&one, &["metadata", "ownerReferences"]);
        let blocks = owners
            .iter()
            .any(|owner| text(owner, &["uid"]) == uid(object) && flag(owner, &["blockOwnerDeletion"]));
        blocked |= blocks;
        if blocks && !deleting(&one) {
            let key = format!("{}/{}/{}/{}", of.group, of.resource, namespace(&one), name(&one));
            Box::pin(collect(context, &key)).await?;
            let left = context.client.get(&of, scope(namespace(&one)), name(&one)).await;
            blocked |= left.is_ok();
        }
    }
    // Those that went at once block no more.
    let still = blocked
        && dependents(context, object).await?.iter().any(|(_, one)| {
            list(one, &["metadata", "ownerReferences"])
                .iter()
                .any(|owner| text(owner, &["uid"]) == uid(object) && flag(owner, &["blockOwnerDeletion"]))
        });
    if still { Ok(()) } else { drop_finalizer(context, gvr, object, FOREGROUND).await }
}

async fn drop_finalizer(context: &Context, gvr: &Gvr, object: &Value, finalizer: &str) -> Result<(), Status> {
    let mut changed = object.clone();
    let rest: Vec<Value> =
        list(object, &["metadata", "finalizers"]).iter().filter(|one| *one != finalizer).cloned().collect();
    if rest.is_empty() {
        unset(&mut changed, &["metadata", "finalizers"]);
    } else {
        set(&mut changed, &["metadata", "finalizers"], rest);
    }
    match context.client.update(gvr, None, changed).await {
        Err(status) if status.code != 404 => Err(status),
        _ => Ok(()),
    }
}
