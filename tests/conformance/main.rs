//! Skiff beside the real helm, in the same run: same input, then bytes, messages and exit codes compared.
//!
//! Built only with `--features peers`; a peer that is missing fails the tests, it never skips them.

mod archive;
mod bad_input;
mod cases;
mod cli;
mod complete;
mod lint;
mod memory;
mod schema;
mod strvals;
#[path = "../support/mod.rs"]
mod support;
mod template;
mod values;

mod calls;
mod chart;
mod create;
mod crypto;
mod dates;
mod dependency;
mod engine;
mod package;
mod post_render;
mod regexp;
mod semver;
mod show;
mod sprig;
mod tera;
mod toml;
mod yaml;
