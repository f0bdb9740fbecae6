//! Keys of objects in the store: `group/resource/namespace/name`, with an empty namespace for what has none.

use crate::kinds::Resource;

/// What all objects of a resource have in front: in a namespace, or everywhere.
#[must_use]
pub(super) fn prefix(resource: &Resource, namespace: Option<&str>) -> String {
    let mut prefix = String::with_capacity(64);
    let (group, name) = storage(resource);
    for part in [group, name] {
        prefix.push_str(part);
        prefix.push('/');
    }
    if let (true, Some(namespace)) =
        (resource.namespaced, namespace.filter(|namespace| !namespace.is_empty()))
    {
        prefix.push_str(namespace);
        prefix.push('/');
    }
    prefix
}

/// An object's key.
#[must_use]
pub(super) fn of(resource: &Resource, namespace: &str, name: &str) -> Box<str> {
    let (group, plural) = storage(resource);
    let namespace = if resource.namespaced { namespace } else { "" };
    format!("{group}/{plural}/{namespace}/{name}").into()
}

/// The group and plural name under which objects are stored: events of both groups are the same objects.
fn storage(resource: &Resource) -> (&str, &str) {
    match (resource.gvr.group.as_str(), resource.gvr.resource.as_str()) {
        ("events.k8s.io", "events") => ("", "events"),
        (group, plural) => (group, plural),
    }
}

/// The key that the real server has in its storage, as its messages show it.
#[must_use]
pub(super) fn real(served: &super::Served, namespace: &str, name: &str) -> String {
    let plural = served.gvr.resource.as_str();
    let folder = match (served.gvr.group.as_str(), plural) {
        (group, _) if served.custom.is_some() => format!("{group}/{plural}"),
        ("", "services") => "services/specs".to_owned(),
        ("", "endpoints") => "services/endpoints".to_owned(),
        ("", "nodes") => "minions".to_owned(),
        ("networking.k8s.io", "ingresses") => "ingress".to_owned(),
        ("apiextensions.k8s.io" | "apiregistration.k8s.io", _) => format!("{}/{plural}", served.gvr.group),
        _ => plural.to_owned(),
    };
    let namespace = if served.namespaced { format!("{namespace}/") } else { String::new() };
    format!("/registry/{folder}/{namespace}{name}")
}
