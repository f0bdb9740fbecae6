//! The program by itself, no peers: help pages as documented, completion, hints, streams.

mod complete;
mod pages;
#[path = "../support/mod.rs"]
mod support;
