//! kubectl 1.36 and helm 4.3.1 drive a sandbox, which a process of its own serves.
//!
//! Built only with `--features peers`; a peer that is missing fails the tests, it never skips them.

#![allow(unreachable_pub, reason = "modules of a test binary have no outside")]

#[path = "../support/mod.rs"]
mod support;

mod beside;
mod faults;
mod kubectl;
mod load;
mod parts;
mod place;
mod releases;
mod security;
mod stages;
mod stuck;
mod tests;
mod troubles;
mod waiting;
