//! How kinds differ in writing and deleting: facts of the strategies in Kubernetes' `pkg/registry`.

use super::Served;

/// What happens to what an object owns when nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    /// It is collected.
    Dependents,
    /// There is nothing to collect: finalizers of the collector are not used.
    Unsupported,
}

/// `AllowCreateOnUpdate`: PUT makes what is missing.
pub(super) fn created_by_update(served: &Served) -> bool {
    let (group, plural) = (served.gvr.group.as_str(), served.gvr.resource.as_str());
    served.custom.is_none()
        && matches!(
            (group, plural),
            ("", "events" | "endpoints" | "limitranges" | "services")
                | ("events.k8s.io", "events")
                | ("coordination.k8s.io", "leases")
                | ("node.k8s.io", "runtimeclasses")
                | ("rbac.authorization.k8s.io", _)
        )
}

/// `AllowUnconditionalUpdate`: PUT needs no resourceVersion.
pub(super) fn updated_unconditionally(served: &Served) -> bool {
    let (group, plural) = (served.gvr.group.as_str(), served.gvr.resource.as_str());
    served.custom.is_none()
        && !matches!(
            (group, plural),
            ("node.k8s.io", "runtimeclasses")
                | ("policy", "poddisruptionbudgets")
                | (
                    "storage.k8s.io",
                    "csidrivers" | "csistoragecapacities" | "volumeattachments" | "csinodes"
                )
                | ("coordination.k8s.io", "leases")
                | ("apiextensions.k8s.io" | "apiregistration.k8s.io" | "admissionregistration.k8s.io", _)
        )
}

/// `DefaultGarbageCollectionPolicy`.
pub(super) fn collection(served: &Served) -> Collection {
    if served.custom.is_none() && served.kind == "Event" {
        Collection::Unsupported
    } else {
        Collection::Dependents
    }
}

/// `ReturnDeletedObject`: deleting answers with the object instead of a Status.
#[must_use]
pub fn shows_deleted(served: &Served) -> bool {
    let (group, plural) = (served.gvr.group.as_str(), served.gvr.resource.as_str());
    served.custom.is_none()
        && match group {
            "" => matches!(
                plural,
                "resourcequotas"
                    | "persistentvolumes"
                    | "serviceaccounts"
                    | "persistentvolumeclaims"
                    | "namespaces"
                    | "pods"
                    | "services"
                    | "podtemplates"
            ),
            "resource.k8s.io" => true,
            "storage.k8s.io" => plural != "csistoragecapacities",
            _ => false,
        }
}
