//! Defaults that depend on classes, and finalizers of what is in use: DefaultStorageClass, DefaultIngressClass,
//! StorageObjectInUseProtection.

use super::request::{Lookup, Request};
use crate::{kinds::Gvr, object, status::Status};
use serde_json::{Value, json};
use skiff_compact::Order;

const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";

/// The finalizers of claims, volumes and the like.
pub(crate) fn protect(request: &Request<'_>, object: &mut Value) {
    let finalizer = match () {
        () if !request.creates() => return,
        () if request.is("", "persistentvolumeclaims") => "kubernetes.io/pvc-protection",
        () if request.is("", "persistentvolumes") => "kubernetes.io/pv-protection",
        () if request.is("storage.k8s.io", "volumeattributesclasses") => "kubernetes.io/vac-protection",
        () => return,
    };
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let list = metadata.entry("finalizers").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut()
        && !list.iter().any(|known| known == finalizer)
    {
        list.push(finalizer.into());
    }
}

/// The newest class that says it is the default; the first by name among equals.
fn default_class(classes: Vec<Value>, annotations: &[&str]) -> Option<String> {
    let mut marked: Vec<Value> = classes
        .into_iter()
        .filter(|class| {
            annotations.iter().any(|key| object::text(class, &["metadata", "annotations", key]) == "true")
        })
        .collect();
    let age = |class: &Value| object::text(class, &["metadata", "creationTimestamp"]).to_owned();
    marked.order_by(|a, b| age(b).cmp(&age(a)).then_with(|| object::name(a).cmp(object::name(b))));
    marked.first().map(|class| object::name(class).to_owned())
}

/// A claim's storage class.
pub(crate) fn storage_class(request: &Request<'_>, claim: &mut Value, lookup: &dyn Lookup) {
    const OLD: &str = "volume.beta.kubernetes.io/storage-class";
    if !request.is("", "persistentvolumeclaims") || !request.creates() {
        return;
    }
    let given = claim.pointer("/spec/storageClassName").is_some_and(|class| !class.is_null())
        || claim.pointer("/metadata/annotations").is_some_and(|all| all.get(OLD).is_some());
    if given {
        return;
    }
    const DEFAULT: [&str; 2] =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
    let classes = lookup.list(&Gvr::new("storage.k8s.io", "v1", "storageclasses"), "");
    if let (Some(class), Some(spec)) =
        (default_class(classes, &DEFAULT), claim.get_mut("spec").and_then(Value::as_object_mut))
    {
        spec.insert("storageClassName".into(), class.into());
    }
}

/// An ingress' class.
///
/// # Errors
/// Several classes that say they are the default.
pub(crate) fn ingress_class(
    request: &Request<'_>,
    ingress: &mut Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";
    if !request.is("networking.k8s.io", "ingresses") || !request.creates() {
        return Ok(());
    }
    let given = ingress.pointer("/spec/ingressClassName").is_some_and(|class| !class.is_null())
        || ingress.pointer("/metadata/annotations").is_some_and(|all| all.get(INGRESS_CLASS).is_some());
    if given {
        return Ok(());
    }
    let classes = lookup.list(&Gvr::new("networking.k8s.io", "v1", "ingressclasses"), "");
    if let (Some(class), Some(ingress)) = (default_class(classes, &[DEFAULT]), ingress.as_object_mut()) {
        let spec = ingress.entry("spec").or_insert_with(|| json!({}));
        spec["ingressClassName"] = class.into();
    }
    Ok(())
}
