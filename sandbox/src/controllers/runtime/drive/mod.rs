//! What workers do: they read what a controller needs to see, let it plan, and perform the plan.

pub(super) mod cluster;
pub(super) mod garbage;
pub(super) mod network;
pub(super) mod pods;
pub(super) mod storage;
pub(super) mod workloads;

use crate::status::Status;
use std::time::Duration;

/// When to look again.
pub(super) type Outcome = Result<Option<Duration>, Status>;
