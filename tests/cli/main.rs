//! The program by itself, no peers: help pages as documented, completion, hints, streams.

mod complete;
mod pages;
#[cfg(unix)]
mod sandbox;
#[path = "../support/mod.rs"]
mod support;
