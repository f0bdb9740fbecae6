//! What the test binaries share: peers, hermetic environments, comparisons.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

pub mod cluster;
pub mod env;
pub mod oracle;
pub mod peers;
pub mod plugins;
pub mod servers;
