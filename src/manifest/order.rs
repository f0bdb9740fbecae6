//! The order in which kinds are installed and uninstalled.

use std::cmp::Ordering;

/// Kinds from first to last; kinds that are not listed come after all others.
pub type KindOrder = [&'static str];

/// Install order: what others refer to comes first.
pub const INSTALL_ORDER: &KindOrder = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Uninstall order: validating webhooks go before mutating ones, so that neither blocks removal.
pub const UNINSTALL_ORDER: &KindOrder = &[
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

/// Compares two kinds; unknown kinds come last, in alphabetical order among themselves.
pub fn compare(a: &str, b: &str, order: &KindOrder) -> Ordering {
    let rank = |kind: &str| order.iter().position(|known| *known == kind);
    match (rank(a), rank(b)) {
        (None, None) => a.cmp(b),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => a.cmp(&b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uninstall_order_names_the_same_kinds_as_install_order() {
        let sorted = |order: &KindOrder| {
            let mut kinds = order.to_vec();
            kinds.sort_unstable();
            kinds
        };
        assert_eq!(sorted(INSTALL_ORDER), sorted(UNINSTALL_ORDER));
    }

    #[test]
    fn unknown_kinds_come_last_in_alphabetical_order() {
        let mut kinds = ["Zebra", "Ingress", "Apple", "Namespace"];
        kinds.sort_by(|a, b| compare(a, b, INSTALL_ORDER));
        assert_eq!(kinds, ["Namespace", "Ingress", "Apple", "Zebra"]);
    }
}
