//! What would be compiled anew for each type that it is used with, compiled once: sorting, and the differences of texts.
//!
//! Generic code is as large as the number of its uses. What is seldom run, or on short lists, is better small than fast
//! (`docs/decisions/0007-static-binary.md`).

mod difference;
mod order;

pub use difference::{Hunk, Line, hunks, unified};
pub use order::Order;
