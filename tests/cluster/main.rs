//! Skiff on a real control plane, beside the real helm 4 and helm 3.
//!
//! Built only with `--features peers`; a peer that is missing fails the tests, it never skips them.

#[path = "../support/mod.rs"]
mod support;

#[test]
fn the_control_plane_answers() {
    let names = support::cluster::cluster().kubectl(&["get", "namespaces", "-o", "name"]);
    assert!(names.contains("namespace/default"), "{names}");
}
