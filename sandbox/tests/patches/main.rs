//! Patches and server-side apply beside the real libraries, on thousands of random objects.
//!
//!     cargo test -p skiff-sandbox --features peers --test patches
//!
//! `$PATCHES_SEED` is the first seed and `$PATCHES_CASES` the number of cases of each test.

#![allow(unreachable_pub, reason = "modules of a test binary have no outside")]

mod generate;
mod peer;
#[path = "../../../tests/support/peers.rs"]
mod peers;

mod applied;
mod patched;

/// A number from the environment, or this one.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The seeds of a test's cases.
fn seeds(cases: u64) -> std::ops::Range<u64> {
    let first = number("PATCHES_SEED", 1);
    first..first + number("PATCHES_CASES", cases)
}

/// Kinds of all sorts: their versions, names and types.
const KINDS: &[(&str, &str, &str)] = &[
    ("apps/v1", "Deployment", "io.k8s.api.apps.v1.Deployment"),
    ("apps/v1", "StatefulSet", "io.k8s.api.apps.v1.StatefulSet"),
    ("v1", "Pod", "io.k8s.api.core.v1.Pod"),
    ("v1", "Service", "io.k8s.api.core.v1.Service"),
    ("v1", "ServiceAccount", "io.k8s.api.core.v1.ServiceAccount"),
    ("v1", "ConfigMap", "io.k8s.api.core.v1.ConfigMap"),
    ("v1", "Secret", "io.k8s.api.core.v1.Secret"),
    ("v1", "PersistentVolumeClaim", "io.k8s.api.core.v1.PersistentVolumeClaim"),
    ("v1", "PodTemplate", "io.k8s.api.core.v1.PodTemplate"),
    ("batch/v1", "CronJob", "io.k8s.api.batch.v1.CronJob"),
    ("networking.k8s.io/v1", "Ingress", "io.k8s.api.networking.v1.Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy", "io.k8s.api.networking.v1.NetworkPolicy"),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "io.k8s.api.rbac.v1.ClusterRole"),
];
