//! Skiff: a Helm-compatible package manager for Kubernetes, as a library.
//!
//! The modules form layers. **A module may import only what stands below it in this table**
//! (`tests/architecture.rs` checks it); [`env`](mod@env), [`clock`] and [`log`] may be imported by all.
//!
//! | module | owns |
//! |---|---|
//! | [`cli`] | commands: typed arguments → resolved options → outcome, and nothing else |
//! | [`output`] | the only code that prints: tables, JSON, YAML, notes |
//! | [`actions`] | Helm's operations as functions: install, upgrade, list, template, lint, … |
//! | [`resolve`] | dependency build and update |
//! | [`lint`] | chart rules |
//! | [`render`] | charts × values → manifests: engine glue, Files, Capabilities, both dialects |
//! | [`storage`] | release records in the cluster, in Helm's format |
//! | [`client`] | the Kubernetes client: kubeconfig, discovery, apply, delete |
//! | [`plugins`] | programs that are plugged in: their descriptions, and running them |
//! | [`post_render`] | the way of documents through a post-renderer |
//! | [`manifest`] | splitting, ordering and classifying rendered documents |
//! | [`release`] | the release object |
//! | [`fetch`] | the edge where values and schemas come in: files, URLs, standard input |
//! | [`values`] | strvals, coalescing, conditions, schemas |
//! | [`chart`] | the chart model, loading, saving, scaffolding |
//! | [`jsonpath`] | Kubernetes' JSONPath templates |
//! | [`env`](mod@env), [`clock`], [`log`] | sole readers of environment and time; log records |
//!
//! Below them stand crates of their own: [`templates_engine`], and [`yaml`] with [`json`] as Go's libraries read and
//! write them, which the sandbox uses too.

pub mod actions;
pub mod chart;
pub mod cli;
pub mod client;
pub mod clock;
pub mod env;
pub mod fetch;
pub mod jsonpath;
pub mod lint;
pub mod log;
pub mod manifest;
pub mod output;
pub mod plugins;
pub mod post_render;
pub mod release;
pub mod render;
pub mod resolve;
pub mod storage;
pub mod values;

pub use skiff_yaml::{self as yaml, json};
