//! The simulated node: which pods it takes, how their containers fare, and what they log.

pub mod faults;
pub mod life;
pub mod logs;
pub mod machine;
pub mod needs;
pub mod schedule;
