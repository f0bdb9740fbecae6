//! Skiff on a real control plane, beside the real helm 4 and helm 3.
//!
//! Built only with `--features peers`; a peer that is missing fails the tests, it never skips them.

#[path = "../support/mod.rs"]
mod support;

mod beside;
mod cancel;
mod connections;
mod crds;
mod credentials;
mod drivers;
mod hanging;
mod interchange;
mod kubeconfigs;
mod main_job;
mod parts;
mod place;
mod plan;
mod post_render;
mod records;
mod refusals;
mod rollback;
mod sql;
mod stuck;
mod template;
mod tls;
mod wait;
