//! What makes objects come true: controllers for the built-in kinds, each a function from objects to actions, and the
//! runtime that drives them.

pub mod action;
pub mod autoscale;
pub mod cron;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod endpoints;
pub mod hash;
pub mod job;
pub mod namespaces;
pub mod quota;
pub mod replicaset;
pub mod revisions;
pub mod runtime;
pub mod statefulset;
pub mod volumes;

pub use runtime::{Clock, Controllers, Options, TokenMaker};
