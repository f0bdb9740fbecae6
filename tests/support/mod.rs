//! What the test binaries share: peers, hermetic environments, comparisons.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod cluster;
pub mod oracle;
pub mod peers;
