//! What a request to a part of an object resets, and so cannot own: `GetResetFields` of the kinds' strategies.

use super::{Manager, set::Set};

const STATUS: &[&[&str]] = &[&["status"]];
const SPEC: &[&[&str]] = &[&["spec"]];
const SPEC_AND_METADATA: &[&[&str]] = &[&["metadata"], &["spec"]];

/// The fields that a request of `who` resets. `custom` kinds have a status where their definition says so.
pub(super) fn reset(who: &Manager<'_>, custom: bool) -> Set {
    if custom {
        return Set::of(match who.subresource {
            "" if who.has_status => STATUS,
            "status" => SPEC_AND_METADATA,
            _ => &[],
        });
    }
    let group = who.api_version.split_once('/').map_or("", |(group, _)| group);
    let key = (group, who.kind, who.subresource);
    Set::of(paths(key))
}

fn paths((group, kind, subresource): (&str, &str, &str)) -> &'static [&'static [&'static str]] {
    let plain = match group {
        "" => [
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "ReplicationController",
            "ResourceQuota",
            "Service",
        ]
        .contains(&kind),
        "apps" => ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"].contains(&kind),
        "autoscaling" => kind == "HorizontalPodAutoscaler",
        "batch" => ["CronJob", "Job"].contains(&kind),
        "networking.k8s.io" => kind == "Ingress",
        "policy" => kind == "PodDisruptionBudget",
        "apiextensions.k8s.io" => kind == "CustomResourceDefinition",
        _ => false,
    };
    let with_metadata = match group {
        "admissionregistration.k8s.io" => kind == "ValidatingAdmissionPolicy",
        "apiregistration.k8s.io" => kind == "APIService",
        "flowcontrol.apiserver.k8s.io" => ["FlowSchema", "PriorityLevelConfiguration"].contains(&kind),
        "internal.apiserver.k8s.io" => kind == "StorageVersion",
        "networking.k8s.io" => kind == "ServiceCIDR",
        "resource.k8s.io" => {
            ["DeviceTaintRule", "ResourceClaim", "ResourcePoolStatusRequest"].contains(&kind)
        }
        "scheduling.k8s.io" => kind == "PodGroup",
        "storage.k8s.io" => kind == "VolumeAttachment",
        "storagemigration.k8s.io" => kind == "StorageVersionMigration",
        _ => false,
    };
    match (group, kind, subresource) {
        ("", "Namespace", "finalize") => STATUS,
        ("", "Pod", "status") => {
            &[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]]
        }
        ("apps", "Deployment", "status") => &[&["spec"], &["metadata", "labels"]],
        ("certificates.k8s.io", "CertificateSigningRequest", "") => &[&["spec"], &["status"]],
        ("certificates.k8s.io", "CertificateSigningRequest", "status") => {
            &[&["spec"], &["status", "conditions"]]
        }
        ("certificates.k8s.io", "CertificateSigningRequest", "approval") => {
            &[&["spec"], &["status", "certificate"]]
        }
        (_, _, "") if plain || with_metadata => STATUS,
        (_, _, "status") if plain => SPEC,
        (_, _, "status") if with_metadata => SPEC_AND_METADATA,
        _ => &[],
    }
}
